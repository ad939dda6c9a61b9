package wire

import "time"

// Version of the messages. A reader refuses any other.
const Version = 1

// Limits of a message.
const (
	MaxMessage  = 8 << 10 // bytes of any message
	MaxDevices  = 16
	MaxFindings = 64
	MaxSite     = 80 // runes
	MaxID       = 16 // bytes
	MaxWord     = 32 // bytes of a device's or board's name
	MaxVersion  = 64 // bytes of the firmware's version
	MaxCount    = 1_000_000
	MinInterval = 10 * time.Millisecond
	MaxInterval = time.Hour
	// MaxSpan bounds every duration: ten years.
	MaxSpan = 10 * 365 * 24 * time.Hour
)

// Status is what a kiosk says of itself.
type Status struct {
	V          int       `json:"v"`
	ID         string    `json:"id"`      // SM06
	Site       string    `json:"site"`    // "Trạm y tế phường Mẫu", from site.yaml
	Board      string    `json:"board"`   // rpi4
	Version    string    `json:"version"` // of the firmware
	StartedAt  time.Time `json:"started_at"`
	SentAt     time.Time `json:"sent_at"`
	UptimeMS   int64     `json:"uptime_ms"`
	IntervalMS int64     `json:"interval_ms"` // the next status comes within this

	Devices       []Device `json:"devices"`
	Outbox        Outbox   `json:"outbox"`
	LastSession   *Session `json:"last_session,omitempty"`
	SessionsToday int      `json:"sessions_today"`
}

// Device is the health of one device.
type Device struct {
	Name  string    `json:"name"`           // reader, scanner, printer, touch
	State string    `json:"state"`          // one of States
	Code  string    `json:"code,omitempty"` // THE-110, of the coded conditions
	Since time.Time `json:"since"`          // when state and code were entered
}

// Outbox says how many dossiers wait for the gateway, and how long the oldest has.
type Outbox struct {
	Depth    int   `json:"depth"`
	OldestMS int64 `json:"oldest_ms"`
}

// Session says how the last one ended, never whose it was.
type Session struct {
	EndedAt    time.Time `json:"ended_at"`
	Outcome    string    `json:"outcome"` // one of Outcomes
	DurationMS int64     `json:"duration_ms"`
}

// States of a device, worst first.
var states = [...]string{"absent", "fault", "degraded", "ready"}

// outcomes of a session.
var outcomes = [...]string{"none", "kept", "accepted", "rejected", "cancelled", "timed-out", "declined"}

// States gives the words a Device's state may be, worst first.
func States() []string { return append([]string(nil), states[:]...) }

// findingStates of an examination, best first.
var findingStates = [...]string{"ok", "skipped", "info", "warn", "error"}

// FindingStates gives the words a Finding's state may be, best first.
func FindingStates() []string { return append([]string(nil), findingStates[:]...) }

// Outcomes gives the words a Session's outcome may be.
func Outcomes() []string { return append([]string(nil), outcomes[:]...) }

// Interval is the time within which the kiosk promises its next status.
func (s Status) Interval() time.Duration { return time.Duration(s.IntervalMS) * time.Millisecond }

// EventKind says what happened.
type EventKind string

// Bye: the kiosk stops in good order; silence that follows is no fault.
const Bye EventKind = "bye"

// Event is something that happened once.
type Event struct {
	V      int       `json:"v"`
	ID     string    `json:"id"`
	Kind   EventKind `json:"kind"`
	SentAt time.Time `json:"sent_at"`
}

// CommandKind says what a kiosk shall do.
type CommandKind string

// The kinds of commands.
const (
	// Ping asks for an answer and nothing else.
	Ping CommandKind = "ping"
	// Examine asks for an examination, which takes some seconds and disturbs no
	// citizen.
	Examine CommandKind = "examine"
)

// Command is a request to one kiosk.
type Command struct {
	V    int         `json:"v"`
	Kind CommandKind `json:"kind"`
}

// ReplyKind says how a command went.
type ReplyKind string

// The kinds of replies.
const (
	Pong      ReplyKind = "pong"
	Diagnosis ReplyKind = "diagnosis" // the findings of an examination
	Busy      ReplyKind = "busy"      // an examination is under way already
	Unknown   ReplyKind = "unknown"   // this version does not know the command
)

// Reply answers a Command.
type Reply struct {
	V      int       `json:"v"`
	ID     string    `json:"id"`
	Kind   ReplyKind `json:"kind"`
	SentAt time.Time `json:"sent_at"`

	// Of a Diagnosis only.
	TookMS   int64     `json:"took_ms,omitempty"`
	Findings []Finding `json:"findings,omitempty"`
}

// Finding is one finding of an examination: what was looked at and with which
// code it ended. What it saw, in words, stays on the kiosk.
type Finding struct {
	Part  string `json:"part"`           // a device, or a part of the machine
	Name  string `json:"name,omitempty"` // which examination of it: gateway.cert
	State string `json:"state"`          // one of FindingStates
	Code  string `json:"code,omitempty"`
}
