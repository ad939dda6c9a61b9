package cccd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/person"
)

// How a reading can end, beside what the transmitter returned (a card torn off,
// a reader pulled out), which is passed through wrapped.
var (
	// ErrNotIDCard: the chip does not know the application of an ID card.
	ErrNotIDCard = errors.New("no chip ID card")
	// ErrAccess: the chip refuses every key that follows from what is known.
	ErrAccess = errors.New("the number does not open this chip")
	// ErrChip: the chip breaks the protocol.
	ErrChip = errors.New("the chip answers against the protocol")
	// ErrHash: a data group is not what the SOD says.
	ErrHash = errors.New("a data group does not match its hash")
	// ErrSignature: the SOD is not signed by its document signer.
	ErrSignature = errors.New("the signature of the chip's data is wrong")
	// ErrDiffers: the QR and the chip, or two files of the chip, are of
	// different persons. They are never merged.
	ErrDiffers = errors.New("the sources name different numbers")
)

// Access is what is known of the card before it is read: its QR, or the six
// digits of its CAN as typed.
type Access struct {
	QR  *QR
	CAN string
}

// Stage of a reading, told as it begins.
type Stage uint8

// The stages, in order.
const (
	Opening  Stage = iota + 1 // access to the chip
	Names                     // DG1, DG13, SOD
	Photo                     // DG2; the person is known by now
	Checking                  // the last proofs
)

// Options of a reading. Rand and Now are required.
type Options struct {
	Rand io.Reader
	Now  func() time.Time
	// Progress is told each stage with what is known then: nobody before
	// Photo, afterwards a person without portrait whose data groups have been
	// checked. It must not block. May be nil.
	Progress func(Stage, person.Person)
}

// Result of a reading.
type Result struct {
	Person person.Person
	Stats  Stats
}

// Stats say how a reading went; nothing personal.
type Stats struct {
	Protocol string // "PACE" or "BAC", "" while the chip is closed
	Tries    int    // keys tried
	APDUs    int
	Sent     int // bytes
	Received int

	Opening, Names, Photo, Checking time.Duration
}

// Total is the time of the whole reading.
func (s Stats) Total() time.Duration { return s.Opening + s.Names + s.Photo + s.Checking }

// Read opens the chip and reads what a kiosk needs: DG1 and DG13 first, so that
// the citizen can be shown something, then the SOD, the portrait last. The
// Stats in the result are right even with an error.
//
// A cancelled context ends the reading between two APDUs.
func Read(ctx context.Context, t apdu.Transmitter, a Access, o Options) (Result, error) {
	r := &reading{ctx: ctx, options: o, access: a, began: o.Now()}
	r.wire = &meter{next: t, stats: &r.stats}
	err := r.run()
	r.enter(0)
	if err != nil {
		return Result{Stats: r.stats}, fmt.Errorf("read chip: %w", r.classify(err))
	}
	return Result{Person: r.person, Stats: r.stats}, nil
}

// reading is one reading under way.
type reading struct {
	ctx     context.Context
	options Options
	access  Access
	wire    *meter
	card    apdu.Sender // with secure messaging, once open
	files   files
	proofs  person.Proofs

	stage  Stage
	began  time.Time // of the stage
	stats  Stats
	person person.Person
}

// enter ends the time of one stage and begins the next.
func (r *reading) enter(s Stage) {
	now := r.options.Now()
	for stage, d := range map[Stage]*time.Duration{Opening: &r.stats.Opening, Names: &r.stats.Names, Photo: &r.stats.Photo, Checking: &r.stats.Checking} {
		if stage == r.stage {
			*d = now.Sub(r.began)
		}
	}
	r.stage, r.began = s, now
	if s != 0 && r.options.Progress != nil {
		r.options.Progress(s, r.person)
	}
}

// classify puts an error under a sentinel. What came from the wire passes.
func (r *reading) classify(err error) error {
	if r.wire.err != nil {
		return r.wire.err
	}
	for _, known := range []error{ErrNotIDCard, ErrAccess, ErrHash, ErrSignature, ErrDiffers, ErrChip} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrChip, err)
}
