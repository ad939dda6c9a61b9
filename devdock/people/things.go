package people

import (
	"fmt"
	"io"

	"tram06/firmware/emrtd/chipsim"
)

// BankCard is a chip that is no ID card: it does not know the application.
func BankCard(rand io.Reader) (*chipsim.Chip, error) {
	return chipsim.New(chipsim.Personality{Fault: chipsim.NoApplication, Historical: [8]byte{'B', 'A', 'N', 'K'}}, nil, rand)
}

// TransitCard is a contactless card that knows no command of an ID card at all.
func TransitCard(rand io.Reader) (*chipsim.Chip, error) {
	return chipsim.New(chipsim.Personality{Fault: chipsim.NoInstruction, Historical: [8]byte{'B', 'U', 'S'}}, nil, rand)
}

// PaymentQR is a transfer code to an account that does not exist (EMVCo QR
// code, merchant presented mode, as Vietnamese banks use it).
func PaymentQR() string {
	field := func(tag, value string) string { return fmt.Sprintf("%s%02d%s", tag, len(value), value) }
	account := field("00", "A000000727") +
		field("01", field("00", "999999")+field("01", "0000000000000")) +
		field("02", "QRIBFTTA")
	s := field("00", "01") + field("01", "11") + field("38", account) + field("53", "704") + field("58", "VN") + "6304"
	return s + fmt.Sprintf("%04X", crc16(s))
}

// crc16 is CRC-16/CCITT-FALSE, as the EMVCo specification wants it.
func crc16(s string) uint16 {
	crc := uint16(0xFFFF)
	for i := range len(s) {
		crc ^= uint16(s[i]) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

// GarbageScan is what a scanner with a wrong baud rate sends.
func GarbageScan() []byte {
	b := make([]byte, 180)
	x := uint32(0x2545F491) // xorshift: always the same noise
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
		if b[i] == '\r' || b[i] == '\n' {
			b[i] = 0x80
		}
	}
	return b
}
