// Package speaker is hal.Sound over any sound card that asks for samples at the
// pace at which it plays them. What is played waits in a queue of whole sounds;
// one that is broken off fades out, so that it does not click.
//
// A card that has stopped asking is gone: nothing else tells that a USB card was
// pulled out, unless the card itself does. When nothing was played for a while it
// rests, since a card that plays silence keeps a processor busy.
package speaker

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/tether"
)

// The rates that are played.
const (
	MinHertz = 8000
	MaxHertz = 48000
	// restHertz is the rate of the silence before the first sound.
	restHertz = 24000
)

const (
	// look is how often the card's pace is looked at, and stall for how many
	// looks it may ask for nothing.
	look  = 200 * time.Millisecond
	stall = 3
	// quiet is how long a card plays silence before it rests.
	quiet = 3 * time.Second
	// fading is how long a sound that is broken off takes to be silent.
	fading = 5 * time.Millisecond
)

// errStalled: the card is there, or was, and takes nothing.
var errStalled = errors.New("the card takes no samples any more")

// DefaultVolume is that of a speaker whose URI does not say.
const DefaultVolume = 80

// Card is a sound card. Package speaker calls one method at a time, but for
// Present, and leaves alone a card that hangs in one.
type Card interface {
	// Run has fill called for what is to be heard from now on, one channel from
	// −1 to 1 at so many samples a second, until it is run anew or closed. The
	// calls come one after the other, from any thread, and do not block.
	Run(hertz int, fill func([]float32)) error
	// Rest has fill called no more, until Run; Present tells whether a card that
	// rests is still there.
	Rest() error
	Present() bool
	// Latency is how long after fill a sample has been heard, at most.
	Latency() time.Duration
	// Gone is closed when the card knows that it is gone; nil if it never does.
	Gone() <-chan struct{}
	// Close ends it; no call of fill comes after it or is still under way.
	Close() error
}

// Speaker plays sounds on a card.
type Speaker struct {
	*tether.Tether
	card    Card
	turn    chan struct{} // holds one token: whoever has it plays
	watched chan struct{}
	once    sync.Once

	// Of whoever has the token.
	hertz int           // 0 while the card rests
	hangs chan struct{} // closed once the card has answered; nil if it hangs in nothing

	mu     sync.Mutex
	gain   float32
	beats  uint64
	now    *job
	played time.Time // when the last sound ended
	rests  bool
}

var _ hal.Sound = (*Speaker)(nil)

// job is one sound that is being played.
type job struct {
	samples []int16
	tail    int // samples of silence until the last one was heard
	fade    int // samples left of a sound that is broken off, and all of them
	fadeAll int
	done    chan struct{}
}

// New takes over a card, which is closed if it cannot be used. now stamps
// health; nil is time.Now.
func New(uri string, c Card, volume int, now func() time.Time) (*Speaker, error) {
	s := &Speaker{
		Tether: tether.New(uri, "sound", hal.KeySoundGone, now),
		card:   c, hertz: restHertz,
		turn: make(chan struct{}, 1), watched: make(chan struct{}),
	}
	s.turn <- struct{}{}
	s.played = time.Now()
	err := s.SetVolume(volume)
	if err == nil {
		err = c.Run(restHertz, s.fill)
	}
	if err != nil {
		_ = c.Close() // the first error says more
		return nil, s.Errorf("%w", err)
	}
	go s.watch()
	return s, nil
}

// SetVolume sets how loud sounds are, at once. Steps of percent sound alike: the
// amplitude goes with the square.
func (s *Speaker) SetVolume(percent int) error {
	if err := s.Err(); err != nil {
		return err
	}
	if percent < 0 || percent > 100 {
		return s.Errorf("volume %d %%: want 0 to 100: %w", percent, hal.ErrUnsupported)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gain = float32(percent*percent) / 10000
	return nil
}

// Play plays samples after what is being played.
func (s *Speaker) Play(ctx context.Context, samples []int16, hertz int) error {
	if err := s.Err(); err != nil {
		return err
	}
	if hertz < MinHertz || hertz > MaxHertz {
		return s.Errorf("%d samples a second: want %d to %d: %w", hertz, MinHertz, MaxHertz, hal.ErrUnsupported)
	}
	if err := ctx.Err(); err != nil {
		return s.Errorf("%w", err)
	}
	select {
	case <-s.turn:
	case <-ctx.Done():
		return s.Errorf("%w", ctx.Err())
	case <-s.Done():
		return s.Err()
	}
	defer func() { s.turn <- struct{}{} }()
	if err := s.Err(); err != nil {
		return err // closed by whoever waits for the turn now
	}
	if len(samples) == 0 {
		return nil
	}
	if hertz != s.hertz {
		if err := s.ask(beginning, s.Done(), func() error { return s.card.Run(hertz, s.fill) }); err != nil {
			return s.Lost(err)
		}
		s.hertz = hertz
		s.mu.Lock()
		s.rests = false
		s.mu.Unlock()
	}
	return s.play(ctx, samples)
}

// rest lets a card rest that nobody wants. One that cannot is gone before
// anybody else has a turn at it.
func (s *Speaker) rest() {
	select {
	case <-s.turn:
	default:
		return // somebody plays
	}
	defer func() { s.turn <- struct{}{} }()
	s.mu.Lock()
	due := !s.rests && time.Since(s.played) >= quiet
	s.mu.Unlock()
	if !due {
		return
	}
	if err := s.ask(ending, s.Done(), s.card.Rest); err != nil {
		s.Cut(err)
		return
	}
	s.hertz = 0
	s.mu.Lock()
	s.rests = true
	s.mu.Unlock()
}

// play has the card play samples, and waits until they were heard.
func (s *Speaker) play(ctx context.Context, samples []int16) error {
	j := &job{samples: samples, tail: s.count(s.card.Latency()), done: make(chan struct{})}
	s.begin(j)
	defer s.begin(nil) // nobody reads samples after Play
	select {
	case <-j.done:
		return nil
	case <-s.Done():
		return s.Err()
	case <-ctx.Done():
	}
	s.mu.Lock()
	j.fadeAll = s.count(fading)
	j.fade = j.fadeAll
	s.mu.Unlock()
	select {
	case <-j.done:
	case <-s.Done():
	}
	return s.Errorf("%w", ctx.Err())
}

func (s *Speaker) count(d time.Duration) int { return int(d * time.Duration(s.hertz) / time.Second) }

func (s *Speaker) begin(j *job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now, s.played = j, time.Now()
}

// fill gives the card what is to be heard next.
func (s *Speaker) fill(out []float32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beats++
	clear(out)
	j := s.now
	if j == nil {
		return
	}
	n := min(len(out), len(j.samples))
	for i, x := range j.samples[:n] {
		v := float32(x) / (math.MaxInt16 + 1) * s.gain
		if j.fadeAll > 0 {
			v *= float32(j.fade) / float32(j.fadeAll)
			j.fade = max(j.fade-1, 0)
		}
		out[i] = v
	}
	j.samples = j.samples[n:]
	broken := j.fadeAll > 0 && (j.fade == 0 || len(j.samples) == 0)
	if len(j.samples) == 0 {
		j.tail -= len(out) - n
	}
	if broken || len(j.samples) == 0 && j.tail <= 0 {
		s.now = nil
		close(j.done)
	}
}

// watch looks whether the card still asks for samples, or whether one that rests
// is there.
func (s *Speaker) watch() {
	defer close(s.watched)
	tick := time.NewTicker(look)
	defer tick.Stop()
	var last uint64
	for missed := 0; ; {
		select {
		case <-s.Done():
			return
		case <-s.card.Gone():
			s.Cut(nil)
			return
		case <-tick.C:
		}
		s.mu.Lock()
		beats, rests := s.beats, s.rests
		s.mu.Unlock()
		if missed++; rests || beats != last {
			last, missed = beats, 0
		}
		switch {
		case missed >= stall:
			s.Cut(errStalled)
			return
		case rests && !s.card.Present():
			s.Cut(nil)
			return
		}
		s.rest()
	}
}

// Close ends what is being played. A card that hangs is closed later, once it
// answers.
func (s *Speaker) Close() (err error) {
	s.once.Do(func() {
		s.Cut(nil)
		<-s.watched
		<-s.turn // whoever played has ended; nobody begins any more
		defer func() { s.turn <- struct{}{} }()
		if err = s.ask(ending, nil, s.card.Close); err != nil {
			err = s.Errorf("close: %w", err)
		}
	})
	return err
}
