// Package faultproxy is a simulator of bad networks and failing gateways: it
// stands between a kiosk and its gateway, forwards every request, and
// misbehaves when told to. It ends TLS on both sides, so it holds a copy of
// the development certificates; it is for development and tests only.
package faultproxy

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Mode is how the network or the far side behaves.
type Mode string

// The modes.
const (
	OK         Mode = "ok"
	Down       Mode = "down"        // connections are cut at once
	Slow       Mode = "slow"        // the answer does not come before the kiosk gives up
	AnswerLost Mode = "answer-lost" // the request arrives, half an answer comes back
	Error500   Mode = "error-500"   // the gateway fails before it did anything
	Refuse     Mode = "refuse-422"  // the gateway refuses for good
)

// Modes gives all of them in the order of a page.
func Modes() []Mode { return []Mode{OK, Down, Slow, AnswerLost, Error500, Refuse} }

// ErrMode: there is no such mode.
var ErrMode = errors.New("unknown network mode")

// maxBody bounds what one request or answer may hold here.
const maxBody = 4 << 20

// Proxy is a running proxy. Make it with Start.
type Proxy struct {
	target string // https://host:port
	client *http.Client
	srv    *http.Server
	ln     *switchedListener
	done   chan struct{} // closed when nothing is served any more

	mu      sync.Mutex
	mode    Mode
	changed chan struct{} // closed when the mode changes
	watch   func(Moment)
}

// Moment is a point on the way of one request.
type Moment uint8

// The moments.
const (
	Arrived  Moment = iota // the whole request is here, the gateway has nothing of it
	Answered               // the gateway has answered, the kiosk has nothing of it
)

// Watch has f called at each moment of each request, which waits meanwhile:
// a power cut can be put exactly there. nil ends it.
func (p *Proxy) Watch(f func(Moment)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watch = f
}

func (p *Proxy) at(m Moment) {
	p.mu.Lock()
	f := p.watch
	p.mu.Unlock()
	if f != nil {
		f(m)
	}
}

// Start listens on a free port of the loopback with the gateway's development
// certificate and forwards to target with the kiosk's.
func Start(target string, server tls.Certificate, client *tls.Config) (*Proxy, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("fault proxy: %w", err)
	}
	p := &Proxy{
		target:  target,
		client:  &http.Client{Transport: &http.Transport{TLSClientConfig: client}, Timeout: 30 * time.Second},
		mode:    OK,
		changed: make(chan struct{}),
		done:    make(chan struct{}),
	}
	p.ln = &switchedListener{Listener: ln, refuse: func() bool { return p.Mode() == Down }}
	p.srv = &http.Server{
		Handler:           http.HandlerFunc(p.serve),
		ReadHeaderTimeout: 10 * time.Second,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS13},
		ErrorLog:          log.New(io.Discard, "", 0), // cut connections are its trade
	}
	go func() {
		defer close(p.done)
		p.srv.ServeTLS(p.ln, "", "") // its error says that it was closed
	}()
	return p, nil
}

// URL is where the kiosk connects to.
func (p *Proxy) URL() string { return "https://" + p.ln.Addr().String() }

// Mode tells how the proxy behaves now.
func (p *Proxy) Mode() Mode {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mode
}

// Set changes the behaviour at once, for requests under way too.
func (p *Proxy) Set(m Mode) error {
	known := false
	for _, k := range Modes() {
		known = known || k == m
	}
	if !known {
		return fmt.Errorf("%w %q", ErrMode, m)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = m
	close(p.changed)
	p.changed = make(chan struct{})
	if m == Down {
		p.ln.cut()
	}
	return nil
}

// Close ends all connections. It may be called twice.
func (p *Proxy) Close() error {
	p.mu.Lock()
	close(p.changed)
	p.changed = make(chan struct{})
	p.mu.Unlock()
	err := p.srv.Close()
	<-p.done
	p.client.CloseIdleConnections()
	return err
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	mode, changed := p.mode, p.changed
	p.mu.Unlock()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	p.at(Arrived)
	switch mode {
	case Down:
		// The connection was accepted in the moment in which the line was cut.
		panic(http.ErrAbortHandler)
	case Slow:
		select {
		case <-r.Context().Done():
		case <-changed:
		}
		panic(http.ErrAbortHandler)
	case Error500:
		problem(w, http.StatusInternalServerError, "internal")
		return
	case Refuse:
		problem(w, http.StatusUnprocessableEntity, "refused")
		return
	}
	req, err := http.NewRequestWithContext(r.Context(), r.Method, p.target+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	req.Header = r.Header.Clone()
	resp, err := p.client.Do(req)
	if err != nil {
		panic(http.ErrAbortHandler) // the gateway is down: so is the line
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	p.at(Answered)
	for k, v := range resp.Header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(answer)))
	w.WriteHeader(resp.StatusCode)
	if mode == AnswerLost {
		w.Write(answer[:len(answer)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	w.Write(answer)
}

func problem(w http.ResponseWriter, status int, kind string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"type":"urn:tram06:problem:%s","title":"simulated by the fault proxy","status":%d}`, kind, status)
}

// switchedListener cuts what it accepts while the line is down.
type switchedListener struct {
	net.Listener
	refuse func() bool

	mu    sync.Mutex
	conns []*net.TCPConn
}

func (l *switchedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		t, ok := c.(*net.TCPConn)
		if !ok {
			return c, nil
		}
		if l.refuse() {
			reset(t)
			continue
		}
		l.mu.Lock()
		l.conns = append(l.conns, t)
		l.mu.Unlock()
		return t, nil
	}
}

// cut breaks every connection that was ever accepted; closed ones don't mind.
func (l *switchedListener) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		reset(c)
	}
	l.conns = nil
}

// reset closes with RST, as a dead line does.
func reset(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}
