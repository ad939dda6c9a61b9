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
	Fault     bool // mechanical or unrecoverable
	Hot       bool // pauses, and goes on by itself
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
	case s.Hot:
		return hal.ErrHot
	case s.Offline:
		return fmt.Errorf("offline without a reason: %w", hal.ErrFault)
	}
	return nil
}

// trouble is Err without a mere pause, after which the page goes on by itself:
// somebody holds the feed button for a moment, or the head cools down.
func (s Status) trouble() error {
	s.Hot, s.Offline = false, false
	return s.Err()
}

// Health turns the status into the state and key of the device.
func (s Status) Health() (hal.State, string) {
	switch {
	case s.CoverOpen:
		return hal.Fault, hal.KeyCoverOpen
	case s.PaperOut:
		return hal.Fault, hal.KeyPaperOut
	case s.Cutter, s.Fault:
		return hal.Fault, hal.KeyPrinterFault
	case s.Hot:
		return hal.Degraded, hal.KeyPrinterHot
	case s.Offline:
		return hal.Fault, hal.KeyPrinterFault
	case s.NearEnd:
		return hal.Degraded, hal.KeyPaperNearEnd
	}
	return hal.Ready, hal.KeyOK
}

// well is the answer to DLE EOT 1 to 4 of a printer that lacks nothing.
var well = [4]byte{0x12, 0x12, 0x12, 0x12}

// asked reads the answers to DLE EOT 1 to 4.
func asked(b [4]byte) Status {
	bit := func(n, i int) bool { return b[n-1]>>i&1 == 1 }
	s := Status{
		Offline:   bit(1, 3),
		CoverOpen: bit(2, 2),
		PaperOut:  bit(2, 5) || bit(4, 5) || bit(4, 6),
		NearEnd:   bit(4, 2) || bit(4, 3),
		Cutter:    bit(3, 3),
		Fault:     bit(3, 2) || bit(3, 5),
		Hot:       bit(3, 6),
	}
	// The second answer sums up what the third one tells in detail.
	s.Fault = s.Fault || bit(2, 6) && !s.Cutter && !s.Hot
	return s.plain()
}

// automatic reads the four bytes of an automatic status (GS a).
func automatic(b [4]byte) Status {
	return Status{
		Offline:   b[0]&0x08 != 0,
		CoverOpen: b[0]&0x20 != 0,
		Cutter:    b[1]&0x08 != 0,
		Fault:     b[1]&0x24 != 0,
		Hot:       b[1]&0x40 != 0,
		NearEnd:   b[2]&0x03 != 0,
		PaperOut:  b[2]&0x0C != 0,
	}.plain()
}

// plain drops what some models say with the same bit: that the cover was opened
// while they printed is no heat.
func (s Status) plain() Status {
	s.Hot = s.Hot && !s.CoverOpen
	return s
}
