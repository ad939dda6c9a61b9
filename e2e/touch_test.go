package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tram06/devdock/stack"
	"tram06/firmware/health"
	"tram06/hal"
	"tram06/hal/evdev/calibrate"
	"tram06/hal/evdev/sim"
	"tram06/ui/panel"
)

// glass serves a touch panel on a socket, and gives the hand before it and the
// panel's URI. Its axes are swapped, and it uses only a part of them.
func glass(t *testing.T) (*sim.Hand, string) {
	t.Helper()
	started := time.Now()
	h := &sim.Hand{
		Glass: sim.NewGlass("Swapped Panel", func() time.Duration { return time.Since(started) }),
		Width: 1080, Height: 1920,
		Askew: func(x, y float64) (float64, float64) { return 0.05 + 0.9*y, 0.9 - 0.8*x },
	}
	socket := filepath.Join(t.TempDir(), "glass")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- sim.Serve(ctx, ln, h.Glass) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; !errors.Is(err, context.Canceled) {
			t.Errorf("serving the panel ended with %v", err)
		}
	})
	return h, "sim+evdev://" + socket
}

// technician runs a command below touch, with eyes on its screen.
type technician struct {
	*testing.T
	ctx      context.Context
	cmd      *exec.Cmd
	p        *panel.Client
	out, err bytes.Buffer
}

func runTouch(t *testing.T, args ...string) *technician {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	socket := filepath.Join(t.TempDir(), "panel")
	k := &technician{T: t, ctx: ctx}
	k.cmd = exec.CommandContext(ctx, program(t, "kiosk"), append([]string{"touch"}, append(args, "--board", "desktop", "--panel", socket, "--json")...)...)
	k.cmd.Stdout, k.cmd.Stderr = &k.out, &k.err
	if err := k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		var err error
		if k.p, err = panel.Dial(ctx, socket); err == nil {
			break
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("no screen: %v; %s", err, k.err.String())
		}
	}
	t.Cleanup(func() { _ = k.p.Close() })
	return k
}

// see waits for a page that says a text.
func (k *technician) see(name, text string) panel.Scene {
	k.Helper()
	s, err := k.p.Await(k.ctx, func(s panel.Scene) bool { return s.Name == name && (text == "" || slices.Contains(s.Texts, text)) })
	if err != nil {
		k.Fatalf("%s with %q: %v; %s", name, text, err, k.err.String())
	}
	return s
}

// until does something again and again until a page says a text: a finger that
// lay on the glass before the driver looked is not believed in.
func (k *technician) until(name, text string, do, undo func()) {
	k.Helper()
	for {
		do()
		ctx, cancel := context.WithTimeout(k.ctx, time.Second)
		_, err := k.p.Await(ctx, func(s panel.Scene) bool { return s.Name == name && slices.Contains(s.Texts, text) })
		cancel()
		if err == nil {
			return
		}
		if k.ctx.Err() != nil || errors.Is(err, panel.ErrClosed) {
			k.Fatalf("%s with %q: %v; %s", name, text, err, k.err.String())
		}
		undo()
	}
}

// tapUntilEnd touches a target until the command ends: a page that is new
// takes no touch for a moment.
func (k *technician) tapUntilEnd(h *sim.Hand, t panel.Target) {
	k.Helper()
	for {
		h.Down(0, t.X+t.W/2, t.Y+t.H/2)
		h.Lift(0)
		ctx, cancel := context.WithTimeout(k.ctx, 500*time.Millisecond)
		_, err := k.p.Await(ctx, func(panel.Scene) bool { return false })
		cancel()
		if errors.Is(err, panel.ErrClosed) {
			return
		}
		if k.ctx.Err() != nil {
			k.Fatalf("%s does not end it: %v; %s", t.ID, err, k.err.String())
		}
	}
}

// target finds what can be touched on a page.
func (k *technician) target(s panel.Scene, id string) panel.Target {
	k.Helper()
	t, ok := s.Target(id)
	if !ok {
		k.Fatalf("%s has no %s", s.Name, id)
	}
	return t
}

// ended waits for the command, and decodes its answer.
func (k *technician) ended(code int, into any) {
	k.Helper()
	err := k.cmd.Wait()
	if got := k.cmd.ProcessState.ExitCode(); got != code {
		k.Fatalf("exit code %d, want %d: %v; %s", got, code, err, k.err.String())
	}
	if err := json.Unmarshal(k.out.Bytes(), into); err != nil {
		k.Fatalf("%v in %s", err, k.out.String())
	}
}

type touchAnswer struct {
	Passed  bool    `json:"passed"`
	Ended   string  `json:"ended"`
	Cells   int     `json:"cells"`
	Touched int     `json:"touched"`
	Cols    int     `json:"cols"`
	Rows    int     `json:"rows"`
	Fingers *int    `json:"fingers"`
	Multi   *bool   `json:"multi_touch"`
	Lost    *uint64 `json:"lost"`
}

// TestANewTouchPanel is a technician's way with a panel whose axes are swapped:
// calibrate it, test it, and let a citizen begin with it. Then the calibration
// gets lost, and the kiosk says so and serves.
func TestANewTouchPanel(t *testing.T) {
	t.Parallel()
	h, uri := glass(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "touch.matrix")
	uri += "?calibration-file=" + file

	k := runTouch(t, "calibrate", "--device", uri)
	h.Glass.AwaitReaders(1)
	for i, at := range calibrate.Targets() {
		x, y := int(at.X*1079), int(at.Y*1919)
		k.see("touch-aim", fmt.Sprintf("%d / 5", i+1))
		k.until("touch-aim", "Giữ yên…", func() { h.Down(0, x, y) }, func() { h.Lift(0) })
		k.see("touch-aim", "Được rồi, mời nhấc tay.")
		h.Lift(0)
	}
	k.tapUntilEnd(h, k.target(k.see("touch-check", ""), "keep"))
	var got struct {
		Kept bool    `json:"kept"`
		File string  `json:"file"`
		URI  string  `json:"uri"`
		Most float64 `json:"worst_mm"`
	}
	k.ended(0, &got)
	if !got.Kept || got.File != file || got.URI != uri || got.Most > 1 {
		t.Fatalf("%+v", got)
	}

	k = runTouch(t, "test", "--device", uri)
	h.Glass.AwaitReaders(1)
	done := k.target(k.see("touch-test", "0 / 120"), "done")
	const cols, rows = 8, 15
	for i := range cols * rows {
		x, y := (2*(i%cols)+1)*1080/(2*cols), (2*(i/cols)+1)*1920/(2*rows)
		switch {
		case i == 0:
			k.until("touch-test", "1 / 120", func() { h.Down(0, x, y) }, func() { h.Lift(0) })
		case i%cols == 0:
			h.Lift(0)
			h.Down(0, x, y)
		default:
			h.Move(0, x, y)
		}
		k.see("touch-test", fmt.Sprintf("%d / 120", i+1))
	}
	h.Down(1, 20, 20) // a second finger
	h.Lift(1)
	h.Lift(0)
	h.Down(0, done.X+done.W/2, done.Y+done.H/2)
	var a touchAnswer
	k.ended(0, &a)
	if !a.Passed || a.Ended != "done" || a.Touched != 120 || a.Cols != cols || a.Rows != rows {
		t.Errorf("%+v", a)
	}
	if a.Fingers == nil || *a.Fingers != 2 || a.Multi == nil || !*a.Multi || a.Lost == nil || *a.Lost != 0 {
		t.Errorf("%s", k.out.String())
	}
	h.Lift(0)

	overlay := filepath.Join(dir, "board.yaml")
	if err := os.WriteFile(overlay, []byte("devices:\n  touch: "+uri+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := open(t, stack.Options{Overlay: overlay})
	p.begin(h)
	if err := os.WriteFile(file, []byte("1 0 0"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.must(p.KioskP.Kill())
	p.restart()
	p.logged(health.TouchUncalibrated)
	p.touch("attract", "primary")
	p.on("consent")
}

// TestTouchWithoutAPanel plays the test by the remote panel alone, as the mouse
// of a window would, and leaves the calibration alone.
func TestTouchWithoutAPanel(t *testing.T) {
	t.Parallel()
	k := runTouch(t, "test", "--timeout", "20s")
	done := k.target(k.see("touch-test", "0 / 120"), "done")
	for i, kind := range []hal.TouchKind{hal.TouchDown, hal.TouchMove, hal.TouchUp} {
		if err := k.p.Touch(kind, 10+300*i, 10); err != nil {
			t.Fatal(err)
		}
	}
	k.see("touch-test", "2 / 120")
	if err := k.p.Touch(hal.TouchDown, done.X+9, done.Y+9); err != nil {
		t.Fatal(err)
	}
	var a touchAnswer
	k.ended(5, &a)
	if a.Passed || a.Ended != "done" || a.Touched != 3 || a.Fingers != nil || a.Lost != nil {
		t.Errorf("%s", k.out.String())
	}

	// Ctrl-C ends it with what was found by then.
	k = runTouch(t, "test")
	k.see("touch-test", "0 / 120")
	if err := k.p.Touch(hal.TouchDown, 10, 10); err != nil {
		t.Fatal(err)
	}
	k.see("touch-test", "1 / 120")
	if err := k.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	a = touchAnswer{}
	k.ended(5, &a)
	if a.Passed || a.Ended != "stopped" || a.Touched != 1 {
		t.Errorf("%s", k.out.String())
	}

	k = runTouch(t, "calibrate", "--timeout", "1s")
	var got struct {
		Kept  bool   `json:"kept"`
		Ended string `json:"ended"`
	}
	k.ended(4, &got)
	if got.Kept || got.Ended != "timeout" {
		t.Errorf("%s", k.out.String())
	}
}

// begin touches the way on of the first page through the glass, until that is
// taken: a page that is new takes no touch for a moment.
func (k *post) begin(h *sim.Hand) {
	k.Helper()
	s := k.on("attract")
	start, ok := s.Target("primary")
	if !ok {
		k.Fatal("there is no way on")
	}
	again := time.NewTicker(400 * time.Millisecond)
	defer again.Stop()
	for {
		h.Down(0, start.X+start.W/2, start.Y+start.H/2)
		h.Lift(0)
		<-again.C
		if s, err := k.p.Scene(k.ctx); err != nil || s.Name == "consent" {
			k.must(err)
			return
		}
	}
}
