package rest_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	simulated "tram06/devdock/portal"
	"tram06/gateway/portal"
	"tram06/gateway/store"
	"tram06/gateway/store/sqlite"
)

// BenchmarkForward carries dossiers from a store on disk to the simulated
// portal over TLS, each on a connection of its own.
func BenchmarkForward(b *testing.B) {
	f, cert := pki(b)
	p := simulated.New(simulated.Options{})
	if err := p.Listen(cert); err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	st, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "g.db"), sqlite.Options{Office: "H00.00"})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	ctx, stop := context.WithCancel(b.Context())
	work, changed, done := make(chan struct{}, 1), make(chan struct{}, 1), make(chan error, 1)
	p.OnChange(func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	go func() {
		done <- portal.Forward(ctx, portal.Options{
			Portal: client(b, p.URL(), f), Name: "p", Store: st, Work: work, Now: time.Now, Rand: rand.New(rand.NewPCG(1, 2)),
			Log:  slog.New(slog.DiscardHandler),
			Open: func(_ context.Context, r store.Record) ([]byte, error) { return r.Envelope, nil },
		})
	}()
	n := 0
	for b.Loop() {
		n++
		if _, _, err := st.Put(ctx, stored(b, n)); err != nil {
			b.Fatal(err)
		}
		select {
		case work <- struct{}{}:
		default:
		}
		for p.State().Received < n {
			<-changed
		}
	}
	stop()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	if s := p.State(); s.Received != n || s.Duplicates != 0 {
		b.Errorf("%+v", s)
	}
}
