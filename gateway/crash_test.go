package gateway_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tram06/firmware/outbox"
	"tram06/firmware/submit"
	"tram06/gateway"
	"tram06/gateway/store"
	"tram06/gateway/store/sqlite"
)

// The crash tests run this very test binary again as a process of its own, and
// kill it. role says what it is to be.
const (
	roleVar = "TRAM06_TEST_ROLE"
	dirVar  = "TRAM06_TEST_DIR"
	urlVar  = "TRAM06_TEST_URL"
	planVar = "TRAM06_TEST_PLAN"
)

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(roleVar) {
	case "":
		os.Exit(m.Run())
	case "kiosk":
		err = beKiosk(os.Getenv(dirVar), os.Getenv(urlVar), os.Getenv(planVar))
	case "gateway":
		err = beGateway(os.Getenv(dirVar), os.Getenv(urlVar), os.Getenv(planVar))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// process is one helper; lines are what it says on standard output.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	lines <-chan string // closed when it has died
}

func spawn(t *testing.T, role, dir, url, plan string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), roleVar+"="+role, dirVar+"="+dir, urlVar+"="+url, planVar+"="+plan)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for sc := bufio.NewScanner(out); sc.Scan(); {
			lines <- sc.Text()
		}
	}()
	p := &process{cmd: cmd, stdin: in, lines: lines}
	t.Cleanup(p.kill)
	return p
}

// kill is what a power cut does to a process.
func (p *process) kill() { _ = p.cmd.Process.Kill() }

// ended reads on until the process is gone.
func (p *process) ended(each func(string)) error {
	for l := range p.lines {
		each(l)
	}
	return p.cmd.Wait()
}

// beKiosk hands in as many dossiers as the plan says, and tells of each when
// its row is durable. It delivers until nothing waits, and goes when its
// standard input ends.
func beKiosk(dir, url, plan string) error {
	n, err := strconv.Atoi(plan)
	if err != nil {
		return err
	}
	w := &world{t: &testing.T{}, dir: dir}
	w.loadKeys()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	box, err := outbox.Open(ctx, filepath.Join(dir, "outbox.db"), w.outboxOptions())
	if err != nil {
		return err
	}
	defer box.Close()
	c, err := submit.NewClient(url, w.dev.TLS, 0)
	if err != nil {
		return err
	}
	settled := make(chan struct{}, 1000)
	loop := make(chan error, 1)
	go func() {
		loop <- submit.Run(ctx, submit.Options{Outbox: box, Client: c, Now: w.outboxOptions().Now, Rand: seeded(7),
			Log: slog.New(slog.DiscardHandler),
			Notify: func(r submit.Result) {
				if a, ok := r.(submit.Accepted); ok {
					fmt.Println("accepted", a.ID)
				}
				settled <- struct{}{}
			}})
	}()
	for range n {
		e, err := box.Create(ctx, w.draft())
		if err != nil {
			return err
		}
		fmt.Println("created", e.ID, e.Number)
	}
	for {
		s, err := box.Stats(ctx)
		if err != nil {
			return err
		}
		if s.Depth == 0 {
			break
		}
		<-settled
	}
	fmt.Println("drained")
	_, _ = io.Copy(io.Discard, os.Stdin)
	cancel()
	return <-loop
}

// A kiosk is killed at all sorts of moments and started again on the same
// files. Whatever it had acknowledged arrives, and everything arrives once.
func TestKioskKilledAtAnyMoment(t *testing.T) {
	const rounds = 20
	w := newWorld(t)
	real := w.handler(w.store)
	var mu sync.Mutex
	var victim *process
	var fatal string // the moment at which the gateway's side kills
	var after int    // so many requests on
	strike := func(moment string) {
		mu.Lock()
		defer mu.Unlock()
		if victim != nil && moment == fatal {
			if after--; after <= 0 {
				victim.kill()
			}
		}
	}
	url := w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		strike("arrived")
		d := newDeaf()
		real.ServeHTTP(d, r)
		strike("stored")
		for k, v := range d.h {
			rw.Header()[k] = v
		}
		rw.WriteHeader(d.status)
		_, _ = rw.Write(d.body)
	}))
	acknowledged := map[string]string{} // id -> receipt number
	accepted := map[string]bool{}
	note := func(line string) {
		f := strings.Fields(line)
		switch f[0] {
		case "created":
			acknowledged[f[1]] = f[2]
		case "accepted":
			accepted[f[1]] = true
		}
	}
	killed := 0
	for round := range rounds {
		dice := seeded(uint64(round))
		moment := []string{"created", "accepted", "arrived", "stored"}[dice.IntN(4)]
		count := 1 + dice.IntN(6)
		mu.Lock()
		victim, fatal, after = nil, moment, count
		p := spawn(t, "kiosk", w.dir, url, "8")
		victim = p
		mu.Unlock()
		err := p.ended(func(line string) {
			note(line)
			if strings.HasPrefix(line, moment) {
				if count--; count == 0 {
					p.kill()
				}
			}
			if line == "drained" { // the moment never came
				p.kill()
			}
		})
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("round %d: the kiosk ended by itself: %v", round, err)
		}
		killed++
	}
	mu.Lock()
	victim = nil
	mu.Unlock()
	p := spawn(t, "kiosk", w.dir, url, "1")
	if err := p.ended(func(line string) {
		note(line)
		if line == "drained" {
			p.stdin.Close()
		}
	}); err != nil {
		t.Fatalf("last run: %v", err)
	}

	list, err := w.store.List(t.Context(), 10000)
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]store.Record{}
	numbers := map[string]bool{}
	for _, r := range list {
		if numbers[r.KioskNumber] {
			t.Errorf("receipt number %s came twice", r.KioskNumber)
		}
		at[r.ID], numbers[r.KioskNumber] = r, true
	}
	for id, number := range acknowledged {
		if at[id].KioskNumber != number {
			t.Errorf("dossier %s (%s) was acknowledged and did not arrive", id, number)
		}
	}
	box := w.outbox(filepath.Join(w.dir, "outbox.db"))
	for id, r := range at {
		rec, err := box.Lookup(t.Context(), id)
		if err != nil || rec.State != outbox.Accepted || rec.HasBody || rec.GatewayNumber != r.Number {
			t.Errorf("outbox says of %s: %+v (%v)", id, rec, err)
		}
	}
	for id := range accepted {
		if _, ok := at[id]; !ok {
			t.Errorf("dossier %s was said to be accepted and is not at the gateway", id)
		}
	}
	s, err := box.Stats(t.Context())
	if err != nil || s.Depth != 0 || s.Accepted != len(at) {
		t.Errorf("outbox %+v (%v), gateway has %d", s, err, len(at))
	}
	t.Logf("%d kills, %d dossiers acknowledged, %d delivered", killed, len(acknowledged), len(at))
}

// suicidal stores end the process at a Put: before it, or when it is durable
// and nobody was told.
type suicidal struct {
	store.Store
	before bool
	left   int
}

func (s *suicidal) Put(ctx context.Context, r store.Record) (store.Record, bool, error) {
	s.left--
	if s.before && s.left == 0 {
		die()
	}
	rec, created, err := s.Store.Put(ctx, r)
	if s.left == 0 {
		die()
	}
	return rec, created, err
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // until it takes effect
}

// beGateway serves at addr and dies as planned: "before 3", "after 1", "never 0".
func beGateway(dir, addr, plan string) error {
	w := &world{t: &testing.T{}, dir: dir, logs: &logBuffer{}}
	w.loadKeys()
	st, err := sqlite.Open(context.Background(), filepath.Join(dir, "gateway.db"), sqlite.Options{Office: "H00.00"})
	if err != nil {
		return err
	}
	defer st.Close()
	when, n, _ := strings.Cut(plan, " ")
	left, err := strconv.Atoi(n)
	if err != nil {
		return err
	}
	conf, err := gateway.TLSConfig(w.files.GatewayCert, w.files.GatewayKey, w.files.CA)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	fmt.Println("ready")
	return gateway.Serve(ctx, ln, conf, w.handler(&suicidal{Store: st, before: when == "before", left: left}), slog.New(slog.DiscardHandler))
}

// A gateway is killed before and after it has stored, again and again. The
// kiosk goes on, and every dossier is stored once, under one number.
func TestGatewayKilledBetweenStoreAndAnswer(t *testing.T) {
	w := newWorld(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	box := w.outbox(filepath.Join(w.dir, "outbox.db"))
	restored := make(chan struct{})
	results := w.run(box, w.client("https://"+addr, 10*time.Second), restored)
	ids := map[string]bool{}
	for range 12 {
		e, err := box.Create(t.Context(), w.draft())
		if err != nil {
			t.Fatal(err)
		}
		ids[e.ID] = true
	}
	told := map[string]string{}
	hear := func(r submit.Result) {
		switch r := r.(type) {
		case submit.Accepted:
			told[r.ID] = r.Number
		case submit.Refused:
			t.Errorf("refused: %+v", r)
		}
	}
	for _, plan := range []string{"after 1", "before 1", "after 2", "before 2", "after 1", "after 3"} {
		p := spawn(t, "gateway", w.dir, addr, plan)
		if l := <-p.lines; l != "ready" {
			t.Fatalf("gateway said %q", l)
		}
		dead := make(chan error, 1)
		go func() { dead <- p.ended(func(string) {}) }()
		for alive := true; alive; {
			select {
			case restored <- struct{}{}:
			case r := <-results:
				hear(r)
			case err := <-dead:
				var exit *exec.ExitError
				if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
					t.Fatalf("%s: the gateway ended by itself: %v", plan, err)
				}
				alive = false
			}
		}
	}
	p := spawn(t, "gateway", w.dir, addr, "never 0")
	if l := <-p.lines; l != "ready" {
		t.Fatalf("gateway said %q", l)
	}
	for len(told) < len(ids) {
		select {
		case restored <- struct{}{}:
		case r := <-results:
			hear(r)
		}
	}
	p.stdin.Close()
	if err := p.ended(func(string) {}); err != nil {
		t.Errorf("gateway's clean end: %v", err)
	}
	list, err := w.store.List(t.Context(), 100)
	if err != nil || len(list) != len(ids) {
		t.Fatalf("gateway has %d (%v), want %d", len(list), err, len(ids))
	}
	for _, r := range list {
		if told[r.ID] != r.Number {
			t.Errorf("kiosk was told %q of %s, stored is %q", told[r.ID], r.ID, r.Number)
		}
	}
}
