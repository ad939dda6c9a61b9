package e2e

import (
	"encoding/json"
	"testing"
	"time"

	"tram06/devdock/stack"
	"tram06/firmware/health"
	"tram06/fleet/api"
)

// kiosk asks the fleet for this kiosk, by its command line.
func (k *post) kiosk() (api.Kiosk, bool) {
	k.Helper()
	out, err := k.Command(k.ctx, "fleet", "kiosk", "list", "--output", "json", "--server", k.Fleet)
	if err != nil {
		return api.Kiosk{}, false // it is being started again
	}
	var l api.List
	k.must(json.Unmarshal(out, &l))
	if len(l.Kiosks) == 0 {
		return api.Kiosk{}, false // it was let in a moment ago
	}
	if len(l.Kiosks) != 1 || l.Kiosks[0].ID != stack.Kiosk {
		k.Fatalf("the fleet knows %d kiosks", len(l.Kiosks))
	}
	return l.Kiosks[0], true
}

func (k *post) fleetSees(what string, yes func(api.Kiosk) bool) {
	k.Helper()
	k.await("the fleet to see the kiosk "+what, func() bool {
		x, ok := k.kiosk()
		return ok && yes(x)
	})
}

func present(p string) func(api.Kiosk) bool {
	return func(x api.Kiosk) bool { return string(x.Presence) == p }
}

// TestFleet shows a kiosk to its operators: the devices, what waits, how the
// last session ended, and nothing of whom. Kiosk and fleet are killed and find
// each other again.
func TestFleet(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{Interval: time.Second, Site: "timeouts:\n  send_wait: 1s\n"})
	device := func(name, state string, code health.Code) func(api.Kiosk) bool {
		return func(x api.Kiosk) bool {
			if x.Presence != "online" || x.Status == nil {
				return false
			}
			for _, d := range x.Status.Devices {
				if d.Name == name {
					return d.State == state && d.Code == string(code)
				}
			}
			return false
		}
	}
	for _, d := range []string{"reader", "scanner", "printer"} {
		k.fleetSees("with its "+d, device(d, "ready", ""))
	}
	k.must(k.World.Printer("empty"))
	k.fleetSees("without paper", device("printer", "fault", health.PaperOut))
	k.must(k.World.Printer("roll"))
	k.fleetSees("with paper", device("printer", "ready", ""))

	// A session ends, with a dossier that waits.
	k.must(k.World.Network("down"))
	k.toReview("mau")
	k.submit("kept")
	k.leave()
	k.fleetSees("with one dossier waiting", func(x api.Kiosk) bool {
		s := x.Status
		return s != nil && s.Outbox.Depth == 1 && s.LastSession != nil && s.LastSession.Outcome == "kept" && s.SessionsToday == 1
	})
	k.must(k.World.Network("ok"))
	k.fleetSees("with none waiting", func(x api.Kiosk) bool { return x.Status != nil && x.Status.Outbox.Depth == 0 })

	// The fleet dies: the kiosk serves on, and is there when it comes back.
	k.must(k.FleetP.Kill())
	k.toReview("vidu")
	k.submit("accepted")
	k.leave()
	k.must(k.FleetP.Start())
	k.fleetSees("online after the fleet's death", present("online"))

	// The kiosk dies: late, then offline, then online again.
	k.must(k.KioskP.Kill())
	k.fleetSees("late", present("late"))
	k.fleetSees("offline", present("offline"))
	k.restart()
	k.fleetSees("online again", present("online"))
}
