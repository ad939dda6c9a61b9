// Package fleet is the server that watches the kiosks: it takes their statuses
// by package transport, judges them in package registry, keeps them in package
// store, and shows them by package web. It knows devices only. No message can
// carry a citizen's data, and a test forbids the imports that could.
//
// One process serves one state directory, which holds fleet.db (SQLite),
// nats.conf (written at each start unless another is given) and fleet.lock.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"tram06/fleet/registry"
	"tram06/fleet/store/sqlite"
	"tram06/fleet/transport"
	"tram06/fleet/web"
)

// Errors of Start.
var (
	ErrRunning = errors.New("a fleet server is already running with this state directory")
	// ErrOpen: the pages know no log-in yet, so nobody else may reach them.
	ErrOpen = errors.New("the web page has no log-in: it listens on loopback only")
)

// Options of Start.
type Options struct {
	State      string // directory; made if it is not there
	Web        string // host:port of pages and API, loopback, port 0 for any
	NATS       string // host:port for kiosks, port 0 for any
	NATSConfig string // a NATS configuration file instead of NATS
	// Hosts are further names under which the page may be asked for, such as a
	// proxy's; loopback names always may.
	Hosts []string
	Now   func() time.Time // the server's clock; time.Now if nil
	// Sweep paces judging and writing; one second if nil.
	Sweep <-chan time.Time
	Log   *slog.Logger
}

// Server is a running fleet server.
type Server struct {
	log      *slog.Logger
	lock     *os.File
	store    *sqlite.Store
	registry *registry.Registry
	broker   *transport.Broker
	http     *http.Server
	web      net.Addr
	stop     context.CancelFunc
	done     sync.WaitGroup
	failed   chan error
	once     sync.Once
	closed   error
}

// Start gives back when the server answers, or says why it cannot.
func Start(ctx context.Context, o Options) (_ *Server, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	host, _, err := net.SplitHostPort(o.Web)
	if err != nil {
		return nil, fmt.Errorf("web address: %w", err)
	}
	if !transport.Loopback(host) {
		return nil, fmt.Errorf("web address %s: %w", o.Web, ErrOpen)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &Server{log: o.Log, stop: stop, failed: make(chan error, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err = os.MkdirAll(o.State, 0o700); err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	if s.lock, err = lock(filepath.Join(o.State, "fleet.lock")); err != nil {
		return nil, err
	}
	if s.store, err = OpenStore(ctx, o.State); err != nil {
		return nil, err
	}
	if s.registry, err = registry.New(ctx, s.store, o.Now, o.Log); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", o.Web)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	s.web = l.Addr()
	if s.broker, err = transport.Start(transport.Options{ConfigFile: o.NATSConfig, Dir: o.State, Listen: o.NATS,
		Table: s.store, Status: s.registry.Report, Event: s.registry.Event, Log: o.Log}); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	handler, err := web.New(web.Options{Registry: s.registry, Transport: s.broker, Hosts: o.Hosts, Now: o.Now, Log: o.Log})
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s.http = &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug)}
	s.done.Go(func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("web: %w", err)
		}
	})
	s.done.Go(func() { s.sweep(ctx, o.Sweep) })
	return s, nil
}

// OpenStore opens the store of a state directory, beside a running server too.
func OpenStore(ctx context.Context, state string) (*sqlite.Store, error) {
	return sqlite.Open(ctx, filepath.Join(state, "fleet.db"))
}

// lock keeps a second server out. The kernel frees it however the process ends.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrRunning
		}
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return f, nil
}

// sweep judges and writes until ctx ends.
func (s *Server) sweep(ctx context.Context, tick <-chan time.Time) {
	if tick == nil {
		t := time.NewTicker(time.Second)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
		}
		if err := s.registry.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("sweep", "err", err) // the next one tries again
		}
		s.broker.Drop(s.registry.Keys())
	}
}

// WebURL is the page's address.
func (s *Server) WebURL() string { return "http://" + s.web.String() }

// NATSURL is where kiosks connect.
func (s *Server) NATSURL() string { return s.broker.URL() }

// Registry is what the server knows.
func (s *Server) Registry() *registry.Registry { return s.registry }

// Failed gives an error if the server cannot go on.
func (s *Server) Failed() <-chan error { return s.failed }

// Close stops everything, in the order in which nothing is lost: first the
// pages, then the kiosks' connections, then what they said is written.
func (s *Server) Close() error {
	s.once.Do(func() { s.closed = s.close() })
	return s.closed
}

func (s *Server) close() error {
	var errs []error
	s.stop() // ends event streams too
	if s.http != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.http.Shutdown(ctx); err != nil {
			errs = append(errs, err, s.http.Close())
		}
	}
	s.done.Wait()
	if s.broker != nil {
		s.broker.Close()
	}
	if s.registry != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		errs = append(errs, s.registry.Sweep(ctx))
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
