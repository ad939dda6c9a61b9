package sim_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/gpio"
	"tram06/hal/gpio/remote"
	"tram06/hal/gpio/sim"
	"tram06/hal/haltest"
)

// serve shows a machine with one chip, and gives its address.
func serve(t testing.TB) (*sim.Chip, string) {
	t.Helper()
	m := sim.New()
	c := m.Add("pinctrl-sim", 32)
	return c, haltest.Serve(t, func(ln net.Listener) error { return sim.Serve(ln, m) })
}

func open[D hal.Device](t *testing.T, uri string) D {
	t.Helper()
	d, err := hal.Open[D](t.Context(), remote.Registry(nil), uri)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLampsConformOverTheWire(t *testing.T) {
	c, addr := serve(t)
	haltest.Lamps(t, haltest.Rig[hal.Lamps]{
		Open: func() (hal.Lamps, error) {
			return hal.Open[hal.Lamps](t.Context(), remote.Registry(nil), "sim+lamps://"+addr+"/?reader=pinctrl-sim/17")
		},
		Unplug: c.Unplug, Plug: c.Plug,
	})
}

func TestADoorOverTheWire(t *testing.T) {
	c, addr := serve(t)
	d := open[hal.Switch](t, "sim+switch://"+addr+"/pinctrl-sim/4?active=low&pull=up&debounce=1ms")
	for _, on := range []bool{true, false, true} {
		c.Drive(4, !on)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		got, err := d.Next(ctx)
		cancel()
		if err != nil || got != on {
			t.Fatalf("Next gives %v, %v, want %v", got, err, on)
		}
	}
	// Errors keep what they are on their way.
	_, err := hal.Open[hal.Lamps](t.Context(), remote.Registry(nil), "sim+lamps://"+addr+"/?x=pinctrl-sim/4")
	if !errors.Is(err, unix.EBUSY) {
		t.Errorf("a line that is taken gives %v", err)
	}
	if err := d.Close(); err != nil || c.Owner(4) != "" {
		t.Errorf("Close gives %v and leaves the line to %q", err, c.Owner(4))
	}
}

func TestASimulationThatEndsIsGone(t *testing.T) {
	m := sim.New()
	c := m.Add("pinctrl-sim", 32)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hung := &hangUp{Listener: l}
	ended := make(chan error, 1)
	go func() { ended <- sim.Serve(hung, m) }()
	d := open[*gpio.Lamps](t, "sim+lamps://"+l.Addr().String()+"/?reader=pinctrl-sim/17")
	if c.Owner(17) != "tram06" {
		t.Fatalf("the line belongs to %q", c.Owner(17))
	}
	if err := errors.Join(l.Close(), <-ended, hung.last.Close()); err != nil {
		t.Fatal(err)
	}
	<-d.Done() // by its own look at the line
	if err := d.Set("reader", hal.Steady); !errors.Is(err, hal.ErrGone) {
		t.Errorf("Set gives %v, want ErrGone", err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("Close gives %v", err)
	}
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for c.Owner(17) != "" { // else the test binary's time limit says where
		<-look.C
	}
	_, err = hal.Open[hal.Lamps](t.Context(), remote.Registry(nil), "sim+lamps://"+l.Addr().String()+"/?reader=pinctrl-sim/17")
	if !errors.Is(err, hal.ErrGone) {
		t.Errorf("opening it anew gives %v, want ErrGone", err)
	}
}

// hangUp keeps the last connection, to cut it.
type hangUp struct {
	net.Listener
	last net.Conn
}

func (h *hangUp) Accept() (net.Conn, error) {
	c, err := h.Listener.Accept()
	if err == nil {
		h.last = c
	}
	return c, err
}
