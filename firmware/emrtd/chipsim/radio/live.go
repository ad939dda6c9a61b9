package radio

import (
	"sync"
	"time"
)

// Chip is a simulated card as a virtual reader wants it.
type Chip interface {
	ATR() []byte
	Reset()
	Transmit(cmd []byte) []byte
}

// Live is a chip that takes its time: each answer comes when the air and the
// chip of the model would have brought it. The host's time is not slept: in
// front of a Live chip there is a real one.
type Live struct {
	chip  Chip
	model Model
	sleep func(time.Duration)

	mu     sync.Mutex
	report Report
}

// Live makes the chip slow. sleep is time.Sleep, or a test's clock.
func (m Model) Live(chip Chip, sleep func(time.Duration)) *Live {
	m.Host = 0
	return &Live{chip: chip, model: m, sleep: sleep}
}

// ATR implements Chip.
func (l *Live) ATR() []byte { return l.chip.ATR() }

// Reset implements Chip.
func (l *Live) Reset() { l.chip.Reset() }

// Transmit implements Chip.
func (l *Live) Transmit(cmd []byte) []byte {
	out := l.chip.Transmit(cmd)
	cost := l.model.Cost(instruction(cmd), len(cmd), len(out))
	l.mu.Lock()
	l.report = l.report.Add(cost)
	l.mu.Unlock()
	l.sleep(cost.Total())
	return out
}

// Report gives the sums so far.
func (l *Live) Report() Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.report
}
