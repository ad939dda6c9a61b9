package gateway_test

import (
	"context"
	"crypto"
	"crypto/hpke"
	"crypto/rand"
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tram06/devdock/devpki"
	"tram06/firmware/dossier"
	"tram06/firmware/outbox"
	"tram06/firmware/person"
	"tram06/firmware/service"
	"tram06/firmware/submit"
	"tram06/gateway"
	"tram06/gateway/intake"
	"tram06/gateway/store"
	"tram06/gateway/store/sqlite"
)

const (
	testID = "019aa8f2-0c00-7abc-8def-0123456789ab"
	kiosk  = "SM06"
)

// noon is a time at which the built-in services are in force.
var noon = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

// world is one gateway with its store, and what a kiosk needs to reach it.
type world struct {
	t     testing.TB
	dir   string
	files devpki.Files
	dev   submit.Identity
	pub   hpke.PublicKey
	key   hpke.PrivateKey
	svc   service.Service
	store store.Store
	logs  *logBuffer
	srv   *httptest.Server
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), logs: &logBuffer{}}
	w.loadKeys()
	st, err := sqlite.Open(t.Context(), filepath.Join(w.dir, "gateway.db"), sqlite.Options{Office: "H00.00"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	w.store = st
	return w
}

func (w *world) loadKeys() {
	w.t.Helper()
	var err error
	if w.files, err = devpki.Make(filepath.Join(w.dir, "pki"), kiosk, time.Now()); err != nil {
		w.t.Fatal(err)
	}
	if w.dev, err = submit.LoadIdentity(w.files.KioskCert, w.files.KioskKey, w.files.CA); err != nil {
		w.t.Fatal(err)
	}
	raw, err := os.ReadFile(w.files.HPKEPrivate)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.key, err = dossier.ParsePrivateKey(raw); err != nil {
		w.t.Fatal(err)
	}
	w.pub = w.key.PublicKey()
	all, err := service.Load(service.Builtin())
	if err != nil {
		w.t.Fatal(err)
	}
	if w.svc, err = service.Find(all, "residence_confirmation", noon); err != nil {
		w.t.Fatal(err)
	}
}

// handler is the gateway's, over the world's store or another one.
func (w *world) handler(st store.Store) http.Handler {
	w.t.Helper()
	h, err := gateway.New(gateway.Options{
		Store: st, Key: w.key, Check: intake.FormChecker([]service.Service{w.svc}),
		Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(w.logs, nil)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

// serve starts h with TLS and gives its address.
func (w *world) serve(h http.Handler) string {
	w.t.Helper()
	conf, err := gateway.TLSConfig(w.files.GatewayCert, w.files.GatewayKey, w.files.CA)
	if err != nil {
		w.t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(h)
	srv.TLS = conf
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.StartTLS()
	w.t.Cleanup(srv.Close)
	w.srv = srv
	return srv.URL
}

func (w *world) client(url string, timeout time.Duration) *submit.Client {
	w.t.Helper()
	c, err := submit.NewClient(url, w.dev.TLS, timeout)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	return c
}

func (w *world) outbox(path string) *outbox.Outbox {
	w.t.Helper()
	b, err := outbox.Open(w.t.Context(), path, w.outboxOptions())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { b.Close() })
	return b
}

func (w *world) outboxOptions() outbox.Options {
	return outbox.Options{
		Seal:   func(b dossier.Body) (dossier.Sealed, error) { return dossier.Seal(b, w.dev.Key, w.pub) },
		Prefix: "SM06", Kiosk: kiosk, Site: "Công an phường Mẫu", Now: func() time.Time { return noon.Add(time.Since(start)) },
		Rand: rand.Reader,
	}
}

// start lets the test's clock stand at noon and run.
var start = time.Now()

func (w *world) draft() dossier.Draft {
	answers := map[string]string{}
	for _, s := range w.svc.Steps {
		switch s.Kind {
		case service.Choice:
			answers[s.ID] = s.Options[0].Value
		case service.Phone:
			answers[s.ID] = "0900000006"
		}
	}
	return dossier.Draft{
		Service: w.svc.ID, ServiceVersion: w.svc.Version, Procedure: w.svc.Code, Lang: "vi", ConsentAt: noon.Add(-time.Minute),
		Person: person.Person{
			Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "01/02/1990", Sex: "Nam", Residence: "Số 1 Ngõ Mẫu, Hà Nội",
			Assurance: person.ChipSigned, Proofs: person.Proofs{Hashes: person.Passed, Signature: person.Passed, Chain: person.Unknown},
		},
		Answers: answers,
	}
}

// seal makes an item as an outbox would.
func (w *world) seal(id string, spoil func(*dossier.Draft, *dossier.Stamp)) outbox.Item {
	w.t.Helper()
	return w.sealWith(w.dev.Key, w.pub, id, spoil)
}

func (w *world) sealWith(key crypto.Signer, pub hpke.PublicKey, id string, spoil func(*dossier.Draft, *dossier.Stamp)) outbox.Item {
	w.t.Helper()
	d, s := w.draft(), dossier.Stamp{ID: id, Number: "SM06-2311-0001", Site: "Công an phường Mẫu", Kiosk: kiosk, At: noon}
	if spoil != nil {
		spoil(&d, &s)
	}
	b, err := dossier.NewBody(d, s)
	if err != nil {
		w.t.Fatal(err)
	}
	sealed, err := dossier.Seal(b, key, pub)
	if err != nil {
		w.t.Fatal(err)
	}
	return outbox.Item{ID: sealed.ID, Number: s.Number, Envelope: sealed.Envelope, Digest: sealed.Digest}
}

// request is a PUT as the contract wants it, to be spoilt by a test.
func request(t testing.TB, url string, it outbox.Item) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url+"/v1/dossiers/"+it.ID, strings.NewReader(string(it.Envelope)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", dossier.MediaType)
	req.Header.Set("Idempotency-Key", `"`+it.ID+`"`)
	req.Header.Set("Content-Digest", it.Digest.Field())
	return req
}

// browser is a plain HTTP client with a given TLS configuration.
func (w *world) browser(conf *tls.Config) *http.Client {
	tr := &http.Transport{TLSClientConfig: conf}
	w.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func do(t testing.TB, c *http.Client, req *http.Request) (*http.Response, []byte) {
	t.Helper()
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

// run starts the submit loop and gives its results; it ends with the test. A
// value in restored hastens what waits; it may be nil.
func (w *world) run(b *outbox.Outbox, c submit.Putter, restored <-chan struct{}) <-chan submit.Result {
	w.t.Helper()
	results := make(chan submit.Result, 1000)
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() {
		done <- submit.Run(ctx, submit.Options{
			Outbox: b, Client: c, Notify: func(r submit.Result) { results <- r }, Now: w.outboxOptions().Now,
			Restored: restored, Rand: seeded(1), Log: slog.New(slog.NewTextHandler(w.logs, nil)),
		})
	}()
	w.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("submit loop: %v", err)
		}
	})
	return results
}

// logBuffer collects what was logged, for tests that look for what must not be
// there.
type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func noSecrets(t testing.TB, what, text string) {
	t.Helper()
	for _, s := range []string{"001090000638", "NGUYỄN VĂN MẪU", "0900000006", "Ngõ Mẫu"} {
		if strings.Contains(text, s) {
			t.Errorf("%s holds personal data: %s", what, text)
		}
	}
}

func removeAll(paths ...string) error {
	for _, p := range paths {
		if err := os.Remove(p); err != nil {
			return err
		}
	}
	return nil
}
