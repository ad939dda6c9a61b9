package session

import (
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/dossier"
)

// ID names one effect of one session. A result that carries the id of a past
// session, or of an effect that was called off, is dropped.
type ID struct {
	Session uint64
	Seq     uint32
}

// An Effect is something the session wants done. Effects are values: they can
// be recorded, compared and replayed.
type Effect interface{ effect() }

type (
	// ReadCard opens the chip with what is known and reads it. One of QR and
	// Number is set; Number holds the last six digits, typed by the citizen.
	ReadCard struct {
		ID     ID
		QR     *cccd.QR
		Number string
	}
	// StopReading calls a reading off.
	StopReading struct{ ID ID }
	// ArmScanner turns the QR scanner on or off.
	ArmScanner struct{ On bool }
	// Save makes the dossier durable and starts its delivery.
	Save struct {
		ID    ID
		Draft dossier.Draft
	}
	// Print prints a receipt.
	Print struct {
		ID   ID
		Slip Slip
	}
	// Wipe forgets everything of a session, outside of the state too.
	Wipe struct{ Session uint64 }
	// Ended reports a finished session for the statistics; nothing personal.
	Ended struct {
		Session uint64
		Outcome Outcome
		Began   time.Time
		Ended   time.Time
	}
)

func (ReadCard) effect()    {}
func (StopReading) effect() {}
func (ArmScanner) effect()  {}
func (Save) effect()        {}
func (Print) effect()       {}
func (Wipe) effect()        {}
func (Ended) effect()       {}

// Slip is what a receipt says of one dossier.
type Slip struct {
	Lang          string
	Dossier       string
	Number        string // receipt number of this kiosk
	Outcome       Outcome
	At            time.Time // of the outcome
	Service       string    // service id
	Name          string
	MaskedNumber  string
	GatewayNumber string
	Due           time.Time // latest expected result, zero if unknown
	Answers       map[string]string
}
