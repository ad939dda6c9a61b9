package portal

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

type server struct {
	http *http.Server
	url  string
	done chan struct{} // closed when nothing is served any more
}

// Listen serves on a free port of the loopback with a development certificate.
func (p *Portal) Listen(cert tls.Certificate) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("simulated portal: %w", err)
	}
	s := &server{url: "https://" + ln.Addr().String(), done: make(chan struct{}), http: &http.Server{
		Handler:           p.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13},
		ErrorLog:          log.New(io.Discard, "", 0), // lost answers are its trade
	}}
	p.srv = s
	go func() {
		defer close(s.done)
		s.http.ServeTLS(ln, "", "") // its error says that it was closed
	}()
	return nil
}

// URL is where the gateway connects to; "" before Listen.
func (p *Portal) URL() string {
	if p.srv == nil {
		return ""
	}
	return p.srv.url
}

// Close ends all connections. It may be called twice.
func (p *Portal) Close() error {
	if p.srv == nil {
		return nil
	}
	err := p.srv.http.Close()
	<-p.srv.done
	return err
}
