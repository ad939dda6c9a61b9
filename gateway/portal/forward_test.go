package portal_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tram06/gateway/portal"
	"tram06/gateway/store"
)

// Each fault disturbs the first requests only; the dossier must arrive, once,
// and the portal must be asked before it gets it again.
func TestForwardHeals(t *testing.T) {
	for _, c := range []struct {
		name   string
		script []reaction
		state  store.State // after the first fault
		code   portal.Code
		want   []string
	}{
		{"all is well", []reaction{well}, store.Sent, "", []string{"send 001"}},
		{"answer lost", []reaction{lost, well}, store.Unclear, portal.AnswerLost, []string{"send 001", "ask 001"}},
		{"500 before it took it", []reaction{failed, well}, store.Unclear, portal.Failed, []string{"send 001", "ask 001", "send 001"}},
		{"500 after it took it", []reaction{{take: true, err: failed.err}, well}, store.Unclear, portal.Failed, []string{"send 001", "ask 001"}},
		{"unreachable", []reaction{unreachable, unreachable, well}, store.Waiting, portal.Unreachable,
			[]string{"send 001", "ask 001", "ask 001", "send 001"}},
		{"maintenance", []reaction{{err: wide(portal.ErrMaintenance, portal.Maintenance, time.Minute)}, well}, store.Waiting,
			portal.Maintenance, []string{"send 001", "ask 001", "send 001"}},
		{"busy", []reaction{{err: wide(portal.ErrTemporary, portal.Busy, 2*time.Second)}, well}, store.Waiting, portal.Busy,
			[]string{"send 001", "ask 001", "send 001"}},
		{"being taken", []reaction{lost, inProgress, well}, store.Unclear, portal.AnswerLost, []string{"send 001", "ask 001", "ask 001"}},
		{"slow", []reaction{{take: true, hang: true}, {hang: true}, well}, store.Unclear, portal.SlowAnswer,
			[]string{"send 001", "ask 001", "ask 001"}},
		{"an error that nobody knows", []reaction{{err: errStrange}, well}, store.Unclear, portal.Unexpected,
			[]string{"send 001", "ask 001", "send 001"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(d *desk) {
				d.fake.mode = script(c.script...)
				d.put(1, 1)
				stop := d.forward()
				defer stop()
				wait := time.Duration(0)
				if c.script[0].hang {
					wait = patience
				}
				d.pass(wait + time.Millisecond)
				d.is(1, c.state, c.code)
				d.pass(10 * time.Minute)
				d.sent(1)
				d.said(c.want...)
				if log := d.logs.String(); strings.Contains(log, "body of") {
					d.Errorf("the log holds a body: %s", log)
				}
			})
		})
	}
}

type strange struct{}

func (strange) Error() string { return "strange" }

var errStrange error = strange{}

func TestWorkIsTakenUpAtOnce(t *testing.T) {
	play(t, func(d *desk) {
		stop := d.forward()
		defer stop()
		d.pass(time.Hour)
		d.put(1, 3)
		d.pass(time.Millisecond)
		d.said("send 001", "send 002", "send 003")
		for n := 1; n <= 3; n++ {
			d.sent(n)
		}
	})
}

// What another process put into the store is found without being told.
func TestWorkIsFound(t *testing.T) {
	play(t, func(d *desk) {
		d.work = nil
		stop := d.forward()
		defer stop()
		d.pass(time.Hour)
		d.put(1, 1)
		d.pass(time.Minute)
		d.sent(1)
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	for _, c := range []struct{ wish, want time.Duration }{
		{90 * time.Second, 90 * time.Second},
		{time.Hour, time.Hour},
		{24 * time.Hour, time.Hour}, // asked again each hour at least
	} {
		play(t, func(d *desk) {
			d.fake.mode = script(reaction{err: wide(portal.ErrMaintenance, portal.Maintenance, c.wish)}, well)
			d.put(1, 2)
			d.run(c.want / 2)
			d.said("send 001")
			d.put(3, 3) // nor does a new one, nor a restart, get through
			d.run(c.want/2 - time.Second)
			d.said("send 001")
			for n := 1; n <= 3; n++ {
				if v := d.delivery(n); v.State != store.Waiting {
					d.Errorf("dossier %d is %+v", n, v)
				}
			}
			d.run(5 * time.Second)
			d.said("send 001", "send 002", "send 003", "ask 001", "send 001")
			if gap := d.fake.calls[1].at.Sub(d.fake.calls[0].at); gap < c.want {
				d.Errorf("tried again after %s, want %s", gap, c.want)
			}
			if p, err := d.st.Pause(d.Context(), "north"); err != nil || p != (store.Pause{}) {
				d.Errorf("pause %+v (%v) after all is well", p, err)
			}
		})
	}
}

// A portal that is down for long is not pressed on, and is not forgotten.
func TestBackOff(t *testing.T) {
	play(t, func(d *desk) {
		var down atomic.Bool
		down.Store(true)
		d.fake.mode = func(call) reaction {
			if down.Load() {
				return unreachable
			}
			return well
		}
		d.put(1, 20)
		stop := d.forward()
		defer stop()
		d.pass(time.Hour)
		n := len(d.fake.said())
		if n < 100 || n > 400 {
			d.Errorf("%d tries in an hour", n)
		}
		if p, err := d.st.Pause(d.Context(), "north"); err != nil || p.Code != string(portal.Unreachable) || p.Failures < 50 {
			d.Errorf("pause %+v (%v)", p, err)
		}
		if said := strings.Count(d.logs.String(), "portal takes nothing now"); said != 1 {
			d.Errorf("said %d times that the portal is down", said)
		}
		down.Store(false)
		d.pass(time.Minute)
		for n := range 20 {
			d.sent(n + 1)
		}
	})
}

// One dossier that the portal fails at does not keep the others away.
func TestOneThatFailsStepsBack(t *testing.T) {
	play(t, func(d *desk) {
		d.fake.mode = func(c call) reaction {
			if c.key == id(1) && !c.ask {
				return failed
			}
			return well
		}
		d.put(1, 10)
		stop := d.forward()
		defer stop()
		d.pass(10 * time.Second)
		for n := 2; n <= 10; n++ {
			d.sent(n)
		}
		d.pass(time.Hour)
		d.is(1, store.Unclear, portal.Failed)
		tries := d.delivery(1).Tries
		if tries < 10 || tries > 60 {
			d.Errorf("%d tries in an hour", tries)
		}
		d.put(11, 11)
		d.pass(31 * time.Second)
		d.sent(11)
	})
}

func TestRefusedIsParkedAndCanBeTriedAgain(t *testing.T) {
	play(t, func(d *desk) {
		d.fake.mode = script(refusal, well)
		d.put(1, 2)
		d.run(time.Hour)
		d.is(1, store.Refused, portal.Rejected)
		if v := d.delivery(1); v.Reason != "bad-content" || v.Tries != 1 {
			d.Errorf("refused: %+v", v)
		}
		d.sent(2)
		d.said("send 001", "send 002")
		v := d.delivery(1)
		again := v
		again.State, again.Next = store.Waiting, time.Now()
		if err := d.st.Move(d.Context(), v, again); err != nil {
			d.Fatal(err)
		}
		d.run(time.Second)
		d.sent(1)
		d.said("send 001", "send 002", "ask 001", "send 001")
	})
}

// A portal that has something else under the key is left alone.
func TestConflictIsForAPerson(t *testing.T) {
	play(t, func(d *desk) {
		d.fake.taken[id(1)] = "sha-256=:another:"
		d.fake.mode = script(failedOnly, well)
		d.put(1, 1)
		d.run(time.Hour)
		d.is(1, store.Refused, portal.Conflict)
		d.said("send 001", "ask 001")
	})
}

var failedOnly = reaction{err: &portal.Failure{Kind: portal.ErrUnclear, Code: portal.Failed}}

// A dossier whose way is unclear is not tried at another portal.
func TestUnclearStaysWithItsPortal(t *testing.T) {
	play(t, func(d *desk) {
		d.fake.mode = script(lost, unreachable)
		d.put(1, 1)
		d.run(time.Second)
		south := newFake(d)
		o := d.options(d.st, south)
		o.Name = "south"
		d.put(2, 2)
		d.runWith(o, time.Hour)
		if len(south.calls) != 1 || south.calls[0].key != id(2) {
			d.Errorf("the other portal heard %v", south.said())
		}
		if v := d.delivery(1); v.State != store.Unclear || v.Portal != "north" {
			d.Errorf("dossier 1 is %+v", v)
		}
	})
}

func TestUnreadableWaits(t *testing.T) {
	play(t, func(d *desk) {
		d.put(1, 2)
		o := d.options(d.st, d.fake)
		real := o.Open
		o.Open = func(ctx ctx, r store.Record) ([]byte, error) {
			if r.ID == id(1) {
				return nil, errStrange
			}
			return real(ctx, r)
		}
		d.runWith(o, time.Hour)
		d.is(1, store.Waiting, portal.Unreadable)
		d.sent(2)
		d.said("send 002")
		d.run(10 * time.Minute) // with the right key
		d.sent(1)
	})
}

// A try that is under way when the gateway stops is called off at once, and
// taken up by asking.
func TestStopInTheMiddle(t *testing.T) {
	play(t, func(d *desk) {
		d.fake.mode = script(reaction{take: true, hang: true}, well)
		d.put(1, 1)
		began := time.Now()
		d.run(time.Second)
		if took := time.Since(began); took > time.Second {
			d.Errorf("stopping took %s", took-time.Second)
		}
		d.is(1, store.Unclear, portal.CalledOff)
		d.run(time.Second)
		d.sent(1)
		d.said("send 001", "ask 001")
	})
}

func TestForwardWantsEverything(t *testing.T) {
	if err := portal.Forward(t.Context(), portal.Options{}); err == nil {
		t.Error("started with nothing")
	}
}
