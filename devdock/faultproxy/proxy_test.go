package faultproxy

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tram06/devdock/devpki"
)

// site is a kiosk, the proxy and a gateway, with development certificates.
type site struct {
	*Proxy
	kiosk *http.Client
	asked atomic.Int64 // requests that reached the gateway
	back  *httptest.Server
}

func newSite(t *testing.T, gateway http.HandlerFunc) *site {
	t.Helper()
	pki, err := devpki.Make(t.TempDir(), "SM06", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pair := func(cert, key string) tls.Certificate {
		c, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	pem, err := os.ReadFile(pki.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	server, client := pair(pki.GatewayCert, pki.GatewayKey), pair(pki.KioskCert, pki.KioskKey)

	s := &site{}
	s.back = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		gateway(w, r)
	}))
	s.back.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.back.TLS = &tls.Config{Certificates: []tls.Certificate{server}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13}
	s.back.StartTLS()
	t.Cleanup(s.back.Close)
	conf := &tls.Config{Certificates: []tls.Certificate{client}, RootCAs: pool, MinVersion: tls.VersionTLS13}
	if s.Proxy, err = Start(s.back.URL, server, conf); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.kiosk = &http.Client{Transport: &http.Transport{TLSClientConfig: conf}}
	t.Cleanup(s.kiosk.CloseIdleConnections)
	return s
}

func (s *site) set(t *testing.T, m Mode) {
	t.Helper()
	if err := s.Set(m); err != nil {
		t.Fatal(err)
	}
}

// post sends a dossier and reads the whole answer.
func (s *site) post() (*http.Response, []byte, error) {
	resp, err := s.kiosk.Post(s.URL()+"/v1/dossiers?dry=no", "application/octet-stream", strings.NewReader("sealed"))
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, b, err
}

func accept(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("X-Number", "H00.00-1")
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Content-Type")+" "+string(b)+" from "+r.TLS.PeerCertificates[0].Subject.CommonName)
}

func TestGoodNetworkPassesEverything(t *testing.T) {
	s := newSite(t, accept)
	resp, b, err := s.post()
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusCreated || resp.Header.Get("X-Number") != "H00.00-1" {
		t.Errorf("answer %s %v", resp.Status, resp.Header)
	}
	if want := "POST /v1/dossiers?dry=no application/octet-stream sealed from SM06"; string(b) != want {
		t.Errorf("got %q, want %q", b, want)
	}
}

// A line that was accepted in the moment of the cut passes nothing either.
func TestCutNetworkPassesNothing(t *testing.T) {
	s := newSite(t, accept)
	s.set(t, Down)
	defer func() {
		if r := recover(); r != http.ErrAbortHandler {
			t.Errorf("the proxy ends with %v, want that it hangs up", r)
		}
		if n := s.asked.Load(); n != 0 {
			t.Errorf("%d requests reached the gateway", n)
		}
	}()
	s.serve(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/v1/dossiers", strings.NewReader("sealed")))
}

func TestCutNetwork(t *testing.T) {
	s := newSite(t, accept)
	if _, _, err := s.post(); err != nil {
		t.Fatal(err)
	}
	s.set(t, Down) // the connection that is open is cut, too
	for range 2 {
		if _, _, err := s.post(); err == nil {
			t.Error("an answer over a line that is down")
		}
	}
	if n := s.asked.Load(); n != 1 {
		t.Errorf("the gateway got %d requests, want the first only", n)
	}
	s.set(t, OK)
	if _, _, err := s.post(); err != nil {
		t.Errorf("after the line came back: %v", err)
	}
}

func TestCutReachesARequestUnderWay(t *testing.T) {
	arrived, leave := make(chan struct{}), make(chan struct{})
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-leave
	})
	failed := make(chan error, 1)
	go func() {
		_, _, err := s.post()
		failed <- err
	}()
	<-arrived
	s.set(t, Down)
	if err := <-failed; err == nil {
		t.Error("an answer over a line that was cut")
	}
	close(leave)
}

func TestNoAnswerInTime(t *testing.T) {
	s := newSite(t, accept)
	s.set(t, Slow)
	arrived := make(chan Moment, 1)
	s.Watch(func(m Moment) { arrived <- m })
	failed := make(chan error, 1)
	go func() {
		_, _, err := s.post()
		failed <- err
	}()
	if m := <-arrived; m != Arrived {
		t.Errorf("moment %v", m)
	}
	select {
	case err := <-failed:
		t.Fatalf("it did not wait: %v", err)
	default:
	}
	s.Watch(nil)
	s.set(t, OK) // whoever waited has waited for nothing
	if err := <-failed; err == nil {
		t.Error("an answer after all")
	}
	if n := s.asked.Load(); n != 0 {
		t.Errorf("the gateway got %d requests, want none", n)
	}
}

func TestHalfAnAnswer(t *testing.T) {
	s := newSite(t, accept)
	s.set(t, AnswerLost)
	var moments []Moment
	s.Watch(func(m Moment) { moments = append(moments, m) })
	resp, b, err := s.post()
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("got %v, want an answer that breaks off", err)
	}
	if resp.StatusCode != http.StatusCreated || !bytes.HasPrefix([]byte("POST /v1/dossiers?dry=no application/octet-stream"), b) || len(b) == 0 {
		t.Errorf("got %s, %q", resp.Status, b)
	}
	if n := s.asked.Load(); n != 1 {
		t.Errorf("the gateway got %d requests, want one", n)
	}
	if len(moments) != 2 || moments[0] != Arrived || moments[1] != Answered {
		t.Errorf("moments %v", moments)
	}
}

func TestGatewayThatFailsOrRefuses(t *testing.T) {
	s := newSite(t, accept)
	for m, want := range map[Mode]int{Error500: 500, Refuse: 422} {
		s.set(t, m)
		resp, b, err := s.post()
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != want || resp.Header.Get("Content-Type") != "application/problem+json" || !bytes.Contains(b, []byte("simulated")) {
			t.Errorf("%s: %s %s %s", m, resp.Status, resp.Header.Get("Content-Type"), b)
		}
	}
	if n := s.asked.Load(); n != 0 {
		t.Errorf("the gateway got %d requests, want none", n)
	}
}

func TestGatewayThatIsDown(t *testing.T) {
	s := newSite(t, accept)
	s.back.Close()
	if _, _, err := s.post(); err == nil {
		t.Error("an answer from a gateway that is down")
	}
}

func TestUnknownMode(t *testing.T) {
	s := newSite(t, accept)
	s.set(t, Slow)
	if err := s.Set("fast"); !errors.Is(err, ErrMode) {
		t.Errorf("got %v", err)
	}
	if s.Mode() != Slow {
		t.Errorf("the mode is %q now", s.Mode())
	}
	if Modes()[0] != OK {
		t.Error("the first mode is not the good one")
	}
}

func TestCloseEndsWhoWaits(t *testing.T) {
	s := newSite(t, accept)
	s.set(t, Slow)
	arrived := make(chan struct{}, 1)
	s.Watch(func(Moment) { arrived <- struct{}{} })
	failed := make(chan error, 1)
	go func() {
		_, _, err := s.post()
		failed <- err
	}()
	<-arrived
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err == nil {
		t.Error("an answer from a proxy that is closed")
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}
