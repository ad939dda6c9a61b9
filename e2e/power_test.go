package e2e

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"tram06/devdock/faultproxy"
	"tram06/devdock/stack"
)

// cut is one power cut in the middle of a submission.
type cut struct {
	name string
	// do submits, and returns when the kiosk has been killed.
	do func(k *post)
}

// at cuts at a moment of the dossier's way to the gateway; first does what
// else dies then.
func at(m faultproxy.Moment, first func(k *post) error) func(*post) {
	return func(k *post) {
		killed := make(chan error, 1)
		var one sync.Once
		k.Proxy.Watch(func(now faultproxy.Moment) {
			if now == m {
				one.Do(func() {
					var err error
					if first != nil {
						err = first(k)
					}
					killed <- errors.Join(err, k.KioskP.Kill())
				})
			}
		})
		k.touch("review", "primary")
		select {
		case err := <-killed:
			k.must(err)
		case <-k.ctx.Done():
			k.Fatal("the dossier did not get on its way")
		}
		k.Proxy.Watch(nil)
	}
}

// shown cuts when a page shows.
func shown(fits func(scene) bool) func(*post) {
	return func(k *post) {
		k.touch("review", "primary")
		if _, err := k.p.Await(k.ctx, fits); err != nil {
			k.Fatal(err)
		}
		k.must(k.KioskP.Kill())
	}
}

// after cuts some time after the touch: that is what is tried, not a wait for
// anything.
func after(d time.Duration) func(*post) {
	return func(k *post) {
		k.touch("review", "primary")
		<-time.After(d)
		k.must(k.KioskP.Kill())
	}
}

func endGateway(k *post) error { return k.Gateway.Kill() }

// TestPowerCut ends the kiosk by kill -9 at many moments of a submission, and
// the gateway too. Whatever number a citizen has seen arrives, and nothing
// arrives twice.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(6, 2026))
	chance := func() cut {
		d := time.Duration(dice.IntN(160)) * time.Millisecond
		return cut{"after " + d.String(), after(d)}
	}
	numbered := func(s scene) bool { return s.Name == "submitting" && receiptNumber.MatchString(words(s)) }
	for _, group := range []struct {
		name string
		mode faultproxy.Mode
		sure bool // that a number shows
		cuts []cut
	}{
		{"on the way", faultproxy.OK, true, []cut{
			{"at the touch", after(0)},
			{"at the page", shown(func(s scene) bool { return s.Name == "submitting" })},
			{"at the number", shown(numbered)},
			{"before the gateway", at(faultproxy.Arrived, nil)},
			{"after the gateway", at(faultproxy.Answered, nil)},
		}},
		{"at random", faultproxy.OK, false, []cut{chance(), chance(), chance(), chance(), chance()}},
		{"half an answer", faultproxy.AnswerLost, true, []cut{
			{"after the gateway", at(faultproxy.Answered, nil)},
			{"at the number", shown(numbered)},
			chance(), chance(), chance(),
		}},
		{"gateway too", faultproxy.OK, true, []cut{
			{"before the gateway", at(faultproxy.Arrived, endGateway)},
			{"after the gateway", at(faultproxy.Answered, endGateway)},
			{"gateway down", func(k *post) { k.must(endGateway(k)); shown(numbered)(k) }},
		}},
	} {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			k := open(t, stack.Options{})
			k.must(k.World.Network(string(group.mode)))
			seen := map[string]bool{}
			for _, c := range group.cuts {
				k.toReview("mau")
				c.do(k)
				// The pages that showed are all still in the panel's memory.
				_, err := k.p.Await(k.ctx, func(s scene) bool {
					if n := receiptNumber.FindString(words(s)); n != "" {
						seen[n] = true
					}
					return false
				})
				if err == nil || k.ctx.Err() != nil {
					t.Fatalf("%s: the panel outlived the kiosk", c.name)
				}
				k.lift()
				select {
				case <-k.Gateway.Done():
					k.must(k.Gateway.Start())
				default:
				}
				k.restart()
			}
			k.must(k.World.Network(string(faultproxy.OK)))
			// What was kept arrives too, though nobody saw its number.
			for _, line := range k.log() {
				if n, ok := line["number"].(string); ok && line["msg"] == "dossier kept" {
					seen[n] = true
				}
			}
			if len(seen) == 0 && group.sure {
				t.Error("no number was ever shown: the cuts prove nothing")
			}
			k.allOnce(seen, len(group.cuts))
		})
	}
}

// allOnce waits for every number that was seen. A dossier that was durable
// before anyone heard of it may arrive as well; none arrives twice.
func (k *post) allOnce(seen map[string]bool, most int) {
	k.Helper()
	var list []receipt
	k.await("the dossiers at the gateway", func() bool {
		list = k.received()
		have := map[string]bool{}
		for _, r := range list {
			have[r.KioskNumber] = true
		}
		for n := range seen {
			if !have[n] {
				return false
			}
		}
		return true
	})
	ids, numbers := map[string]bool{}, map[string]bool{}
	for _, r := range list {
		if ids[r.ID] || numbers[r.KioskNumber] {
			k.Errorf("%s arrived twice", r.KioskNumber)
		}
		ids[r.ID], numbers[r.KioskNumber] = true, true
	}
	if len(list) > most {
		k.Errorf("%d dossiers of %d submissions", len(list), most)
	}
	k.Logf("%d numbers seen or kept, %d dossiers arrived", len(seen), len(list))
}
