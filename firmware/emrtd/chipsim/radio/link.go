package radio

import (
	"context"
	"sync"
	"time"

	"tram06/firmware/emrtd/apdu"
)

// Link is a way to a card whose time is counted, not spent. Its clock may be
// asked from any goroutine; commands come from one, as to any card.
type Link struct {
	model Model
	next  apdu.Transmitter

	mu     sync.Mutex
	report Report
	paused time.Duration
}

// Wrap counts the time of every command that goes to t.
func (m Model) Wrap(t apdu.Transmitter) *Link { return &Link{model: m, next: t} }

// Transmit implements apdu.Transmitter. A command that got no answer has used
// its way there.
func (l *Link) Transmit(ctx context.Context, cmd []byte) ([]byte, error) {
	out, err := l.next.Transmit(ctx, cmd)
	cost := l.model.Cost(instruction(cmd), len(cmd), len(out))
	l.mu.Lock()
	l.report = l.report.Add(cost)
	l.mu.Unlock()
	return out, err
}

// instruction of a command, -1 for bytes that are none.
func instruction(cmd []byte) int {
	if len(cmd) < 2 {
		return -1
	}
	return int(cmd[1])
}

// Report gives the sums so far.
func (l *Link) Report() Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.report
}

// Model gives the model that counts.
func (l *Link) Model() Model { return l.model }

// Pause lets time pass without a command.
func (l *Link) Pause(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paused += d
}

// epoch is where the virtual clock starts: a date that nobody takes for today.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Now is the virtual clock: it stands still but for the commands.
func (l *Link) Now() time.Time { return l.At(epoch) }

// At is the virtual clock that showed start before the first command.
func (l *Link) At(start time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return start.Add(l.report.Total() + l.paused)
}
