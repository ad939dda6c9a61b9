package wedge

import (
	"bytes"
	"time"
	"unicode/utf8"

	"tram06/hal/evdev/input"
)

// limit bounds one code, in characters; a code has under 4300 of them.
const limit = 4096

// frame is a code under way.
type frame struct {
	chars   []rune // of Alt codes and keys; bytes unless wide
	wide    bool   // an Alt code was no byte: all of them are code points
	byAlt   int    // how many came by Alt codes
	damaged bool   // events were lost in it, or it makes no sense
	over    bool   // it was too long: everything up to its end is dropped
	began   time.Duration
	last    time.Duration
	keys    int
	held    bool // a key was held until it repeated
}

func (f *frame) empty() bool { return len(f.chars) == 0 && !f.over && !f.damaged }

// reset forgets the code, which is somebody's.
func (f *frame) reset() {
	clear(f.chars)
	*f = frame{chars: f.chars[:0]}
}

// result is one code, or that one was too long.
type result struct {
	data  []byte
	lossy bool
	over  bool
}

// decoder makes codes of the keys of a scanner.
type decoder struct {
	o    Options
	keys layout
	ask  func() (input.State, error)
	emit func(result)

	f    frame
	mods modifiers
	caps bool
	lost bool // events until the next report are incomplete

	altCode   int // what is typed on the number pad with Alt held
	altDigits int
	altBroken bool // with other keys among
}

// altMost is the largest code point.
const altMost = utf8.MaxRune

func (d *decoder) feed(e input.Event) {
	switch {
	case e.Type == input.Syn && e.Code == input.SynDropped:
		d.lost = true
	case e.Type == input.Syn && e.Code == input.SynReport:
		if d.lost {
			d.lost = false
			d.resync(e.Time)
		}
	case d.lost || e.Type != input.Key:
	default:
		d.key(e)
	}
}

// resync goes on after events were lost: the code under way has holes, be it
// its beginning, and is dropped when it ends.
func (d *decoder) resync(now time.Duration) {
	d.f.damaged, d.f.last = true, now
	d.mods, d.altDigits = modifiers{}, 0
	if s, err := d.ask(); err == nil {
		d.mods.adopt(&s)
	}
}

func (d *decoder) key(e input.Event) {
	down := e.Value != input.Released
	if e.Value == input.Repeated {
		// No scanner is this slow; a person, or a thing on the keys.
		d.f.held = d.f.keys > 0
		return
	}
	d.pause(e.Time)
	if down {
		d.f.last = e.Time
	}
	wasAlt := d.mods.alt != 0
	if d.mods.apply(e.Code, down) {
		if isAlt := d.mods.alt != 0; isAlt != wasAlt {
			d.alt(isAlt)
		}
		return
	}
	if !down {
		return
	}
	d.stamp(e.Time)
	switch {
	case d.mods.alt != 0:
		n, ok := numpadDigit(e.Code)
		if !ok || d.altCode > altMost {
			d.altBroken = true
			return
		}
		d.altCode = d.altCode*10 + n
		d.altDigits++
	case e.Code == keyCapsLock:
		d.caps = !d.caps
	case d.ends(e.Code):
		d.end()
	default:
		d.char(e.Code)
	}
}

// pause looks whether the code under way was left off: the rest of it never
// came, and what comes now is another.
func (d *decoder) pause(now time.Duration) {
	if !d.f.empty() && now-d.f.last > d.o.Gap {
		d.timeout()
	}
}

// timeout is a pause after the code under way.
func (d *decoder) timeout() {
	if d.o.Suffix == SuffixNone {
		d.end()
		return
	}
	d.f.reset()
}

func (d *decoder) stamp(now time.Duration) {
	if d.f.keys++; d.f.keys == 1 {
		d.f.began = now
	}
}

// begun tells whether a code is under way, be it by a shift alone.
func (d *decoder) begun() bool {
	return d.f.keys > 0 || d.mods != modifiers{}
}

// ends tells whether the key is the suffix. Ctrl+M and Ctrl+J are what some
// scanners send for Enter.
func (d *decoder) ends(code uint16) bool {
	switch d.o.Suffix {
	case SuffixTab:
		return code == keyTab
	case SuffixEnter:
		if code == keyEnter || code == keyKPEnter {
			return true
		}
		c := d.keys.at(code, false)
		return d.mods.ctrl != 0 && (c == 'm' || c == 'j')
	}
	return false
}

func (l *layout) at(code uint16, shift bool) byte {
	if int(code) >= len(l) {
		return 0
	}
	if shift {
		return l[code][1]
	}
	return l[code][0]
}

// char takes a key that stands for itself.
func (d *decoder) char(code uint16) {
	c := d.keys.at(code, d.mods.shift != 0)
	if d.caps && (c|0x20 >= 'a' && c|0x20 <= 'z') {
		c ^= 0x20
	}
	if code == keyEnter || code == keyKPEnter {
		c = '\n' // within a code that ends otherwise
	}
	if d.mods.ctrl != 0 && c >= 0x40 {
		c &= 0x1F // such as the separators of GS1 codes
	}
	if c == 0 {
		// A key without a character, such as F1: what it stood for is missing,
		// which Lossy says anyway.
		return
	}
	d.add(rune(c))
}

func (d *decoder) add(c rune) {
	switch {
	case d.f.over:
	case len(d.f.chars) == limit:
		clear(d.f.chars)
		d.f.chars, d.f.over = d.f.chars[:0], true
		d.emit(result{over: true})
	default:
		d.f.chars = append(d.f.chars, c)
	}
}

// alt begins and ends a number typed with Alt held.
func (d *decoder) alt(begins bool) {
	if begins {
		d.altCode, d.altDigits, d.altBroken = 0, 0, false
		return
	}
	switch {
	case d.altDigits == 0 && !d.altBroken: // Alt alone
		return
	case d.altBroken || d.altDigits == 0 || d.altCode > altMost || d.altCode > 0xFF && !utf8.ValidRune(rune(d.altCode)):
		d.f.damaged = true
		return
	}
	c := rune(d.altCode)
	d.f.wide = d.f.wide || c > 0xFF
	if d.o.Suffix == SuffixEnter && (c == '\r' || c == '\n') || d.o.Suffix == SuffixTab && c == '\t' {
		d.end()
		return
	}
	if c != 0 { // NULs are padding of some scanners
		d.add(c)
		d.f.byAlt++
	}
}

// end gives out the code under way.
func (d *decoder) end() {
	f := &d.f
	defer f.reset()
	if f.over || f.damaged || len(f.chars) == 0 || d.typed() {
		return
	}
	data := make([]byte, 0, len(f.chars))
	for _, c := range f.chars {
		if f.wide {
			data = utf8.AppendRune(data, c)
		} else {
			data = append(data, byte(c))
		}
	}
	d.emit(result{data: data, lossy: f.byAlt < len(f.chars) && !f.wide && !beyondASCII(data)})
}

// beyondASCII tells whether there are letters in UTF-8 that no key has. A scanner
// that types those by number can type any; bytes that are no UTF-8 are those of
// a code page, which has some letters and drops the others.
func beyondASCII(data []byte) bool {
	return utf8.Valid(data) && bytes.ContainsFunc(data, func(r rune) bool { return r >= utf8.RuneSelf })
}

// typed tells whether a person typed this.
func (d *decoder) typed() bool {
	if d.o.Pace <= 0 {
		return false
	}
	return d.f.held || d.f.keys > 1 && (d.f.last-d.f.began)/time.Duration(d.f.keys-1) > d.o.Pace
}
