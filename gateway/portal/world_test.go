package portal_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tram06/firmware/dossier"
	"tram06/gateway/portal"
	"tram06/gateway/store"
	"tram06/gateway/store/sqlite"
)

// patience of the tests' forwarder.
const patience = 10 * time.Second

// fake is a portal in memory. It fails the test if it is spoken to twice at a
// time, or gets a dossier again without having been asked about it.
type fake struct {
	t      testing.TB
	mode   func(c call) reaction // nil: all is well
	change chan struct{}         // signalled after each call; nil if nobody listens

	mu       *sync.Mutex // of two fakes that are one portal, the same
	busy     bool
	taken    map[string]string // key -> digest
	told     map[string]bool   // keys of which it said, or may have said, that they are unknown
	calls    []call
	received []string // keys, with repetitions
}

// call is one request.
type call struct {
	n    int // from 1
	ask  bool
	key  string
	at   time.Time
	body string
}

// reaction is what a portal does to one request.
type reaction struct {
	take bool  // a dossier is taken before anything else
	err  error // nil: answer
	hang bool  // no answer before the caller gives up
}

func newFake(t testing.TB) *fake {
	return &fake{t: t, mu: new(sync.Mutex), taken: map[string]string{}, told: map[string]bool{}}
}

func (f *fake) enter(c call) reaction {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy {
		f.t.Error("two requests at a time")
	}
	f.busy = true
	c.n, c.at = len(f.calls)+1, time.Now()
	f.calls = append(f.calls, c)
	if f.mode == nil {
		return reaction{take: true}
	}
	return f.mode(c)
}

func (f *fake) leave() {
	f.mu.Lock()
	f.busy = false
	f.mu.Unlock()
	if f.change != nil {
		select {
		case f.change <- struct{}{}:
		default:
		}
	}
}

func (f *fake) Submit(ctx context.Context, d portal.Dossier) (portal.Receipt, error) {
	r := f.enter(call{key: d.Key, body: string(d.Body)})
	defer f.leave()
	f.mu.Lock()
	if slices.Contains(f.received, d.Key) && !f.told[d.Key] {
		f.t.Errorf("%s came again, and nobody had asked", d.Key)
	}
	f.told[d.Key] = false
	f.received = append(f.received, d.Key)
	if r.take {
		if _, there := f.taken[d.Key]; there {
			f.t.Errorf("%s is there already and came again", d.Key)
		}
		f.taken[d.Key] = d.Digest
	}
	f.mu.Unlock()
	if r.hang {
		<-ctx.Done()
		return portal.Receipt{}, &portal.Failure{Kind: portal.ErrUnclear, Code: portal.SlowAnswer, Cause: ctx.Err()}
	}
	if r.err != nil {
		return portal.Receipt{}, r.err
	}
	return portal.Receipt{Number: "MP-" + d.Key[len(d.Key)-3:], Digest: d.Digest}, nil
}

func (f *fake) Ask(ctx context.Context, key string) (portal.Receipt, error) {
	r := f.enter(call{ask: true, key: key})
	defer f.leave()
	f.mu.Lock()
	digest, there := f.taken[key]
	f.mu.Unlock()
	switch {
	case r.hang:
		<-ctx.Done()
		return portal.Receipt{}, &portal.Failure{Kind: portal.ErrUnclear, Code: portal.SlowAnswer, Cause: ctx.Err()}
	case r.err != nil:
		return portal.Receipt{}, r.err
	case !there:
		f.mu.Lock()
		f.told[key] = true
		f.mu.Unlock()
		return portal.Receipt{}, &portal.Failure{Kind: portal.ErrUnknown, Code: portal.Unexpected, Only: true}
	}
	return portal.Receipt{Number: "MP-" + key[len(key)-3:], Digest: digest}, nil
}

// said gives the requests so far as "ask 001", "send 001".
func (f *fake) said() (list []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.calls {
		what := "send "
		if c.ask {
			what = "ask "
		}
		list = append(list, what+c.key[len(c.key)-3:])
	}
	return list
}

// wide is a failure of the whole portal.
func wide(kind error, code portal.Code, wait time.Duration) error {
	return &portal.Failure{Kind: kind, Code: code, RetryAfter: wait}
}

var (
	failed      = reaction{err: wide(portal.ErrUnclear, portal.Failed, 0)}
	unreachable = reaction{err: wide(portal.ErrTemporary, portal.Unreachable, 0)}
	lost        = reaction{take: true, err: wide(portal.ErrUnclear, portal.AnswerLost, 0)}
	well        = reaction{take: true}
	refusal     = reaction{err: &portal.Failure{Kind: portal.ErrRefused, Code: portal.Rejected, Reason: "bad-content", Only: true}}
	inProgress  = reaction{err: &portal.Failure{Kind: portal.ErrUnclear, Code: portal.InProgress, Only: true, RetryAfter: 3 * time.Second}}
)

// script plays reactions one after the other, and the last one for ever.
func script(list ...reaction) func(call) reaction {
	return func(c call) reaction { return list[min(c.n, len(list))-1] }
}

// desk is a gateway's store with its forwarder.
type desk struct {
	*testing.T
	path string
	st   *sqlite.Store
	fake *fake
	work chan struct{}
	logs *strings.Builder
	mu   sync.Mutex // of logs
}

// play runs a test in a bubble of its own time.
func play(t *testing.T, f func(d *desk)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "g.db")
	synctest.Test(t, func(t *testing.T) {
		d := &desk{T: t, path: path, fake: newFake(t), work: make(chan struct{}, 1), logs: &strings.Builder{}}
		d.st = d.open()
		t.Cleanup(func() { d.st.Close() })
		f(d)
	})
}

func (d *desk) open() *sqlite.Store {
	d.Helper()
	st, err := sqlite.Open(d.Context(), d.path, sqlite.Options{Office: "H00.00"})
	if err != nil {
		d.Fatal(err)
	}
	return st
}

func id(n int) string { return fmt.Sprintf("019aa8f2-0c00-7abc-8def-%012d", n) }

// put stores the dossiers from a to b and tells the forwarder.
func (d *desk) put(a, b int) {
	d.Helper()
	for n := a; n <= b; n++ {
		envelope := []byte("sealed " + id(n))
		if _, _, err := d.st.Put(d.Context(), store.Record{
			ID: id(n), Digest: dossier.DigestOf(envelope), Device: "SM06", KeyID: "kid", KioskNumber: fmt.Sprint(n), Service: "s",
			Version: "1", Procedure: "p", CreatedAt: time.Now(), ReceivedAt: time.Now(), Envelope: envelope,
		}); err != nil {
			d.Fatal(err)
		}
	}
	select {
	case d.work <- struct{}{}:
	default:
	}
}

func (d *desk) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.logs.Write(b)
}

// options are those of a forwarder over any store and portal.
func (d *desk) options(st portal.Store, p portal.Portal) portal.Options {
	return portal.Options{
		Portal: p, Name: "north", Store: st, Work: d.work, Patience: patience, Now: time.Now, Rand: rand.New(rand.NewPCG(6, 26)),
		Log: slog.New(slog.NewTextHandler(d, nil)),
		Open: func(_ context.Context, r store.Record) ([]byte, error) {
			if string(r.Envelope) != "sealed "+r.ID {
				return nil, errors.New("not sealed to this key")
			}
			return []byte("body of " + r.ID), nil
		},
	}
}

type ctx = context.Context

// forward runs the forwarder until stop is called.
func (d *desk) forward() (stop func()) { return d.forwardWith(d.options(d.st, d.fake)) }

func (d *desk) forwardWith(o portal.Options) (stop func()) {
	d.Helper()
	ctx, cancel := context.WithCancel(d.Context())
	done := make(chan error, 1)
	go func() { done <- portal.Forward(ctx, o) }()
	return func() {
		d.Helper()
		cancel()
		if err := <-done; err != nil {
			d.Error(err)
		}
	}
}

// run forwards for a time of the bubble, then stops.
func (d *desk) run(t time.Duration) { d.runWith(d.options(d.st, d.fake), t) }

func (d *desk) runWith(o portal.Options, t time.Duration) {
	d.Helper()
	stop := d.forwardWith(o)
	d.pass(t)
	stop()
}

// pass lets time pass, and what it brings about happen.
func (d *desk) pass(t time.Duration) {
	<-time.After(t)
	synctest.Wait()
}

func (d *desk) delivery(n int) store.Delivery {
	d.Helper()
	r, err := d.st.Get(d.Context(), id(n))
	if err != nil {
		d.Fatal(err)
	}
	return r.Delivery
}

func (d *desk) is(n int, s store.State, code portal.Code) {
	d.Helper()
	if v := d.delivery(n); v.State != s || v.Code != string(code) {
		d.Errorf("dossier %d is %+v, want %s %s", n, v, s, code)
	}
}

// sent fails the test unless a dossier arrived once and is known to have.
func (d *desk) sent(n int) {
	d.Helper()
	v := d.delivery(n)
	if v.State != store.Sent || v.Number != fmt.Sprintf("MP-%03d", n) || v.Portal != "north" || v.Code != "" {
		d.Errorf("dossier %d is %+v, want it sent", n, v)
	}
	if d.fake.taken[id(n)] != dossier.DigestOf([]byte("body of "+id(n))).Field() {
		d.Errorf("the portal has %q of dossier %d", d.fake.taken[id(n)], n)
	}
}

func (d *desk) said(want ...string) {
	d.Helper()
	if got := d.fake.said(); !slices.Equal(got, want) {
		d.Errorf("the portal heard %q, want %q", got, want)
	}
}
