// Package pcsc tries the card reader's driver on a real pcscd with virtual
// readers. It is a package of its own because libpcsclite looks up its daemon
// once a process.
package pcsc
