package gpio

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tram06/hal"
	"tram06/hal/beat"
	"tram06/hal/tether"
)

const (
	// measured is over how many looks a speed is averaged: two seconds.
	measured = 4
	// stalls is how many looks a fan may take to begin turning.
	stalls = 10
	// gather is how long pulses gather in the kernel, and gathered how many of
	// them may: a thousand a second are more than any fan makes.
	gather   = look / 8
	gathered = 256
)

// Fan is a fan that a wire switches on and off. It runs from the start and
// after Close: whoever no longer measures must not stop the cooling.
type Fan struct {
	*tether.Tether
	pulses int // a turn; 0: there is no line that tells
	edges  atomic.Int64
	rpm    atomic.Int64
	ran    sync.WaitGroup
	once   sync.Once

	mu   sync.Mutex
	wire wire
	tach wire
	on   bool
}

var _ hal.Fan = (*Fan)(nil)

// OpenFan opens the fan of a gpio+fan URI.
func OpenFan(k Kernel, u *url.URL, now func() time.Time) (*Fan, error) {
	p, line := parse("fan", u)
	var tach Line
	text, tells := p.Take("tach")
	pulses := p.Number("pulses", 2, 1, 16)
	if tells {
		tach = lineOf(p, strings.TrimPrefix(text, "/"), false)
	}
	if err := p.End(); err != nil {
		return nil, err
	}
	f := &Fan{Tether: tether.New(u.String(), "fan", hal.KeyFanGone, now), on: true}
	var err error
	if f.wire, err = output(k, line, true); err != nil {
		return nil, fmt.Errorf("fan: %w", err)
	}
	if tells {
		f.pulses = pulses
		// Tachometers pull the line to ground and leave it open in between.
		if f.tach, err = input(k, tach, FlagPullUp|FlagEdgeFalling, gathered); err != nil {
			return nil, errors.Join(fmt.Errorf("fan: %w", err), f.wire.Close())
		}
		f.ran.Go(f.count)
	}
	f.ran.Go(f.run)
	return f, nil
}

// SetSpeed switches the fan on or, at 0, off.
func (f *Fan) SetSpeed(percent int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.Err(); err != nil {
		return err
	}
	if percent < 0 || percent > 100 {
		return f.Errorf("a speed of %d%%: want 0 to 100: %w", percent, hal.ErrUnsupported)
	}
	f.on = percent > 0
	if err := f.wire.set(f.on); err != nil {
		return f.Lost(err)
	}
	return nil
}

// RPM is the speed of the last seconds.
func (f *Fan) RPM() (int, error) {
	if err := f.Err(); err != nil {
		return 0, err
	}
	if f.pulses == 0 {
		return 0, f.Errorf("it does not tell its speed: %w", hal.ErrUnsupported)
	}
	return int(f.rpm.Load()), nil
}

// count counts pulses, many at a time: a fan makes a hundred a second, and each
// would wake the machine.
func (f *Fan) count() {
	buf := edgeBuffer(gathered)
	for {
		n, err := f.tach.edges(buf)
		if err != nil {
			f.Cut(err)
			return
		}
		f.edges.Add(int64(n))
		select {
		case <-time.After(gather):
		case <-f.Done():
			return
		}
	}
}

func (f *Fan) run() {
	tick := beat.New(look)
	defer tick.Stop()
	began := time.Now()
	var last [measured]int64
	still := 0
	for i := 0; ; i++ {
		var at time.Time
		select {
		case at = <-tick.C:
		case <-f.Done():
			return
		}
		f.mu.Lock()
		on := f.on
		err := f.wire.set(on)
		f.mu.Unlock()
		if err != nil {
			f.Cut(err)
			return
		}
		if f.pulses == 0 {
			continue
		}
		n := f.edges.Swap(0)
		last[i%measured] = n
		var sum int64
		for _, x := range last {
			sum += x
		}
		// The first look comes sooner than the others, and says too little.
		span := min(max(at.Sub(began), look), measured*look)
		f.rpm.Store(sum * int64(time.Minute) / (int64(span) * int64(f.pulses)))
		if still++; n > 0 || !on {
			still = 0
		}
		if still >= stalls {
			f.Set(hal.Fault, hal.KeyFanStalled, f.Errorf("it is on and does not turn"))
		} else {
			f.Set(hal.Ready, hal.KeyOK, nil)
		}
	}
}

// Close leaves the fan running and gives the lines back.
func (f *Fan) Close() (err error) {
	f.once.Do(func() {
		f.Cut(nil)
		if f.pulses > 0 {
			err = f.tach.Close() // which ends count
		}
		f.ran.Wait()
		f.mu.Lock()
		defer f.mu.Unlock()
		err = errors.Join(notGone(err), notGone(f.wire.set(true)), notGone(f.wire.Close()))
		if err != nil {
			err = f.Errorf("close: %w", err)
		}
	})
	return err
}
