package rest_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tram06/devdock/devpki"
	simulated "tram06/devdock/portal"
	"tram06/firmware/dossier"
	"tram06/firmware/person"
	"tram06/gateway/portal"
	"tram06/gateway/portal/rest"
)

var noon = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

const key = "019aa8f2-0c00-7abc-8def-0123456789ab"

// bodyOf is a dossier's canonical body.
func bodyOf(t testing.TB, id, number string) []byte {
	t.Helper()
	b, err := dossier.NewBody(dossier.Draft{
		Service: "s", ServiceVersion: "1", Procedure: "1.010041", Lang: "vi", ConsentAt: noon,
		Person: person.Person{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "01/02/1990", Assurance: person.ChipRead},
	}, dossier.Stamp{ID: id, Number: number, Site: "Công an phường Mẫu", Kiosk: "SM06", At: noon})
	if err != nil {
		t.Fatal(err)
	}
	body, err := b.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// hand is a dossier as the forwarder hands it over.
func hand(t testing.TB) portal.Dossier {
	t.Helper()
	body := bodyOf(t, key, "SM06-2311-0001")
	return portal.Dossier{Key: key, Digest: dossier.DigestOf(body).Field(), Body: body}
}

func pki(t testing.TB) (devpki.Files, tls.Certificate) {
	t.Helper()
	f, err := devpki.Make(t.TempDir(), "SM06", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := tls.LoadX509KeyPair(f.GatewayCert, f.GatewayKey)
	if err != nil {
		t.Fatal(err)
	}
	return f, cert
}

func client(t testing.TB, url string, f devpki.Files) *rest.Client {
	t.Helper()
	roots, err := rest.Roots(f.CA)
	if err != nil {
		t.Fatal(err)
	}
	c, err := rest.New(url, roots, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serve is a portal that answers as h does.
func serve(t *testing.T, h http.HandlerFunc) *rest.Client {
	t.Helper()
	f, cert := pki(t)
	srv := httptest.NewUnstartedServer(h)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return client(t, srv.URL, f)
}

// want is what a failure must be.
type want struct {
	kind   error
	code   portal.Code
	reason string
	only   bool
	wait   time.Duration
}

func (w want) check(t *testing.T, r portal.Receipt, err error) {
	t.Helper()
	var f *portal.Failure
	if !errors.As(err, &f) || !errors.Is(err, w.kind) || f.Code != w.code || f.Reason != w.reason || f.Only != w.only || f.RetryAfter != w.wait {
		t.Errorf("got %+v, %v; want %+v", r, err, w)
	}
	if f != nil && portal.Means(f.Code).Text == "" {
		t.Errorf("code %s has no meaning", f.Code)
	}
}

func TestWithTheSimulatedPortal(t *testing.T) {
	f, cert := pki(t)
	p := simulated.New(simulated.Options{RetryAfter: 7 * time.Second})
	if err := p.Listen(cert); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	c, d := client(t, p.URL(), f), hand(t)
	set := func(m simulated.Mode) {
		if err := p.Set(m); err != nil {
			t.Fatal(err)
		}
	}
	both := func(w want) {
		t.Helper()
		r, err := c.Submit(t.Context(), d)
		w.check(t, r, err)
		r, err = c.Ask(t.Context(), key)
		w.check(t, r, err)
	}
	unknown := want{portal.ErrUnknown, portal.Unexpected, "unknown-key", true, 0}

	set(simulated.Error)
	both(want{portal.ErrUnclear, portal.Failed, "internal", false, 0})
	set(simulated.Maintenance)
	both(want{portal.ErrMaintenance, portal.Maintenance, "", false, 7 * time.Second})
	set(simulated.Refuse)
	r, err := c.Submit(t.Context(), d)
	want{portal.ErrRefused, portal.Rejected, "refused", true, 0}.check(t, r, err)
	r, err = c.Ask(t.Context(), key)
	unknown.check(t, r, err)

	set(simulated.Lost)
	r, err = c.Submit(t.Context(), d)
	want{portal.ErrUnclear, portal.AnswerLost, "", false, 0}.check(t, r, err)
	set(simulated.OK)
	asked, err := c.Ask(t.Context(), key)
	if err != nil || asked.Digest != d.Digest || asked.Number == "" {
		t.Fatalf("asked: %+v, %v", asked, err)
	}
	if s := p.State(); s.Received != 1 || s.Duplicates != 0 {
		t.Errorf("after one delivery: %+v", s)
	}
	if again, err := c.Submit(t.Context(), d); err != nil || again != asked {
		t.Errorf("again: %+v, %v", again, err)
	}
	other := d
	other.Body = []byte(strings.Replace(string(d.Body), "SM06-2311-0001", "SM06-2311-0002", 1))
	other.Digest = dossier.DigestOf(other.Body).Field()
	r, err = c.Submit(t.Context(), other)
	want{portal.ErrRefused, portal.Conflict, "key-conflict", true, 0}.check(t, r, err)

	set(simulated.Slow)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	r, err = c.Ask(ctx, key)
	want{portal.ErrUnclear, portal.SlowAnswer, "", false, 0}.check(t, r, err)
	set(simulated.OK)
	r, err = c.Ask(t.Context(), "42")
	want{portal.ErrUnclear, portal.Unexpected, "bad-key", false, 0}.check(t, r, err)
}

func TestAnswers(t *testing.T) {
	const receipt = `{"key":"` + key + `","digest":%q,"number":"MP-1","more":1}`
	d := hand(t)
	good := fmt.Sprintf(receipt, d.Digest)
	ours := func(name string) string { return `{"type":"urn:tram06:portal:` + name + `"}` }
	const problem, plain = "application/problem+json", "application/json"
	unexpected := want{portal.ErrUnclear, portal.Unexpected, "", false, 0}
	for name, c := range map[string]struct {
		status            int
		media, retry, out string
		submit, ask       want
	}{
		"redirect":         {302, "", "", "", unexpected, unexpected},
		"log-in page":      {200, "text/html", "", "<html>", unexpected, unexpected},
		"nothing":          {204, "", "", "", unexpected, unexpected},
		"another key":      {200, plain, "", strings.Replace(good, "019a", "019b", 1), unexpected, unexpected},
		"no number":        {200, plain, "", strings.Replace(good, "MP-1", "", 1), unexpected, unexpected},
		"odd number":       {200, plain, "", strings.Replace(good, "MP-1", `\u001b[2J`, 1), unexpected, unexpected},
		"no digest":        {200, plain, "", fmt.Sprintf(receipt, ""), unexpected, unexpected},
		"half":             {200, plain, "", good[:40], want{portal.ErrUnclear, portal.AnswerLost, "", false, 0}, want{portal.ErrUnclear, portal.AnswerLost, "", false, 0}},
		"too long":         {200, plain, "", good + strings.Repeat(" ", 70<<10), unexpected, unexpected},
		"a stranger's no":  {422, "text/html", "", "no", unexpected, unexpected},
		"no, in words":     {422, problem, "", `{"type":"about:blank","detail":"NGUYỄN VĂN MẪU"}`, unexpected, unexpected},
		"no, with a name":  {422, problem, "", ours("nguyễn-văn-mẫu"), unexpected, unexpected},
		"no":               {422, problem, "", ours("bad-content"), want{portal.ErrRefused, portal.Rejected, "bad-content", true, 0}, want{portal.ErrUnclear, portal.Unexpected, "bad-content", false, 0}},
		"a stranger's 404": {404, "text/html", "", "nothing here", unexpected, unexpected},
		"404":              {404, problem, "", ours("unknown-key"), want{portal.ErrUnclear, portal.Unexpected, "unknown-key", false, 0}, want{portal.ErrUnknown, portal.Unexpected, "unknown-key", true, 0}},
		"in progress":      {409, problem, "2", ours("in-progress"), want{portal.ErrUnclear, portal.InProgress, "in-progress", true, 2 * time.Second}, want{portal.ErrUnclear, portal.InProgress, "in-progress", true, 2 * time.Second}},
		"busy":             {429, "", "3", "", want{portal.ErrTemporary, portal.Busy, "", false, 3 * time.Second}, want{portal.ErrTemporary, portal.Busy, "", false, 3 * time.Second}},
		"barred":           {403, "text/html", "", "", want{portal.ErrTemporary, portal.Denied, "", false, 0}, want{portal.ErrTemporary, portal.Denied, "", false, 0}},
		"until a date":     {503, "", "Mon, 23 Nov 2026 05:10:00 GMT", "", want{portal.ErrMaintenance, portal.Maintenance, "", false, 10 * time.Minute}, want{portal.ErrMaintenance, portal.Maintenance, "", false, 10 * time.Minute}},
		"until long ago":   {503, "", "Mon, 23 Nov 2020 05:10:00 GMT", "", want{portal.ErrUnclear, portal.Failed, "", false, 0}, want{portal.ErrUnclear, portal.Failed, "", false, 0}},
		"503 of a proxy":   {503, "text/html", "soon", "", want{portal.ErrUnclear, portal.Failed, "", false, 0}, want{portal.ErrUnclear, portal.Failed, "", false, 0}},
		"502 of a proxy":   {502, "text/html", "", "", want{portal.ErrUnclear, portal.Failed, "", false, 0}, want{portal.ErrUnclear, portal.Failed, "", false, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			cl := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if c.status == 302 {
					w.Header().Set("Location", "https://portal.invalid/login")
				}
				if c.media != "" {
					w.Header().Set("Content-Type", c.media)
				}
				if c.retry != "" {
					w.Header().Set("Retry-After", c.retry)
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.out)
			})
			r, err := cl.Submit(t.Context(), d)
			c.submit.check(t, r, err)
			r, err = cl.Ask(t.Context(), key)
			c.ask.check(t, r, err)
			if err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, err), "MẪU") {
				t.Errorf("the error holds what the portal wrote: %v", err)
			}
		})
	}
}

// An answer without end, or too slow to end, is given up.
func TestEndlessAnswers(t *testing.T) {
	d := hand(t)
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want want
	}{
		"content": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat(" ", 1<<10)); err != nil {
					return
				}
			}
		}, want{portal.ErrUnclear, portal.Unexpected, "", false, 0}},
		"header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 70<<10))
		}, want{portal.ErrUnclear, portal.AnswerLost, "", false, 0}},
		"drop by drop": {func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body) // or the server does not notice who leaves
			w.WriteHeader(200)
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
			panic(http.ErrAbortHandler) // the answer does not end after all
		}, want{portal.ErrUnclear, portal.SlowAnswer, "", false, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			r, err := serve(t, c.h).Submit(ctx, d)
			c.want.check(t, r, err)
		})
	}
}

// A request whose answer is lost is not repeated below our feet.
func TestNothingIsRepeated(t *testing.T) {
	d := hand(t)
	var posts atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if posts.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"key":%q,"digest":%q,"number":"MP-1"}`, key, d.Digest)
	})
	if _, err := c.Submit(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	r, err := c.Submit(t.Context(), d)
	want{portal.ErrUnclear, portal.AnswerLost, "", false, 0}.check(t, r, err)
	if n := posts.Load(); n != 2 {
		t.Errorf("%d requests of 2 calls", n)
	}
}

func TestLines(t *testing.T) {
	d := hand(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, _ := pki(t)
	c := client(t, "https://"+ln.Addr().String(), f)
	go func() { // hangs up before it said who it is
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	unreachable := want{portal.ErrTemporary, portal.Unreachable, "", false, 0}
	r, err := c.Submit(t.Context(), d)
	unreachable.check(t, r, err)
	ln.Close() // now nobody listens
	r, err = c.Submit(t.Context(), d)
	unreachable.check(t, r, err)

	// An impostor gets nothing.
	_, cert := pki(t)
	var heard atomic.Bool
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Store(true) }))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	r, err = client(t, srv.URL, f).Submit(t.Context(), d)
	want{portal.ErrTemporary, portal.Untrusted, "", false, 0}.check(t, r, err)
	if heard.Load() {
		t.Error("the impostor got the request")
	}
}

// What breaks HTTP may do so with somebody's number, and net/http quotes it. It
// is written down nowhere.
func TestBrokenAnswersAreNotQuoted(t *testing.T) {
	d := hand(t)
	const number = "001090000638"
	broken := want{portal.ErrUnclear, portal.AnswerLost, "", false, 0}
	for what, answer := range map[string]string{
		"no HTTP":     number + "\r\n\r\n",
		"status":      "HTTP/1.1 " + number + "\r\n\r\n",
		"header":      "HTTP/1.1 200 OK\r\n" + number + "\r\n\r\n",
		"length":      "HTTP/1.1 200 OK\r\nContent-Length: x" + number + "\r\n\r\n",
		"encoding":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + number + "\r\n\r\n",
		"trailer":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + number + "\r\n\r\n",
		"redirection": "HTTP/1.1 302 Found\r\nLocation: :" + number + "\r\nContent-Length: 0\r\n\r\n",
	} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			io.WriteString(conn, answer)
		})
		for _, call := range []func() (portal.Receipt, error){
			func() (portal.Receipt, error) { return c.Submit(t.Context(), d) },
			func() (portal.Receipt, error) { return c.Ask(t.Context(), key) },
		} {
			r, err := call()
			broken.check(t, r, err)
			var f *portal.Failure
			if !errors.As(err, &f) || f.Cause == nil || strings.Contains(err.Error(), number) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
}

func TestNewAndRootsRefuse(t *testing.T) {
	for _, base := range []string{"", "portal", "http://portal", "https://", "https://u:p@portal", "https://portal?x", "https://portal#x", "https://[::1"} {
		if _, err := rest.New(base, nil, time.Now); err == nil {
			t.Errorf("took %q", base)
		}
	}
	f, _ := pki(t)
	for _, file := range []string{f.GatewayKey, "none.pem"} {
		if _, err := rest.Roots(file); err == nil {
			t.Errorf("took %s", file)
		}
	}
}
