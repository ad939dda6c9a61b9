package escpos

import (
	"fmt"

	"tram06/hal"
)

// Status is what the printer says about itself.
type Status struct {
	Offline   bool
	CoverOpen bool
	PaperOut  bool
	NearEnd   bool
	Cutter    bool
	Fault     bool // mechanical, unrecoverable, or overheated head
}

// Err is nil when a page can be printed.
func (s Status) Err() error {
	switch {
	case s.CoverOpen: // first: an open cover lifts the paper off its sensor too
		return hal.ErrCoverOpen
	case s.PaperOut:
		return hal.ErrNoPaper
	case s.Cutter:
		return fmt.Errorf("cutter: %w", hal.ErrFault)
	case s.Fault:
		return fmt.Errorf("mechanism: %w", hal.ErrFault)
	case s.Offline:
		return fmt.Errorf("offline without a reason: %w", hal.ErrFault)
	}
	return nil
}

// trouble is Err without a mere pause: somebody holding the feed button takes
// the printer offline for a moment, and the page goes on by itself.
func (s Status) trouble() error {
	s.Offline = false
	return s.Err()
}

// Health turns the status into the state and key of the device.
func (s Status) Health() (hal.State, string) {
	switch {
	case s.CoverOpen:
		return hal.Fault, hal.KeyCoverOpen
	case s.PaperOut:
		return hal.Fault, hal.KeyPaperOut
	case s.Cutter, s.Fault, s.Offline:
		return hal.Fault, hal.KeyPrinterFault
	case s.NearEnd:
		return hal.Degraded, hal.KeyPaperNearEnd
	}
	return hal.Ready, hal.KeyOK
}

// realtime merges the answer b to DLE EOT n.
func (s *Status) realtime(n int, b byte) {
	bit := func(i int) bool { return b>>i&1 == 1 }
	switch n {
	case 1:
		s.Offline = bit(3)
	case 2:
		s.CoverOpen = bit(2)
		s.PaperOut = s.PaperOut || bit(5)
		s.Fault = s.Fault || bit(6)
	case 3:
		s.Cutter = bit(3)
		s.Fault = s.Fault || bit(2) || bit(5) || bit(6)
		if s.Cutter && !bit(2) && !bit(5) && !bit(6) {
			s.Fault = false // what byte 2 summed up is the cutter
		}
	case 4:
		s.NearEnd = bit(2) || bit(3)
		s.PaperOut = s.PaperOut || bit(5) || bit(6)
	}
}

// automatic reads the four bytes of an automatic status (GS a).
func automatic(b [4]byte) Status {
	return Status{
		Offline:   b[0]&0x08 != 0,
		CoverOpen: b[0]&0x20 != 0,
		Cutter:    b[1]&0x08 != 0,
		Fault:     b[1]&0x64 != 0,
		NearEnd:   b[2]&0x03 != 0,
		PaperOut:  b[2]&0x0C != 0,
	}
}

type eventKind uint8

const (
	evRealtime eventKind = iota + 1 // answer to DLE EOT
	evAuto                          // four bytes of automatic status
	evPaper                         // answer to GS r 1
	evCleared                       // answer to DLE DC4 8
)

type event struct {
	kind eventKind
	b    [4]byte
}

// decoder splits what the printer sends. The kinds are told apart by their
// fixed bits; anything else (flow control, noise, the zeros of clones that do
// not know the question) is dropped.
type decoder struct {
	buf  [4]byte
	n    int
	want int
}

func (d *decoder) feed(b byte) (event, bool) {
	if d.n > 0 {
		if d.follows(b) {
			d.buf[d.n] = b
			d.n++
			if d.n < d.want {
				return event{}, false
			}
			d.n = 0
			if d.want == 4 {
				return event{evAuto, d.buf}, true
			}
			return event{evCleared, d.buf}, true
		}
		d.n = 0 // cut short: b begins something else
	}
	switch {
	case b&0x93 == 0x12:
		return event{evRealtime, [4]byte{b}}, true
	case b&0x93 == 0x10:
		d.buf, d.n, d.want = [4]byte{b}, 1, 4
	case b == 0x37:
		d.buf, d.n, d.want = [4]byte{b}, 1, 3
	case b&0x90 == 0:
		return event{evPaper, [4]byte{b}}, true
	}
	return event{}, false
}

func (d *decoder) follows(b byte) bool {
	if d.want == 4 {
		return b&0x90 == 0
	}
	return d.n == 1 && b == 0x25 || d.n == 2 && b == 0
}
