package serialscan

import "bytes"

// limit bounds one frame. The longest code a scanner can read holds 4296
// letters in theory; a card's has under 300.
const limit = 4096

// framer cuts a byte stream into frames. A frame ends with CR, LF or both, or
// with a pause; the pause is the caller's to notice. What was in a frame is
// somebody's: nothing of it stays here.
type framer struct {
	aim  bool // drop AIM symbology identifiers
	buf  []byte
	skip bool // the frame is overlong: everything up to its end is dropped
}

// newFramer has room for a whole frame, so that growing leaves no copies about.
func newFramer(aim bool) *framer { return &framer{aim: aim, buf: make([]byte, 0, limit)} }

// open tells whether a frame has begun that has no end yet.
func (f *framer) open() bool { return f.skip || len(f.buf) > 0 }

// push takes bytes and calls emit for each whole frame, or once with overlong
// set for one that exceeds the limit.
func (f *framer) push(b []byte, emit func(data []byte, overlong bool)) {
	for _, c := range b {
		switch {
		case c == '\r' || c == '\n':
			f.end(emit)
		case c == 0 || f.skip: // NULs are padding of some scanners
		case len(f.buf) == limit:
			f.skip = true
			f.forget()
			emit(nil, true)
		default:
			f.buf = append(f.buf, c)
		}
	}
}

// end closes the frame under way, if there is one.
func (f *framer) end(emit func(data []byte, overlong bool)) {
	data := bytes.Clone(f.clean(f.buf))
	f.skip = false
	f.forget()
	if len(data) > 0 {
		emit(data, false)
	}
}

func (f *framer) forget() {
	clear(f.buf)
	f.buf = f.buf[:0]
}

var bom = []byte{0xEF, 0xBB, 0xBF}

func (f *framer) clean(b []byte) []byte {
	b = bytes.TrimPrefix(b, bom)
	if f.aim && len(b) >= 3 && b[0] == ']' && letter(b[1]) && (letter(b[2]) || b[2] >= '0' && b[2] <= '9') {
		b = b[3:]
	}
	return bytes.TrimPrefix(b, bom) // some put it behind the identifier
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
