package submit_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tram06/firmware/health"
	"tram06/firmware/outbox"
	"tram06/firmware/submit"
)

// box is an outbox in memory with one dossier at a time, as strict as the real
// one about what it is told.
type box struct {
	t     *testing.T
	item  outbox.Item
	next  time.Time
	state outbox.State
	work  chan struct{}
	fail  error // of the next Mark
	hold  time.Time
}

func newBox(t *testing.T) *box {
	return &box{t: t, item: outbox.Item{ID: "one"}, next: time.Now(), state: outbox.Queued, work: make(chan struct{}, 1)}
}

func (b *box) Due(_ context.Context, now time.Time, _ int) ([]outbox.Item, error) {
	if b.state != outbox.Queued || b.next.After(now) {
		return nil, nil
	}
	return []outbox.Item{b.item}, nil
}

func (b *box) NextAt(context.Context, time.Time) (time.Time, bool, error) {
	return b.next, b.state == outbox.Queued, nil
}

func (b *box) mark(s outbox.State) error {
	if err := b.fail; err != nil {
		b.fail = nil
		return err
	}
	if b.state != outbox.Queued {
		b.t.Errorf("marked %s when it was %s", s, b.state)
	}
	b.state = s
	b.item.Attempts++
	return nil
}

func (b *box) MarkAccepted(context.Context, string, outbox.Receipt) error {
	return b.mark(outbox.Accepted)
}
func (b *box) MarkRefused(context.Context, string, health.Code) error { return b.mark(outbox.Refused) }
func (b *box) MarkDelayed(_ context.Context, _ string, d outbox.Delay) error {
	b.next, b.hold = d.Next, d.NotBefore
	if b.next.Before(d.NotBefore) {
		b.next = d.NotBefore
	}
	return b.mark(outbox.Queued)
}

func (b *box) Hasten(context.Context) error {
	b.next = time.Now()
	if b.next.Before(b.hold) {
		b.next = b.hold
	}
	b.nudge()
	return nil
}
func (b *box) Postpone(context.Context, int, time.Time) error { return nil }
func (b *box) Work() <-chan struct{}                          { return b.work }
func (b *box) nudge() {
	select {
	case b.work <- struct{}{}:
	default:
	}
}

// put answers attempt after attempt.
type put func(n int) (outbox.Receipt, error)

type gateway struct {
	answer put
	at     []time.Time
}

func (g *gateway) Put(context.Context, outbox.Item) (outbox.Receipt, error) {
	g.at = append(g.at, time.Now())
	return g.answer(len(g.at))
}

// play runs the loop in a bubble of its own time until the dossier is settled.
func play(t *testing.T, b *box, g *gateway, restored <-chan struct{}) (results []submit.Result, logs string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var log strings.Builder
	done := make(chan error, 1)
	got := make(chan submit.Result, 100)
	go func() {
		done <- submit.Run(ctx, submit.Options{Outbox: b, Client: g, Notify: func(r submit.Result) { got <- r }, Restored: restored,
			Now: time.Now, Rand: rand.New(rand.NewPCG(1, 2)), Log: slog.New(slog.NewTextHandler(&log, nil))})
	}()
	for {
		r := <-got
		results = append(results, r)
		if _, ok := r.(submit.Delayed); !ok {
			break
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return results, log.String()
}

func TestDelaysGrowWithJitterUpToFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t)
		const fails = 40
		g := &gateway{answer: func(n int) (outbox.Receipt, error) {
			if n <= fails {
				return outbox.Receipt{}, &submit.Failure{Code: health.NetDown}
			}
			return outbox.Receipt{Number: "X", At: time.Now()}, nil
		}}
		results, _ := play(t, b, g, nil)
		if len(results) != fails+1 {
			t.Fatalf("%d results, want %d", len(results), fails+1)
		}
		bound, sum := 2*time.Second, time.Duration(0)
		for i := 1; i < len(g.at); i++ {
			d := g.at[i].Sub(g.at[i-1])
			if d < 200*time.Millisecond || d > bound {
				t.Errorf("pause %d was %v, want 0.2 s to %v", i, d, bound)
			}
			if i > 20 {
				sum += d
			}
			bound = min(2*bound, 5*time.Minute)
		}
		// Full jitter is even over the whole span: its mean is half the bound.
		if mean := sum / (fails - 20); mean < 75*time.Second || mean > 225*time.Second {
			t.Errorf("mean of the late pauses %v, want about 150 s", mean)
		}
		if g.at[1].Sub(g.at[0]) > 2*time.Second {
			t.Error("the first pause outlasts a waiting citizen")
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t)
		g := &gateway{answer: func(n int) (outbox.Receipt, error) {
			switch n {
			case 1:
				return outbox.Receipt{}, &submit.Failure{Code: health.GatewayError, Status: 503, RetryAfter: 90 * time.Second}
			case 2:
				return outbox.Receipt{}, &submit.Failure{Code: health.GatewayError, Status: 503, RetryAfter: 48 * time.Hour}
			}
			return outbox.Receipt{Number: "X"}, nil
		}}
		restored := make(chan struct{}, 1)
		restored <- struct{}{} // even the network's return does not override it
		play(t, b, g, restored)
		if d := g.at[1].Sub(g.at[0]); d != 90*time.Second {
			t.Errorf("waited %v, want 90 s", d)
		}
		if d := g.at[2].Sub(g.at[1]); d != time.Hour {
			t.Errorf("waited %v, want an hour at most", d)
		}
	})
}

func TestNetworkRestoredHastens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t)
		b.item.Attempts = 30
		restored := make(chan struct{})
		g := &gateway{answer: func(n int) (outbox.Receipt, error) {
			if n == 1 {
				go func() { restored <- struct{}{} }()
				return outbox.Receipt{}, &submit.Failure{Code: health.NetDown}
			}
			return outbox.Receipt{Number: "X"}, nil
		}}
		play(t, b, g, restored)
		if d := g.at[1].Sub(g.at[0]); d != 0 {
			t.Errorf("waited %v although the network was back", d)
		}
	})
}

func TestFinalFailureIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t)
		g := &gateway{answer: func(int) (outbox.Receipt, error) {
			return outbox.Receipt{}, &submit.Failure{Code: health.Refused, Final: true, Status: 422, Problem: "form-invalid"}
		}}
		results, logs := play(t, b, g, nil)
		if len(results) != 1 || results[0] != (submit.Refused{ID: "one", Code: health.Refused}) || b.state != outbox.Refused {
			t.Errorf("results %v, state %s", results, b.state)
		}
		if !strings.Contains(logs, "form-invalid") {
			t.Errorf("the log does not say why: %s", logs)
		}
	})
}

// What the gateway has taken is taken, even if the board cannot write it down:
// the dossier is sent again and the same answer recorded then.
func TestStoreThatFailsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t)
		b.fail = errors.New("disk full")
		g := &gateway{answer: func(int) (outbox.Receipt, error) { return outbox.Receipt{Number: "X"}, nil }}
		results, _ := play(t, b, g, nil)
		if len(results) != 1 || len(g.at) != 2 || b.state != outbox.Accepted {
			t.Errorf("results %v after %d attempts, state %s", results, len(g.at), b.state)
		}
	})
}

func TestEndingLeavesTheDossierAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t)
		ctx, cancel := context.WithCancel(t.Context())
		g := &gateway{answer: func(int) (outbox.Receipt, error) {
			cancel()
			return outbox.Receipt{}, ctx.Err()
		}}
		err := submit.Run(ctx, submit.Options{Outbox: b, Client: g, Notify: func(r submit.Result) { t.Errorf("said %v", r) },
			Now: time.Now, Rand: rand.New(rand.NewPCG(1, 2)), Log: slog.New(slog.DiscardHandler)})
		if err != nil || b.item.Attempts != 0 || b.state != outbox.Queued {
			t.Errorf("%v, attempts %d, state %s", err, b.item.Attempts, b.state)
		}
	})
}

func TestRunRefusesHalfOptions(t *testing.T) {
	if err := submit.Run(t.Context(), submit.Options{}); err == nil {
		t.Error("ran without anything")
	}
}

func TestNewClientRefuses(t *testing.T) {
	for _, url := range []string{"", "http://gateway.test", "https://", "gateway.test:8443", "https://g.test/?a=b", "://"} {
		if _, err := submit.NewClient(url, nil, 0); err == nil {
			t.Errorf("took %q", url)
		}
	}
	if _, err := submit.NewClient("https://gateway.test:8443", nil, 0); err != nil {
		t.Error(err)
	}
}
