package agent_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tram06/firmware/agent"
	"tram06/firmware/session"
	"tram06/fleet/wire"
	"tram06/hal"
)

var hanoi = time.FixedZone("+07", 7*3600)

func TestReport(t *testing.T) {
	began := time.Date(2026, 11, 23, 23, 50, 0, 0, hanoi)
	now := began
	r := agent.NewReport(agent.Identity{Site: "Trạm y tế phường Mẫu", Board: "rpi4", Version: "v0.1.0"}, func() time.Time { return now })
	changed := func() bool {
		select {
		case <-r.Changed():
			return true
		default:
			return false
		}
	}
	r.Device("reader", hal.Health{State: hal.Ready, Since: began})
	r.Device("printer", hal.Health{State: hal.Fault, Key: hal.KeyPaperOut, Err: errors.New("NGUYỄN VĂN MẪU was printing"), Since: began})
	if !changed() {
		t.Error("a new device is no change")
	}
	r.Device("reader", hal.Health{State: hal.Ready, Since: began.Add(time.Second)})
	if changed() {
		t.Error("the same health again is a change")
	}
	r.Outbox(2, began.Add(-time.Minute))
	if !changed() {
		t.Error("a fuller outbox is no change")
	}
	r.SessionEnded(session.Kept.String(), began.Add(-3*time.Minute), began)
	if !changed() {
		t.Error("an ended session is no change")
	}
	want := wire.Status{
		Site: "Trạm y tế phường Mẫu", Board: "rpi4", Version: "v0.1.0", StartedAt: began,
		Devices: []wire.Device{
			{Name: "printer", State: "fault", Code: "IN-202", Since: began},
			{Name: "reader", State: "ready", Since: began},
		},
		Outbox:        wire.Outbox{Depth: 2, OldestMS: 60_000},
		LastSession:   &wire.Session{EndedAt: began, Outcome: "kept", DurationMS: 180_000},
		SessionsToday: 1,
	}
	if d := cmp.Diff(want, r.Status()); d != "" {
		t.Error(d)
	}

	now = began.Add(11 * time.Minute) // past midnight
	if s := r.Status(); s.SessionsToday != 0 || s.Outbox.OldestMS != 12*60_000 || s.LastSession == nil {
		t.Errorf("after midnight: %+v", s)
	}
	// A dossier from before the clock was set: no status may say "for 56 years",
	// and one that may not be sent leaves the kiosk unseen.
	r.Outbox(1, time.Unix(0, 0))
	s := r.Status()
	s.V, s.ID, s.SentAt, s.IntervalMS = wire.Version, "SM06", now, 1000
	if err := s.Check(); err != nil || s.Outbox.OldestMS != wire.MaxSpan.Milliseconds() {
		t.Errorf("%+v: %v", s.Outbox, err)
	}
	r.Outbox(0, time.Time{})
	if s := r.Status(); s.Outbox != (wire.Outbox{}) {
		t.Errorf("empty outbox: %+v", s.Outbox)
	}
}

// TestWordsAgree: the wire knows the words of the session and of the devices,
// though it may import neither.
func TestWordsAgree(t *testing.T) {
	var outcomes, states []string
	for o := session.NoOutcome; o <= session.Refusal; o++ {
		outcomes = append(outcomes, o.String())
	}
	for s := hal.Absent; s <= hal.Ready; s++ {
		states = append(states, s.String())
	}
	if d := cmp.Diff(outcomes, wire.Outcomes()); d != "" {
		t.Errorf("outcomes:\n%s", d)
	}
	if d := cmp.Diff(states, wire.States()); d != "" {
		t.Errorf("states:\n%s", d)
	}
}
