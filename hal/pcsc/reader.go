// Package pcsc drives chip-card readers through PC/SC (pcsclite).
//
//	pcsc:///?reader=ACR1252     the first reader whose name holds that text
//	pcsc:///                    the first contactless reader, else the first
//	                            that is no SAM slot
//
// One card is read within one PC/SC transaction, from Wait to Release, so that
// no other program can slip a command between ours and break secure messaging.
//
// Two contexts are used: libpcsclite locks a context for as long as it waits
// for a status change on it, and a card's commands would wait behind that.
//
// A daemon that hangs closes no connection. It is asked every few seconds, and
// a reader whose daemon does not answer, or whose card gets no command done in
// a quarter of a minute, is gone.
package pcsc

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/ebfe/scard"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/pulse"
)

const (
	// nudge is how often a cancelled wait is cancelled again: pcsclite forgets
	// a cancel that arrives just before the wait begins.
	nudge = 20 * time.Millisecond
	// closing bounds Close; a daemon that hangs is left to its goroutine.
	closing = 900 * time.Millisecond
	// retry is the pause before a card that did not answer is tried again: it
	// may lie at the edge of the field and be pushed further.
	retry = 250 * time.Millisecond
	// settle is longer than pcscd takes to notice that a card was lifted.
	settle = 500 * time.Millisecond
	// beat is how often the daemon has to show that it lives, and grace how long
	// it may take for that.
	beat  = 5 * time.Second
	grace = 5 * time.Second
	// longest is more than any command takes; a card that wants to reckon for
	// longer asks for ever.
	longest = 15 * time.Second
)

// errStandsStill: the daemon, or the reader's driver in it, hangs.
var errStandsStill = errors.New("the card service stands still")

// Reader is one open card reader.
type Reader struct {
	*pulse.Pulse
	uri  string
	name string
	id   hal.Identity

	watch session // for status changes
	work  session // for cards

	stop chan struct{}
	once sync.Once
	done chan struct{} // the watcher has ended

	mu      sync.Mutex
	present bool
	change  chan struct{} // closed when a card comes or goes
	shaken  bool          // the last card failed: is it still the same one?
	using   int           // calls under way on work
	ended   bool          // no further ones
	idle    *sync.Cond
}

var _ hal.CardReader = (*Reader)(nil)

// Opener opens the scheme pcsc. now stamps health.
func Opener(now func() time.Time) hal.Opener { return opener(library{}, now) }

func opener(svc service, now func() time.Time) hal.Opener {
	return func(ctx context.Context, u *url.URL) (hal.Device, error) {
		p := params.New("card reader", u)
		want, _ := p.Take("reader")
		if u.Host != "" || strings.Trim(u.Path, "/") != "" {
			p.Failf("write pcsc:/// and, behind it, ?reader= and a part of the reader's name")
		}
		if err := p.End(); err != nil {
			return nil, err
		}
		return inTime(ctx, func() (*Reader, error) { return open(svc, u.String(), want, now) })
	}
}

// inTime bounds the opening: a daemon that has stopped, but whose socket still
// takes connections, answers nobody and refuses nobody. What opens too late is
// closed.
func inTime(ctx context.Context, open func() (*Reader, error)) (hal.Device, error) {
	type outcome struct {
		reader *Reader
		err    error
	}
	result := make(chan outcome, 1)
	go func() {
		r, err := open()
		result <- outcome{r, err}
	}()
	select {
	case o := <-result:
		if o.err != nil {
			return nil, o.err
		}
		return o.reader, nil
	case <-ctx.Done():
		go func() {
			if o := <-result; o.err == nil {
				_ = o.reader.Close() // nobody is left to be told
			}
		}()
		return nil, fmt.Errorf("the card service does not answer: %w: %w", hal.ErrGone, ctx.Err())
	}
}

func open(svc service, uri, want string, now func() time.Time) (*Reader, error) {
	watch, err := svc.establish()
	if err != nil {
		return nil, fmt.Errorf("card service: %w: %w", hal.ErrGone, err)
	}
	names, err := watch.ListReaders()
	if err != nil && !errors.Is(err, scard.ErrNoReadersAvailable) {
		return nil, errors.Join(fmt.Errorf("list card readers: %w: %w", hal.ErrGone, err), watch.Release())
	}
	name, ok := choose(names, want)
	if !ok {
		return nil, errors.Join(&NoReaderError{Want: want, Have: names}, watch.Release())
	}
	work, err := svc.establish()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("card service: %w: %w", hal.ErrGone, err), watch.Release())
	}
	if now == nil {
		now = time.Now
	}
	r := &Reader{
		Pulse:  pulse.New(now, hal.Ready, hal.KeyOK),
		uri:    uri,
		name:   name,
		watch:  watch,
		work:   work,
		stop:   make(chan struct{}),
		done:   make(chan struct{}),
		change: make(chan struct{}),
	}
	if i, ok := work.(identifier); ok {
		r.id = i.identify(name)
	}
	r.idle = sync.NewCond(&r.mu)
	first := make(chan struct{})
	go r.run(first)
	select { // Present is right from the beginning
	case <-first:
	case <-r.done:
	case <-r.stop: // the daemon hangs
	}
	return r, nil
}

// NoReaderError says that pcscd has no reader like the wanted one.
type NoReaderError struct {
	Want string   // part of the name, "" for any contactless one
	Have []string // the readers that there are
}

func (e *NoReaderError) Error() string {
	return fmt.Sprintf("no card reader like %q among %q: %v", e.Want, e.Have, hal.ErrGone)
}

// Unwrap makes it a device that is not there.
func (e *NoReaderError) Unwrap() error { return hal.ErrGone }

// choose picks a reader's name.
func choose(names []string, want string) (string, bool) {
	var rest []string
	for _, n := range names {
		low := strings.ToLower(n)
		switch {
		case want != "":
			if strings.Contains(low, strings.ToLower(want)) {
				return n, true
			}
		case strings.Contains(low, " sam"):
		case strings.Contains(low, "picc") || strings.Contains(low, "contactless") || strings.Contains(low, " cl ") || strings.Contains(low, "nfc"):
			return n, true
		default:
			rest = append(rest, n)
		}
	}
	if len(rest) > 0 {
		return rest[0], true
	}
	return "", false
}

// URI names the device.
func (r *Reader) URI() string { return r.uri }

// Name is the reader's name in PC/SC.
func (r *Reader) Name() string { return r.name }

// Present tells whether a card lies there.
func (r *Reader) Present() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.present
}

// Close ends all waits. A card under way fails with ErrGone at its next command.
func (r *Reader) Close() error {
	r.once.Do(func() { close(r.stop) })
	limit := time.NewTimer(closing)
	defer limit.Stop()
	again := time.NewTicker(nudge)
	defer again.Stop()
	// Cancel talks to the daemon; one that hangs must not hang us, and keeps a
	// thread for each that waits.
	answered := r.cancel()
	for {
		select {
		case <-r.done:
			return nil
		case <-again.C:
			select {
			case <-answered:
				answered = r.cancel()
			default:
			}
		case <-limit.C:
			r.Set(hal.Absent, hal.KeyReaderGone, hal.ErrGone)
			return nil
		}
	}
}

// cancel ends a wait for a change; what it gives is closed when the daemon has
// heard of it.
func (r *Reader) cancel() <-chan struct{} {
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_ = r.watch.Cancel()
	}()
	return answered
}

// standsStill gives the reader up. The calls that hang are left to themselves.
func (r *Reader) standsStill() {
	r.Set(hal.Absent, hal.KeyReaderGone, fmt.Errorf("card reader: %w: %w", hal.ErrGone, errStandsStill))
	r.once.Do(func() { close(r.stop) })
}

// run follows the reader's state until it is gone or closed.
func (r *Reader) run(first chan<- struct{}) {
	err := r.follow(first)
	r.Set(hal.Absent, hal.KeyReaderGone, err)
	r.mu.Lock()
	r.present, r.ended = false, true
	r.announce()
	for r.using > 0 {
		r.idle.Wait()
	}
	r.mu.Unlock()
	// Nothing can be done about a daemon that refuses to let go.
	_ = r.work.Release()
	_ = r.watch.Release()
	close(r.done)
}

func (r *Reader) follow(first chan<- struct{}) error {
	var last scard.StateFlag
	states := []scard.ReaderState{{Reader: r.name, CurrentState: scard.StateUnaware}}
	late := time.AfterFunc(beat+grace, r.standsStill)
	defer late.Stop()
	for {
		select {
		case <-r.stop:
			return hal.ErrGone
		default:
		}
		states[0].Atr = nil // the binding copies it in, unchecked
		late.Reset(beat + grace)
		err := r.watch.GetStatusChange(states, beat)
		switch {
		case errors.Is(err, scard.ErrTimeout), errors.Is(err, scard.ErrCancelled):
			continue
		case err != nil:
			return errors.Join(fmt.Errorf("watch reader: %w", hal.ErrGone), err)
		}
		ev := states[0].EventState
		if ev&(scard.StateUnknown|scard.StateUnavailable|scard.StateIgnore) != 0 {
			return fmt.Errorf("reader unplugged: %w", hal.ErrGone)
		}
		// The rest of the flags (in use, exclusive) is our own doing. The upper
		// half counts insertions, so that a quick swap is not missed.
		if news := ev & (scard.StatePresent | scard.StateMute | 0xFFFF0000); news != last || first != nil {
			last = news
			r.mu.Lock()
			r.present = ev&scard.StatePresent != 0
			r.announce()
			r.mu.Unlock()
		}
		if first != nil {
			close(first)
			first = nil
		}
		states[0].CurrentState = ev &^ scard.StateChanged
	}
}

// announce wakes all who wait for a change. The caller holds mu.
func (r *Reader) announce() {
	close(r.change)
	r.change = make(chan struct{})
}

func (r *Reader) look() (present, ended bool, change <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.present, r.ended, r.change
}

// begin reserves the work context for one call, unless the reader is closed.
func (r *Reader) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.stop:
		return false
	default:
	}
	if r.ended {
		return false
	}
	r.using++
	return true
}

func (r *Reader) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.using--; r.using == 0 {
		r.idle.Broadcast()
	}
}

// bounded does something with a card, and no longer than that may take: a daemon
// that hangs must not hang the caller.
func (r *Reader) bounded(f func()) error {
	if !r.begin() {
		return r.gone()
	}
	did := make(chan struct{})
	go func() {
		defer r.end()
		f()
		close(did)
	}()
	late := time.NewTimer(longest)
	defer late.Stop()
	select {
	case <-did:
		return nil
	case <-r.stop:
		return r.gone()
	case <-late.C:
		r.standsStill()
		return fmt.Errorf("card reader: no answer within %v: %w: %w", longest, hal.ErrGone, errStandsStill)
	}
}

func (r *Reader) gone() error { return fmt.Errorf("card reader: %w", hal.ErrGone) }
