package pn532

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/pulse"
)

const (
	// closing bounds Close; a bus that hangs is left to its goroutine.
	closing = 900 * time.Millisecond
	// parting is how long the chip may take to hear that it is let go.
	parting = 200 * time.Millisecond
)

// Reader is one open card reader.
type Reader struct {
	*pulse.Pulse
	uri  string
	id   hal.Identity
	opts Options
	wire wire
	watch

	stop chan struct{}
	once sync.Once
	end  chan struct{} // the device is of no more use
	done chan struct{} // the goroutine that owns the chip has ended
	jobs chan func()   // for that goroutine

	mu      sync.Mutex
	present bool
	ready   bool          // an active card waits to be taken
	change  chan struct{} // closed when either changes
}

var (
	_ hal.CardReader = (*Reader)(nil)
	_ hal.Identified = (*Reader)(nil)
)

// open sets up the chip and takes over the wire, whatever comes of it.
func open(ctx context.Context, w wire, uri string, o Options) (*Reader, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == 0 {
		o.Wait = defaultWait
	}
	if o.Poll == 0 {
		o.Poll = defaultPoll
	}
	l := &link{wire: w, stop: ctx.Done()}
	r := &Reader{
		Pulse:  pulse.New(o.Now, hal.Ready, hal.KeyOK),
		uri:    uri,
		opts:   o,
		wire:   w,
		watch:  watch{chip: &chip{link: l}},
		stop:   make(chan struct{}),
		end:    make(chan struct{}),
		done:   make(chan struct{}),
		jobs:   make(chan func()),
		change: make(chan struct{}),
	}
	err := r.chip.begin()
	if err == nil {
		err = r.look() // Present is right from the beginning
	}
	if err != nil {
		return nil, errors.Join(notThere(ctx, err), w.close())
	}
	// Asked once: the chip's fields are its goroutine's from now on. It has no
	// number of its own.
	r.id = hal.Identity{Maker: "NXP", Model: "PN532", Firmware: fmt.Sprintf("%d.%d", r.chip.version, r.chip.revision)}
	l.stop = r.stop
	go r.run()
	return r, nil
}

// notThere words the failure to open.
func notThere(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("card reader: %w", ctx.Err())
	}
	return fmt.Errorf("card reader: %w: %w", hal.ErrGone, err)
}

// URI names the device.
func (r *Reader) URI() string { return r.uri }

// Identity is what the chip told when it was opened.
func (r *Reader) Identity() hal.Identity { return r.id }

// Present tells whether a card lies there.
func (r *Reader) Present() bool {
	present, _, _ := r.state()
	return present
}

func (r *Reader) state() (present, ready bool, change <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.present, r.ready, r.change
}

// announce tells all who wait what is on the reader now.
func (r *Reader) announce(present, ready bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.present == present && r.ready == ready {
		return
	}
	r.present, r.ready = present, ready
	close(r.change)
	r.change = make(chan struct{})
}

// Close ends all waits and whatever the chip does. A card under way fails with
// ErrGone.
func (r *Reader) Close() error {
	r.once.Do(func() { close(r.stop) })
	limit := time.NewTimer(closing)
	defer limit.Stop()
	select {
	case <-r.done:
	case <-limit.C:
		r.Set(hal.Absent, hal.KeyReaderGone, hal.ErrGone)
	}
	return nil
}

func (r *Reader) gone() error { return fmt.Errorf("card reader: %w", hal.ErrGone) }

// do has the goroutine that owns the chip run f. A context that ends before f
// begins stops it, one that ends later does not.
func (r *Reader) do(ctx context.Context, f func()) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("card reader: %w", err)
	}
	ran := make(chan struct{})
	select {
	case <-r.stop: // first: a closed reader does nothing more
		return r.gone()
	default:
	}
	select {
	case r.jobs <- func() { f(); close(ran) }:
	case <-r.end:
		return r.gone()
	case <-r.stop:
		return r.gone()
	case <-ctx.Done():
		return fmt.Errorf("card reader: %w", ctx.Err())
	}
	select {
	case <-ran:
		return nil
	case <-r.stop: // a bus that hangs must not hang the caller
		return r.gone()
	}
}

// until waits until the reader is as wanted.
func (r *Reader) until(ctx context.Context, wanted func(present, ready bool) bool) error {
	for {
		present, ready, change := r.state()
		select {
		case <-r.stop:
			return r.gone()
		case <-r.end:
			return r.gone()
		default:
		}
		if wanted(present, ready) {
			return nil
		}
		select {
		case <-change:
		case <-r.stop:
			return r.gone()
		case <-r.end:
			return r.gone()
		case <-ctx.Done():
			return fmt.Errorf("card reader: %w", ctx.Err())
		}
	}
}

// WaitRemoval blocks until no card lies on the reader.
func (r *Reader) WaitRemoval(ctx context.Context) error {
	return r.until(ctx, func(present, _ bool) bool { return !present })
}

// Wait blocks until a card of ISO/IEC 14443-4 lies on the reader and answers.
// While another one is in use, it waits for its release.
func (r *Reader) Wait(ctx context.Context) (hal.Card, error) {
	for {
		if err := r.until(ctx, func(_, ready bool) bool { return ready }); err != nil {
			return nil, err
		}
		var c *card
		var err error
		if e := r.do(ctx, func() { c, err = r.take() }); e != nil {
			return nil, e
		}
		if err != nil {
			return nil, err
		}
		if c != nil {
			return c, nil
		}
	}
}
