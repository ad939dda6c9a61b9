package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tram06/firmware/agent"
	"tram06/fleet/wire"
	"tram06/hal"
)

// TestMain makes two programs of the test binary: the real fleet, and a kiosk
// that consists of the real agent alone.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"fleet": main, "kiosk-agent": kioskAgent})
}

// kioskAgent reports until a signal ends it.
func kioskAgent() {
	url := flag.String("url", "", "fleet")
	file := flag.String("credentials", "", "file")
	interval := flag.Duration("interval", time.Hour, "of reports")
	flag.Parse()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	creds, err := wire.LoadCredentials(*file)
	if err != nil {
		log.Error("agent", "err", err)
		os.Exit(1)
	}
	r := agent.NewReport(agent.Identity{Site: "Trạm y tế phường Mẫu", Board: "desktop", Version: "v0.1.0"}, time.Now)
	r.Device("reader", hal.Health{State: hal.Ready, Since: time.Now()})
	r.Device("printer", hal.Health{State: hal.Fault, Key: hal.KeyPaperOut, Since: time.Now()})
	r.Outbox(2, time.Now().Add(-time.Minute))
	r.SessionEnded("kept", time.Now().Add(-time.Minute), time.Now())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err = agent.Run(ctx, agent.Options{URL: *url, Credentials: creds, Status: r.Status, Changed: r.Changed(), Interval: *interval,
		Retry: agent.Backoff{Base: 5 * time.Millisecond, Cap: 50 * time.Millisecond}, Log: log,
		Examine: func(context.Context) []wire.Finding {
			return []wire.Finding{{Part: "reader", State: "ok"}, {Part: "printer", State: "error", Code: "IN-202"}, {Part: "gateway", Name: "tls", State: "ok"}}
		}})
	if err != nil {
		log.Error("agent", "err", err)
		os.Exit(1)
	}
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":   scriptServe,
			"kiosk":   scriptKiosk,
			"signal":  scriptSignal,
			"exits":   scriptExits,
			"mode":    scriptMode,
			"waitfor": scriptWait,
		},
		Setup: func(e *testscript.Env) error {
			e.Values[procsKey] = map[string]*proc{}
			return nil
		},
	})
}

const procsKey = "procs"

// proc is a program of a script.
type proc struct {
	cmd   *exec.Cmd
	ended chan error
}

func procs(ts *testscript.TestScript) map[string]*proc {
	return ts.Value(procsKey).(map[string]*proc)
}

func launch(ts *testscript.TestScript, name string, cmd *exec.Cmd) *proc {
	cmd.Dir = ts.MkAbs(".")
	log, err := os.Create(ts.MkAbs(name + ".log"))
	ts.Check(err)
	cmd.Stderr = log
	ts.Check(cmd.Start())
	ts.Check(log.Close())
	p := &proc{cmd: cmd, ended: make(chan error, 1)}
	return p
}

func (p *proc) reap(ts *testscript.TestScript) {
	go func() {
		err := p.cmd.Wait()
		p.ended <- err
		close(p.ended)
	}()
	ts.Defer(func() {
		_ = p.cmd.Process.Kill() // it may have ended long ago
		<-p.ended
	})
}

// scriptServe: serve ARGS… starts the server and waits for its line; $WEB and
// $NATS are then its addresses.
func scriptServe(ts *testscript.TestScript, neg bool, args []string) {
	cmd := exec.Command("fleet", append([]string{"serve"}, args...)...)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	p := launch(ts, "fleet", cmd)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		ts.Fatalf("fleet ended without a line: %v\n%s", err, ts.ReadFile("fleet.log"))
	}
	var at struct{ Web, NATS string }
	ts.Check(json.Unmarshal(line, &at))
	ts.Setenv("WEB", at.Web)
	ts.Setenv("WEBADDR", at.Web[len("http://"):])
	ts.Setenv("NATS", at.NATS)
	ts.Setenv("NATSADDR", at.NATS[len("nats://"):])
	p.reap(ts)
	procs(ts)["fleet"] = p
}

// scriptKiosk: kiosk ARGS… starts an agent.
func scriptKiosk(ts *testscript.TestScript, neg bool, args []string) {
	p := launch(ts, "kiosk", exec.Command("kiosk-agent", args...))
	p.reap(ts)
	procs(ts)["kiosk"] = p
}

// scriptSignal: signal fleet|kiosk INT|KILL.
func scriptSignal(ts *testscript.TestScript, neg bool, args []string) {
	sig := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill}[args[1]]
	ts.Check(procs(ts)[args[0]].cmd.Process.Signal(sig))
}

// scriptExits: exits fleet|kiosk waits for its end and wants success, or with
// "!" none.
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	err := <-procs(ts)[args[0]].ended
	if (err != nil) != neg {
		ts.Fatalf("%s ended with %v\n%s", args[0], err, ts.ReadFile(args[0]+".log"))
	}
}

// scriptMode: mode 0600 FILE.
func scriptMode(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", filepath.Base(args[1]), got, args[0])
	}
}
