package world

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"tram06/devdock/faultproxy"
	"tram06/devdock/web"
	"tram06/fleet/api"
	"tram06/fleet/registry"
	"tram06/fleet/wire"
)

func TestNoScreenIsToldOnce(t *testing.T) {
	w := newWorld(t, Options{})
	w.NoScreen("In a window.")
	changed, stop := w.Watch()
	defer stop()
	w.NoScreen("In a window.")
	select {
	case <-changed:
		t.Error("told again, though nothing changed")
	default:
	}
	w.NoScreen("Somewhere else.")
	<-changed
	if n := w.View().Screen.Note; n != "Somewhere else." {
		t.Errorf("note %q", n)
	}
}

func TestNetwork(t *testing.T) {
	p, err := faultproxy.Start("https://127.0.0.1:1", tls.Certificate{}, &tls.Config{MinVersion: tls.VersionTLS13})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	w := newWorld(t, Options{Proxy: p})
	for _, m := range faultproxy.Modes() {
		if err := w.Network(string(m)); err != nil {
			t.Fatal(err)
		}
		for _, c := range w.View().Network {
			if c.On != (c.ID == string(m)) || c.Text == "" {
				t.Errorf("in mode %s the page shows %+v", m, c)
			}
		}
	}
	if err := w.Network("fast"); !errors.Is(err, web.ErrNone) {
		t.Errorf("got %v", err)
	}
}

func TestHealthFollowsTheFleet(t *testing.T) {
	var answer atomic.Pointer[api.Kiosk]
	answer.Store(&api.Kiosk{ID: "SM06", Presence: registry.Online, Status: &wire.Status{
		Devices: []wire.Device{{Name: "reader", State: "ready"}, {Name: "printer", State: "fault", Code: "IN-202"}},
		Outbox:  wire.Outbox{Depth: 2}, SessionsToday: 3, LastSession: &wire.Session{Outcome: "kept"},
	}})
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/kiosks/SM06" {
			http.NotFound(rw, r)
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		json.NewEncoder(rw).Encode(answer.Load())
	}))
	defer srv.Close()
	w := newWorld(t, Options{})
	if w.View().Health.Devices == nil {
		t.Error("no list of devices before the fleet was asked")
	}
	c, err := api.NewClient(srv.URL, srv.Client())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { w.FollowFleet(ctx, c, "SM06") })
	h := until(t, w, "health comes", func(v web.View) bool { return v.Health.Presence == "online" }).Health
	if h.Waiting != 2 || h.Sessions != 3 || h.Last != "kept" || len(h.Devices) != 2 {
		t.Errorf("health %+v", h)
	}
	if d := h.Devices[1]; d.Code != "IN-202" || d.Title.EN != "The printer is out of paper" || d.Remedy.VI == "" || d.Label.EN != "Printer" {
		t.Errorf("printer %+v", d)
	}
	cancel()
	all.Wait()

	srv.Close()
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	all.Go(func() { w.FollowFleet(ctx, c, "SM06") })
	until(t, w, "the fleet is gone", func(v web.View) bool { return v.Health.Presence == "unknown: the fleet does not answer" })
	cancel()
	all.Wait()
}

func TestHealthOfAKioskNeverHeard(t *testing.T) {
	h := told(api.Kiosk{ID: "SM06", Presence: registry.Offline})
	if h.Presence != "offline" || h.Devices == nil {
		t.Errorf("got %+v", h)
	}
}
