package gateway_test

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"tram06/firmware/service"
	"tram06/gateway"
	"tram06/gateway/intake"
	"tram06/gateway/store"
)

// Whoever carries dossiers on is called once for each, when it is stored, and
// not for what was refused or came again.
func TestTakenIsToldOnce(t *testing.T) {
	w := newWorld(t)
	var seen []store.State
	h, err := gateway.New(gateway.Options{
		Store: w.store, Key: w.key, Check: intake.FormChecker([]service.Service{w.svc}),
		Taken: func() {
			d, err := w.store.NextDelivery(t.Context(), "any")
			if err != nil {
				t.Error(err)
			}
			seen = append(seen, d.State)
		},
		Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	url, c := w.serve(h), w.browser(w.dev.TLS)
	bad := request(t, url, w.seal(testID, nil))
	bad.Header.Del("Idempotency-Key")
	do(t, c, bad)
	it := w.seal(testID, nil)
	for _, want := range []int{http.StatusCreated, http.StatusOK} {
		if resp, body := do(t, c, request(t, url, it)); resp.StatusCode != want {
			t.Errorf("HTTP %d %s, want %d", resp.StatusCode, body, want)
		}
	}
	if len(seen) != 1 || seen[0] != store.Waiting {
		t.Errorf("told of %v, want one that is waiting", seen)
	}
}
