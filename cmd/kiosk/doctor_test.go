package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"tram06/firmware/config"
	"tram06/firmware/doctor"
	"tram06/hal"
)

// ward is a simulated terminal before the doctor.
type ward struct {
	*testing.T
	registry hal.Registry
	system   doctor.System
	touch    func(context.Context, touchOptions) (touchReport, error)
	board    string // file
	stdin    string
}

var visit = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// newWard has the devices that are named, as lines of board.yaml.
func newWard(t *testing.T, registry hal.Registry, devices ...string) *ward {
	t.Helper()
	board := filepath.Join(t.TempDir(), "board.yaml")
	text := "name: test\ndisplay: {width: 1080px, height: 1920px, panel_width: 268mm, viewing_distance: 600mm}\n" +
		"placement: {reader: right, scanner: left, printer: below}\ndevices:\n"
	for _, d := range []string{"reader", "scanner", "printer", "touch"} {
		if !strings.Contains(strings.Join(devices, "\n"), d+": ") {
			text += "  " + d + ": none\n"
		}
	}
	for _, d := range devices {
		text += "  " + d + "\n"
	}
	if err := os.WriteFile(board, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return &ward{T: t, registry: registry, board: board,
		system: doctor.System{
			Files: fstest.MapFS{"proc/meminfo": {Data: []byte("MemTotal: 1000000 kB\nMemAvailable: 700000 kB\n")}},
			Now:   func() time.Time { return visit }, Self: 1,
			Addresses: func() ([]doctor.Interface, error) {
				return []doctor.Interface{{Name: "eth0", Addresses: []net.IP{net.IPv4(10, 0, 0, 7)}}}, nil
			},
			Lookup:       func(context.Context, string) ([]string, error) { return nil, errors.New("no names here") },
			Dial:         func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network here") },
			Synchronised: func() (bool, error) { return true, nil },
			Space:        func(string) (doctor.Space, error) { return doctor.Space{Size: 8 << 30, Free: 4 << 30}, nil },
			Write:        func(string) (time.Duration, error) { return time.Millisecond, nil },
		},
		touch: func(context.Context, touchOptions) (touchReport, error) {
			t.Error("nobody asked to touch anything")
			return touchReport{}, nil
		},
	}
}

// examine runs the command.
func (w *ward) examine(ctx context.Context, args ...string) ended {
	w.Helper()
	cmd := doctorIn(consulting{
		registry: func(config.Board) hal.Registry { return w.registry }, system: w.system, touch: w.touch,
		now: func() time.Time { return visit }, rand: rand.Reader,
	})
	var out, errs bytes.Buffer
	cmd.SetArgs(append([]string{"--board", w.board, "--lang", "en"}, args...))
	cmd.SetIn(strings.NewReader(w.stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetFlagErrorFunc(root().FlagErrorFunc())
	err := cmd.ExecuteContext(ctx)
	end := ended{0, out.String(), errs.String()}
	switch exit := (exitError{}); {
	case err == nil:
	case errors.As(err, &exit):
		end.code = exit.code
	case errors.As(err, new(usageError)):
		end.code = exitUsage
	case errors.As(err, new(configError)):
		end.code = exitConfig
	default:
		end.code = exitFailed
	}
	if err != nil {
		end.errs += err.Error() + "\n"
	}
	return end
}

// diagnosed reads the answer strictly.
func (w *ward) diagnosed(end ended) doctorJSON {
	w.Helper()
	var got doctorJSON
	d := json.NewDecoder(strings.NewReader(end.out))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil || d.More() {
		w.Fatalf("%v in %s%s", err, end.out, end.errs)
	}
	return got
}

// press is a printer that keeps its pages.
type press struct {
	mu    sync.Mutex
	h     hal.Health
	err   error
	pages []hal.Raster
}

func (p *press) URI() string        { return "test" }
func (p *press) Health() hal.Health { return p.h }
func (p *press) Close() error       { return nil }
func (p *press) Dots() (int, int)   { return 384, 203 }
func (p *press) Print(_ context.Context, _ string, page hal.Raster) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.pages = append(p.pages, page)
	}
	return p.err
}

const printerLine = "printer: escpos+tcp://192.0.2.1?width=384"

func pressed(p *press) hal.Registry {
	return hal.Registry{"escpos+tcp": func(context.Context, *url.URL) (hal.Device, error) {
		if p == nil {
			return nil, fmt.Errorf("reach printer: %w", hal.ErrGone)
		}
		return p, nil
	}}
}

func TestExitCodesOfDoctor(t *testing.T) {
	well, low := &press{h: hal.Health{State: hal.Ready}}, &press{h: hal.Health{State: hal.Degraded, Key: hal.KeyPaperNearEnd}}
	for _, x := range []struct {
		name    string
		printer *press
		args    []string
		code    int
		worst   string
	}{
		{"all is well", well, nil, 0, "ok"},
		{"paper near its end", low, nil, 10, "warn"},
		{"no printer", nil, nil, 11, "error"},
		{"no printer, and nobody asked for it", nil, []string{"--only", "memory,disk"}, 0, "ok"},
	} {
		w := newWard(t, pressed(x.printer), printerLine)
		args := append([]string{"--json"}, x.args...)
		if len(x.args) == 0 {
			args = append(args, "--only", "printer,memory,time,network,config")
		}
		end := w.examine(t.Context(), args...)
		if got := w.diagnosed(end); end.code != x.code || got.Worst != x.worst || word(got.Board) != "test" || got.Started != "2026-11-22T12:00:00Z" {
			t.Errorf("%s: exit %d: %s%s", x.name, end.code, end.out, end.errs)
		}
	}
}

// A mistake in a file keeps nobody from examining the rest.
func TestDoctorWithMistakesInFiles(t *testing.T) {
	w := newWard(t, hal.Registry{}, "raeder: none")
	end := w.examine(t.Context(), "--json", "--only", "config,memory")
	got := w.diagnosed(end)
	if end.code != exitConfig || got.Board != nil || len(got.Findings) != 2 || word(got.Findings[0].Code) != "CH-501" ||
		!strings.Contains(got.Findings[0].Text, `write "reader"`) || got.Findings[1].State != "ok" {
		t.Errorf("exit %d: %s%s", end.code, end.out, end.errs)
	}
	w = newWard(t, pressed(&press{h: hal.Health{State: hal.Ready}}), printerLine)
	end = w.examine(t.Context(), "--json", "--only", "config,printer", "--site", filepath.Join(t.TempDir(), "none.yaml"))
	if got := w.diagnosed(end); end.code != exitConfig || got.Findings[0].Part != "printer" || got.Findings[0].State != "ok" || word(got.Findings[1].Code) != "CH-504" {
		t.Errorf("exit %d: %s%s", end.code, end.out, end.errs)
	}
}

func TestDoctorMisused(t *testing.T) {
	w := newWard(t, hal.Registry{})
	for _, args := range [][]string{
		{"--lang", "km"}, {"--timeout", "0s"}, {"--timeout", "2m"}, {"--only", "soul"}, {"--can", "000638"}, {"--wait", "0s"}, {"--wait", "1h"},
		{"--board", ""}, {"--no-such-flag"}, {"now"},
		{"--only", "tests"}, {"--only", "tests", "--json"},
	} {
		if end := w.examine(t.Context(), args...); end.code != exitUsage || end.out != "" {
			t.Errorf("%v: exit %d: %s%s", args, end.code, end.out, end.errs)
		}
	}
	// The state folder must be one.
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if end := w.examine(t.Context(), "--state", file); end.code != exitFailed || !strings.Contains(end.errs, "--state") {
		t.Errorf("exit %d: %s%s", end.code, end.out, end.errs)
	}
}

// Ctrl-C ends it at once, and what was found by then is told.
func TestDoctorCalledOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := newWard(t, hal.Registry{"escpos+tcp": func(ctx context.Context, _ *url.URL) (hal.Device, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}}, printerLine)
	end := w.examine(ctx, "--json", "--only", "printer,memory", "--print", "--timeout", "1m")
	got := w.diagnosed(end)
	if end.code != exitFailed || !got.CalledOff || len(got.Findings) != 3 || got.Findings[0].State != "skipped" || got.Findings[1].Part != "memory" || got.Findings[2].Text != "called off" {
		t.Errorf("exit %d: %s%s", end.code, end.out, end.errs)
	}
}

// What is done so far is told on the standard error, a line each.
func TestDoctorTellsWhatItDoes(t *testing.T) {
	w := newWard(t, pressed(nil), printerLine)
	end := w.examine(t.Context(), "--only", "printer,memory")
	if !strings.Contains(end.errs, "✗ Printer IN-201\n") || !strings.Contains(end.errs, "✓ Memory\n") {
		t.Errorf("%q", end.errs)
	}
	if strings.Contains(end.out+end.errs, "\x1b") {
		t.Error("colours in a file")
	}
}
