package gateway_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"tram06/firmware/dossier"
	"tram06/firmware/health"
	"tram06/firmware/outbox"
	"tram06/firmware/submit"
	"tram06/gateway"
)

// await gives the next results until one is no Delayed. After each delay it
// says on restored, if there is one, that the network is back.
func await(t *testing.T, results <-chan submit.Result, restored chan<- struct{}) (final submit.Result, delays []health.Code) {
	t.Helper()
	for {
		select {
		case r := <-results:
			d, ok := r.(submit.Delayed)
			if !ok {
				return r, delays
			}
			delays = append(delays, d.Code)
			if restored != nil {
				restored <- struct{}{}
			}
		case <-t.Context().Done():
			t.Fatal("no outcome")
		}
	}
}

// Each fault disturbs the first attempts only; the dossier must arrive, once,
// by the loop's own doing, and the delays must carry the right code.
func TestDeliveryHeals(t *testing.T) {
	type fault func(w http.ResponseWriter, r *http.Request, real http.Handler)
	hangUp := func(w http.ResponseWriter) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		conn.Close()
	}
	for _, c := range []struct {
		name    string
		timeout time.Duration
		fault   fault
		code    health.Code
	}{
		{"500", 0, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(500) }, health.GatewayError},
		{"503 with Retry-After", 0, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(503)
		}, health.GatewayError},
		{"429", 0, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(429) }, health.NetSlow},
		{"captive portal redirects", 0, func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			http.Redirect(w, r, "https://portal.invalid/login", http.StatusFound)
		}, health.GatewayHalf},
		{"captive portal answers 200", 0, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>log in</html>")
		}, health.GatewayHalf},
		{"a stranger's 403", 0, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			http.Error(w, "forbidden", http.StatusForbidden)
		}, health.GatewayHalf},
		{"hangs up before the store", 0, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { hangUp(w) }, health.GatewayHalf},
		{"hangs up between store and answer", 0, func(w http.ResponseWriter, r *http.Request, real http.Handler) {
			real.ServeHTTP(newDeaf(), r)
			hangUp(w)
		}, health.GatewayHalf},
		{"half an answer", 0, func(w http.ResponseWriter, r *http.Request, real http.Handler) {
			d := newDeaf()
			real.ServeHTTP(d, r)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", fmt.Sprint(len(d.body)))
			w.WriteHeader(201)
			_, _ = w.Write(d.body[:len(d.body)/2])
		}, health.GatewayHalf},
		{"half an answer that claims to be whole", 0, func(w http.ResponseWriter, r *http.Request, real http.Handler) {
			d := newDeaf()
			real.ServeHTTP(d, r)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(201)
			_, _ = w.Write(d.body[:len(d.body)/2])
		}, health.GatewayHalf},
		{"an answer about another dossier", 0, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"id":%q,"digest":%q,"number":"X-1","received_at":"2026-11-23T05:00:00Z"}`, testID, dossier.DigestOf(nil).Field())
		}, health.GatewayHalf},
		{"slow", 300 * time.Millisecond, func(_ http.ResponseWriter, r *http.Request, real http.Handler) {
			real.ServeHTTP(newDeaf(), r)
			<-r.Context().Done() // until the kiosk gives up
		}, health.NetSlow},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			real := w.handler(w.store)
			var calls atomic.Int32
			url := w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if calls.Add(1) == 1 {
					c.fault(rw, r, real)
					return
				}
				real.ServeHTTP(rw, r)
			}))
			box := w.outbox(filepath.Join(w.dir, "outbox.db"))
			restored := make(chan struct{})
			results := w.run(box, w.client(url, c.timeout), restored)
			e, err := box.Create(t.Context(), w.draft())
			if err != nil {
				t.Fatal(err)
			}
			final, delays := await(t, results, restored)
			a, ok := final.(submit.Accepted)
			if !ok || a.ID != e.ID || a.Number == "" || a.At.IsZero() {
				t.Fatalf("outcome %+v", final)
			}
			if len(delays) != 1 || delays[0] != c.code {
				t.Errorf("delays %v, want one %s", delays, c.code)
			}
			checkOnce(t, w, box, e)
			noSecrets(t, "log", w.logs.String())
		})
	}
}

// checkOnce verifies that a dossier is at the gateway once and erased here.
func checkOnce(t *testing.T, w *world, box *outbox.Outbox, e outbox.Entry) {
	t.Helper()
	list, err := w.store.List(t.Context(), 10)
	if err != nil || len(list) != 1 || list[0].ID != e.ID || list[0].KioskNumber != e.Number {
		t.Errorf("gateway has %v (%v), want %s once", list, err, e.ID)
	}
	rec, err := box.Lookup(t.Context(), e.ID)
	if err != nil || rec.State != outbox.Accepted || rec.HasBody || rec.GatewayNumber != list[0].Number {
		t.Errorf("outbox has %+v (%v)", rec, err)
	}
}

// deaf takes an answer that nobody hears.
type deaf struct {
	h      http.Header
	status int
	body   []byte
}

func newDeaf() *deaf { return &deaf{h: http.Header{}} }

func (d *deaf) Header() http.Header    { return d.h }
func (d *deaf) WriteHeader(status int) { d.status = status }
func (d *deaf) Write(p []byte) (int, error) {
	d.body = append(d.body, p...)
	return len(p), nil
}

func TestGatewayOffThenBack(t *testing.T) {
	w := newWorld(t)
	// An address where nobody listens.
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	box := w.outbox(filepath.Join(w.dir, "outbox.db"))
	results := w.run(box, w.client("https://"+addr, 0), nil)
	e, err := box.Create(t.Context(), w.draft())
	if err != nil {
		t.Fatal(err)
	}
	if d, ok := (<-results).(submit.Delayed); !ok || d.Code != health.NetDown || d.ID != e.ID {
		t.Fatalf("first outcome %+v, want %s", d, health.NetDown)
	}
	conf, err := gateway.TLSConfig(w.files.GatewayCert, w.files.GatewayKey, w.files.CA)
	if err != nil {
		t.Fatal(err)
	}
	back, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: w.handler(w.store), TLSConfig: conf}
	served := make(chan error, 1)
	go func() { served <- srv.ServeTLS(back, "", "") }()
	defer func() {
		srv.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	}()
	final, _ := await(t, results, nil)
	if a, ok := final.(submit.Accepted); !ok || a.ID != e.ID {
		t.Fatalf("outcome %+v", final)
	}
	checkOnce(t, w, box, e)
}

func TestRefusedIsKeptAndCanBeTriedAgain(t *testing.T) {
	w := newWorld(t)
	url := w.serve(w.handler(w.store))
	box := w.outbox(filepath.Join(w.dir, "outbox.db"))
	if err := w.store.Revoke(t.Context(), kiosk, noon); err != nil {
		t.Fatal(err)
	}
	results := w.run(box, w.client(url, 0), nil)
	e, err := box.Create(t.Context(), w.draft())
	if err != nil {
		t.Fatal(err)
	}
	final, _ := await(t, results, nil)
	if r, ok := final.(submit.Refused); !ok || r.ID != e.ID || r.Code != health.Refused {
		t.Fatalf("outcome %+v", final)
	}
	rec, err := box.Lookup(t.Context(), e.ID)
	if err != nil || rec.State != outbox.Refused || !rec.HasBody {
		t.Fatalf("outbox has %+v (%v), want the body kept", rec, err)
	}
	if err := w.store.Revoke(t.Context(), kiosk, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := box.Requeue(t.Context(), e.ID); err != nil {
		t.Fatal(err)
	}
	if final, _ := await(t, results, nil); final.(submit.Accepted).ID != e.ID {
		t.Fatalf("outcome %+v", final)
	}
	checkOnce(t, w, box, e)
}

func TestFormRefusalIsFinal(t *testing.T) {
	w := newWorld(t)
	url := w.serve(w.handler(w.store))
	it := w.seal(testID, func(d *dossier.Draft, _ *dossier.Stamp) { d.Answers = nil })
	_, err := w.client(url, 0).Put(t.Context(), it)
	var f *submit.Failure
	if !errors.As(err, &f) || !f.Final || f.Code != health.Refused || f.Status != 422 || f.Problem != "form-invalid" {
		t.Errorf("got %v", err)
	}
}

func TestGatewayThatIsAnImpostor(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	url := other.serve(other.handler(other.store))
	_, err := w.client(url, 0).Put(t.Context(), w.seal(testID, nil))
	var f *submit.Failure
	var verify *tls.CertificateVerificationError
	if !errors.As(err, &f) || f.Final || f.Code != health.NetDown || !errors.As(err, &verify) {
		t.Errorf("got %v", err)
	}
}
