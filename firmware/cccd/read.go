package cccd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/passive"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/trust"
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
	// ErrChain: the document signer is not who its certificate claims.
	ErrChain = errors.New("the signer of the chip's data leads to no authority")
	// ErrSignerExpired: the document signer signed outside of its time.
	ErrSignerExpired = errors.New("the signer of the chip's data had expired")
	// ErrSignerRevoked: the authority took the document signer back.
	ErrSignerRevoked = errors.New("the signer of the chip's data is revoked")
	// ErrClone: the data are signed, the chip does not have their key.
	ErrClone = errors.New("the chip is a copy")
	// ErrDiffers: the QR and the chip, or two files of the chip, are of
	// different persons. They are never merged.
	ErrDiffers = errors.New("the sources name different numbers")
)

// Access is what is known of the card before it is read: its QR, or what was
// typed of it.
type Access struct {
	QR  *QR
	CAN string // six digits
	// MRZ is the MRZ information (number, birth and expiry, each with its
	// check digit), or the printed lines.
	MRZ string
}

// String keeps what is typed out of every log by accident.
func (Access) String() string { return "cccd.Access" }

// GoString does the same for %#v.
func (Access) GoString() string { return "cccd.Access" }

// MarshalText does the same for JSON, and for slog, which writes it.
func (a Access) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Stage of a reading, told as it begins.
type Stage uint8

// The stages, in order.
const (
	Opening  Stage = iota + 1 // access to the chip
	Names                     // DG1, DG13
	Security                  // SOD: hashes, signature, chain; the name is known by now
	Proving                   // the chip proves that it is no copy
	Photo                     // DG2
	Checking                  // the last proofs
)

// String is the name of the stage's Phase.
func (s Stage) String() string {
	names := [...]string{"", "access", "names", "security", "chip", "photo", "check"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("stage %d", uint8(s))
}

// Step is news of a reading under way.
type Step struct {
	Stage Stage
	// Person is nobody before Security. Then it has what DG1 and DG13 say,
	// unproven: its Proofs and Assurance fill up from stage to stage.
	Person person.Person
	// Done and Total are the bytes of the file being read; Total is 0 when a
	// stage begins.
	Done, Total int
}

// Options of a reading. Rand and Now are required.
type Options struct {
	Rand io.Reader
	Now  func() time.Time
	// Trust holds the authorities to which a document signer may lead. nil
	// trusts nobody: every chain is unknown.
	Trust *trust.Store
	// Thorough goes on after a failed proof, makes every proof, and reads every
	// group that the chip lets us read: for technicians. The result has the
	// person then in spite of the error, with no assurance.
	Thorough bool
	// AllProofs makes every proof that the chip is no copy. Otherwise the first
	// that holds is enough, because each of the others costs time.
	AllProofs bool
	// BACFirst does not try PACE before BAC, for those who measure a chip that
	// is known to have it. It does not count as a downgrade.
	BACFirst bool
	// ShortOnly keeps to short APDUs, for card readers that carry no others.
	ShortOnly bool
	// Progress is told each stage as it begins, and how much of the portrait
	// is there. It must not block. May be nil.
	Progress func(Step)
}

func (o Options) everyProof() bool { return o.AllProofs || o.Thorough }

// Result of a reading.
type Result struct {
	Person person.Person
	Report Report
}

// Read opens the chip and reads what a kiosk needs: DG1 and DG13 first, so that
// the citizen can be shown something, then what proves them, the portrait last.
// The Report in the result is right even with an error.
//
// A cancelled context ends the reading between two APDUs.
func Read(ctx context.Context, t apdu.Transmitter, a Access, o Options) (Result, error) {
	r := &reading{ctx: ctx, options: o, access: a, began: o.Now(), shortOnly: o.ShortOnly}
	r.wire = &meter{next: t, report: &r.report}
	err := r.run()
	r.report.ExtendedLost = r.wire.extended && r.wire.err != nil && r.reader != nil && !r.reader.Proven()
	r.enter(0)
	r.end()
	if err == nil {
		return Result{Person: r.person, Report: r.report}, nil
	}
	result := Result{Report: r.report}
	// A technician sees what a card says whose proof failed, as long as it was
	// read to the end.
	if r.failed != nil && errors.Is(err, r.failed) {
		result.Person = r.person
	} else {
		r.person.Portrait.Wipe()
	}
	return result, fmt.Errorf("read chip: %w", r.classify(err))
}

// reading is one reading under way.
type reading struct {
	ctx     context.Context
	options Options
	access  Access
	wire    *meter
	card    *sm.Channel // once open
	reader  *lds.Reader
	// shortOnly: an extended command has cost us a session, or would.
	shortOnly bool
	// whole: a file was read, so that the lengths that the chip takes are known,
	// and what was read is this session's.
	whole bool

	way         *way        // how the chip was opened
	asked       bool        // the chip's own EF.CardAccess was read
	told        []pace.Info // and this is in it
	paceRefused bool        // before any password was judged

	cam        *pace.CAMProof // what PACE gave to prove the chip by
	cardSigned []byte         // EF.CardSecurity, with the key for it

	held      map[int][]byte // groups read before the SOD
	malformed error          // they cannot be parsed, or contradict each other
	unclear   bool           // what they say is not to be shown
	sod       *passive.SOD   // nil if the chip has none that can be used
	pending   bool           // the next answer is the proof of Chip Authentication
	silent    bool           // the chip kept a proof to itself that it could give
	failed    error          // the first proof that failed, if the reading goes on

	stage  Stage
	began  time.Time // of the stage
	report Report
	person person.Person
}

// enter ends the time of one stage and begins the next.
func (r *reading) enter(s Stage) {
	now := r.options.Now()
	if r.stage != 0 {
		r.report.Phases = append(r.report.Phases, Phase{r.stage.String(), now.Sub(r.began)})
	}
	r.stage, r.began = s, now
	// How sure we are is known for the stages behind us; judge of it is
	// person.Proofs alone.
	if s > Security || s == 0 {
		r.person.Proofs = r.report.Proofs()
		r.person.Assurance = r.person.Proofs.Assess()
	}
	if s != 0 {
		r.tell(0, 0)
	}
}

// tell passes on where the reading is, and whom the chip speaks of.
func (r *reading) tell(done, total int) {
	if r.options.Progress == nil {
		return
	}
	step := Step{Stage: r.stage, Done: done, Total: total}
	if !r.unclear {
		step.Person = r.person
	}
	r.options.Progress(step)
}

// reason writes down why a proof failed or was not made. No value of a file
// goes in.
func (r *reading) reason(format string, args ...any) {
	r.report.Reasons = append(r.report.Reasons, fmt.Sprintf(format, args...))
}

// add writes down a file that was read; one that is read again counts once.
func (r *reading) add(f lds.File, size int) {
	if !r.report.has(f.String()) {
		r.report.Groups = append(r.report.Groups, Group{f.String(), size})
	}
}

// secure takes new keys for what follows. They come from a password, so that no
// answer under them is the proof that Chip Authentication left pending: else a
// copy would only have to end the session in which it cannot answer.
func (r *reading) secure(protocol, password, variant string, s *sm.Session) {
	r.shut()
	r.pending = false
	r.report.Access, r.report.Password, r.report.Variant = protocol, password, variant
	r.card = &sm.Channel{Transmitter: r.wire, Session: s}
	if r.reader == nil {
		r.reader = lds.NewReader(r.card, lds.Options{ShortOnly: r.shortOnly, Progress: r.arrived})
	}
	r.reader.Use(r.card) // after a chip was opened anew, what was learned of it stays
}

// shut forgets the keys.
func (r *reading) shut() {
	if r.card != nil {
		r.card.Session.Close()
		r.card = nil
	}
}

// end forgets the keys and overwrites what is not handed on.
func (r *reading) end() {
	r.shut()
	for _, b := range r.held {
		clear(b) // what is needed of it are strings by now
	}
	if r.cam != nil {
		r.cam.Wipe()
	}
}

// classify puts an error under a sentinel. What came from the wire passes.
func (r *reading) classify(err error) error {
	if r.wire.err != nil {
		return r.wire.err
	}
	for _, known := range []error{ErrNotIDCard, ErrAccess, ErrHash, ErrSignature, ErrChain, ErrSignerExpired, ErrSignerRevoked, ErrClone, ErrDiffers, ErrChip} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrChip, err)
}
