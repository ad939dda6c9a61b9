package pulse_test

import (
	"errors"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/pulse"
)

func announced(p *pulse.Pulse) bool {
	select {
	case <-p.HealthChanged():
		return true
	default:
		return false
	}
}

func TestOnlyChangesAreAnnounced(t *testing.T) {
	at := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
	p := pulse.New(func() time.Time { return at }, hal.Ready, hal.KeyOK)
	p.Set(hal.Ready, hal.KeyOK, nil)
	if announced(p) {
		t.Fatal("entering the same state was announced")
	}
	begin := at
	at = at.Add(time.Minute)
	p.Set(hal.Fault, hal.KeyPaperOut, hal.ErrNoPaper)
	if !announced(p) {
		t.Fatal("a change was not announced")
	}
	h := p.Health()
	if h.State != hal.Fault || h.Key != hal.KeyPaperOut || !errors.Is(h.Err, hal.ErrNoPaper) || !h.Since.Equal(begin.Add(time.Minute)) {
		t.Fatalf("health %+v", h)
	}
	at = at.Add(time.Minute)
	p.Set(hal.Fault, hal.KeyPaperOut, errors.New("said otherwise"))
	if announced(p) || !p.Health().Since.Equal(begin.Add(time.Minute)) {
		t.Fatal("the same trouble in other words counts as a change")
	}
	p.Set(hal.Fault, hal.KeyCoverOpen, nil)
	p.Set(hal.Ready, hal.KeyOK, nil)
	if !announced(p) || announced(p) {
		t.Fatal("two changes before a look must give one announcement")
	}
}
