package wire

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// DecodeStatus reads and checks a status.
func DecodeStatus(data []byte) (Status, error) {
	var s Status
	if err := decode(data, &s); err != nil {
		return Status{}, fmt.Errorf("status: %w", err)
	}
	if err := s.Check(); err != nil {
		return Status{}, err
	}
	return s, nil
}

// DecodeEvent reads and checks an event.
func DecodeEvent(data []byte) (Event, error) {
	var e Event
	if err := decode(data, &e); err != nil {
		return Event{}, fmt.Errorf("event: %w", err)
	}
	if e.V != Version || !ValidID(e.ID) || e.Kind != Bye || !instant(e.SentAt) {
		return Event{}, fmt.Errorf("event: %w", ErrValue)
	}
	return e, nil
}

// DecodeCommand reads a command. The kind is not checked: a kiosk answers
// Unknown to what a later fleet may ask.
func DecodeCommand(data []byte) (Command, error) {
	var c Command
	if err := decode(data, &c); err != nil {
		return Command{}, fmt.Errorf("command: %w", err)
	}
	if c.V != Version || !word(string(c.Kind), MaxWord) {
		return Command{}, fmt.Errorf("command: %w", ErrValue)
	}
	return c, nil
}

// DecodeReply reads and checks a reply.
func DecodeReply(data []byte) (Reply, error) {
	var r Reply
	if err := decode(data, &r); err != nil {
		return Reply{}, fmt.Errorf("reply: %w", err)
	}
	if r.V != Version || !ValidID(r.ID) || !slices.Contains([]ReplyKind{Pong, Diagnosis, Busy, Unknown}, r.Kind) || !instant(r.SentAt) {
		return Reply{}, fmt.Errorf("reply: %w", ErrValue)
	}
	if !span(r.TookMS) || len(r.Findings) > MaxFindings || r.Kind != Diagnosis && (r.TookMS != 0 || len(r.Findings) > 0) {
		return Reply{}, fmt.Errorf("reply: findings: %w", ErrValue)
	}
	for i, f := range r.Findings {
		if !f.Valid() {
			return Reply{}, fmt.Errorf("reply: findings[%d]: %w", i, ErrValue)
		}
	}
	return r, nil
}

// Valid says whether a finding is within its limits.
func (f Finding) Valid() bool {
	return word(f.Part, MaxWord) && (f.Name == "" || word(strings.ReplaceAll(f.Name, ".", "-"), MaxWord)) &&
		slices.Contains(findingStates[:], f.State) && (f.Code == "" || code(f.Code))
}

// Encode writes any message of this package.
func Encode[T Status | Event | Command | Reply](m T) ([]byte, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", m, err)
	}
	if len(b) > MaxMessage {
		return nil, fmt.Errorf("encode %T: %w", m, ErrTooLarge)
	}
	return b, nil
}

// Check says which limit a status breaks. It names the field, never its value.
func (s Status) Check() error {
	switch {
	case s.V != Version:
		return bad("v")
	case !ValidID(s.ID):
		return bad("id")
	case !siteName(s.Site):
		return bad("site")
	case !word(s.Board, MaxWord):
		return bad("board")
	case !version(s.Version):
		return bad("version")
	case !instant(s.StartedAt):
		return bad("started_at")
	case !instant(s.SentAt):
		return bad("sent_at")
	case !span(s.UptimeMS):
		return bad("uptime_ms")
	case s.Interval() < MinInterval || s.IntervalMS > MaxInterval.Milliseconds():
		return bad("interval_ms")
	case len(s.Devices) > MaxDevices:
		return bad("devices")
	case s.Outbox.Depth < 0 || s.Outbox.Depth > MaxCount:
		return bad("outbox.depth")
	case !span(s.Outbox.OldestMS):
		return bad("outbox.oldest_ms")
	case s.SessionsToday < 0 || s.SessionsToday > MaxCount:
		return bad("sessions_today")
	}
	names := make(map[string]bool, len(s.Devices))
	for i, d := range s.Devices {
		if !word(d.Name, MaxWord) || names[d.Name] || !slices.Contains(states[:], d.State) ||
			(d.Code != "" && !code(d.Code)) || !instant(d.Since) {
			return bad(fmt.Sprintf("devices[%d]", i))
		}
		names[d.Name] = true
	}
	if l := s.LastSession; l != nil && (!instant(l.EndedAt) || !slices.Contains(outcomes[:], l.Outcome) || !span(l.DurationMS)) {
		return bad("last_session")
	}
	return nil
}

func bad(field string) error { return fmt.Errorf("status: %s: %w", field, ErrValue) }

// ValidID says whether id may name a kiosk: capital letters, digits and
// hyphens, beginning with a letter, so that it is one token of a subject, one
// element of a path, and no citizen's number.
func ValidID(id string) bool {
	if len(id) == 0 || len(id) > MaxID || id[0] < 'A' || id[0] > 'Z' || longNumber(id) {
		return false
	}
	for i := range len(id) {
		if c := id[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// siteName is the one free sentence. Citizens' and telephone numbers have nine
// digits or more, house numbers and wards do not.
func siteName(s string) bool {
	if utf8.RuneCountInString(s) > MaxSite || longNumber(s) {
		return false
	}
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.P) && r != ' ' {
			return false
		}
	}
	return true
}

// longNumber finds nine digits that no letter parts: spaces, dots and hyphens
// between them do not hide a number.
func longNumber(s string) bool {
	n := 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			if n++; n >= 9 {
				return true
			}
		case unicode.IsLetter(r):
			n = 0
		}
	}
	return false
}

// word is a short name in small letters: a device, a board.
func word(s string, limit int) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= limit && !longNumber(s)
}

func version(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= MaxVersion
}

// code is the form of a coded condition: THE-104. Its meaning is looked up by
// whoever shows it, since a newer kiosk may know codes that this fleet does not.
func code(s string) bool {
	n := len(s) - 4
	if n < 2 || n > 5 || s[n] != '-' {
		return false
	}
	for i := range n {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	for _, c := range []byte(s[n+1:]) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// instant bounds a time to what JSON can carry. A clock in 1970 or in 2099 is
// let in: a kiosk whose clock is wrong must be seen, not hidden.
func instant(t time.Time) bool { return t.Year() >= 1970 && t.Year() <= 2999 }

func span(ms int64) bool { return ms >= 0 && ms <= MaxSpan.Milliseconds() }
