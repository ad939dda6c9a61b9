package wedge

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/evdev/input"
)

// queued scans wait for Next; when there are more, the oldest go.
const queued = 8

// item is a scan, or what went wrong instead of one.
type item struct {
	scan hal.Scan
	err  error
}

// Scanner is one open scanner.
type Scanner struct {
	*input.Stream[item]
	o Options

	mu    sync.Mutex // guards all below, and orders Arm with keys
	d     *decoder
	armed bool
	timer *time.Timer // ends a code by a pause; nil where a suffix does
}

var (
	_ hal.Scanner    = (*Scanner)(nil)
	_ hal.Identified = (*Scanner)(nil)
)

// New drives dev, and closes it.
func New(uri string, dev input.Device, o Options) *Scanner {
	if o.Gap == 0 {
		o.Gap = defaultGap
	}
	s := &Scanner{o: o}
	s.d = &decoder{o: o, keys: us, ask: dev.State, emit: s.deliver}
	// Room for all of it, so that growing leaves no copies about.
	s.d.f.chars = make([]rune, 0, limit)
	s.Stream = input.NewStream(dev, input.Options[item]{
		URI: uri, What: "scanner", Key: hal.KeyScannerGone, Now: o.Now,
		Add: func(queue []item, it item) []item {
			if len(queue) >= queued {
				queue[0] = item{}
				queue = append(queue[:0], queue[1:]...)
			}
			return append(queue, it)
		},
		Events: s.events,
		End:    s.end,
	})
	// How the keys are now is not asked: the kernel would drop those that were
	// pressed since the opening, and a code that comes at once would have a hole.
	s.Start()
	return s
}

func (s *Scanner) events(events []input.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range events {
		s.d.feed(e)
	}
	if s.o.Suffix != SuffixNone || s.d.f.empty() {
		return
	}
	if s.timer == nil {
		s.timer = time.AfterFunc(s.o.Gap, s.pause)
		return
	}
	s.timer.Reset(s.o.Gap)
}

// pause is called when nothing came for as long as a gap.
func (s *Scanner) pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.d.f.empty() {
		s.d.timeout()
	}
}

// end forgets the code under way when the device is gone.
func (s *Scanner) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	s.d.f.reset()
}

// deliver takes a code; the decoder calls it with the lock held.
func (s *Scanner) deliver(r result) {
	switch {
	case !s.armed:
	case r.over:
		s.Push(item{err: fmt.Errorf("scanner: %w", hal.ErrOverlong)})
	default:
		s.Push(item{scan: hal.Scan{Data: r.data, At: s.Now(), Lossy: r.lossy}})
	}
}

// Arm lets scans through or swallows them. What waits in the queue and a code
// that has begun are dropped at each change: they belong to another citizen.
func (s *Scanner) Arm(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.armed == on {
		return
	}
	s.armed = on
	s.Clear()
	if s.d.begun() {
		// The rest of it is still to come, and is dropped with its end.
		s.d.f.damaged = true
		clear(s.d.f.chars)
		s.d.f.chars = s.d.f.chars[:0]
	}
}

// Next waits for one scan.
func (s *Scanner) Next(ctx context.Context) (hal.Scan, error) {
	it, err := s.Stream.Next(ctx)
	if err != nil {
		return hal.Scan{}, err
	}
	return it.scan, it.err
}
