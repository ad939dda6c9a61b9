package kiosk

import (
	"bytes"
	"context"
	"errors"
	"image"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"tram06/firmware/health"
	"tram06/firmware/person"
	"tram06/firmware/session"
	"tram06/hal"
)

// Every test of the workbench checks, when it ends, that nobody is left on the
// screen; these end the kiosk where it matters most.
func TestEndedInTheMiddle(t *testing.T) {
	for name, open := range map[string]func(*bench){
		"is this you": (*bench).toConfirm,
		"kept": func(b *bench) {
			b.toSubmitted()
			b.until("the number", func(s session.State) bool { return s.Number != "" })
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			open(b)
			b.stop()
			if len(b.wiped) == 0 || len(b.ended) != 1 {
				t.Fatalf("wiped %v, ended %v", b.wiped, b.ended)
			}
		})
	}
}

// A dossier that is just being made durable is finished before Run returns, so
// that nobody closes the store below it.
func TestEndWaitsForTheStore(t *testing.T) {
	b := newBench(t)
	begun, gone := make(chan struct{}), make(chan struct{})
	b.mu.Lock()
	b.store = func() {
		close(begun)
		<-gone
		select {
		case err := <-b.ran:
			t.Error("the kiosk ended, and the dossier is not kept yet")
			b.ran <- err
		case <-time.After(200 * time.Millisecond): // time enough to do wrong
		}
	}
	b.shown = func(s session.State) {
		if s.Phase == session.Closed {
			close(gone)
		}
	}
	b.mu.Unlock()
	b.toSubmitted()
	<-begun
	b.stop()
	if len(b.saved) != 1 {
		t.Fatal("the kiosk did not wait for the store")
	}
}

// A display that fails ends the kiosk, also while a dossier is made durable and
// the devices have more to tell than the loop's queue holds: nobody takes it.
func TestEndWithAFullQueue(t *testing.T) {
	b := newBench(t)
	failed := errors.New("the display is gone")
	kept := make(chan struct{})
	b.mu.Lock()
	b.store = func() { <-kept }
	b.broken = func(s session.State) error {
		if s.Phase != session.Submitting {
			return nil
		}
		for len(b.k.events) < cap(b.k.events) {
			b.k.events <- session.Tick{}
		}
		close(kept)
		return failed
	}
	b.mu.Unlock()
	b.toSubmitted()
	b.once.Do(func() { // there is no screen to look at
		defer b.cancel()
		select {
		case err := <-b.ran:
			if !errors.Is(err, failed) || len(b.saved) != 1 {
				t.Errorf("ended with %v, %d dossiers kept", err, len(b.saved))
			}
		case <-time.After(20 * time.Second):
			t.Error("the kiosk does not end")
		}
	})
}

// Whoever asks whether the loop turns, which is all day long, costs no drawing.
func TestAliveDrawsNothing(t *testing.T) {
	b := newBench(t)
	for range 100 {
		if err := b.k.Alive(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var shows atomic.Int32
	b.mu.Lock()
	b.shown = func(session.State) { shows.Add(1) }
	b.mu.Unlock()
	for range 100 {
		if err := b.k.Alive(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := shows.Load(); n > 0 {
		t.Errorf("drawn %d times", n)
	}
	b.stop()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.k.Alive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a kiosk that has ended is alive: %v", err)
	}
}

func portrait() person.Portrait {
	m := image.NewYCbCr(image.Rect(0, 0, 16, 16), image.YCbCrSubsampleRatio420)
	for _, plane := range [][]byte{m.Y, m.Cb, m.Cr} {
		copy(plane, bytes.Repeat([]byte{200}, len(plane)))
	}
	return person.Portrait{MediaType: "image/jpeg", Data: bytes.Repeat([]byte{7}, 64), Image: m}
}

func blank(p person.Portrait) bool {
	m := p.Image.(*image.YCbCr)
	for _, plane := range [][]byte{p.Data, m.Y, m.Cb, m.Cr} {
		if !bytes.Equal(plane, make([]byte, len(plane))) {
			return false
		}
	}
	return true
}

func TestPortraitIsOverwritten(t *testing.T) {
	for name, end := range map[string]session.Event{"not me": session.NotMe{}, "closed": session.Close{}} {
		t.Run(name, func(t *testing.T) {
			face := portrait()
			who := someone
			who.Portrait = face
			b := newBench(t)
			b.mu.Lock()
			b.read = func(context.Context, hal.Card) (person.Person, error) { return who, nil }
			b.mu.Unlock()
			b.toConfirm()
			b.do(session.StepTheme{})
			b.until("another look", func(s session.State) bool {
				if s.Theme != session.Light && blank(face) {
					t.Error("the portrait is gone while it is shown")
				}
				return s.Theme != session.Light
			})
			b.do(end)
			b.until("nobody", func(s session.State) bool { return s.Person.Name == "" })
			if !blank(face) {
				t.Fatal("the portrait is still in memory")
			}
		})
	}
}

// A reading may end well after it was called off.
func TestPortraitThatComesTooLateIsOverwritten(t *testing.T) {
	face := portrait()
	who := someone
	who.Portrait = face
	b := newBench(t)
	b.do(session.CardRead{ID: session.ID{Session: 99, Seq: 1}, Person: who}, session.StepTheme{})
	b.until("after it", func(s session.State) bool { return s.Theme != session.Light })
	if !blank(face) {
		t.Fatal("the portrait is still in memory")
	}
}

// What the session wants of a device that it knows to be ready is taken, even
// before the device's user has begun, and refused when the device leaves.
func TestDeviceIsServedFromTheNewsOn(t *testing.T) {
	k := New(Options{})
	k.done = t.Context()
	k.printer.setServing(true)
	k.printer.print(session.Print{ID: session.ID{Session: 1, Seq: 1}})
	k.reader.setServing(true)
	k.reader.read(session.ReadCard{ID: session.ID{Session: 1, Seq: 2}})
	select {
	case ev := <-k.events:
		t.Fatalf("refused: %+v", ev)
	default:
	}
	k.printer.setServing(false)
	if ev := <-k.events; ev != (session.PrintFailed{ID: session.ID{Session: 1, Seq: 1}, Code: health.PrinterGone}) {
		t.Fatalf("got %+v", ev)
	}
	k.reader.setServing(false)
	if ev := <-k.events; ev != (session.CardFailed{ID: session.ID{Session: 1, Seq: 2}, Code: health.ReaderGone}) {
		t.Fatalf("got %+v", ev)
	}
}

// A terminal that cannot serve says so and opens no device but its touch panel.
func TestOutOfService(t *testing.T) {
	b := &bench{t: t, states: make(chan session.State, 256), ran: make(chan error, 1)}
	refuse := func(_ context.Context, u *url.URL) (hal.Device, error) {
		t.Errorf("%s was opened", u)
		return nil, hal.ErrGone
	}
	b.k = New(Options{
		Machine: session.New(session.Config{}), Display: b, OutOfService: health.ConfigFile,
		Registry: hal.Registry{"reader": refuse, "scanner": refuse, "printer": refuse},
		Reader:   "reader:///", Scanner: "scanner:///", Printer: "printer:///",
	})
	ctx, cancel := context.WithCancel(t.Context())
	b.cancel = cancel
	go func() { b.ran <- b.k.Run(ctx) }()
	closed := b.page(session.Closed)
	if closed.Problem != health.ConfigFile {
		t.Fatalf("problem %q", closed.Problem)
	}
	b.do(session.Start{}, session.SetLanguage{Lang: "en"})
	b.until("the same in English", func(s session.State) bool { return s.Phase == session.Closed && s.Lang == "en" })
	b.stop()
}
