package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tram06/devdock/portal"
	"tram06/devdock/stack"
)

// onward is how far a dossier is on its way to the portal, as the gateway's
// command line tells it.
type onward struct {
	ID          string `json:"id"`
	KioskNumber string `json:"kiosk_number"`
	Onward      struct {
		State  string `json:"state"`
		Code   string `json:"code"`
		Number string `json:"number"`
		Tries  int    `json:"tries"`
	} `json:"onward"`
}

func (k *post) onward(number string) onward {
	k.Helper()
	out, err := k.Command(k.ctx, "gateway", "dossier", "list", "--state", filepath.Join(k.dir, "gateway"), "--output", "json")
	k.must(err)
	var list []onward
	k.must(json.Unmarshal(out, &list))
	for _, o := range list {
		if o.KioskNumber == number {
			return o
		}
	}
	return onward{}
}

// awaitOnward waits until the gateway says so of a dossier.
func (k *post) awaitOnward(number, state, code string) (o onward) {
	k.Helper()
	k.await(number+" to be "+state+" "+code, func() bool {
		o = k.onward(number)
		return o.Onward.State == state && o.Onward.Code == code
	})
	return o
}

// arrived fails the test unless the portal got a dossier once, and the gateway
// knows under which number.
func (k *post) arrived(number string) {
	k.Helper()
	o := k.awaitOnward(number, "sent", "")
	s := k.Portal.State()
	at := slices.IndexFunc(s.Dossiers, func(d portal.Dossier) bool { return d.KioskNumber == number })
	if at < 0 {
		k.Fatalf("the portal has no %s", number)
	}
	if d := s.Dossiers[at]; d.Deliveries != 1 || d.Number != o.Onward.Number || d.Key != o.ID || s.Duplicates != 0 {
		k.Errorf("the portal has %+v, %d came twice; the gateway says %+v", d, s.Duplicates, o)
	}
}

// powerCycle ends the gateway by kill -9 and starts it again.
func (k *post) powerCycle() {
	k.Helper()
	k.must(k.Gateway.Kill())
	k.startGateway()
}

func (k *post) startGateway() {
	k.Helper()
	ready := filepath.Join(k.dir, "gateway.ready")
	k.must(os.Remove(ready))
	k.must(k.Gateway.Start())
	k.await("the gateway", func() bool {
		_, err := os.Stat(ready)
		return err == nil
	})
}

// next brings the citizen who stands there to the review of one more dossier.
func (k *post) next(first bool) {
	k.Helper()
	if first {
		k.toReview("mau")
		return
	}
	k.touch("done-accepted", "another")
	k.form()
	k.now("a further number", func(s scene) bool { return s.Name == "review" })
}

// TestPortal hands in one dossier in each way in which a portal can behave.
// When all is well again it has each of them, once; and so it has if the
// gateway dies in between.
func TestPortal(t *testing.T) {
	t.Parallel()
	for name, dies := range map[string]bool{"gateway stays": false, "gateway dies": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := open(t, stack.Options{Site: longDone})
			for i, x := range []struct {
				mode        portal.Mode
				state, code string
			}{
				{portal.OK, "sent", ""},
				{portal.Slow, "unclear", "portal-slow"},
				{portal.Error, "unclear", "portal-error"},
				{portal.Lost, "sent", ""}, // for it is asked
				{portal.Maintenance, "waiting", "portal-maintenance"},
				{portal.Refuse, "refused", "portal-refused"},
			} {
				k.must(k.Portal.Set(x.mode))
				k.next(i == 0)
				// Whatever the portal does, the gateway has the dossier.
				number := receiptNumber.FindString(words(k.submit("accepted")))
				o := k.awaitOnward(number, x.state, x.code)
				if dies {
					k.powerCycle()
				}
				k.must(k.Portal.Set(portal.OK))
				if x.mode == portal.Refuse {
					_, err := k.Command(k.ctx, "gateway", "dossier", "retry", o.ID, "--state", filepath.Join(k.dir, "gateway"))
					k.must(err)
				}
				k.arrived(number)
			}
			if n := k.Portal.State().Received; n != 6 {
				t.Errorf("the portal has %d dossiers, want 6", n)
			}
		})
	}
}

// TestPortalPowerCut ends the gateway by kill -9 while the portal has its
// request: before it has taken the dossier, and after.
func TestPortalPowerCut(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{Site: longDone})
	for i, m := range []portal.Moment{portal.Arrived, portal.Taken} {
		killed := make(chan error, 1)
		k.Portal.Watch(func(now portal.Moment) {
			if now == m {
				k.Portal.Watch(nil)
				killed <- k.Gateway.Kill()
			}
		})
		k.next(i == 0)
		k.touch("review", "primary")
		select {
		case err := <-killed:
			k.must(err)
		case <-k.ctx.Done():
			t.Fatal("the dossier did not get to the portal")
		}
		k.startGateway()
		// The gateway may have died before the kiosk had its answer.
		k.arrived(receiptNumber.FindString(words(k.on("done-accepted"))))
	}
}
