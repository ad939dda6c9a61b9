package rest_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	simulated "tram06/devdock/portal"
	"tram06/firmware/dossier"
	"tram06/firmware/person"
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
		id := fmt.Sprintf("019aa8f2-0c00-7abc-8def-%012d", n)
		body, err := dossier.NewBody(dossier.Draft{
			Service: "s", ServiceVersion: "1", Procedure: "1.010041", Lang: "vi", ConsentAt: noon,
			Person: person.Person{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "01/02/1990", Assurance: person.ChipRead},
		}, dossier.Stamp{ID: id, Number: fmt.Sprintf("SM06-2311-%04d", n), Site: "Công an phường Mẫu", Kiosk: "SM06", At: noon})
		if err != nil {
			b.Fatal(err)
		}
		raw, err := body.Canonical()
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := st.Put(ctx, store.Record{ID: id, Digest: dossier.DigestOf(raw), Device: "SM06", KeyID: "k", KioskNumber: body.Number,
			Service: "s", Version: "1", Procedure: "p", CreatedAt: noon, ReceivedAt: time.Now(), Envelope: raw}); err != nil {
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
