package pace

import (
	"fmt"

	"tram06/firmware/emrtd/keys"
)

// Password opens the chip: the number printed on the card's face, or the data
// of the machine-readable zone.
type Password struct {
	reference byte
	secret    []byte
}

// CAN is the card access number.
func CAN(number string) (Password, error) {
	if len(number) == 0 || len(number) > 32 {
		return Password{}, fmt.Errorf("%w: card access number of %d characters", keys.ErrPassword, len(number))
	}
	for _, c := range []byte(number) {
		if c < '0' || c > '9' {
			return Password{}, fmt.Errorf("%w: card access number with other characters than digits", keys.ErrPassword)
		}
	}
	return Password{2, []byte(number)}, nil
}

// MRZ is the MRZ information (keys.MRZInformation).
func MRZ(information string) Password {
	return Password{1, keys.PACEPassword(information)}
}

// Wipe overwrites the password.
func (p Password) Wipe() { clear(p.secret) }

// String keeps passwords out of every log by accident.
func (Password) String() string { return "pace.Password" }

// GoString does the same for %#v.
func (Password) GoString() string { return "pace.Password" }
