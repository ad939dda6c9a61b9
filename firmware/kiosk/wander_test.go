package kiosk

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/health"
	"tram06/firmware/person"
	"tram06/firmware/session"
	"tram06/hal"
)

// People go through a kiosk as they like: back and forth, with another's card,
// lifting and laying it, while plugs are pulled. Whatever they did, no page says
// that a device is broken of which nothing was pulled, and whoever comes next is
// served to the receipt.
func TestWhoeverComesNextIsServed(t *testing.T) {
	for seed := range uint64(60) {
		for _, pulls := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				w := newWanderer(t, seed, pulls)
				for range 80 {
					w.step()
				}
				w.next()
				if t.Failed() {
					t.Fatalf("seed %d, plugs pulled %v: %s", seed, pulls, strings.Join(w.trail, " "))
				}
			})
		}
	}
}

// wanderer is somebody before a kiosk.
type wanderer struct {
	*bench
	dice  *rand.Rand
	tab   *table
	pulls bool
	sure  atomic.Bool  // knows what they want, and has the right card
	reads atomic.Int32 // of chips
	trail []string     // what was done
	out   int          // receipts that came out
}

func newWanderer(t *testing.T, seed uint64, pulls bool) *wanderer {
	w := &wanderer{bench: newBench(t), dice: rand.New(rand.NewPCG(seed, 6)), pulls: pulls, tab: newTable()}
	w.k.opt.Registry["reader"] = func(context.Context, *url.URL) (hal.Device, error) { return w.tab, nil }
	w.unplug("reader") // the bench's own
	w.pass(5 * time.Second)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read = w.reading
	w.shown = func(s session.State) {
		broken := s.Print == session.PrintBroken || s.Print == session.PrintUnclear || s.Problem == health.PrinterFault || s.Problem == health.ReaderGone
		if broken && !pulls {
			t.Errorf("page %v says %q, print %v", s.Phase, s.Problem, s.Print)
		}
	}
	go w.printing(t.Context())
	return w
}

// reading takes its time and is not called off by anybody, as transfers are not.
func (w *wanderer) reading(ctx context.Context, _ hal.Card) (person.Person, error) {
	<-time.After(3 * time.Second)
	switch {
	case ctx.Err() != nil:
		return person.Person{}, ctx.Err()
	case !w.tab.Present():
		return person.Person{}, hal.ErrCardRemoved
	case w.reads.Add(1)%4 == 0 && !w.sure.Load():
		return person.Person{}, cccd.ErrAccess
	}
	return someone, nil
}

func (w *wanderer) printing(ctx context.Context) {
	for {
		select {
		case j := <-w.prints:
			<-time.After(2 * time.Second)
			w.out++
			j.reply <- nil
		case <-ctx.Done():
			return
		}
	}
}

func (w *wanderer) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (w *wanderer) look() session.State {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// scan holds the card's code before the scanner, if anybody looks.
func (w *wanderer) scan() {
	select {
	case w.scans <- hal.Scan{Data: []byte("card")}:
	default:
	}
}

// step does anything, or what the page asks for.
func (w *wanderer) step() {
	acts := []session.Event{
		session.Start{}, session.Agree{}, session.Back{}, session.Next{}, session.NotMe{}, session.ItsMe{}, session.OtherWay{}, session.TypeNumber{},
		session.Digit{D: 1}, session.Retry{}, session.CloseSheet{}, session.UseQR{}, session.ChooseService{ID: "s"}, session.Submit{}, session.Reprint{},
		session.Another{}, session.Finish{}, session.AskCancel{}, session.Cancel{},
	}
	s := w.look()
	switch n := w.dice.IntN(20); {
	case n == 0:
		w.note("card %v", !w.tab.Present())
		w.tab.put(!w.tab.Present())
	case n == 1:
		w.note("scan")
		w.scan()
	case n == 2:
		w.note("wait")
		w.pass(time.Duration(w.dice.IntN(3000)) * time.Millisecond)
	case n == 3 && w.pulls:
		plug := []string{"reader", "scanner", "printer"}[w.dice.IntN(3)]
		w.note("pull the %s", plug)
		w.pull(plug)
	case n < 9:
		ev := acts[w.dice.IntN(len(acts))]
		w.note("%T", ev)
		w.do(ev)
	default:
		w.on(s)
	}
}

func (w *wanderer) note(format string, args ...any) {
	w.trail = append(w.trail, fmt.Sprintf(format, args...)+",")
}

func (w *wanderer) pull(plug string) {
	if plug == "reader" {
		w.tab.pull()
		return
	}
	select {
	case w.gone[plug] <- struct{}{}:
	default: // it is at work
	}
}

// on goes on as a page asks.
func (w *wanderer) on(s session.State) {
	next := map[session.Phase]session.Event{
		session.Attract: session.Start{}, session.Consent: session.Agree{}, session.Services: session.ChooseService{ID: "s"},
		session.Form: session.Next{}, session.Review: session.Submit{}, session.Confirm: session.ItsMe{},
	}
	ev := next[s.Phase]
	switch {
	case s.Sheet != session.NoSheet:
		ev = session.CloseSheet{}
	case s.Phase == session.Submitting:
		ev = session.Delivered{Dossier: s.Dossier}
	case s.Phase == session.Confirm && !w.sure.Load() && w.dice.IntN(3) == 0:
		ev = session.NotMe{}
	case s.Phase == session.Identify && s.QR == nil:
		w.note("scan")
		w.scan()
		return
	case s.Phase == session.Identify && s.Stage == session.NotReading:
		w.note("card %v", !s.CardThere)
		w.tab.put(!s.CardThere)
		return
	}
	if ev == nil {
		w.pass(time.Second)
		return
	}
	w.note("%T", ev)
	w.do(ev)
}

// next is somebody who comes after all this, and knows what they want.
func (w *wanderer) next() {
	w.tab.put(false)
	w.pass(10 * time.Minute)
	s := w.look()
	if s.Phase != session.Attract || s.Person.Name != "" || !s.Devices[session.Reader].Ready || !s.Devices[session.Printer].Ready {
		w.t.Fatalf("ten minutes later: page %v, devices %+v; %s", s.Phase, s.Devices, strings.Join(w.trail, " "))
	}
	w.sure.Store(true)
	before := w.out
	for range 12 {
		w.on(w.look())
		w.pass(5 * time.Second)
	}
	if s = w.look(); s.Print != session.PrintDone || w.out != before+1 {
		w.t.Errorf("at the end: page %v, print %v, %d receipts", s.Phase, s.Print, w.out-before)
	}
}

// table is a card reader that has a card on it or not.
type table struct {
	fakeDevice
	mu      sync.Mutex
	there   bool
	changed chan struct{} // closed when a card comes or goes
	pulled  chan struct{} // closed when the plug is pulled
}

func newTable() *table {
	return &table{fakeDevice: fakeDevice{"reader"}, changed: make(chan struct{}), pulled: make(chan struct{})}
}

func (r *table) Present() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.there
}

func (r *table) put(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.there = on
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *table) pull() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.pulled)
	r.pulled = make(chan struct{})
}

func (r *table) until(ctx context.Context, on bool) error {
	for {
		r.mu.Lock()
		there, changed, pulled := r.there, r.changed, r.pulled
		r.mu.Unlock()
		if there == on {
			return nil
		}
		select {
		case <-changed:
		case <-pulled:
			return errPulled
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *table) Wait(ctx context.Context) (hal.Card, error) {
	if err := r.until(ctx, true); err != nil {
		return nil, err
	}
	return fakeCard{}, nil
}

func (r *table) WaitRemoval(ctx context.Context) error { return r.until(ctx, false) }
