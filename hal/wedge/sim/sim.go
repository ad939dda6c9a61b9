// Package sim simulates a code scanner that plays a keyboard, on a simulated
// input device: somebody holds a code in front of it, and it types.
package sim

import (
	"fmt"
	"strings"
	"time"

	"tram06/hal/evdev/input"
	"tram06/hal/evdev/sim"
)

// Scanner is a simulated scanner. Its settings may be changed between codes.
type Scanner struct {
	*sim.Device
	// Alt makes it type every byte as a number with Alt held. Without, it types
	// what a US keyboard has, and leaves out everything else as real ones do.
	Alt bool
	// Suffix is the key at the end, KEY_ENTER if empty and none if "-".
	Suffix string
	// Step is the time from key to key.
	Step time.Duration

	clock func() time.Duration
}

// New plugs a scanner in. It types a key every two milliseconds, by the clock
// that stamps events.
func New(clock func() time.Duration) *Scanner {
	i := input.Info{Name: "Simulated Barcode Scanner", Phys: "sim/scanner0"}
	for code := range uint16(128) {
		i.Keys.Set(code, true)
	}
	return &Scanner{Device: sim.New(i, clock), Step: 2 * time.Millisecond, clock: clock}
}

// keys are the names of keys by what is printed on them, plain and shifted.
var keys = map[byte]string{
	' ': "SPACE", '\t': "TAB", '-': "MINUS", '=': "EQUAL", '[': "LEFTBRACE", ']': "RIGHTBRACE", ';': "SEMICOLON",
	'\'': "APOSTROPHE", '`': "GRAVE", '\\': "BACKSLASH", ',': "COMMA", '.': "DOT", '/': "SLASH",
}

var shifted = map[byte]byte{
	'!': '1', '@': '2', '#': '3', '$': '4', '%': '5', '^': '6', '&': '7', '*': '8', '(': '9', ')': '0', '_': '-', '+': '=',
	'{': '[', '}': ']', ':': ';', '"': '\'', '~': '`', '|': '\\', '<': ',', '>': '.', '?': '/',
}

// key finds the key of a character.
func key(c byte) (name string, shift, ok bool) {
	if plain, is := shifted[c]; is {
		c, shift = plain, true
	}
	switch {
	case c >= 'A' && c <= 'Z':
		return string(c), true, true
	case c >= 'a' && c <= 'z':
		return strings.ToUpper(string(c)), shift, true
	case c >= '0' && c <= '9':
		return string(c), shift, true
	}
	name, ok = keys[c]
	return name, shift, ok
}

// Scan types one code, and returns when it is typed.
func (s *Scanner) Scan(code []byte) {
	for _, c := range code {
		if s.Alt {
			s.Number(int(c))
			continue
		}
		name, shift, ok := key(c)
		switch {
		case !ok:
		case shift:
			s.press("LEFTSHIFT", input.Pressed)
			s.Tap(name)
			s.press("LEFTSHIFT", input.Released)
		default:
			s.Tap(name)
		}
	}
	switch s.Suffix {
	case "":
		s.Tap("ENTER")
	case "-":
	default:
		s.Tap(s.Suffix)
	}
}

// Number types a number with Alt held, with the 0 in front that Windows wants
// for its own code page.
func (s *Scanner) Number(n int) {
	s.press("LEFTALT", input.Pressed)
	for _, digit := range fmt.Sprintf("%04d", n) {
		s.Tap("KP" + string(digit))
	}
	s.press("LEFTALT", input.Released)
}

// Tap presses and releases one key.
func (s *Scanner) Tap(name string) {
	s.press(name, input.Pressed)
	s.press(name, input.Released)
	<-time.After(s.Step)
}

func (s *Scanner) press(name string, value int32) {
	code, err := input.KeyCode(name)
	if err != nil {
		panic("simulated scanner: " + err.Error())
	}
	now := s.clock()
	s.Send(
		input.Event{Time: now, Type: input.Msc, Code: input.MscScan, Value: usageKeyboard | int32(code)},
		input.Event{Time: now, Type: input.Key, Code: code, Value: value},
		input.Event{Time: now},
	)
}

// usageKeyboard is the page of keys in what a USB keyboard calls them, which the
// kernel tells before each key. The number on the page is another one than here.
const usageKeyboard = 0x70000
