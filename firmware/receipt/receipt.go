// Package receipt makes the paper that a citizen takes home: what was handed
// in, whether the authority has it, and what to do next.
//
// It is the machine's own receipt and says so: it does not replace the slip
// CT04, and the kiosk issues no CT07. It carries no full ID number. The QR at
// its foot is a claim signed by the kiosk's key, which anyone who has the
// public key can verify without a network; see Sign and Verify.
//
// Render draws a one-bit page at 8 dots a millimetre for heads of 576 dots
// (80 mm paper) and 384 dots (58 mm). Text is 24 dots or more, which is 3 mm.
package receipt

import (
	"errors"
	"fmt"
	"time"

	"tram06/firmware/calendar"
)

// Outcome is what the kiosk knows about a dossier when it prints.
type Outcome string

// The outcomes. Accepted is only printed after the gateway's answer.
const (
	Accepted Outcome = "accepted"
	Kept     Outcome = "kept" // durable on this machine, not handed in yet
	Rejected Outcome = "rejected"
)

// Data is what one receipt says.
type Data struct {
	Lang string // "vi", or "en" for English beside the Vietnamese that officers read

	Place   string // UBND xã Suối Mây
	Station string // Trạm 06
	Machine int    // number of the machine at this place

	Number  string // receipt number of this kiosk: SM06-2311-0042
	Outcome Outcome
	At      time.Time // of the outcome
	Gateway string    // the gateway's number, if it has answered

	Service      string // name of the service in Lang
	Code         string // procedure code: 1.010041
	Form         string // CT01
	Applicant    string
	MaskedNumber string // 001 ••• ••• 638
	Recipient    string // Công an xã Suối Mây
	Fee          int    // đồng

	// Due says by when there should be a result, see DueText. It is printed
	// only when the authority has the dossier.
	Due string
	// InVNeID: the result comes to the citizen's phone, not to the counter.
	InVNeID bool

	Counter string // the counter's number: 1
	Phone   string // for questions: 0900 000 006
	QR      string // from Sign; without it no code is printed
}

// Errors of Render.
var (
	ErrIncomplete = errors.New("receipt incomplete")
	// ErrUnmasked: the full ID number would be printed. Nothing is.
	ErrUnmasked = errors.New("receipt would show the full number")
	ErrWidth    = errors.New("paper width not supported")
)

// The widths that a page can be drawn for, in dots.
const (
	minWidth = 384
	maxWidth = 832
)

// check refuses what must not be printed. No error repeats the data.
func (d *Data) check(width int) error {
	if width < minWidth || width > maxWidth {
		return fmt.Errorf("%w: %d dots, possible are %d to %d", ErrWidth, width, minWidth, maxWidth)
	}
	for _, f := range []struct{ name, v string }{
		{"place", d.Place}, {"station", d.Station}, {"number", d.Number}, {"service", d.Service}, {"code", d.Code},
		{"applicant", d.Applicant}, {"masked number", d.MaskedNumber}, {"recipient", d.Recipient}, {"counter", d.Counter},
	} {
		if f.v == "" {
			return fmt.Errorf("%w: no %s", ErrIncomplete, f.name)
		}
	}
	if d.At.IsZero() {
		return fmt.Errorf("%w: no time", ErrIncomplete)
	}
	switch d.Outcome {
	case Accepted, Kept, Rejected:
	default:
		return fmt.Errorf("%w: no outcome", ErrIncomplete)
	}
	digits := 0
	for _, r := range d.MaskedNumber {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	if digits > 6 {
		return ErrUnmasked
	}
	return nil
}

// DueText says by when a result is expected and where: "Chậm nhất chiều thứ
// Sáu 27/11/2026, tại quầy 1". It is "" for the zero time: a date that nobody
// knows is not printed.
func DueText(latest time.Time, counter string, inVNeID bool, lang string) string {
	if latest.IsZero() {
		return ""
	}
	when := calendar.Part(latest, lang)
	switch {
	case lang == "en" && inVNeID:
		return "By the " + when + ", in the VNeID app"
	case lang == "en":
		return "By the " + when + ", at counter " + counter
	case inVNeID:
		return "Chậm nhất " + when + ", trên VNeID"
	}
	return "Chậm nhất " + when + ", tại quầy " + counter
}
