// Package e2e plays whole visits, and everything that can go wrong with one,
// through the real programs: kiosk, gateway and fleet as processes, a real
// smart-card daemon with a virtual reader, a pty for the scanner, TCP for the
// printer, HTTPS and NATS for the rest. It has tests only.
package e2e
