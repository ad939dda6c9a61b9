package wedge

import "tram06/hal/evdev/input"

// Keys that a scanner uses beside those with letters.
const (
	keyEnter      = 28
	keyTab        = 15
	keyKPEnter    = 96
	keyLeftCtrl   = 29
	keyRightCtrl  = 97
	keyLeftShift  = 42
	keyRightShift = 54
	keyLeftAlt    = 56
	keyRightAlt   = 100
	keyCapsLock   = 58
)

// layout gives the characters of keys, plain and with shift; 0 is none.
type layout [128][2]byte

// us is the layout that scanners are set to when they leave the factory.
var us = usLayout()

func usLayout() (l layout) {
	row := func(first uint16, plain, shifted string) {
		for i := range plain {
			l[int(first)+i] = [2]byte{plain[i], shifted[i]}
		}
	}
	row(2, "1234567890-=", "!@#$%^&*()_+")
	row(keyTab, "\t", "\t")
	row(16, "qwertyuiop[]", "QWERTYUIOP{}")
	row(30, "asdfghjkl;'`", "ASDFGHJKL:\"~")
	row(43, "\\zxcvbnm,./", "|ZXCVBNM<>?")
	row(57, " ", " ")
	row(86, "\\", "|") // the key that only European keyboards have
	row(98, "/", "/")
	for i, c := range []byte("789-456+1230.") { // number pad
		l[71+i] = [2]byte{c, c}
	}
	row(55, "*", "*")
	return l
}

// numpadDigit gives the figure of a key of the number pad.
func numpadDigit(code uint16) (int, bool) {
	const pad = "789-456+1230"
	if code < 71 || code > 82 {
		return 0, false
	}
	c := pad[code-71]
	return int(c - '0'), c >= '0' && c <= '9'
}

// modifiers are keys that are held while others are pressed.
type modifiers struct{ shift, ctrl, alt int }

// apply takes a key and tells whether it is a modifier.
func (m *modifiers) apply(code uint16, down bool) bool {
	bit := func(held *int, which int) bool {
		if *held &^= which; down {
			*held |= which
		}
		return true
	}
	switch code {
	case keyLeftShift:
		return bit(&m.shift, 1)
	case keyRightShift:
		return bit(&m.shift, 2)
	case keyLeftCtrl:
		return bit(&m.ctrl, 1)
	case keyRightCtrl:
		return bit(&m.ctrl, 2)
	case keyLeftAlt:
		return bit(&m.alt, 1)
	case keyRightAlt:
		return bit(&m.alt, 2)
	}
	return false
}

// adopt takes the modifiers that are down.
func (m *modifiers) adopt(s *input.State) {
	for _, code := range []uint16{keyLeftShift, keyRightShift, keyLeftCtrl, keyRightCtrl, keyLeftAlt, keyRightAlt} {
		m.apply(code, s.Keys.Has(code))
	}
}
