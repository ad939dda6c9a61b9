// Package cardread tries "kiosk card read" as a technician runs it: the program
// itself, on a real pcscd with virtual readers and simulated cards.
package cardread
