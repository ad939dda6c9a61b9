package haltest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/pulse"
	"tram06/hal/uevent"
)

// flaw is what is wrong with a gadget; the suite must find each.
const flaw = "HALTEST_FLAW"

var errUnplugged = errors.New("unplugged")

// bench is where gadgets are plugged in.
type bench struct {
	flaw string

	mu      sync.Mutex
	in      bool
	gadgets []*gadget
	files   []*os.File // that a flawed gadget forgets
}

// gadget is a keypad and a lamp in one, as small as can be.
type gadget struct {
	*pulse.Pulse
	b    *bench
	gone chan struct{}
	once sync.Once
	errs error
}

func (b *bench) open() (*gadget, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.in && b.flaw != "opens when nothing is there" {
		if b.flaw == "another error of opening" {
			return nil, errors.New("no such file")
		}
		return nil, hal.ErrGone
	}
	g := &gadget{Pulse: pulse.New(time.Now, hal.Ready, hal.KeyOK), b: b, gone: make(chan struct{})}
	b.gadgets = append(b.gadgets, g)
	switch b.flaw {
	case "leaves goroutines":
		uevent.NewHub(endless{})
	case "leaves files":
		if f, err := os.Open(os.DevNull); err == nil {
			b.files = append(b.files, f)
		}
	case "opens as a fault of nothing":
		g.Set(hal.Fault, hal.KeyOK, nil)
	}
	return g, nil
}

func (b *bench) plug() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.in = true
}

func (b *bench) unplug() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.in = false
	if b.flaw == "does not notice" {
		return
	}
	for _, g := range b.gadgets {
		g.end(errUnplugged)
	}
	b.gadgets = nil
}

func (g *gadget) end(cause error) {
	g.once.Do(func() {
		g.errs = errors.Join(hal.ErrGone, cause)
		if g.b.flaw == "another error" {
			g.errs = cause
		}
		if g.b.flaw != "stays ready" {
			g.Set(hal.Absent, hal.KeyKeypadGone, errors.Join(hal.ErrGone, cause))
		}
		close(g.gone)
	})
}

func (g *gadget) URI() string { return "gadget:" }

func (g *gadget) Close() error {
	switch g.b.flaw {
	case "hangs in Close":
		select {}
	case "closes once":
		select {
		case <-g.gone:
			return os.ErrClosed
		default:
		}
	case "does not end waits":
		g.Set(hal.Absent, hal.KeyKeypadGone, hal.ErrGone)
		return nil
	}
	g.end(errors.New("closed"))
	return nil
}

func (g *gadget) Next(ctx context.Context) (hal.KeyPress, error) {
	done := ctx.Done()
	if g.b.flaw == "ignores contexts" {
		done = nil
	}
	select {
	case <-g.gone:
		return hal.KeyPress{}, g.errs
	case <-done:
		return hal.KeyPress{}, ctx.Err()
	}
}

func (g *gadget) Names() []string { return []string{"reader"} }

// endless says nothing, for ever: whoever reads it is left behind.
type endless struct{}

func (endless) Read([]byte) (int, error) { select {} }
func (endless) Close() error             { return nil }

// lamps is a gadget as hal.Lamps.
type lamps struct{ *gadget }

func (l lamps) Set(lamp string, p hal.Pattern) error {
	select {
	case <-l.gone:
		if l.b.flaw == "comes back by itself" && errors.Is(l.errs, errUnplugged) && l.b.plugged() {
			return nil
		}
		return l.errs
	default:
	}
	if lamp != "reader" || p.On < 0 || p.Period < 0 || p.Period > 0 && (p.On > p.Period || p.Period < time.Second/3) {
		return hal.ErrUnsupported
	}
	return nil
}

func (b *bench) plugged() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.in
}

// try runs all of the suite that fits a gadget.
func try(t *testing.T, flaw string) {
	fresh := func() *bench { return &bench{flaw: flaw, in: true} }
	haltest.Keypad(t, func(t *testing.T) hal.Keypad {
		g, err := fresh().open()
		if err != nil {
			t.Fatal(err)
		}
		return g
	})
	if t.Failed() {
		return // what was looked for may take long to be missed a second time
	}
	b := fresh()
	haltest.Lamps(t, haltest.Rig[hal.Lamps]{
		Open: func() (hal.Lamps, error) {
			g, err := b.open()
			if err != nil {
				return nil, err
			}
			return lamps{g}, nil
		},
		Unplug: b.unplug, Plug: b.plug, Cycles: 3,
	})
	if t.Failed() {
		return
	}
	cycles := fresh()
	haltest.PlugCycles(t, 3, func(t *testing.T) (hal.Keypad, func()) {
		cycles.plug()
		g, err := cycles.open()
		if err != nil {
			t.Fatal(err)
		}
		return g, cycles.unplug
	}, func(ctx context.Context, k hal.Keypad) error { _, err := k.Next(ctx); return err })
	steps := fresh()
	haltest.EveryStep(t, haltest.Visit[hal.Keypad]{
		Open: func(t *testing.T, cable *haltest.Fuse) (hal.Keypad, error) {
			steps.plug()
			if cable.Broken() {
				steps.unplug()
			}
			g, err := steps.open()
			if err != nil {
				return nil, err
			}
			return step{g, cable}, nil
		},
		Use: func(ctx context.Context, k hal.Keypad) error {
			for range 3 {
				if err := k.(step).press(ctx); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

// step is a gadget at the end of a cable.
type step struct {
	*gadget
	cable *haltest.Fuse
}

func (s step) press(ctx context.Context) error {
	if s.cable.Broken() {
		s.b.unplug()
		_, err := s.Next(ctx)
		return err
	}
	return nil
}

func TestAGoodDevicePasses(t *testing.T) { try(t, "") }

// TestFlawed is for the process that TestFlawsAreFound starts.
func TestFlawed(t *testing.T) {
	if f := os.Getenv(flaw); f != "" {
		try(t, f)
	}
}

// A suite that lets everything pass is worth nothing: each of these devices has
// one flaw, and is found out.
func TestFlawsAreFound(t *testing.T) {
	for flawed, says := range map[string]string{
		"hangs in Close":              "Close does not return",
		"closes once":                 "Close gives",
		"does not end waits":          "does not return",
		"ignores contexts":            "does not return",
		"stays ready":                 "says ready",
		"opens as a fault of nothing": "an open device says fault",
		"another error":               "want ErrGone",
		"another error of opening":    "want ErrGone",
		"opens when nothing is there": "opening what is not there",
		"does not notice":             "after the plug was pulled, want ErrGone",
		"comes back by itself":        "came back by itself",
		"leaves goroutines":           "still running",
		"leaves files":                "files are open",
	} {
		t.Run(flawed, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestFlawed$", "-test.timeout=5m", "-test.failfast")
			cmd.Env = append(os.Environ(), flaw+"="+flawed)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !strings.Contains(string(out), says) {
				t.Errorf("a device that %s: %v, and the suite does not say %q:\n%s", flawed, err, says, clip(out))
			}
		})
	}
}

func clip(b []byte) string {
	const most = 4000
	if len(b) > most {
		b = b[:most]
	}
	return string(b)
}
