package pcsc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
)

// A chip or a daemon that hangs does not hang Close, nor the command's caller.
func TestCloseDuringAHangingCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(picc)
		d.lay()
		d.hang = make(chan struct{})
		r := opened(t, d)
		c, err := r.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		result := make(chan error, 1)
		command := []byte{0x00, 0xA4, 0x04, 0x0C}
		go func() {
			_, err := c.Transmit(context.Background(), command)
			result <- err
		}()
		synctest.Wait()
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-result; !errors.Is(err, hal.ErrGone) {
			t.Fatal(err)
		}
		clear(command) // it is the caller's again
		close(d.hang)
		<-r.done
		if d.open != 0 {
			t.Fatalf("%d contexts are left open", d.open)
		}
		if !bytes.Equal(d.heard, []byte{0x00, 0xA4, 0x04, 0x0C}) {
			t.Errorf("the card heard % X", d.heard)
		}
	})
}

// A card that another program let go of when nobody waited for it any more is let
// go of too: it would be ours for ever.
func TestACardThatComesTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(picc)
		d.lay()
		d.others = make(chan struct{})
		r := opened(t, d)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		close(d.others)
		synctest.Wait()
		if d.held {
			t.Fatal("nobody has the card, and nobody else can have it")
		}
		c, err := r.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(c.Release(), r.Close()); err != nil {
			t.Error(err)
		}
	})
}

// A daemon that hangs refuses nobody: nothing says so but that time passes.
func TestAServiceThatStandsStillIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(picc)
		r := opened(t, d)
		<-time.After(time.Hour) // an idle service is none that hangs
		if h := r.Health(); h.State != hal.Ready {
			t.Fatalf("a reader that nobody uses says %v %v", h.State, h.Err)
		}
		d.do(func() { d.stands = true })
		if _, err := r.Wait(t.Context()); !errors.Is(err, hal.ErrGone) {
			t.Errorf("Wait gives %v, want ErrGone", err)
		}
		if h := r.Health(); h.State != hal.Absent || h.Key != hal.KeyReaderGone || !errors.Is(h.Err, errStandsStill) {
			t.Errorf("the reader says %v %q: %v", h.State, h.Key, h.Err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		d.do(func() { d.stands = false })
		<-r.done
		if d.open != 0 {
			t.Errorf("%d contexts are left open", d.open)
		}
	})
}

// So may the reader's driver alone, or a card that asks for more time for ever.
func TestACommandThatNeverEnds(t *testing.T) {
	for name, call := range map[string]func(hal.Card) error{
		"Transmit": func(c hal.Card) error {
			_, err := c.Transmit(context.Background(), []byte{0, 0, 0, 0})
			if !errors.Is(err, hal.ErrGone) || errors.Is(err, hal.ErrCardRemoved) {
				return fmt.Errorf("the command gives %w, want ErrGone alone", err)
			}
			return nil
		},
		"Release": hal.Card.Release, // as of a reader that is gone
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDaemon(picc)
				d.lay()
				r := opened(t, d)
				c, err := r.Wait(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				d.hang = make(chan struct{})
				if err := call(c); err != nil {
					t.Error(err)
				}
				if h := r.Health(); h.State != hal.Absent || !errors.Is(h.Err, hal.ErrGone) {
					t.Errorf("the reader says %v %q: %v", h.State, h.Key, h.Err)
				}
				if err := errors.Join(c.Release(), r.Close()); err != nil {
					t.Error(err)
				}
				close(d.hang)
				<-r.done
				if d.open != 0 {
					t.Errorf("%d contexts are left open", d.open)
				}
			})
		})
	}
}

// Each question to a daemon that hangs keeps a thread of the kiosk and a
// connection: Close asks one.
func TestCloseAsksAHangingServiceOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &deaf{daemon: newDaemon(picc), let: make(chan struct{})}
		r, err := open(d, "pcsc:///", "", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if n := d.asked.Load(); n != 1 {
			t.Errorf("a daemon that does not answer is asked %d times", n)
		}
		close(d.let)
		if err := r.Close(); err != nil { // now it answers
			t.Error(err)
		}
		<-r.done
	})
}

// deaf is a daemon that answers a cancel only once it is let.
type deaf struct {
	*daemon
	asked atomic.Int32
	let   chan struct{}
}

func (d *deaf) establish() (session, error) {
	s, err := d.daemon.establish()
	return deafSession{s, d}, err
}

type deafSession struct {
	session
	d *deaf
}

func (s deafSession) Cancel() error {
	s.d.asked.Add(1)
	<-s.d.let
	return s.session.Cancel()
}

// stuck is a service that takes connections and answers none until let go.
type stuck struct {
	*daemon
	asked, let chan struct{}
	contexts   *atomic.Int32
}

func (s stuck) establish() (session, error) {
	if s.contexts.Add(1) == 1 {
		close(s.asked)
	}
	<-s.let
	return s.daemon.establish()
}

// A daemon that hangs must not take whoever opens the reader with it, and a
// reader that opens when nobody waits any more is closed again.
func TestOpeningIsBounded(t *testing.T) {
	d := newDaemon("Reader 00")
	s := stuck{d, make(chan struct{}), make(chan struct{}), new(atomic.Int32)}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-s.asked; cancel() }()
	if _, err := opener(s, time.Now)(ctx, &url.URL{Scheme: "pcsc", Path: "/"}); !errors.Is(err, hal.ErrGone) || !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want ErrGone for a call that was given up", err)
	}
	close(s.let)
	d.mu.Lock()
	defer d.mu.Unlock()
	for s.contexts.Load() < 2 || d.open > 0 { // both contexts, come and gone
		d.changed.Wait()
	}
}
