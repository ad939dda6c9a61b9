// Package session is the citizen's session as a pure state machine.
//
// Update takes a state, the time and an event and gives the next state and the
// effects it wants. It reads no clock, rolls no dice and does no I/O, so that
// a whole session can be recorded, replayed and simulated a million times.
package session

import (
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/health"
	"tram06/firmware/person"
)

// Phase is the page that the session is on.
type Phase uint8

// The phases, in the order a citizen meets them.
const (
	Attract    Phase = iota
	Consent          // what is read, for what
	Declined         // the way to the counter
	Identify         // scan the QR, lay the card, reading
	OtherWays        // what to do when that does not work
	TypeDigits       // the last six digits of the number
	Confirm          // is this you?
	Services         // which service
	Form             // one step of the form
	Review           // the last calm look
	Submitting       // kept, sending, printing
	Done             // outcome; take paper and card
	Goodbye          // wiped
	Closed           // out of service; no event leads out
)

var phaseNames = [...]string{"attract", "consent", "declined", "identify", "other-ways", "type-digits", "confirm",
	"services", "form", "review", "submitting", "done", "goodbye", "closed"}

func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return "phase?"
}

// Sheet is what lies over the page.
type Sheet uint8

// The sheets.
const (
	NoSheet     Sheet = iota
	HelpSheet         // what to do here, whom to ask
	CancelSheet       // really stop?
	IdleSheet         // still there? nobody touched anything
	LiftedSheet       // still there? the card was taken back
)

// Stage of reading the chip.
type Stage uint8

// The stages, in order.
const (
	NotReading Stage = iota
	Opening          // access to the chip
	Names            // DG1 and DG13
	Checking         // the proofs; what the chip calls its holder is known by now
	Photo            // DG2, the largest part
)

// SoFar is what a reading under way has brought.
type SoFar struct {
	// Name of the holder as the chip tells it, not proven yet; "" before.
	Name string
	// Done of Total bytes of the part being read; Total is 0 if unknown.
	Done, Total int
}

// Theme of colours.
type Theme uint8

// The themes.
const (
	Light Theme = iota
	Night
	HighContrast
)

// TextSize in percent.
type TextSize uint16

// Device is a device as far as a citizen notices it.
type Device uint8

// The devices.
const (
	Reader Device = iota
	Scanner
	Printer
	Network
	deviceCount
)

// Status of a device.
type Status struct {
	Ready bool
	Code  health.Code // why it is not ready, or what needs a look
}

// Outcome of a submission, or of a whole session.
type Outcome uint8

// The outcomes. Accepted is only ever set by the gateway's answer.
const (
	NoOutcome Outcome = iota
	Kept              // durable here, not with the authority yet
	Accepted          // the gateway answered that the authority's side has it
	Rejected          // the gateway will not take it
	Cancelled         // the citizen stopped
	TimedOut          // nobody was there any more
	Refusal           // consent was not given
)

func (o Outcome) String() string {
	return [...]string{"none", "kept", "accepted", "rejected", "cancelled", "timed-out", "declined"}[o]
}

// PrintState follows the receipt.
type PrintState uint8

// The states of the receipt. PrintDone is only ever set by the printer.
const (
	PrintNone PrintState = iota
	Printing
	PrintDone
	PrintBroken  // certain: no whole receipt came out
	PrintUnclear // it may have come out
)

// State is everything a session knows. It is a value: Update copies it.
type State struct {
	Session uint64
	Now     time.Time // of the last event
	Began   time.Time

	Phase Phase
	Sheet Sheet
	// Problem is the condition to be shown on the page, "" for none.
	Problem health.Code

	Lang     string
	Theme    Theme
	TextSize TextSize

	Devices [deviceCount]Status

	// Identification.
	QR        *cccd.QR
	Digits    string // typed so far
	CardThere bool
	Stage     Stage
	SoFar     SoFar // of the reading under way, else empty
	Read      ID    // the reading under way
	Attempts  int   // readings that failed in this session
	Reads     int   // readings that succeeded: another one, another portrait
	// NeedLift: the card must be lifted and laid again before the next try,
	// since a chip may count wrong passwords (one attempt a placing).
	NeedLift bool
	Person   person.Person

	// The form.
	Service string
	Step    int               // index into the service's steps
	Answers map[string]string // never changed in place
	Editing bool              // came from the review, goes back there
	// Hint says what keeps the page from going on.
	Hint Hint

	// The submission.
	Saving  ID
	Dossier string
	Number  string // receipt number of this kiosk
	SavedAt time.Time
	Outcome Outcome
	At      time.Time // of the outcome
	Gateway string    // the gateway's number
	Due     time.Time
	PrintID ID
	Print   PrintState
	// PrintCode is why the receipt is broken or unclear.
	PrintCode health.Code
	Prints    int

	// ConsentAt is when the citizen agreed.
	ConsentAt time.Time

	// Deadlines; zero means none. Idle raises IdleSheet, Expire ends what the
	// sheet or the page waits for.
	Idle   time.Time
	Expire time.Time

	// distrusted are the CANs of cards whose chip was found wrong in this
	// session: their QR alone is no way past the chip. Never changed in place.
	distrusted []string

	seq   uint32
	early []Event // results that overtook Saved
}

// Hint is why "next" did not go on.
type Hint uint8

// The hints.
const (
	NoHint Hint = iota
	HintChoose
	HintPhone
	HintDigits
)

// Left is the time until the page or the sheet on it expires.
func (s *State) Left() time.Duration {
	if s.Expire.IsZero() {
		return 0
	}
	return max(0, s.Expire.Sub(s.Now))
}
