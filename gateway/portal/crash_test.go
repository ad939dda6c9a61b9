package portal_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tram06/gateway/portal"
	"tram06/gateway/store"
)

// power counts the steps of a gateway's process and cuts at one of them: from
// then on nothing that it does has any effect.
type power struct {
	left int // steps before the cut; negative for ever
	off  context.CancelFunc
	dead bool
}

var errDead = errors.New("no power")

// step tells whether there is still power for one more.
func (p *power) step() bool {
	switch {
	case p.dead:
		return false
	case p.left != 0:
		p.left--
		return true
	}
	p.dead = true
	p.off()
	return false
}

// after is a step of two halves: the cut can be before it or behind it.
func after[T any](p *power, do func() (T, error)) (T, error) {
	var zero T
	if !p.step() {
		return zero, errDead
	}
	r, err := do()
	if !p.step() {
		return zero, errDead
	}
	return r, err
}

// mortal is a store and a portal as seen by a process that dies. Reading has no
// effect, so it is no step.
type mortal struct {
	portal.Store
	p     portal.Portal
	power *power
}

func (m mortal) Move(ctx context.Context, from, to store.Delivery) error {
	_, err := after(m.power, func() (any, error) { return nil, m.Store.Move(ctx, from, to) })
	return err
}
func (m mortal) SetPause(ctx context.Context, name string, p store.Pause) error {
	_, err := after(m.power, func() (any, error) { return nil, m.Store.SetPause(ctx, name, p) })
	return err
}
func (m mortal) Submit(ctx context.Context, d portal.Dossier) (portal.Receipt, error) {
	return after(m.power, func() (portal.Receipt, error) { return m.p.Submit(ctx, d) })
}
func (m mortal) Ask(ctx context.Context, key string) (portal.Receipt, error) {
	return after(m.power, func() (portal.Receipt, error) { return m.p.Ask(ctx, key) })
}

// live runs the forwarder for a time, or until the power is cut. It says
// whether it was.
func (d *desk) live(st portal.Store, steps int, t time.Duration) (cut bool) {
	d.Helper()
	ctx, off := context.WithCancel(d.Context())
	defer off()
	m := mortal{Store: st, p: d.fake, power: &power{left: steps, off: off}}
	o := d.options(m, m)
	done := make(chan error, 1)
	go func() { done <- portal.Forward(ctx, o) }()
	select {
	case err := <-done:
		if err != nil {
			d.Error(err)
		}
		return true
	case <-time.After(t):
		off()
		if err := <-done; err != nil {
			d.Error(err)
		}
		return m.power.dead
	}
}

// The power is cut at every step there is, for every way a portal behaves; and
// then again at every step of the next life, and then all is well. The fake
// portal sees to it that nothing came twice.
func TestPowerCutAtEveryStep(t *testing.T) {
	for name, list := range map[string][]reaction{
		"ok":          {well},
		"lost":        {lost, well},
		"error":       {failed, failed, well},
		"unreachable": {unreachable, well},
		"maintenance": {{err: wide(portal.ErrMaintenance, portal.Maintenance, time.Minute)}, well},
	} {
		t.Run(name, func(t *testing.T) {
			lives := 0
			synctest.Test(t, func(t *testing.T) {
				for first, more := 0, true; more; first++ {
					for second, again := 0, true; again; second++ {
						d := &desk{T: t, fake: newFake(t), logs: &strings.Builder{}}
						d.fake.mode = script(list...)
						m := newMemory(2)
						more = d.live(m, first, time.Hour)
						again = more && d.live(m, second, time.Hour)
						d.live(m, -1, time.Hour)
						for _, v := range m.list {
							if v.State != store.Sent || d.fake.taken[v.ID] == "" {
								t.Errorf("%+v is not sent", v)
							}
						}
						if t.Failed() {
							t.Fatalf("cuts at %d and %d: the portal heard %q", first, second, d.fake.said())
						}
						lives++
					}
				}
			})
			t.Logf("%d runs", lives)
		})
	}
}

// Random portals, random cuts, many dossiers: each arrives, once.
func TestManyPowerCuts(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			play(t, func(d *desk) {
				dice := rand.New(rand.NewPCG(seed, 6))
				all := []reaction{well, well, well, lost, failed, unreachable, inProgress, {take: true, hang: true}, {hang: true},
					{err: failed.err, take: true}, {err: wide(portal.ErrTemporary, portal.Busy, 7*time.Second)}}
				mood := func(call) reaction { return all[dice.IntN(len(all))] }
				d.fake.mode = mood
				n := 0
				for range 30 {
					d.put(n+1, n+1+dice.IntN(2))
					n = len(d.stored())
					d.live(d.st, dice.IntN(60), time.Duration(dice.IntN(60))*time.Second)
				}
				d.fake.mode = nil
				d.live(d.st, -1, 20*time.Minute)
				for i := range n {
					d.sent(i + 1)
				}
				if len(d.fake.taken) != n {
					d.Errorf("the portal has %d dossiers, want %d", len(d.fake.taken), n)
				}
			})
		})
	}
}

// An operator who has dossiers go again and again, also in the middle of a try,
// has nothing sent twice.
func TestImpatientOperator(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			play(t, func(d *desk) {
				const n = 8
				dice := rand.New(rand.NewPCG(seed, 11))
				all := []reaction{well, lost, failed, unreachable, refusal, inProgress, {take: true, hang: true}, {hang: true}}
				d.fake.mode = func(c call) reaction {
					r := all[c.n*7919%len(all)]
					if c.ask && r == refusal {
						return well
					}
					return r
				}
				d.put(1, n)
				stop := d.forward()
				for range 80 {
					d.pass(time.Duration(dice.IntN(4000)) * time.Millisecond)
					d.retry(1 + dice.IntN(n))
				}
				stop()
				d.fake.mode = nil
				for i := range n {
					d.retry(i + 1)
				}
				d.run(20 * time.Minute)
				for i := range n {
					d.sent(i + 1)
				}
			})
		})
	}
}

// retry is what 'gateway dossier retry' does.
func (d *desk) retry(n int) {
	d.Helper()
	from := d.delivery(n)
	if from.State == store.Sent {
		return
	}
	to := from
	to.Next = time.Now()
	if to.State == store.Refused {
		to.State = store.Waiting
	}
	if err := d.st.Move(d.Context(), from, to); err != nil && !errors.Is(err, store.ErrChanged) {
		d.Fatal(err)
	}
	if err := d.st.SetPause(d.Context(), "north", store.Pause{}); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) stored() []store.Record {
	d.Helper()
	list, err := d.st.List(d.Context(), 1000)
	if err != nil {
		d.Fatal(err)
	}
	return list
}

// Two processes on one store do not try the same dossier at a time.
func TestTwoForwarders(t *testing.T) {
	play(t, func(d *desk) {
		d.put(1, 30)
		north, other := newFake(d), newFake(d)
		for _, f := range []*fake{north, other} {
			f.mu, f.taken, f.told = d.fake.mu, d.fake.taken, d.fake.told
		}
		stops := []func(){d.forwardWith(d.options(d.st, north)), d.forwardWith(d.options(d.st, other))}
		d.pass(time.Hour)
		for _, stop := range stops {
			stop()
		}
		for n := range 30 {
			d.sent(n + 1)
		}
		if got := len(north.received) + len(other.received); got != 30 {
			d.Errorf("%d deliveries, want 30", got)
		}
	})
}
