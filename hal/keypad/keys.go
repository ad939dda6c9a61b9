package keypad

import (
	"fmt"
	"strings"

	"tram06/hal"
	"tram06/hal/evdev/input"
)

// keyMap gives the button of each key.
type keyMap map[uint16]hal.Button

// Sets of keys that a map may name.
var sets = map[string]map[string]hal.Button{
	// What keypads for use without sight send, most of them programmable ones:
	// a cross of arrows, a round key, and function keys beside it.
	"standard": {
		"UP": hal.ButtonUp, "DOWN": hal.ButtonDown, "LEFT": hal.ButtonLeft, "RIGHT": hal.ButtonRight,
		"ENTER": hal.ButtonOK, "KPENTER": hal.ButtonOK, "SPACE": hal.ButtonOK, "SELECT": hal.ButtonOK, "OK": hal.ButtonOK,
		"ESC": hal.ButtonBack, "BACKSPACE": hal.ButtonBack, "BACK": hal.ButtonBack, "CANCEL": hal.ButtonBack, "KPDOT": hal.ButtonBack,
		"F1": hal.ButtonHelp, "HELP": hal.ButtonHelp,
		"F2": hal.ButtonRepeat, "TAB": hal.ButtonRepeat, "AGAIN": hal.ButtonRepeat,
		"F3": hal.ButtonSofter, "VOLUMEDOWN": hal.ButtonSofter, "KPMINUS": hal.ButtonSofter,
		"F4": hal.ButtonLouder, "VOLUMEUP": hal.ButtonLouder, "KPPLUS": hal.ButtonLouder,
	},
	// The figures of a number pad, whatever its NumLock says: that is a matter
	// of the keyboard's layout, and none is asked.
	"digits": digits("KP%d", "%d", "NUMERIC_%d"),
	// The same keys as a cross, as their lower letters say.
	"arrows": {
		"KP8": hal.ButtonUp, "KP2": hal.ButtonDown, "KP4": hal.ButtonLeft, "KP6": hal.ButtonRight, "KP5": hal.ButtonOK,
		"KP7": hal.ButtonBack, "KP9": hal.ButtonHelp, "KP0": hal.ButtonRepeat,
	},
}

func digits(formats ...string) map[string]hal.Button {
	set := map[string]hal.Button{}
	for _, f := range formats {
		for n := range hal.Button(10) {
			set[fmt.Sprintf(f, n)] = hal.ButtonDigit0 + n
		}
	}
	return set
}

// defaults is the map of a URI that says nothing.
const defaults = "standard,digits"

// parseMap reads a map: names of sets and keys with their buttons, such as
// "standard,arrows,KEY_F13:help,KEY_TAB:none". The later entry counts. Keys
// alone add to the defaults.
func parseMap(text string) (keyMap, error) {
	m := keyMap{}
	entries := strings.Split(text, ",")
	if _, isSet := sets[entries[0]]; !isSet {
		entries = append(strings.Split(defaults, ","), entries...)
	}
	for _, e := range entries {
		if e == "" {
			continue
		}
		name, button, single := strings.Cut(e, ":")
		if !single {
			set, ok := sets[name]
			if !ok {
				return nil, fmt.Errorf("%.30q: want standard, digits, arrows or KEY:button", e)
			}
			for key, b := range set {
				code, err := input.KeyCode(key)
				if err != nil {
					return nil, err
				}
				m[code] = b
			}
			continue
		}
		code, err := input.KeyCode(name)
		if err != nil {
			return nil, err
		}
		if button == "none" {
			delete(m, code)
			continue
		}
		if m[code], err = parseButton(button); err != nil {
			return nil, err
		}
	}
	if len(m) == 0 {
		return nil, fmt.Errorf("no key is left")
	}
	return m, nil
}

func parseButton(name string) (hal.Button, error) {
	if len(name) == 1 && name[0] >= '0' && name[0] <= '9' {
		return hal.ButtonDigit0 + hal.Button(name[0]-'0'), nil
	}
	for b := hal.ButtonUp; b < hal.ButtonDigit0; b++ {
		if b.String() == name {
			return b, nil
		}
	}
	return 0, fmt.Errorf("button %.20q: want up, down, left, right, ok, back, help, repeat, louder, softer, a digit or none", name)
}
