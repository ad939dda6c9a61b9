package escpos

import "tram06/hal/serialport"

type eventKind uint8

const (
	evRealtime eventKind = iota + 1 // answer to DLE EOT
	evAuto                          // four bytes of automatic status
	evPaper                         // answer to GS r 1
	evCleared                       // answer to DLE DC4 8
	evPrinted                       // GS ( H: the page of that name is on paper
	evAbout                         // answer to GS I
)

type event struct {
	kind eventKind
	b    [4]byte // of evRealtime and evPaper the first one
	text string  // of evAbout
}

const (
	headBlock = 0x37 // of an answer that ends with NUL
	headAbout = 0x5F // of an answer to GS I
	idCleared = 0x25
	idPrinted = 0x22

	// maxAbout is far beyond any maker's or model's name.
	maxAbout = 80
)

// decoder splits what the printer sends. The kinds are told apart by their
// fixed bits; anything else (flow control, noise, the zeros of clones that do
// not know the question) is dropped.
type decoder struct {
	buf []byte // of an answer of several bytes under way
}

func (d *decoder) feed(b byte) (event, bool) {
	// Flow control may come between any two bytes of an answer.
	if b == serialport.XON || b == serialport.XOFF {
		return event{}, false
	}
	if len(d.buf) > 0 {
		if d.follows(b) {
			d.buf = append(d.buf, b)
			return d.complete()
		}
		d.buf = d.buf[:0] // cut short: b begins something else
	}
	switch {
	case b&0x93 == 0x12:
		return event{kind: evRealtime, b: [4]byte{b}}, true
	case b&0x93 == 0x10, b == headBlock, b == headAbout:
		d.buf = append(d.buf, b)
	case b&0x90 == 0:
		return event{kind: evPaper, b: [4]byte{b}}, true
	}
	return event{}, false
}

// follows tells whether b may come next in the answer under way.
func (d *decoder) follows(b byte) bool {
	n := len(d.buf)
	switch d.buf[0] {
	case headBlock:
		switch {
		case n == 1:
			return printable(b)
		case d.buf[1] == idPrinted && n < 6:
			return printable(b)
		case d.buf[1] == idPrinted, d.buf[1] == idCleared:
			return b == 0
		}
		fallthrough // a block that nobody asked for is passed over whole
	case headAbout:
		return b == 0 || printable(b) && n <= maxAbout
	}
	return b&0x90 == 0
}

func printable(b byte) bool { return b >= 32 && b <= 126 }

// complete gives the answer when all of it is there.
func (d *decoder) complete() (event, bool) {
	n, last := len(d.buf), d.buf[len(d.buf)-1]
	var ev event
	switch {
	case d.buf[0] == headAbout && last == 0:
		ev = event{kind: evAbout, text: string(d.buf[1 : n-1])}
	case d.buf[0] == headBlock && last == 0 && d.buf[1] == idCleared:
		ev = event{kind: evCleared}
	case d.buf[0] == headBlock && last == 0 && d.buf[1] == idPrinted:
		ev = event{kind: evPrinted, b: [4]byte(d.buf[2:6])}
	case d.buf[0] == headBlock && last == 0:
		d.buf = d.buf[:0]
		return event{}, false
	case d.buf[0]&0x93 == 0x10 && n == 4:
		ev = event{kind: evAuto, b: [4]byte(d.buf)}
	default:
		return event{}, false
	}
	d.buf = d.buf[:0]
	return ev, true
}
