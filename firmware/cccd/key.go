package cccd

import (
	"errors"
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
		info, err := mrzInformation(a.MRZ)
		if err != nil {
			return p, fmt.Errorf("%w: %w", ErrAccess, err)
		}
		p.mrz = []string{info}
	}
	return p, nil
}

// maxCAN is more digits than any card prints.
const maxCAN = 32

// Lengths of printed zones, without line ends: TD1, TD2 and TD3.
const td1, td2, td3 = 90, 72, 88

// mrzInformation takes the MRZ information itself, or draws it from the printed
// lines. Its check digits are checked: a typing error is told before the chip
// is asked.
func mrzInformation(s string) (string, error) {
	s = strings.ToUpper(strings.Join(strings.Fields(s), ""))
	switch len(s) {
	case td1, td2, td3:
		m, err := lds.ParseMRZ(s)
		if err != nil {
			return "", err
		}
		return m.Information()
	}
	// Number, birth and expiry: the last two have six characters each, and
	// every one its check digit behind it.
	const date = 6
	n := len(s) - 2*(date+1) - 1
	if n < 9 {
		return "", fmt.Errorf("%w: %d characters", errNoInformation, len(s))
	}
	info, err := keys.MRZInformation(s[:n], s[n+1:n+1+date], s[n+date+2:n+2*date+2])
	if err != nil {
		return "", err
	}
	if info != s {
		return "", fmt.Errorf("%w: a check digit is wrong", errNoInformation)
	}
	return info, nil
}

var errNoInformation = errors.New("neither the printed lines nor number, birth and expiry with their check digits")
