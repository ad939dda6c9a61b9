package jp2

import "math/bits"

// mq is the adaptive binary arithmetic decoder of ISO/IEC 15444-1 annex C.
type mq struct {
	a, c uint32
	ct   int
	b    []byte
	at   int
	cx   [contexts]uint8 // twice the state, plus the more probable symbol
}

// Contexts: table D.7. Zero coding has the first nine, signs the next five,
// refinement three.
const (
	ctxSign    = 9
	ctxRefine  = 14
	ctxRun     = 17
	ctxUniform = 18
	contexts   = 19
)

// start begins a codeword segment. The contexts stay as they are.
func (m *mq) start(b []byte) {
	m.b, m.at = b, 0
	m.c = uint32(m.peek(0)) << 16
	m.ct = 0
	m.fill()
	m.c <<= 7
	m.ct -= 7
	m.a = 0x8000
}

func (m *mq) reset() {
	m.cx = [contexts]uint8{0: 4 << 1, ctxRun: 3 << 1, ctxUniform: 46 << 1}
}

// peek is byte i, FF behind the end.
func (m *mq) peek(i int) byte {
	if i < len(m.b) {
		return m.b[i]
	}
	return 0xFF
}

// fill brings eight more bits, seven behind a byte FF, and ones for ever where
// a marker or the end stands.
func (m *mq) fill() {
	if m.peek(m.at) != 0xFF {
		m.at++
		m.c += uint32(m.peek(m.at)) << 8
		m.ct = 8
		return
	}
	if next := m.peek(m.at + 1); next <= 0x8F {
		m.at++
		m.c += uint32(next) << 9
		m.ct = 7
		return
	}
	m.c += 0xFF00
	m.ct = 8
}

// decode gives one symbol.
func (m *mq) decode(cx uint8) uint32 {
	s := &mqTable[m.cx[cx]]
	m.a -= s.qe >> 16
	if m.c < s.qe {
		return m.exchangeLPS(cx)
	}
	m.c -= s.qe
	if m.a&0x8000 == 0 {
		return m.exchangeMPS(cx)
	}
	return s.symbol
}

func (m *mq) exchangeMPS(cx uint8) uint32 {
	s := &mqTable[m.cx[cx]]
	d := s.symbol
	if m.a < s.qe>>16 {
		d ^= 1
		m.cx[cx] = s.lps
	} else {
		m.cx[cx] = s.mps
	}
	m.renormalize()
	return d
}

func (m *mq) exchangeLPS(cx uint8) uint32 {
	s := &mqTable[m.cx[cx]]
	d := s.symbol
	if m.a < s.qe>>16 {
		m.cx[cx] = s.mps
	} else {
		d ^= 1
		m.cx[cx] = s.lps
	}
	m.a = s.qe >> 16
	m.renormalize()
	return d
}

// renormalize shifts until the interval is half of all again, in steps that
// the bits at hand allow.
func (m *mq) renormalize() {
	n := bits.LeadingZeros16(uint16(m.a))
	for n > 0 {
		if m.ct == 0 {
			m.fill()
		}
		k := min(n, m.ct)
		m.a <<= k
		m.c <<= k
		m.ct -= k
		n -= k
	}
}

// mqState is a row of the table for one sense of the more probable symbol.
type mqState struct {
	qe       uint32 // in the upper half, where the code register has it
	symbol   uint32
	mps, lps uint8
}

// mqTable has table C.2 twice, interleaved: for symbol 0 and for symbol 1.
// It is as long as a byte can count, which spares a check at each look.
var mqTable = func() (out [256]mqState) {
	rows := [47]struct {
		qe         uint32
		nmps, nlps uint8
		turn       bool
	}{
		{0x5601, 1, 1, true}, {0x3401, 2, 6, false}, {0x1801, 3, 9, false}, {0x0AC1, 4, 12, false}, {0x0521, 5, 29, false}, {0x0221, 38, 33, false},
		{0x5601, 7, 6, true}, {0x5401, 8, 14, false}, {0x4801, 9, 14, false}, {0x3801, 10, 14, false}, {0x3001, 11, 17, false}, {0x2401, 12, 18, false},
		{0x1C01, 13, 20, false}, {0x1601, 29, 21, false}, {0x5601, 15, 14, true}, {0x5401, 16, 14, false}, {0x5101, 17, 15, false}, {0x4801, 18, 16, false},
		{0x3801, 19, 17, false}, {0x3401, 20, 18, false}, {0x3001, 21, 19, false}, {0x2801, 22, 19, false}, {0x2401, 23, 20, false}, {0x2201, 24, 21, false},
		{0x1C01, 25, 22, false}, {0x1801, 26, 23, false}, {0x1601, 27, 24, false}, {0x1401, 28, 25, false}, {0x1201, 29, 26, false}, {0x1101, 30, 27, false},
		{0x0AC1, 31, 28, false}, {0x09C1, 32, 29, false}, {0x08A1, 33, 30, false}, {0x0521, 34, 31, false}, {0x0441, 35, 32, false}, {0x02A1, 36, 33, false},
		{0x0221, 37, 34, false}, {0x0141, 38, 35, false}, {0x0111, 39, 36, false}, {0x0085, 40, 37, false}, {0x0049, 41, 38, false}, {0x0025, 42, 39, false},
		{0x0015, 43, 40, false}, {0x0009, 44, 41, false}, {0x0005, 45, 42, false}, {0x0001, 45, 43, false}, {0x5601, 46, 46, false},
	}
	for i, r := range rows {
		for symbol := range uint8(2) {
			lps := symbol
			if r.turn {
				lps ^= 1
			}
			out[2*i+int(symbol)] = mqState{r.qe << 16, uint32(symbol), r.nmps<<1 | symbol, r.nlps<<1 | lps}
		}
	}
	return out
}()

// rawBits reads the passes that bypass the arithmetic coder: a bit is stuffed
// behind each byte FF, and ones follow the end.
type rawBits struct {
	b    []byte
	at   int
	cur  byte
	left int
}

func (r *rawBits) start(b []byte) { *r = rawBits{b: b} }

func (r *rawBits) bit() uint32 {
	if r.left == 0 {
		r.left = 8
		if r.cur == 0xFF {
			r.left = 7
		}
		r.cur = 0xFF
		if r.at < len(r.b) {
			r.cur = r.b[r.at]
			r.at++
		}
	}
	r.left--
	return uint32(r.cur>>r.left) & 1
}
