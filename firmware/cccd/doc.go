// Package cccd is Vietnam's chip ID card on top of package emrtd: the personal
// number, the QR, the CAN and the BAC key that follow from it, DG13, and the
// order in which a chip is read. It knows no PC/SC: a card is anything that
// transmits an APDU.
package cccd
