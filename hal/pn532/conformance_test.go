package pn532_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/creack/pty"
	"periph.io/x/conn/v3/physic"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/pn532"
	"tram06/hal/pn532/sim"
)

// dial opens a reader on a chip.
type dial func(ctx context.Context, c *sim.Chip, o pn532.Options) (*pn532.Reader, error)

// transports are the ways to the chip that need no device files.
var transports = map[string]dial{
	"i2c": func(ctx context.Context, c *sim.Chip, o pn532.Options) (*pn532.Reader, error) {
		return pn532.OpenI2C(ctx, c.I2C(), "pn532+i2c:///I2C1", o)
	},
	"spi": func(ctx context.Context, c *sim.Chip, o pn532.Options) (*pn532.Reader, error) {
		return pn532.OpenSPI(ctx, c.SPI(), physic.MegaHertz, "pn532+spi:///SPI0.0", o)
	},
	"line": func(ctx context.Context, c *sim.Chip, o pn532.Options) (*pn532.Reader, error) {
		return pn532.OpenSerial(ctx, c.Line(), 115200, "pn532+serial:///dev/ttyS0", o)
	},
	"fast line": func(ctx context.Context, c *sim.Chip, o pn532.Options) (*pn532.Reader, error) {
		return pn532.OpenSerial(ctx, c.Line(), 460800, "pn532+serial:///dev/ttyS0?baud=460800", o)
	},
}

func open(t *testing.T, d dial, c *sim.Chip, o pn532.Options) *pn532.Reader {
	t.Helper()
	r, err := d(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// echo answers every command with the command and 9000.
func echo(apdu []byte) []byte { return append(append([]byte{}, apdu...), 0x90, 0x00) }

func TestConformance(t *testing.T) {
	for name, d := range transports {
		t.Run(name, func(t *testing.T) {
			haltest.CardReader(t, func(t *testing.T) hal.CardReader { return open(t, d, sim.New(), pn532.Options{}) })
			haltest.CardReaderWithCard(t, func(t *testing.T) hal.CardReader {
				c := sim.New()
				c.Lay(sim.NewCard(echo))
				return open(t, d, c, pn532.Options{})
			})
		})
	}
}

// cable is a chip behind a pseudo terminal, opened by URI.
func cable(t *testing.T, c *sim.Chip) (hal.CardReader, func()) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = c.Serve(master)
	}()
	u, err := url.Parse("pn532+serial://" + slave.Name() + "?baud=115200")
	if err != nil {
		t.Fatal(err)
	}
	d, err := pn532.Opener(brisk)(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	// The driver has its own descriptor: with this one closed, closing the
	// master is a pulled plug.
	_ = slave.Close()
	cut := func() {
		_ = master.Close()
		<-served
	}
	t.Cleanup(func() {
		_ = d.Close()
		cut()
	})
	return d.(hal.CardReader), cut
}

func TestConformanceOnATerminal(t *testing.T) {
	haltest.CardReader(t, func(t *testing.T) hal.CardReader {
		r, _ := cable(t, sim.New())
		return r
	})
	haltest.CardReaderWithCard(t, func(t *testing.T) hal.CardReader {
		c := sim.New()
		c.Lay(sim.NewCardB(echo))
		r, _ := cable(t, c)
		return r
	})
}

// brisk looks more often than a kiosk needs, so that tests on a real clock end
// sooner.
var brisk = pn532.Options{Poll: 20 * time.Millisecond}

// stage is a simulated chip on one of the transports.
type stage struct {
	t    *testing.T
	dial dial
	chip *sim.Chip
	r    *pn532.Reader
}

func (s *stage) Reader() hal.CardReader { return s.r }
func (s *stage) Lay()                   { s.chip.Lay(sim.NewCard(echo)) }
func (s *stage) Lift()                  { s.chip.Lift() }
func (s *stage) Unplug()                { s.chip.Unplug() }

func (s *stage) Plug() hal.CardReader {
	s.chip.Plug()
	s.r = open(s.t, s.dial, s.chip, brisk)
	return s.r
}

func TestCards(t *testing.T) {
	for name, d := range transports {
		t.Run(name, func(t *testing.T) {
			haltest.Cards(t, func(t *testing.T) haltest.Stage {
				c := sim.New()
				return &stage{t, d, c, open(t, d, c, brisk)}
			})
		})
	}
}

// wired is a chip behind a pseudo terminal, whose plug is the master's end.
type wired struct {
	t    *testing.T
	chip *sim.Chip
	r    hal.CardReader
	cut  func()
}

func (s *wired) Reader() hal.CardReader { return s.r }
func (s *wired) Lay()                   { s.chip.Lay(sim.NewCard(echo)) }
func (s *wired) Lift()                  { s.chip.Lift() }
func (s *wired) Unplug()                { s.cut() }

func (s *wired) Plug() hal.CardReader {
	s.chip.Plug()
	s.r, s.cut = cable(s.t, s.chip)
	return s.r
}

func TestCardsOnATerminal(t *testing.T) {
	haltest.Cards(t, func(t *testing.T) haltest.Stage {
		s := &wired{t: t, chip: sim.New()}
		s.r, s.cut = cable(t, s.chip)
		return s
	})
}
