// Package pn532 drives contactless readers built on NXP's PN532.
//
//	pn532+i2c:///dev/i2c-1                      also pn532+i2c:///I2C1
//	pn532+spi:///dev/spidev0.0?speed=1MHz       also pn532+spi:///SPI0.0
//	pn532+serial:///dev/ttyS0?baud=115200       high speed UART ("HSU")
//
//	rate=424    highest bit rate towards the card, 106 (the default), 212 or 424
//	wait=15s    how long one command may keep the card busy
//
// A board's switches choose the bus. Where the controller mishandles a clock
// that the chip holds, as the Raspberry Pi's up to the 4 does on I²C, take SPI
// or the serial line.
//
// baud other than 115200 is agreed with the chip, which begins at 115200 after
// power-on. Only cards of ISO/IEC 14443-4 are handed out, types A and B; any
// other one is seen as present and left alone.
//
// One goroutine owns the chip. It looks for a card several times a second, so
// that Present does no I/O and a pulled plug is noticed while nobody waits.
// A command goes to a card at most once: where its fate is unknown the card is
// given up, because a repeated command would put the counters of secure
// messaging apart.
//
// Sections cited as UM are those of NXP's UM0701-02, "PN532 User Manual" (for
// firmware V1.6), as AN those of AN10609_3, "PN532 C106 application note".
// Further: ISO/IEC 14443-3 and -4, and PC/SC part 3 for the answer to reset.
package pn532
