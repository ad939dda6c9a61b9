package agent_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"tram06/firmware/agent"
	"tram06/fleet"
	"tram06/fleet/api"
	"tram06/fleet/registry"
	"tram06/fleet/wire"
	"tram06/hal"
)

// server is a whole fleet server on free ports of this machine.
type server struct {
	*testing.T
	*fleet.Server
	state     string
	web, nats string
	sweep     chan time.Time
}

func newServer(t *testing.T) *server {
	s := &server{T: t, state: t.TempDir(), web: "127.0.0.1:0", nats: "127.0.0.1:0"}
	s.start()
	return s
}

// start starts it, the second time on the same ports.
func (s *server) start() {
	s.Helper()
	s.sweep = make(chan time.Time)
	srv, err := fleet.Start(s.Context(), fleet.Options{State: s.state, Web: s.web, NATS: s.nats, Sweep: s.sweep, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		s.Fatal(err)
	}
	s.Server = srv
	s.web, s.nats = srv.WebURL()[len("http://"):], srv.NATSURL()[len("nats://"):]
	s.Cleanup(func() {
		if err := srv.Close(); err != nil {
			s.Error(err)
		}
	})
}

func (s *server) enrol(id string) wire.Credentials {
	s.Helper()
	st, err := fleet.OpenStore(s.Context(), s.state)
	if err != nil {
		s.Fatal(err)
	}
	defer st.Close()
	c, err := fleet.Enrol(s.Context(), st, id, true, time.Now())
	if err != nil {
		s.Fatal(err)
	}
	s.tick()
	return c
}

// tick makes the server look at its tables, and returns when it has begun to
// look once more, so that the first look is over.
func (s *server) tick() {
	s.sweep <- time.Time{}
	s.sweep <- time.Time{}
}

// await waits until a kiosk is as told.
func (s *server) await(id, what string, ok func(registry.Kiosk) bool) registry.Kiosk {
	s.Helper()
	changed, stop := s.Registry().Watch()
	defer stop()
	for {
		if k, err := s.Registry().Kiosk(id); err == nil && ok(k) {
			return k
		}
		select {
		case <-changed:
		case <-s.Context().Done():
			s.Fatalf("%s never was %s", id, what)
		}
	}
}

func online(k registry.Kiosk) bool { return k.Presence == registry.Online }

// kiosk is a running agent.
type kiosk struct {
	report *agent.Report
	link   chan bool
	stop   context.CancelFunc
	ended  chan error
}

// options are those of a kiosk with an empty report that starts over quickly.
func options(t *testing.T, url string, c wire.Credentials) agent.Options {
	r := agent.NewReport(agent.Identity{Site: "Trạm y tế phường Mẫu", Board: "rpi4", Version: "v0.1.0"}, time.Now)
	return agent.Options{URL: url, Credentials: c, Status: r.Status, Changed: r.Changed(), Interval: time.Hour,
		Retry: agent.Backoff{Base: time.Millisecond, Cap: 8 * time.Millisecond}, Log: slog.New(slog.DiscardHandler)}
}

func start(t *testing.T, o agent.Options) *kiosk {
	ctx, stop := context.WithCancel(t.Context())
	k := &kiosk{link: make(chan bool, 16), stop: stop, ended: make(chan error, 1)}
	o.Link = func(up bool) { k.link <- up }
	go func() { k.ended <- agent.Run(ctx, o) }()
	t.Cleanup(stop)
	return k
}

func run(t *testing.T, url string, c wire.Credentials) *kiosk {
	o := options(t, url, c)
	r := agent.NewReport(agent.Identity{Site: "Trạm y tế phường Mẫu", Board: "rpi4", Version: "v0.1.0"}, time.Now)
	o.Status, o.Changed = r.Status, r.Changed()
	k := start(t, o)
	k.report = r
	return k
}

// collector is a log that hands on each error it is told.
type collector struct{ to chan<- string }

func (collector) Enabled(context.Context, slog.Level) bool { return true }
func (c collector) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "err" {
			select {
			case c.to <- a.Value.String():
			default:
			}
		}
		return true
	})
	return nil
}
func (c collector) WithAttrs([]slog.Attr) slog.Handler { return c }
func (c collector) WithGroup(string) slog.Handler      { return c }

func TestReportsAtOnceAndOnChange(t *testing.T) {
	s := newServer(t)
	k := run(t, s.NATSURL(), s.enrol("SM06"))
	got := s.await("SM06", "online", online)
	if got.Status.Version != "v0.1.0" || got.Status.IntervalMS != time.Hour.Milliseconds() || len(got.Status.Devices) != 0 {
		t.Errorf("first status: %+v", got.Status)
	}
	if up := <-k.link; !up {
		t.Error("the kiosk was not told that the fleet is there")
	}
	// The interval is an hour: only a change can bring this about.
	k.report.Device("printer", hal.Health{State: hal.Fault, Key: hal.KeyPaperOut, Since: time.Now()})
	s.await("SM06", "out of paper", func(k registry.Kiosk) bool { return len(k.Status.Devices) == 1 && k.Status.Devices[0].Code == "IN-202" })
	k.report.SessionEnded("accepted", time.Now(), time.Now())
	s.await("SM06", "visited", func(k registry.Kiosk) bool { return k.Status.SessionsToday == 1 })

	k.stop()
	if err := <-k.ended; err != nil {
		t.Errorf("Run = %v", err)
	}
	s.await("SM06", "switched off", func(k registry.Kiosk) bool { return k.Bye && k.Presence == registry.Offline })
	if up := <-k.link; up {
		t.Error("the kiosk was not told that the connection ended")
	}
}

func TestAnswersPing(t *testing.T) {
	s := newServer(t)
	run(t, s.NATSURL(), s.enrol("SM06"))
	s.await("SM06", "online", online)
	client := apiClient(t, s)
	p, err := client.Ping(t.Context(), "SM06")
	if err != nil || p.ID != "SM06" || p.TookMS <= 0 {
		t.Errorf("ping: %+v, %v", p, err)
	}
}

// The fleet has a kiosk examine itself. Meanwhile it answers pings, and is not
// examined a second time; what may not travel stays.
func TestExaminesItself(t *testing.T) {
	s := newServer(t)
	o := options(t, s.NATSURL(), s.enrol("SM06"))
	begun, goOn := make(chan struct{}), make(chan struct{})
	many := make([]wire.Finding, 2*wire.MaxFindings)
	for i := range many {
		many[i] = wire.Finding{Part: "trust", Name: "CSCA của tỉnh.cer", State: "warn", Code: "MAY-656"}
	}
	many[0] = wire.Finding{Part: "gateway", Name: "tls", State: "error", Code: "MANG-307"}
	many[1] = wire.Finding{Part: "Nguyễn Văn Mẫu", State: "ok"}
	o.Examine = func(context.Context) []wire.Finding {
		begun <- struct{}{}
		<-goOn
		return many
	}
	k := start(t, o)
	<-k.link
	client := apiClient(t, s)
	type outcome struct {
		api.Examination
		err error
	}
	got := make(chan outcome, 1)
	go func() {
		e, err := client.Examine(t.Context(), "SM06")
		got <- outcome{e, err}
	}()
	<-begun
	if _, err := client.Ping(t.Context(), "SM06"); err != nil {
		t.Errorf("ping meanwhile: %v", err)
	}
	if _, err := client.Examine(t.Context(), "SM06"); !errors.Is(err, api.ErrBusy) {
		t.Errorf("a second one: %v", err)
	}
	close(goOn)
	e := <-got
	if e.err != nil || e.ID != "SM06" || e.Worst != "error" || len(e.Findings) != wire.MaxFindings ||
		e.Findings[0] != many[0] || e.Findings[1] != (wire.Finding{Part: "trust", State: "warn", Code: "MAY-656"}) {
		t.Errorf("%+v", e)
	}
	// It is over: the next one is let in.
	go func() { <-begun }()
	_, err := client.Examine(t.Context(), "SM06")
	for errors.Is(err, api.ErrBusy) { // its answer comes just before its end
		_, err = client.Examine(t.Context(), "SM06")
	}
	if err != nil {
		t.Errorf("the next one: %v", err)
	}
}

// An examination that is under way keeps no kiosk from stopping.
func TestStopsWhileExaminingItself(t *testing.T) {
	s := newServer(t)
	o := options(t, s.NATSURL(), s.enrol("SM06"))
	begun := make(chan struct{})
	o.Examine = func(ctx context.Context) []wire.Finding { close(begun); <-ctx.Done(); return nil }
	k := start(t, o)
	<-k.link
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{})
	go func() { defer close(asked); _, _ = apiClient(t, s).Examine(ctx, "SM06") }() // nobody answers
	<-begun
	k.stop()
	if err := <-k.ended; err != nil {
		t.Errorf("Run = %v", err)
	}
	cancel()
	<-asked
}

func TestCannotExamineItself(t *testing.T) {
	s := newServer(t)
	k := run(t, s.NATSURL(), s.enrol("SM06"))
	<-k.link
	if _, err := apiClient(t, s).Examine(t.Context(), "SM06"); !errors.Is(err, api.ErrUnable) {
		t.Errorf("a kiosk that cannot: %v", err)
	}
}

// TestFleetRestarts: the server goes away and comes back on its port; the
// kiosk finds it, and what it knew before is still known.
func TestFleetRestarts(t *testing.T) {
	s := newServer(t)
	k := run(t, s.NATSURL(), s.enrol("SM06"))
	s.await("SM06", "online", online)
	<-k.link
	for round := 1; round <= 3; round++ {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if up := <-k.link; up {
			t.Fatal("up while the fleet is down")
		}
		// What happens meanwhile is told afterwards.
		k.report.SessionEnded("kept", time.Now(), time.Now())
		s.start()
		s.await("SM06", "back", func(k registry.Kiosk) bool { return online(k) && k.Status.SessionsToday == round })
		if up := <-k.link; !up {
			t.Fatal("down though the fleet is back")
		}
	}
}

// TestRevokedAndRenewed: a withdrawn key ends the connection and keeps the
// kiosk out; it goes on trying, and is in again once the key is let in.
func TestRevokedAndRenewed(t *testing.T) {
	s := newServer(t)
	c := s.enrol("SM06")
	k := run(t, s.NATSURL(), c)
	s.await("SM06", "online", online)
	<-k.link
	st, err := fleet.OpenStore(t.Context(), s.state)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if err := fleet.Revoke(t.Context(), st, "SM06", time.Now()); err != nil {
		t.Fatal(err)
	}
	s.tick()
	if up := <-k.link; up {
		t.Error("a revoked kiosk is still connected")
	}
	public, err := c.Public()
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Renew(t.Context(), "SM06", public); err != nil {
		t.Fatal(err)
	}
	s.tick()
	if up := <-k.link; !up {
		t.Error("the renewed kiosk is not connected")
	}
	s.await("SM06", "online again", online)
}

// TestStopsWhileNobodyAnswers: a fleet that takes connections and says nothing
// does not keep a kiosk from stopping.
func TestStopsWhileNobodyAnswers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, _, err := wire.NewCredentials("SM06")
	if err != nil {
		t.Fatal(err)
	}
	k := run(t, "nats://"+l.Addr().String(), c)
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	k.stop()
	if err := <-k.ended; err != nil {
		t.Errorf("Run = %v", err)
	}
}

func TestRunRefusesOptions(t *testing.T) {
	c, _, err := wire.NewCredentials("SM06")
	if err != nil {
		t.Fatal(err)
	}
	good := agent.Options{URL: "nats://127.0.0.1:1", Credentials: c, Log: slog.New(slog.DiscardHandler),
		Status: func() wire.Status { return wire.Status{Site: "A", Board: "rpi4", Version: "v1"} }}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := agent.Run(ended, good); err != nil {
		t.Fatalf("the good options: %v", err)
	}
	for name, x := range map[string]struct {
		change func(*agent.Options)
		want   error
	}{
		"no url":                {func(o *agent.Options) { o.URL = "" }, agent.ErrURL},
		"no port":               {func(o *agent.Options) { o.URL = "tls://fleet.example" }, agent.ErrURL},
		"plain to another host": {func(o *agent.Options) { o.URL = "nats://fleet.example:4222" }, agent.ErrURL},
		"password in the url":   {func(o *agent.Options) { o.URL = "tls://a:b@fleet.example:4222" }, agent.ErrURL},
		"another scheme":        {func(o *agent.Options) { o.URL = "http://127.0.0.1:80" }, agent.ErrURL},
		"no status":             {func(o *agent.Options) { o.Status = nil }, agent.ErrSetup},
		"too eager":             {func(o *agent.Options) { o.Interval = time.Nanosecond }, agent.ErrSetup},
		"no credentials":        {func(o *agent.Options) { o.Credentials = wire.Credentials{} }, wire.ErrValue},
		"site that may not leave": {func(o *agent.Options) {
			o.Status = func() wire.Status { return wire.Status{Site: "001090000638", Board: "a", Version: "b"} }
		}, wire.ErrValue},
	} {
		o := good
		x.change(&o)
		if err := agent.Run(ended, o); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", name, err, x.want)
		}
	}
}

func apiClient(t *testing.T, s *server) *api.Client {
	c, err := api.NewClient(s.WebURL(), http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
