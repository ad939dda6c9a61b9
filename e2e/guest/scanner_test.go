//go:build guest

package guest

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/serialscan"
)

const (
	portFile   = "/dev/ttyACM0"
	scannerURI = "serial://" + portFile + "?aim=on"
	// code is what the QR of a made-up citizen's card says.
	code = "001090000638||NGUYỄN VĂN MẪU|01011990|Nam|Số 1, Phường Mẫu, Hà Nội|01072021"
)

// port is a USB device that plays a serial port: the kernel's cdc-acm in front,
// and behind the cable a program.
type port struct {
	t     *testing.T
	cable *gadget
	line  *os.File // the device's end, while it is plugged in
}

func newPort(t *testing.T, product string) *port {
	t.Helper()
	g := &port{t: t, cable: newGadget(t, product, 1, "acm.0", nil)}
	t.Cleanup(func() {
		if g.line != nil {
			g.unplug()
		}
	})
	return g
}

func (g *port) plug() {
	g.t.Helper()
	g.cable.plug()
	appears(g.t, "/dev/ttyGS0")
	f, err := os.OpenFile("/dev/ttyGS0", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		g.t.Fatal(err)
	}
	if err := raw(f); err != nil {
		g.t.Fatal(err)
	}
	g.line = f
	appears(g.t, portFile)
}

func (g *port) unplug() {
	g.t.Helper()
	g.cable.unplug()
	_ = g.line.Close() // it hung up already
	g.line = nil
}

// gun is a scanner in serial mode, which says what it sees.
type gun struct{ *port }

func newGun(t *testing.T) gun { return gun{newPort(t, "scanner")} }

func (g gun) says(what string) {
	g.t.Helper()
	if _, err := io.WriteString(g.line, what); err != nil {
		g.t.Fatal(err)
	}
}

func openScanner(ctx context.Context) (hal.Scanner, error) {
	return hal.Open[hal.Scanner](ctx, hal.Registry{"serial": serialscan.Opener(time.Now)}, scannerURI)
}

func (g gun) open(t *testing.T) hal.Scanner {
	t.Helper()
	return opened(t, openScanner)
}

func TestScannerConformance(t *testing.T) {
	g := newGun(t)
	g.plug()
	haltest.Scanner(t, g.open)
}

func TestScannerScans(t *testing.T) {
	g := newGun(t)
	g.plug()
	s := g.open(t)
	defer s.Close()
	if is, want := s.(hal.Identified).Identity(), (hal.Identity{Maker: "MAU", Model: "scanner", Serial: "0001"}); is != want {
		t.Errorf("it says that it is %+v, want %+v", is, want)
	}
	s.Arm(true)
	var slowest time.Duration
	endings := []string{code + "\r", code + "\r\n", "]Q3" + code + "\n"}
	const rounds = 20
	for range rounds {
		for _, sent := range endings {
			g.says(sent)
			began := time.Now()
			scan, err := s.Next(t.Context())
			slowest = max(slowest, time.Since(began))
			if err != nil || string(scan.Data) != code || scan.Lossy {
				t.Fatalf("the scanner said %q and the driver %q, %v", sent, scan.Data, err)
			}
		}
	}
	measured(t, "scan: last byte until the driver gives it", slowest, 50*time.Millisecond,
		"cdc-acm at high speed; the longest of %d", rounds*len(endings))
	// Without an ending a pause ends it.
	g.says(code)
	if scan, err := s.Next(t.Context()); err != nil || string(scan.Data) != code {
		t.Errorf("without a line end the driver gives %q, %v", scan.Data, err)
	}
}

func TestScannerUnplugged(t *testing.T) {
	g := newGun(t)
	haltest.PlugCycles(t, score, func(t *testing.T) (hal.Scanner, func()) {
		disappears(t, portFile)
		missing(t, openScanner)
		g.plug()
		s := g.open(t)
		s.Arm(true)
		return s, func() {
			g.says("001090") // half a code
			g.unplug()
		}
	}, next)
}

// next waits for what is scanned.
func next(ctx context.Context, s hal.Scanner) error {
	_, err := s.Next(ctx)
	return err
}

func TestScannerHeals(t *testing.T) {
	g := newGun(t)
	g.plug()
	cord[hal.Scanner]{
		name: "scanner (cdc-acm)", uri: scannerURI, key: hal.KeyScannerGone,
		open: serialscan.Opener(time.Now), plug: g.plug, unplug: g.unplug,
		works: func(s hal.Scanner) error {
			s.Arm(true)
			g.says(code + "\r")
			scan, err := s.Next(t.Context())
			if err == nil && string(scan.Data) != code {
				err = fmt.Errorf("%q came over, lossy: %v", scan.Data, scan.Lossy)
			}
			return err
		},
	}.heals(t)
}
