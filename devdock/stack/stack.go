// Package stack runs the whole product on one machine: a smart-card daemon
// with a virtual reader, the gateway, the fleet and the kiosk as the processes
// that they are at a site, and around them the simulated world and portal. "make run",
// "make demo" and the end-to-end tests all use it.
//
// Everything listens on the loopback, except the virtual reader, whose driver
// knows no other way than all addresses. Nothing outlives Stop, nor the death
// of the process that started it.
package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"tram06/devdock/devpki"
	"tram06/devdock/faultproxy"
	"tram06/devdock/pcscd"
	"tram06/devdock/portal"
	"tram06/devdock/world"
)

// Kiosk is the id of the one kiosk of a stack.
const Kiosk = "SM06"

// Options of a stack.
type Options struct {
	Dir     string // state, kept from run to run
	Bin     string // where the programs are
	Kiosk   string // file name of the kiosk program in Bin; "kiosk"
	Listen  string // of the page; "127.0.0.1:0"
	Window  bool   // the kiosk has a window of its own
	Blind   bool   // the page does not show the screen, which costs a picture of each frame
	Overlay string // further board file, for real devices
	Air     int    // kbit/s at which cards answer; 0 for at once
	Site    string // lines to add to site.yaml
	// PaperSpeed of the printer in millimetres a second; 0 prints in no time.
	PaperSpeed int
	Keep       bool // start programs again that end
	// Interval of the kiosk's reports to the fleet; 5 s.
	Interval time.Duration
	// Say gets one line whenever something of interest to a person happens.
	Say func(format string, args ...any)
}

// Stack is the running product.
type Stack struct {
	World   *world.World
	URL     string // of the page
	Fleet   string // of the fleet's page
	Proxy   *faultproxy.Proxy
	Portal  *portal.Portal // behind the gateway
	PKI     devpki.Files
	Panel   string // socket of the kiosk's panel
	Gateway *Proc
	KioskP  *Proc
	FleetP  *Proc

	o       Options
	ln      net.Listener
	nats    string // the fleet's broker
	reader  *pcscd.Daemon
	short   string // folder with a short path
	run     context.Context
	cancel  context.CancelFunc
	closers []func() error // in the order of starting
}

// ErrRunning: another stack uses the same folder.
var ErrRunning = errors.New("already running")

// Start starts everything, and returns when the kiosk shows its first screen
// or, with a window, has started.
func Start(ctx context.Context, o Options) (s *Stack, err error) {
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	if o.Kiosk == "" {
		o.Kiosk = "kiosk"
	}
	if o.Interval == 0 {
		o.Interval = 5 * time.Second
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(o.Dir, "logs"), 0o700); err != nil {
		return nil, err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s = &Stack{o: o, cancel: cancel}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
			s = nil
		}
	}()
	ctx, done := context.WithTimeout(ctx, 60*time.Second)
	defer done()
	for _, step := range []func(ctx, run context.Context) error{
		s.lock, s.takePort, s.startReader, s.startPortal, s.startGateway, s.startFleet, s.startWorld, s.startKiosk,
	} {
		if err := step(ctx, run); err != nil {
			return s, err
		}
	}
	return s, nil
}

// Stop ends everything, the last started first, and waits for it.
func (s *Stack) Stop() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	s.closers = nil
	s.cancel()
	return errors.Join(errs...)
}

func (s *Stack) later(f func() error) { s.closers = append(s.closers, f) }

func (s *Stack) path(name string) string { return filepath.Join(s.o.Dir, name) }

// lock keeps a second stack out of the folder and tells where the first is.
func (s *Stack) lock(context.Context, context.Context) error {
	f, err := os.OpenFile(s.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		where, _ := os.ReadFile(s.path("address"))
		return fmt.Errorf("%w: %s", ErrRunning, strings.TrimSpace(string(where)))
	}
	s.later(f.Close)
	return nil
}

// takePort takes the page's port first: if somebody has it, nothing else needs
// to start. Whoever asks before there is an answer waits.
func (s *Stack) takePort(context.Context, context.Context) error {
	host, port, err := net.SplitHostPort(s.o.Listen)
	if err != nil {
		return fmt.Errorf("the dock's page: %w", err)
	}
	if host == "localhost" { // whatever a resolver makes of it, if it knows it at all
		host = "127.0.0.1"
	}
	if !net.ParseIP(host).IsLoopback() {
		// Whoever reaches the page steers the simulated world.
		return fmt.Errorf("the dock's page: %q is not on the loopback (127.0.0.1, ::1 or localhost)", s.o.Listen)
	}
	ln, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("the dock's page: %w (another program has the port; --listen 127.0.0.1:0 takes a free one)", err)
	}
	if err != nil {
		return fmt.Errorf("the dock's page: %w", err)
	}
	s.ln = ln
	s.URL = "http://" + ln.Addr().String()
	s.later(func() error {
		os.Remove(s.path("address"))
		return ignoreClosed(ln.Close())
	})
	return os.WriteFile(s.path("address"), []byte(s.URL+"\n"), 0o600)
}

func (s *Stack) startReader(ctx, run context.Context) error {
	// The socket's path must be short, whatever the folder's is.
	dir, err := os.MkdirTemp("", "tram06-")
	if err != nil {
		return err
	}
	s.later(func() error { return os.RemoveAll(dir) })
	d, err := pcscd.Start(run, dir)
	if err != nil {
		return err
	}
	s.later(func() error { s.reader.Stop(); return nil })
	s.reader, s.short, s.run = d, dir, run
	s.Panel = filepath.Join(dir, "panel")
	return nil
}

// UnplugReader takes the card reader away, daemon and all, from under whatever
// goes on.
func (s *Stack) UnplugReader() { s.reader.Stop() }

// PlugReader brings it back.
func (s *Stack) PlugReader() error {
	d, err := pcscd.Start(s.run, s.short)
	if err != nil {
		return err
	}
	s.reader = d
	s.World.SetReader(d.Addr)
	return nil
}

func (s *Stack) proc(name, program string, args ...string) *Proc {
	p := &Proc{name: name, path: filepath.Join(s.o.Bin, program), args: args, log: logPath(s.o.Dir, name), keep: s.o.Keep, say: s.o.Say}
	s.later(p.Stop)
	return p
}

// ignoreClosed drops the error that says that something was closed before.
func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
