package portal_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"tram06/devdock/devpki"
	"tram06/devdock/portal"
	"tram06/firmware/dossier"
	"tram06/firmware/person"
)

type site struct {
	*testing.T
	*portal.Portal
	gateway *http.Client
}

func start(t *testing.T, o portal.Options) *site {
	t.Helper()
	pki, err := devpki.Make(t.TempDir(), "SM06", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := tls.LoadX509KeyPair(pki.GatewayCert, pki.GatewayKey)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(pki.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	s := &site{T: t, Portal: portal.New(o)}
	if err := s.Listen(cert); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.gateway = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	return s
}

func key(n int) string { return fmt.Sprintf("019aa8f2-0c00-7abc-8def-%012d", n) }

// body is a dossier as a gateway hands it in.
func (s *site) body(n int) []byte {
	s.Helper()
	at := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	b, err := dossier.NewBody(dossier.Draft{
		Service: "residence_confirmation", ServiceVersion: "1", Procedure: "1.010041", Lang: "vi", ConsentAt: at,
		Person: person.Person{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "01/02/1990", Assurance: person.ChipRead},
	}, dossier.Stamp{ID: key(n), Number: fmt.Sprintf("SM06-2311-%04d", n), Site: "Công an phường Mẫu", Kiosk: "SM06", At: at})
	if err != nil {
		s.Fatal(err)
	}
	c, err := b.Canonical()
	if err != nil {
		s.Fatal(err)
	}
	return c
}

func (s *site) request(ctx context.Context, method, path string, body []byte) *http.Request {
	s.Helper()
	r, err := http.NewRequestWithContext(ctx, method, s.URL()+path, bytes.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	return r
}

func (s *site) delivery(n int) *http.Request {
	s.Helper()
	body := s.body(n)
	r := s.request(s.Context(), "POST", "/dossiers", body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", `"`+key(n)+`"`)
	r.Header.Set("Content-Digest", dossier.DigestOf(body).Field())
	return r
}

// answer is a receipt or a problem.
type answer struct {
	Key, Digest, Number, Type string
	retry                     string
	raw                       string
}

func (s *site) do(r *http.Request, want int) (a answer) {
	s.Helper()
	resp, err := s.gateway.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	if resp.StatusCode != want {
		s.Fatalf("HTTP %d %s, want %d", resp.StatusCode, b, want)
	}
	a.raw, a.retry = string(b), resp.Header.Get("Retry-After")
	if err := json.Unmarshal(b, &a); err != nil && strings.Contains(resp.Header.Get("Content-Type"), "json") {
		s.Fatal(err)
	}
	return a
}

func (s *site) ask(n, want int) answer {
	s.Helper()
	return s.do(s.request(s.Context(), "GET", "/dossiers/"+key(n), nil), want)
}

func (s *site) set(m portal.Mode) {
	s.Helper()
	if err := s.Set(m); err != nil {
		s.Fatal(err)
	}
}

func (s *site) counts(received, duplicates int) {
	s.Helper()
	if st := s.State(); st.Received != received || st.Duplicates != duplicates || st.Held != 0 {
		s.Errorf("state %+v, want %d received, %d twice", st, received, duplicates)
	}
}

func TestTakesEachDossierOnce(t *testing.T) {
	s := start(t, portal.Options{})
	if a := s.ask(1, 404); a.Type != "urn:tram06:portal:unknown-key" {
		t.Errorf("asked before: %+v", a)
	}
	first := s.do(s.delivery(1), 201)
	if first.Key != key(1) || first.Number == "" || first.Digest != dossier.DigestOf(s.body(1)).Field() {
		t.Errorf("receipt %+v", first)
	}
	s.counts(1, 0)
	if again := s.do(s.delivery(1), 200); again != first {
		t.Errorf("again %+v, want %+v", again, first)
	}
	if asked := s.ask(1, 200); asked != first {
		t.Errorf("asked %+v, want %+v", asked, first)
	}
	if other := s.do(s.delivery(2), 201); other.Number == first.Number {
		t.Error("two dossiers have one number")
	}
	s.counts(2, 1)
	d := s.State().Dossiers
	if len(d) != 2 || d[0].Key != key(1) || d[0].Deliveries != 2 || d[1].Deliveries != 1 || d[0].KioskNumber != "SM06-2311-0001" {
		t.Errorf("dossiers %+v", d)
	}
	if b, ok := s.Body(key(1)); !ok || !bytes.Equal(b, s.body(1)) {
		t.Error("the body is not what was handed in")
	}
	if _, ok := s.Body(key(3)); ok {
		t.Error("has a body that nobody handed in")
	}
}

func TestIsStrict(t *testing.T) {
	s := start(t, portal.Options{})
	s.do(s.delivery(1), 201)
	for name, c := range map[string]struct {
		spoil  func(r *http.Request)
		status int
		kind   string
	}{
		"no key":           {func(r *http.Request) { r.Header.Del("Idempotency-Key") }, 400, "bad-key"},
		"bare key":         {func(r *http.Request) { r.Header.Set("Idempotency-Key", key(2)) }, 400, "bad-key"},
		"two keys":         {func(r *http.Request) { r.Header.Add("Idempotency-Key", `"`+key(2)+`"`) }, 400, "bad-key"},
		"another key":      {func(r *http.Request) { r.Header.Set("Idempotency-Key", `"`+key(3)+`"`) }, 422, "bad-content"},
		"no type":          {func(r *http.Request) { r.Header.Del("Content-Type") }, 415, "bad-content"},
		"no digest":        {func(r *http.Request) { r.Header.Del("Content-Digest") }, 400, "digest-mismatch"},
		"another digest":   {func(r *http.Request) { r.Header.Set("Content-Digest", dossier.DigestOf(nil).Field()) }, 400, "digest-mismatch"},
		"no dossier":       {func(r *http.Request) { content(r, []byte("{}")) }, 422, "bad-content"},
		"too large":        {func(r *http.Request) { content(r, make([]byte, dossier.MaxBody+1)) }, 400, "bad-content"},
		"taken key, other": {func(r *http.Request) { other(s, r) }, 422, "key-conflict"},
	} {
		t.Run(name, func(t *testing.T) {
			r := s.delivery(2)
			c.spoil(r)
			if a := s.do(r, c.status); a.Type != "urn:tram06:portal:"+c.kind {
				t.Errorf("got %+v, want %s", a, c.kind)
			}
		})
	}
	s.do(s.request(t.Context(), "GET", "/dossiers/42", nil), 400)
	s.do(s.request(t.Context(), "PUT", "/dossiers", nil), 404)
	s.counts(1, 0)
}

func content(r *http.Request, b []byte) {
	r.Body, r.ContentLength, r.GetBody = io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
	r.Header.Set("Content-Digest", dossier.DigestOf(b).Field())
}

// other is what key 1 was not used for.
func other(s *site, r *http.Request) {
	b := bytes.Replace(s.body(1), []byte("SM06-2311-0001"), []byte("SM06-2311-0009"), 1)
	content(r, b)
	r.Header.Set("Idempotency-Key", `"`+key(1)+`"`)
}

func TestModes(t *testing.T) {
	t.Run("error", func(t *testing.T) {
		s := start(t, portal.Options{})
		s.set(portal.Error)
		s.do(s.delivery(1), 500)
		s.ask(1, 500)
		s.counts(0, 0)
	})
	t.Run("maintenance", func(t *testing.T) {
		s := start(t, portal.Options{RetryAfter: 90 * time.Second})
		s.set(portal.Maintenance)
		for _, a := range []answer{s.do(s.delivery(1), 503), s.ask(1, 503)} {
			if a.retry != "90" || !strings.Contains(a.raw, "bảo trì") || !strings.Contains(a.raw, "mô phỏng") {
				t.Errorf("got %+v", a)
			}
		}
		s.counts(0, 0)
	})
	t.Run("refuse", func(t *testing.T) {
		s := start(t, portal.Options{})
		s.do(s.delivery(1), 201)
		s.set(portal.Refuse)
		if a := s.do(s.delivery(2), 422); a.Type != "urn:tram06:portal:refused" {
			t.Errorf("got %+v", a)
		}
		s.do(s.delivery(1), 200) // what it has it does not disown
		s.ask(2, 404)
		s.counts(1, 1)
	})
	t.Run("lost", func(t *testing.T) {
		s := start(t, portal.Options{})
		s.set(portal.Lost)
		if resp, err := s.gateway.Do(s.delivery(1)); err == nil {
			resp.Body.Close()
			t.Fatalf("HTTP %d, want no answer", resp.StatusCode)
		}
		s.ask(1, 200)
		s.counts(1, 0)
	})
	t.Run("unknown", func(t *testing.T) {
		s := start(t, portal.Options{})
		if err := s.Set("asleep"); !errors.Is(err, portal.ErrMode) || s.Mode() != portal.OK {
			t.Errorf("got %v, mode %s", err, s.Mode())
		}
	})
}

// held waits until so many requests are held.
func (s *site) held(changes <-chan struct{}, n int) {
	s.Helper()
	for s.State().Held != n {
		select {
		case <-changes:
		case <-s.Context().Done():
			s.Fatalf("%d requests are held, want %d", s.State().Held, n)
		}
	}
}

func (s *site) changes() <-chan struct{} {
	c := make(chan struct{}, 1)
	s.OnChange(func() {
		select {
		case c <- struct{}{}:
		default:
		}
	})
	return c
}

func TestSlow(t *testing.T) {
	s := start(t, portal.Options{})
	changes := s.changes()
	s.set(portal.Slow)
	ctx, hangUp := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		r := s.delivery(1).WithContext(ctx)
		resp, err := s.gateway.Do(r)
		if err == nil {
			resp.Body.Close()
		}
		gone <- err
	}()
	s.held(changes, 1)
	if a := s.do(s.delivery(1), 409); a.retry != "1" {
		t.Errorf("a second delivery meanwhile: %+v", a)
	}
	hangUp()
	if err := <-gone; err == nil {
		t.Fatal("it answered")
	}
	s.held(changes, 0) // it has noticed, and has taken the dossier
	s.set(portal.OK)
	s.ask(1, 200)
	s.counts(1, 1)
}

func TestSlowIsReleased(t *testing.T) {
	s := start(t, portal.Options{})
	changes := s.changes()
	s.set(portal.Slow)
	done := make(chan int, 2)
	for _, r := range []*http.Request{s.delivery(1), s.request(t.Context(), "GET", "/dossiers/"+key(2), nil)} {
		go func() {
			resp, err := s.gateway.Do(r)
			if err != nil {
				done <- 0
				return
			}
			resp.Body.Close()
			done <- resp.StatusCode
		}()
	}
	s.held(changes, 2)
	s.set(portal.OK)
	if sum := <-done + <-done; sum != 201+404 {
		t.Errorf("statuses add up to %d", sum)
	}
}

// The moments are those at which nothing, and then all, is taken.
func TestWatch(t *testing.T) {
	s := start(t, portal.Options{})
	var seen []int
	s.Watch(func(m portal.Moment) { seen = append(seen, int(m), s.State().Received) })
	s.do(s.delivery(1), 201)
	if fmt.Sprint(seen) != fmt.Sprint([]int{int(portal.Arrived), 0, int(portal.Taken), 1}) {
		t.Errorf("moments %v", seen)
	}
	s.Watch(nil)
	s.do(s.delivery(2), 201)
}
