package session

import (
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/health"
	"tram06/firmware/person"
)

// An Event is something that happened. The set is closed: taps carry the
// meaning of the target that was touched, device events what a driver saw,
// results the outcome of an effect with the effect's id.
type Event interface{ event() }

// Taps.
type (
	// Touched is any touch that hit nothing; it shows that somebody is there.
	Touched struct{}
	// Start leaves the attract screen.
	Start struct{}
	// SetLanguage chooses "vi" or "en".
	SetLanguage struct{ Lang string }
	// StepTextSize goes to the next text size.
	StepTextSize struct{}
	// StepTheme goes to the next of light, night and high contrast.
	StepTheme struct{}
	// OpenHelp shows the help sheet, CloseSheet leaves it or the question
	// about cancelling or the time-out warning.
	OpenHelp   struct{}
	CloseSheet struct{}
	// Agree and Decline answer the consent.
	Agree   struct{}
	Decline struct{}
	// Back goes one page back, Next one on.
	Back struct{}
	Next struct{}
	// AskCancel asks whether to stop; Cancel stops and wipes.
	AskCancel struct{}
	Cancel    struct{}
	// Retry tries again what failed.
	Retry struct{}
	// OtherWay lists the other ways to identify oneself.
	OtherWay struct{}
	// TypeNumber chooses to type the last six digits of the card's number.
	TypeNumber struct{}
	// UseQR goes on with what the QR says, without the chip.
	UseQR struct{}
	// ItsMe and NotMe answer "is this you?".
	ItsMe struct{}
	NotMe struct{}
	// ChooseService picks a public service by its id.
	ChooseService struct{ ID string }
	// Answer chooses a value for a step of the form.
	Answer struct{ Step, Value string }
	// Digit types one digit, EraseDigit takes the last one back.
	Digit      struct{ D byte }
	EraseDigit struct{}
	// Skip leaves an optional step unanswered.
	Skip struct{}
	// Edit returns from the review to one step.
	Edit struct{ Step string }
	// Submit hands the dossier in.
	Submit struct{}
	// Reprint prints the receipt once more, on the citizen's word only.
	Reprint struct{}
	// Another keeps the person and chooses a further service.
	Another struct{}
	// Finish ends the session and wipes it.
	Finish struct{}
)

// What devices saw.
type (
	// Scanned is a code that is a card's QR.
	Scanned struct{ QR cccd.QR }
	// ScanRejected is a code that is none, or no code at all.
	ScanRejected struct{ Code health.Code }
	// CardPlaced and CardLifted follow the card on the reader.
	CardPlaced struct{}
	CardLifted struct{}
	// CardProgress reports a stage of the reading, with what is known so far.
	// The kiosk shows Name before a proof has passed: it is what the chip says,
	// nobody is identified by it.
	CardProgress struct {
		ID    ID
		Stage Stage
		SoFar SoFar
	}
	// CardRead ends a reading well.
	CardRead struct {
		ID     ID
		Person person.Person
	}
	// CardFailed ends it otherwise.
	CardFailed struct {
		ID   ID
		Code health.Code
	}
	// DeviceChanged follows the health of a device.
	DeviceChanged struct {
		Device Device
		Ready  bool
		Code   health.Code // why not, or what needs a look
	}
)

// Results of effects.
type (
	// Saved says that the dossier is durable: its row is fsynced.
	Saved struct {
		ID      ID
		Dossier string // dossier id
		Number  string // receipt number of this kiosk
		At      time.Time
	}
	// SaveFailed says that nothing was kept.
	SaveFailed struct {
		ID   ID
		Code health.Code
	}
	// Delivered: the authority's side has it.
	Delivered struct {
		Dossier string
		At      time.Time
		Number  string // the gateway's receipt number
	}
	// Delayed: not yet; the kiosk goes on trying by itself.
	Delayed struct {
		Dossier string
		Code    health.Code
	}
	// Refused: the gateway will never take this dossier as it is.
	Refused struct {
		Dossier string
		Code    health.Code
	}
	// Printed: the printer confirmed the whole receipt.
	Printed struct{ ID ID }
	// PrintFailed: it did not. Maybe says that paper may have come out.
	PrintFailed struct {
		ID    ID
		Code  health.Code
		Maybe bool
	}
)

// Tick says that the time asked for by State.Wake has come.
type Tick struct{}

// Close ends whatever is under way and puts the terminal out of service: the
// program is about to end, or cannot serve. Code says why; "" if all is well.
type Close struct{ Code health.Code }

func (Touched) event()       {}
func (Start) event()         {}
func (SetLanguage) event()   {}
func (StepTextSize) event()  {}
func (StepTheme) event()     {}
func (OpenHelp) event()      {}
func (CloseSheet) event()    {}
func (Agree) event()         {}
func (Decline) event()       {}
func (Back) event()          {}
func (Next) event()          {}
func (AskCancel) event()     {}
func (Cancel) event()        {}
func (Retry) event()         {}
func (OtherWay) event()      {}
func (TypeNumber) event()    {}
func (UseQR) event()         {}
func (ItsMe) event()         {}
func (NotMe) event()         {}
func (ChooseService) event() {}
func (Answer) event()        {}
func (Digit) event()         {}
func (EraseDigit) event()    {}
func (Skip) event()          {}
func (Edit) event()          {}
func (Submit) event()        {}
func (Reprint) event()       {}
func (Another) event()       {}
func (Finish) event()        {}
func (Scanned) event()       {}
func (ScanRejected) event()  {}
func (CardPlaced) event()    {}
func (CardLifted) event()    {}
func (CardProgress) event()  {}
func (CardRead) event()      {}
func (CardFailed) event()    {}
func (DeviceChanged) event() {}
func (Saved) event()         {}
func (SaveFailed) event()    {}
func (Delivered) event()     {}
func (Delayed) event()       {}
func (Refused) event()       {}
func (Printed) event()       {}
func (PrintFailed) event()   {}
func (Tick) event()          {}
func (Close) event()         {}
