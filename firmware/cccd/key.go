package cccd

import (
	"fmt"
	"strings"

	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/lds"
)

// passwords are what may open one chip, in the order of trying.
type passwords struct {
	can string
	mrz []string // MRZ information, likeliest first
}

// passwords follow from what is known of the card. What was typed counts more
// than what follows from the QR.
func (a Access) passwords() (passwords, error) {
	p := passwords{can: a.CAN}
	if p.can != "" && (len(p.can) > maxCAN || !digits(p.can)) {
		return p, fmt.Errorf("%w: card access number of %d characters, or not all digits", ErrAccess, len(p.can))
	}
	if a.QR != nil {
		p.mrz = a.QR.MRZInformation()
		if p.can == "" {
			p.can = a.QR.CAN()
		}
	}
	if a.MRZ != "" {
		info, err := MRZInformation(a.MRZ)
		if err != nil {
			return p, fmt.Errorf("%w: %w", ErrAccess, err)
		}
		p.mrz = []string{info}
	}
	return p, nil
}

// maxCAN is more digits than any card prints.
const maxCAN = 32

// MRZInformation takes the MRZ information itself, or draws it from the printed
// lines as people type them. Its check digits are checked: a typing error is
// told before the chip is asked.
func MRZInformation(s string) (string, error) {
	if info, ok := asInformation(strings.ToUpper(strings.Join(strings.Fields(s), ""))); ok {
		return info, nil
	}
	m, err := lds.ParsePrinted(s)
	if err != nil {
		return "", err
	}
	return m.Information()
}

// asInformation tells whether s is the information: number, birth and expiry,
// the last two of six characters, every one with its check digit behind it.
func asInformation(s string) (string, bool) {
	const date = 6
	n := len(s) - 2*(date+1) - 1
	if n < 9 {
		return "", false
	}
	info, err := keys.MRZInformation(s[:n], s[n+1:n+1+date], s[n+date+2:n+2*date+2])
	return info, err == nil && info == s
}
