// Package agent tells the fleet how this kiosk is, and answers its commands.
//
// Run connects, reports at each interval and at once when something changed,
// and starts over for ever when the connection breaks. It is made to be
// forgotten: it holds no lock of the kiosk's, waits for nobody, buffers nothing
// while the fleet is away, and the kiosk serves citizens just the same without
// it. The messages are those of package fleet/wire, which cannot carry personal
// data. Report collects what a status says.
package agent

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"time"

	"github.com/nats-io/nats.go"

	"tram06/fleet/wire"
)

// Errors of Run: mistakes in the options, never of the network.
var (
	ErrURL   = errors.New("fleet url must be tls://host:port, or nats://host:port on this machine")
	ErrSetup = errors.New("agent: incomplete options")
)

// Options of Run.
type Options struct {
	// URL of the fleet: tls://host:port, or nats://host:port on loopback.
	URL         string
	Credentials wire.Credentials
	// TLS holds the fleet's authority, for tls:// URLs.
	TLS *tls.Config
	// Status is asked for each report. It must not block. The agent fills in
	// V, ID, SentAt and IntervalMS.
	Status func() wire.Status
	// Changed asks for a report now; nil if nothing ever does.
	Changed <-chan struct{}
	// Interval between reports; 30 s if zero.
	Interval time.Duration
	// Retry bounds the waits between attempts; 1 s and 60 s if zero.
	Retry Backoff
	// Examine examines the kiosk, within some ten seconds; nil if it cannot. It
	// is called beside reports and pings, one at a time.
	Examine func(ctx context.Context) []wire.Finding
	// Link is told when the fleet was reached and when it was lost; may be nil.
	Link func(up bool)
	Now  func() time.Time // the kiosk's clock; time.Now if nil
	Log  *slog.Logger
}

const (
	connectTimeout = 5 * time.Second
	flushTimeout   = 5 * time.Second
	byeTimeout     = time.Second
	// gap parts two reports: a device that flaps does not flood the fleet.
	gap = 250 * time.Millisecond
)

// Run reports until ctx ends, then says goodbye. Its error is a mistake in the
// options or nil; the network never ends it.
func Run(ctx context.Context, o Options) error {
	if err := o.fill(); err != nil {
		return err
	}
	a := &agent{Options: o, began: o.Now(), examining: make(chan struct{}, 1)}
	// A site's name that no status may carry is a mistake to hear of now, not
	// in a log line a minute.
	if err := a.compose().Check(); err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	tries := 0
	for ctx.Err() == nil {
		err := a.once(ctx, &tries)
		if ctx.Err() != nil {
			break
		}
		wait := o.Retry.Wait(tries)
		tries++
		a.say(err, wait)
		if !pause(ctx, nil, wait) {
			break
		}
	}
	return nil
}

// address checks the fleet's address.
func (o *Options) address() error {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Port() == "" || u.User != nil {
		return ErrURL
	}
	switch {
	case u.Scheme == "tls":
	case u.Scheme == "nats" && loopback(u.Hostname()):
	default:
		return fmt.Errorf("%s://%s: %w", u.Scheme, u.Host, ErrURL)
	}
	return nil
}

func (o *Options) fill() error {
	if err := o.address(); err != nil {
		return err
	}
	if o.Status == nil || o.Log == nil {
		return ErrSetup
	}
	if _, err := o.Credentials.Public(); err != nil {
		return err
	}
	if o.Interval == 0 {
		o.Interval = 30 * time.Second
	}
	if o.Interval < wire.MinInterval || o.Interval > wire.MaxInterval {
		return fmt.Errorf("interval %v, want %v to %v: %w", o.Interval, wire.MinInterval, wire.MaxInterval, ErrSetup)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Link == nil {
		o.Link = func(bool) {}
	}
	if o.Retry.Rand == nil {
		o.Retry.Rand = rand.Float64
	}
	return nil
}

// agent is the state of one Run.
type agent struct {
	Options
	began time.Time
	down  string // the error that was logged last, to log each only once
	// examining holds one value while an examination is under way.
	examining chan struct{}
}

// say logs a lost or missing connection: once as a warning, repetitions as debugging.
func (a *agent) say(err error, wait time.Duration) {
	level := slog.LevelWarn
	if err.Error() == a.down {
		level = slog.LevelDebug
	}
	a.down = err.Error()
	a.Log.Log(context.Background(), level, "fleet not reached", "err", err, "retry_in", wait)
}

// once connects and reports until the connection or ctx ends.
func (a *agent) once(ctx context.Context, tries *int) error {
	public, err := a.Credentials.Public()
	if err != nil {
		return err
	}
	closed := make(chan struct{})
	dial := &dialer{ctx: ctx, stop: func() bool { return true }}
	opts := []nats.Option{
		nats.Name(a.Credentials.Kiosk),
		nats.Nkey(public, a.Credentials.Sign),
		nats.NoReconnect(), // this package's own loop does that, with jitter
		nats.Timeout(connectTimeout),
		nats.PingInterval(20 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.SetCustomDialer(dial),
		nats.ClosedHandler(func(*nats.Conn) { close(closed) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			a.Log.Warn("fleet connection", "err", err)
		}),
	}
	if a.TLS != nil {
		opts = append(opts, nats.Secure(a.TLS))
	}
	nc, err := nats.Connect(a.URL, opts...)
	dial.stop()
	if err != nil {
		return err
	}
	defer func() {
		nc.Close()
		<-closed
	}()
	// An examination ends with the connection that asked for it.
	asked, ended := context.WithCancel(ctx)
	defer func() {
		ended()
		a.examining <- struct{}{} // once none is under way
		<-a.examining
	}()
	sub, err := nc.Subscribe(wire.CommandSubject(a.Credentials.Kiosk), func(m *nats.Msg) { a.command(asked, m) })
	if err != nil {
		return err
	}
	defer func() { _ = sub.Unsubscribe() }() // the connection ends anyway

	err = a.report(ctx, nc, closed, tries)
	if ctx.Err() != nil {
		a.bye(nc)
	}
	return err
}

// report sends statuses until the connection or ctx ends.
func (a *agent) report(ctx context.Context, nc *nats.Conn, closed <-chan struct{}, tries *int) error {
	up := false
	beat := time.NewTicker(a.Interval)
	defer beat.Stop()
	for {
		if err := a.send(ctx, nc); err != nil {
			return err
		}
		if !up {
			// Only an answered flush proves that the fleet took us in.
			up, *tries, a.down = true, 0, ""
			a.Log.Info("fleet reached")
			a.Link(true)
			defer a.Link(false)
		}
		if !pause(ctx, closed, min(gap, a.Interval)) {
			return lost(ctx, nc)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-closed:
			return lost(ctx, nc)
		case <-beat.C:
		case <-a.Changed:
			beat.Reset(a.Interval)
		}
	}
}

// compose makes a status of what the kiosk knows and what the agent does.
func (a *agent) compose() wire.Status {
	s := a.Status()
	s.V, s.ID, s.IntervalMS = wire.Version, a.Credentials.Kiosk, a.Interval.Milliseconds()
	s.SentAt = a.Now()
	if s.StartedAt.IsZero() {
		s.StartedAt = a.began
	}
	s.UptimeMS = max(0, s.SentAt.Sub(s.StartedAt).Milliseconds())
	if s.Devices == nil {
		s.Devices = []wire.Device{}
	}
	return s
}

// send publishes one status and waits until the server has it.
func (a *agent) send(ctx context.Context, nc *nats.Conn) error {
	s := a.compose()
	// Checked here too: a mistake belongs into this kiosk's log.
	if err := s.Check(); err != nil {
		return err
	}
	body, err := wire.Encode(s)
	if err != nil {
		return err
	}
	if err := nc.Publish(wire.StatusSubject(s.ID), body); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	return nc.FlushWithContext(ctx)
}

// bye says that silence will follow. It has a second: the kiosk is stopping.
func (a *agent) bye(nc *nats.Conn) {
	body, err := wire.Encode(wire.Event{V: wire.Version, ID: a.Credentials.Kiosk, Kind: wire.Bye, SentAt: a.Now()})
	if err == nil {
		if err = nc.Publish(wire.EventSubject(a.Credentials.Kiosk), body); err == nil {
			err = nc.FlushTimeout(byeTimeout)
		}
	}
	if err != nil {
		a.Log.Debug("goodbye to the fleet", "err", err)
	}
}

// lost says why the connection ended.
func lost(ctx context.Context, nc *nats.Conn) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := nc.LastError(); err != nil {
		return err
	}
	return nats.ErrConnectionClosed
}

// dialer gives up when ctx ends, until stop is called: a kiosk that stops does
// not wait for a fleet that does not answer, but may still say goodbye to one
// that does.
type dialer struct {
	ctx  context.Context
	stop func() bool
}

func (d *dialer) Dial(network, address string) (net.Conn, error) {
	nd := net.Dialer{Timeout: connectTimeout}
	c, err := nd.DialContext(d.ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.stop = context.AfterFunc(d.ctx, func() { _ = c.Close() }) // it fails what waits on it, which is all that is wanted
	return c, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// pause waits, and says false if ctx or stop ended first.
func pause(ctx context.Context, stop <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
	case <-stop:
	}
	return false
}
