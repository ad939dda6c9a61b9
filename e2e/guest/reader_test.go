//go:build guest

package guest

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/pn532"
	"tram06/hal/pn532/sim"
)

const readerURI = "pn532+serial://" + portFile

// reader is a PN532 on a USB serial adapter: the kernel's cdc-acm in front, a
// simulated chip behind the cable.
type reader struct {
	*port
	chip *sim.Chip
	end  func() // of the chip's line, while it is plugged in
}

func newReader(t *testing.T) *reader {
	t.Helper()
	return &reader{port: newPort(t, "reader"), chip: sim.New()}
}

func (r *reader) plug() {
	r.t.Helper()
	r.port.plug()
	r.chip.Plug()
	served, line := make(chan struct{}), r.line
	go func() {
		defer close(served)
		_ = r.chip.Serve(line) // a line that breaks is the other side's affair
	}()
	r.end = func() { <-served }
}

func (r *reader) unplug() {
	r.t.Helper()
	r.port.unplug()
	r.end()
}

// echo is a card that gives back what it is told, with a good status behind it.
func echo(apdu []byte) []byte { return append(bytes.Clone(apdu), 0x90, 0x00) }

func openReader(ctx context.Context) (hal.CardReader, error) {
	return hal.Open[hal.CardReader](ctx, hal.Registry{"pn532+serial": pn532.Opener(pn532.Options{})}, readerURI)
}

func (r *reader) open(t *testing.T) hal.CardReader {
	t.Helper()
	return opened(t, openReader)
}

func TestReaderConformance(t *testing.T) {
	r := newReader(t)
	r.plug()
	haltest.CardReader(t, r.open)
	r.chip.Lay(sim.NewCard(echo))
	haltest.CardReaderWithCard(t, r.open)
}

// reads has a card laid, tells it something long, and has it taken away.
func (r *reader) reads(d hal.CardReader) error {
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	r.chip.Lay(sim.NewCard(echo))
	c, err := d.Wait(ctx)
	if err != nil {
		return err
	}
	for _, n := range []int{1, 50, 100, 200, 255} { // the long ones are chained
		told := append([]byte{0x00, 0xDA, 0x00, 0x00, byte(n)}, bytes.Repeat([]byte{byte(n)}, n)...)
		if got, err := c.Transmit(ctx, told); err != nil || !bytes.Equal(got, echo(told)) {
			return errors.Join(errors.New("a card's answer came over wrong"), err)
		}
	}
	r.chip.Lift()
	if err := d.WaitRemoval(ctx); err != nil {
		return err
	}
	if _, err := c.Transmit(ctx, []byte{0x00, 0xB0, 0x00, 0x00, 0x01}); !errors.Is(err, hal.ErrCardRemoved) {
		return errors.Join(errors.New("a card that was taken away answers"), err)
	}
	return c.Release()
}

func TestReaderUnplugged(t *testing.T) {
	r := newReader(t)
	haltest.PlugCycles(t, few, func(t *testing.T) (hal.CardReader, func()) {
		disappears(t, portFile)
		missing(t, openReader)
		r.plug()
		return r.open(t), r.unplug
	}, func(ctx context.Context, d hal.CardReader) error {
		_, err := d.Wait(ctx)
		return err
	})
}

func TestReaderHeals(t *testing.T) {
	r := newReader(t)
	r.plug()
	cord[hal.CardReader]{
		name: "card reader (PN532 on cdc-acm)", uri: readerURI, key: hal.KeyReaderGone,
		open: pn532.Opener(pn532.Options{Now: time.Now}), plug: r.plug, unplug: r.unplug, works: r.reads,
	}.heals(t)
}
