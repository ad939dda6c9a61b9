package escpos_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
)

// bubble is a simulated printer and a driver on a pipe, in a bubble where
// waiting takes no time.
type bubble struct {
	t     *testing.T
	sim   *sim.Printer
	p     *escpos.Printer
	pages []sim.Page
	far   net.Conn
	line  *wire
	ended chan error
}

// wire is the printer's end of the pipe; tests listen in and interfere.
type wire struct {
	net.Conn
	mu     sync.Mutex
	heard  []byte                // what the driver said
	drew   time.Time             // when the last picture began
	answer func(b []byte) []byte // changes what the printer says
	late   func() time.Duration  // how long it takes
	closed func()                // instead of Close
}

func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	w.mu.Lock()
	defer w.mu.Unlock()
	if bytes.Contains(b[:n], []byte("\x1dv0")) && w.drew.IsZero() {
		w.drew = time.Now()
	}
	w.heard = append(w.heard, b[:n]...)
	return n, err
}

func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	answer, late, n := w.answer, w.late, len(b)
	w.mu.Unlock()
	if late != nil {
		<-time.After(late())
	}
	if answer != nil {
		b = answer(b)
	}
	if len(b) == 0 {
		return n, nil
	}
	_, err := w.Conn.Write(b)
	return n, err
}

func (w *wire) Close() error {
	if w.closed != nil {
		w.closed()
		return nil
	}
	return w.Conn.Close()
}

func (w *wire) count(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Count(w.heard, []byte(what))
}

func inBubble(t *testing.T, so sim.Options, o escpos.Options, do func(t *testing.T, b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{t: t, ended: make(chan error, 1)}
		so.OnPage = func(p sim.Page) { b.pages = append(b.pages, p) }
		so.OnError = func(err error) { t.Errorf("the printer objects: %v", err) }
		b.sim = sim.New(so)
		ours, theirs := net.Pipe()
		b.far = theirs
		b.line = &wire{Conn: theirs}
		go func() { b.ended <- b.sim.Attach(context.Background(), b.line) }()
		b.p = escpos.New("pipe", ours, o)
		do(t, b)
		if err := b.p.Close(); err != nil {
			t.Error(err)
		}
		<-b.ended
	})
}

// settle lets the driver finish whatever it wants to know.
func (b *bubble) settle() { <-time.After(20 * time.Second) }

func (b *bubble) healthIs(state hal.State, key string) {
	b.t.Helper()
	synctest.Wait()
	if h := b.p.Health(); h.State != state || h.Key != key {
		b.t.Fatalf("health is %v %q (%v), want %v %q", h.State, h.Key, h.Err, state, key)
	}
}

func (b *bubble) print(id string, rows int) error {
	return b.p.Print(b.t.Context(), id, receipt(576, rows, 1))
}

func TestAutomaticStatusIsSeenAtOnce(t *testing.T) {
	inBubble(t, sim.Options{}, escpos.Options{Poll: time.Hour}, func(t *testing.T, b *bubble) {
		b.settle()
		began := time.Now()
		b.sim.OpenCover(true)
		b.healthIs(hal.Fault, hal.KeyCoverOpen)
		b.sim.OpenCover(false)
		b.healthIs(hal.Ready, hal.KeyOK)
		b.sim.SetPaper(0)
		b.healthIs(hal.Fault, hal.KeyPaperOut)
		b.sim.SetPaper(100)
		b.healthIs(hal.Degraded, hal.KeyPaperNearEnd)
		b.sim.SetPaper(100000)
		b.sim.Heat(true)
		b.healthIs(hal.Degraded, hal.KeyPrinterHot)
		b.sim.Heat(false)
		b.healthIs(hal.Ready, hal.KeyOK)
		if d := time.Since(began); d != 0 {
			t.Errorf("that took %v", d)
		}
		if err := b.print("job", 900); err != nil {
			t.Fatal(err)
		}
		b.sim.OpenCover(true) // after a page, too
		b.healthIs(hal.Fault, hal.KeyCoverOpen)
	})
}

// A serial line does not notice that its printer was switched off and on.
func TestSettingsAreRestored(t *testing.T) {
	inBubble(t, sim.Options{}, escpos.Options{}, func(t *testing.T, b *bubble) {
		b.settle()
		b.line.closed = func() { _ = b.far.SetReadDeadline(time.Unix(1, 0)) }
		b.sim.Off()
		<-b.ended
		_ = b.far.SetReadDeadline(time.Time{})
		b.line.closed = nil
		b.sim.On()
		go func() { b.ended <- b.sim.Attach(context.Background(), b.line) }()
		b.sim.OpenCover(true)
		b.healthIs(hal.Ready, hal.KeyOK) // it has forgotten that it shall tell
		<-time.After(4 * time.Second)
		b.healthIs(hal.Fault, hal.KeyCoverOpen)
		b.sim.OpenCover(false)
		<-time.After(4 * time.Second)
		began := time.Now()
		b.sim.SetPaper(0)
		b.healthIs(hal.Fault, hal.KeyPaperOut)
		if d := time.Since(began); d != 0 {
			t.Errorf("it took %v to be told", d)
		}
	})
}

func TestIdentity(t *testing.T) {
	is := sim.About{Maker: "MAU", Model: "T-80", Serial: "0042", Firmware: "3.14"}
	for name, c := range map[string]struct {
		answers sim.Answers
		want    hal.Identity
	}{
		"told":   {sim.Full, hal.Identity{Maker: "MAU", Model: "T-80", Serial: "0042", Firmware: "3.14"}},
		"clone":  {sim.Simple, hal.Identity{}},
		"better": {sim.Nameless, hal.Identity{}},
		"silent": {sim.Silent, hal.Identity{}},
	} {
		inBubble(t, sim.Options{Answers: c.answers, Is: is}, escpos.Options{}, func(t *testing.T, b *bubble) {
			b.settle()
			var d hal.Identified = b.p
			if got := d.Identity(); got != c.want {
				t.Errorf("%s: %+v, want %+v", name, got, c.want)
			}
			// What a clone took for text must not be on the next page, and the
			// simulator objects to it.
			if err := b.print("job", 100); err != nil && !errors.Is(err, hal.ErrJobUnknown) {
				t.Error(err)
			}
			synctest.Wait()
			if len(b.pages) != 1 {
				t.Fatalf("%s: %d pages", name, len(b.pages))
			}
			samePicture(t, b.pages[0].Raster, receipt(576, 100, 1))
		})
	}
}

// The printer is asked for its name only while it can answer.
func TestIdentityOfAPrinterThatWasOpen(t *testing.T) {
	inBubble(t, sim.Options{}, escpos.Options{}, func(t *testing.T, b *bubble) {
		b.sim.OpenCover(true)
		b.settle()
		if got := b.p.Identity(); got != (hal.Identity{}) {
			t.Fatalf("an open printer tells %+v", got)
		}
		b.sim.OpenCover(false)
		b.settle()
		if got := b.p.Identity(); got.Model == "" {
			t.Fatalf("a closed printer tells %+v", got)
		}
		if err := b.print("job", 100); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAnswersThatTakeLong(t *testing.T) {
	inBubble(t, sim.Options{}, escpos.Options{}, func(t *testing.T, b *bubble) {
		b.line.mu.Lock()
		b.line.late = func() time.Duration { return 600 * time.Millisecond }
		b.line.mu.Unlock()
		for i := range 3 {
			if err := b.print(fmt.Sprint(i), 900); err != nil {
				t.Fatal(err)
			}
		}
		b.settle()
		b.healthIs(hal.Ready, hal.KeyOK)
		if len(b.pages) != 3 {
			t.Errorf("%d pages", len(b.pages))
		}
	})
}

// The first byte of a page waits for nothing but the printer's own answers.
func TestFirstByteIsNotHeldUp(t *testing.T) {
	const answer = 8 * time.Millisecond
	for name, c := range map[string]struct {
		answers sim.Answers
		most    time.Duration
	}{
		"that tells by itself": {sim.Full, 2 * answer},         // a poll's, and whether it is there
		"that is asked":        {sim.Simple, (1 + 4) * answer}, // a poll's, and how it is
		"without names":        {sim.Nameless, 2 * answer},
		"that is mute":         {sim.Silent, 0},
	} {
		inBubble(t, sim.Options{Answers: c.answers}, escpos.Options{Poll: time.Second}, func(t *testing.T, b *bubble) {
			b.line.mu.Lock()
			b.line.late = func() time.Duration { return answer }
			b.line.mu.Unlock()
			<-time.After(20 * time.Second)
			for i := range 40 { // in the middle of polls, and between them
				<-time.After(time.Second + time.Millisecond)
				b.line.mu.Lock()
				b.line.drew = time.Time{}
				b.line.mu.Unlock()
				began := time.Now()
				if err := b.print(fmt.Sprint(i), 100); (err != nil) != (c.answers == sim.Silent) {
					t.Fatal(err)
				}
				synctest.Wait()
				b.line.mu.Lock()
				d := b.line.drew.Sub(began)
				b.line.mu.Unlock()
				if d < 0 || d > c.most {
					t.Fatalf("a printer %s gets the first byte after %v, want at most %v", name, d, c.most)
				}
			}
		})
	}
}
