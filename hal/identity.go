package hal

import (
	"strings"
	"unicode"
)

// Identity is what a device tells about itself. What it does not tell is "";
// what is there has no control characters and at most MaxIdentity bytes each.
type Identity struct {
	Maker, Model, Serial, Firmware string
}

// MaxIdentity bounds each part of an Identity.
const MaxIdentity = 80

// Identified is a device that can tell what it is. Not every one can: ask with
// a type assertion.
type Identified interface {
	Device
	// Identity does no I/O: the driver asks once, as soon as the device is open
	// and has nothing else to do. What it did not answer stays empty.
	Identity() Identity
}

// IdentityText makes a part of an Identity of what a device says, which may be
// anything.
func IdentityText(said string) string {
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, said)
	if len(text) > MaxIdentity {
		text = strings.ToValidUTF8(text[:MaxIdentity], "") // not half a letter
	}
	return strings.TrimSpace(text)
}
