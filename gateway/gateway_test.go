package gateway_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"math/big"
	randv2 "math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tram06/devdock/devpki"
	"tram06/firmware/dossier"
	"tram06/firmware/outbox"
	"tram06/firmware/submit"
	"tram06/gateway"
	"tram06/gateway/problem"
	"tram06/gateway/store"
)

func seeded(n uint64) *randv2.Rand { return randv2.New(randv2.NewPCG(n, n)) }

func problemOf(t *testing.T, resp *http.Response, body []byte) string {
	t.Helper()
	if ct := resp.Header.Get("Content-Type"); ct != problem.MediaType {
		t.Fatalf("HTTP %d with %q, want a problem: %s", resp.StatusCode, ct, body)
	}
	var p struct {
		Type, Title string
		Status      int
	}
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != resp.StatusCode || p.Title == "" {
		t.Errorf("problem %+v in an answer %d", p, resp.StatusCode)
	}
	name, ok := strings.CutPrefix(p.Type, problem.Prefix)
	if !ok {
		t.Errorf("problem type %q", p.Type)
	}
	return name
}

func TestPutIsIdempotent(t *testing.T) {
	w := newWorld(t)
	url := w.serve(w.handler(w.store))
	c := w.browser(w.dev.TLS)
	it := w.seal(testID, nil)

	first, body1 := do(t, c, request(t, url, it))
	if first.StatusCode != http.StatusCreated {
		t.Fatalf("first: HTTP %d %s", first.StatusCode, body1)
	}
	var a gateway.Answer
	if err := json.Unmarshal(body1, &a); err != nil {
		t.Fatal(err)
	}
	want := gateway.Answer{ID: testID, Digest: it.Digest.Field(), Number: "H00.00-20261123-0000001", ReceivedAt: noon, Status: "accepted"}
	if a != want {
		t.Errorf("answer %+v, want %+v", a, want)
	}
	for range 3 {
		again, body := do(t, c, request(t, url, it))
		if again.StatusCode != http.StatusOK || !bytes.Equal(body, body1) {
			t.Errorf("again: HTTP %d %s, want 200 %s", again.StatusCode, body, body1)
		}
	}
	other := w.seal(testID, func(d *dossier.Draft, _ *dossier.Stamp) { d.Lang = "en" })
	resp, body := do(t, c, request(t, url, other))
	if resp.StatusCode != 422 || problemOf(t, resp, body) != problem.DigestConflict.Name {
		t.Errorf("another content: HTTP %d %s", resp.StatusCode, body)
	}
	list, err := w.store.List(t.Context(), 10)
	if err != nil || len(list) != 1 {
		t.Errorf("stored %d dossiers, want 1 (%v)", len(list), err)
	}
	noSecrets(t, "log", w.logs.String())
}

func TestPutRefuses(t *testing.T) {
	w := newWorld(t)
	url := w.serve(w.handler(w.store))
	good := w.seal(testID, nil)
	otherKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	otherGateway, err := dossier.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	raw := func(envelope []byte) outbox.Item {
		return outbox.Item{ID: testID, Envelope: envelope, Digest: dossier.DigestOf(envelope)}
	}
	altered := bytes.Clone(good.Envelope)
	altered[len(altered)-1] ^= 1
	newer := bytes.Clone(good.Envelope)
	newer[4] = 2

	for _, c := range []struct {
		name  string
		it    outbox.Item
		spoil func(*http.Request)
		want  problem.Type
	}{
		{"id", outbox.Item{ID: "42", Envelope: []byte("x")}, nil, problem.BadID},
		{"upper-case id", good, func(r *http.Request) { r.URL.Path = strings.ToUpper(r.URL.Path[:13]) + r.URL.Path[13:] }, problem.NotFound},
		{"id in upper case", good, func(r *http.Request) { r.URL.Path = "/v1/dossiers/" + strings.ToUpper(testID) }, problem.BadID},
		{"no key", good, func(r *http.Request) { r.Header.Del("Idempotency-Key") }, problem.BadKey},
		{"bare key", good, func(r *http.Request) { r.Header.Set("Idempotency-Key", testID) }, problem.BadKey},
		{"two keys", good, func(r *http.Request) { r.Header.Add("Idempotency-Key", `"x"`) }, problem.BadKey},
		{"no digest", good, func(r *http.Request) { r.Header.Del("Content-Digest") }, problem.BadDigest},
		{"md5", good, func(r *http.Request) { r.Header.Set("Content-Digest", "md5=:AAAA:") }, problem.BadDigest},
		{"short digest", good, func(r *http.Request) { r.Header.Set("Content-Digest", "sha-256=:AAAA:") }, problem.BadDigest},
		{"digest of something else", good, func(r *http.Request) { r.Header.Set("Content-Digest", dossier.DigestOf(nil).Field()) }, problem.DigestMismatch},
		{"no media type", good, func(r *http.Request) { r.Header.Del("Content-Type") }, problem.BadMediaType},
		{"json", good, func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, problem.BadMediaType},
		{"too large", raw(make([]byte, dossier.MaxEnvelope+1)), nil, problem.TooLarge},
		{"too large in chunks", raw(make([]byte, dossier.MaxEnvelope+1)), func(r *http.Request) { r.ContentLength = -1 }, problem.TooLarge},
		{"empty", raw(nil), nil, problem.EnvelopeInvalid},
		{"garbage", raw([]byte("garbage")), nil, problem.EnvelopeInvalid},
		{"altered", raw(altered), nil, problem.EnvelopeInvalid},
		{"truncated", raw(good.Envelope[:len(good.Envelope)-9]), nil, problem.EnvelopeInvalid},
		{"newer version", raw(newer), nil, problem.EnvelopeVersion},
		{"another gateway's", w.sealWith(w.dev.Key, otherGateway.PublicKey(), testID, nil), nil, problem.WrongRecipient},
		{"another key", w.sealWith(otherKey, w.pub, testID, nil), nil, problem.KeyUnknown},
		{"another id", raw(w.seal("019aa8f2-0c00-7abc-8def-0123456789ff", nil).Envelope), nil, problem.BodyMismatch},
		{"another kiosk", w.seal(testID, func(_ *dossier.Draft, s *dossier.Stamp) { s.Kiosk = "SM07" }), nil, problem.BodyMismatch},
		{"unknown service", w.seal(testID, func(d *dossier.Draft, _ *dossier.Stamp) { d.Service = "passport" }), nil, problem.FormInvalid},
		{"unknown version", w.seal(testID, func(d *dossier.Draft, _ *dossier.Stamp) { d.ServiceVersion = "0" }), nil, problem.FormInvalid},
		{"other procedure", w.seal(testID, func(d *dossier.Draft, _ *dossier.Stamp) { d.Procedure = "1.2" }), nil, problem.FormInvalid},
		{"before the law", w.seal(testID, func(_ *dossier.Draft, s *dossier.Stamp) { s.At = noon.AddDate(-5, 0, 0) }), nil, problem.FormInvalid},
		{"missing answers", w.seal(testID, func(d *dossier.Draft, _ *dossier.Stamp) { d.Answers = nil }), nil, problem.FormInvalid},
		{"foreign answer", w.seal(testID, func(d *dossier.Draft, _ *dossier.Stamp) { d.Answers["more"] = "x" }), nil, problem.FormInvalid},
		{"get", good, func(r *http.Request) { r.Method = http.MethodGet; r.Body = nil; r.ContentLength = 0 }, problem.BadMethod},
		{"elsewhere", good, func(r *http.Request) { r.URL.Path = "/v2/dossiers" }, problem.NotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := request(t, url, c.it)
			if c.spoil != nil {
				c.spoil(req)
			}
			resp, body := do(t, w.browser(w.dev.TLS), req)
			if got := problemOf(t, resp, body); got != c.want.Name || resp.StatusCode != c.want.Status {
				t.Errorf("HTTP %d %s, want %d %s", resp.StatusCode, body, c.want.Status, c.want.Name)
			}
			noSecrets(t, "answer", string(body))
		})
	}
	if list, err := w.store.List(t.Context(), 10); err != nil || len(list) != 0 {
		t.Errorf("stored %d dossiers, want none (%v)", len(list), err)
	}
	noSecrets(t, "log", w.logs.String())
}

func TestDevicesMustBeKnown(t *testing.T) {
	w := newWorld(t)
	url := w.serve(w.handler(w.store))
	it := w.seal(testID, nil)

	t.Run("no certificate", func(t *testing.T) {
		conf := w.dev.TLS.Clone()
		conf.Certificates = nil
		resp, body := do(t, w.browser(conf), request(t, url, it))
		if got := problemOf(t, resp, body); got != problem.NoCertificate.Name {
			t.Errorf("got %s", got)
		}
	})
	t.Run("certificate of another authority", func(t *testing.T) {
		f, err := devpki.Make(t.TempDir(), kiosk, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		id, err := submit.LoadIdentity(f.KioskCert, f.KioskKey, w.files.CA)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := w.browser(id.TLS).Do(request(t, url, it)); err == nil {
			resp.Body.Close()
			t.Errorf("HTTP %d, want the handshake to fail", resp.StatusCode)
		}
	})
	t.Run("expired certificate", func(t *testing.T) {
		ca, err := tls.LoadX509KeyPair(w.files.CA, w.files.CAKey)
		if err != nil {
			t.Fatal(err)
		}
		issue := func(ends time.Time) *tls.Config {
			der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
				SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: kiosk}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
				NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: ends,
			}, ca.Leaf, w.dev.Key.Public(), ca.PrivateKey)
			if err != nil {
				t.Fatal(err)
			}
			conf := w.dev.TLS.Clone()
			conf.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: w.dev.Key}}
			return conf
		}
		resp, err := w.browser(issue(time.Now().Add(-time.Hour))).Do(request(t, url, it))
		if err == nil {
			resp.Body.Close()
			t.Errorf("HTTP %d, want the handshake to fail", resp.StatusCode)
		}
		// The same certificate that still runs is taken: it was the date.
		req := request(t, url, it)
		req.Header.Del("Idempotency-Key")
		resp, body := do(t, w.browser(issue(time.Now().Add(time.Hour))), req)
		if got := problemOf(t, resp, body); got != problem.BadKey.Name {
			t.Errorf("got %s", got)
		}
	})
	t.Run("revoked, then restored", func(t *testing.T) {
		if err := w.store.Revoke(t.Context(), kiosk, noon); err != nil {
			t.Fatal(err)
		}
		resp, body := do(t, w.browser(w.dev.TLS), request(t, url, it))
		if got := problemOf(t, resp, body); got != problem.DeviceUnknown.Name {
			t.Errorf("got %s", got)
		}
		if err := w.store.Revoke(t.Context(), kiosk, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if resp, body := do(t, w.browser(w.dev.TLS), request(t, url, it)); resp.StatusCode != http.StatusCreated {
			t.Errorf("HTTP %d %s", resp.StatusCode, body)
		}
	})
}

// A dossier that waited while the certificate was renewed is signed by the key
// before, which the authority had certified for the same device.
func TestKeyBeforeRenewalCounts(t *testing.T) {
	w := newWorld(t)
	url := w.serve(w.handler(w.store))
	do(t, w.browser(w.dev.TLS), request(t, url, w.seal(testID, nil)))
	waited := w.seal("019aa8f2-0c00-7abc-8def-000000000002", nil)

	if err := removeAll(w.files.KioskCert, w.files.KioskKey); err != nil {
		t.Fatal(err)
	}
	old, err := dossier.KeyID(w.dev.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	w.loadKeys()
	if now, err := dossier.KeyID(w.dev.Key.Public()); err != nil || now == old {
		t.Fatalf("the key was not renewed (%v)", err)
	}
	if resp, body := do(t, w.browser(w.dev.TLS), request(t, url, waited)); resp.StatusCode != http.StatusCreated {
		t.Errorf("HTTP %d %s", resp.StatusCode, body)
	}
}

// blocking stores wait at Put until they are let go.
type blocking struct {
	store.Store
	entered chan struct{}
	release chan struct{}
}

func (b *blocking) Put(ctx context.Context, r store.Record) (store.Record, bool, error) {
	b.entered <- struct{}{}
	<-b.release
	return b.Store.Put(ctx, r)
}

func TestSecondAttemptDuringTheFirst(t *testing.T) {
	w := newWorld(t)
	b := &blocking{w.store, make(chan struct{}, 1), make(chan struct{})}
	url := w.serve(w.handler(b))
	it := w.seal(testID, nil)
	var wg sync.WaitGroup
	wg.Go(func() {
		resp, err := w.browser(w.dev.TLS).Do(request(t, url, it))
		if err != nil {
			t.Error(err)
			return
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusCreated {
			t.Errorf("first: HTTP %d", resp.StatusCode)
		}
	})
	<-b.entered
	resp, body := do(t, w.browser(w.dev.TLS), request(t, url, it))
	if got := problemOf(t, resp, body); got != problem.InProgress.Name || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("second: %s, Retry-After %q", got, resp.Header.Get("Retry-After"))
	}
	close(b.release)
	wg.Wait()
	if resp, _ := do(t, w.browser(w.dev.TLS), request(t, url, it)); resp.StatusCode != http.StatusOK {
		t.Errorf("third: HTTP %d", resp.StatusCode)
	}
}

// failing stores cannot write.
type failing struct{ store.Store }

func (failing) Put(context.Context, store.Record) (store.Record, bool, error) {
	return store.Record{}, false, errors.New("disk full")
}
func (failing) Ping(context.Context) error { return errors.New("disk gone") }

func TestStoreFailureIsNoAcceptance(t *testing.T) {
	w := newWorld(t)
	url := w.serve(w.handler(failing{w.store}))
	resp, body := do(t, w.browser(w.dev.TLS), request(t, url, w.seal(testID, nil)))
	if got := problemOf(t, resp, body); got != problem.StoreFailed.Name || resp.Header.Get("Retry-After") == "" {
		t.Errorf("got %s", got)
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/healthz", nil)
	if resp, body := do(t, w.browser(w.dev.TLS), req); resp.StatusCode != 503 {
		t.Errorf("healthz: HTTP %d %s", resp.StatusCode, body)
	}
}

func TestHealthzNeedsNoCertificate(t *testing.T) {
	w := newWorld(t)
	url := w.serve(w.handler(w.store))
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/healthz", nil)
	resp, body := do(t, w.browser(&tls.Config{RootCAs: w.dev.TLS.RootCAs}), req)
	if resp.StatusCode != http.StatusOK || string(body) != `{"status":"ok"}` {
		t.Errorf("HTTP %d %s", resp.StatusCode, body)
	}
}

func BenchmarkPutEndToEnd(b *testing.B) {
	w := newWorld(b)
	url := w.serve(w.handler(w.store))
	c := w.client(url, 0)
	box := w.outbox(filepath.Join(b.TempDir(), "outbox.db"))
	for b.Loop() {
		e, err := box.Create(b.Context(), w.draft())
		if err != nil {
			b.Fatal(err)
		}
		items, err := box.Due(b.Context(), noon.Add(time.Hour), 1)
		if err != nil || len(items) != 1 || items[0].ID != e.ID {
			b.Fatal(err)
		}
		r, err := c.Put(b.Context(), items[0])
		if err != nil {
			b.Fatal(err)
		}
		if err := box.MarkAccepted(b.Context(), e.ID, r); err != nil {
			b.Fatal(err)
		}
	}
}
