package world

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"image"
	"image/png"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tram06/devdock/people"
	"tram06/devdock/web"
	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/serialscan"
)

func newWorld(t *testing.T, o Options) *World {
	t.Helper()
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Files == "" {
		o.Files = filepath.Join(t.TempDir(), "board")
	}
	w, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// bounded ends what would wait for ever, so that the test says what it was. It
// is no measure of speed.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// until waits for a view that fits, as the page does.
func until(t *testing.T, w *World, what string, ok func(web.View) bool) web.View {
	t.Helper()
	changed, stop := w.Watch()
	defer stop()
	ctx := bounded(t)
	for {
		v := w.View()
		if ok(v) {
			return v
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("never: %s; said %+v", what, w.View().Said)
		}
	}
}

func on(list []web.Choice, id string) bool {
	return slices.ContainsFunc(list, func(c web.Choice) bool { return c.ID == id && c.On })
}

func laid(v web.View) string {
	for _, p := range v.People {
		if p.Laid {
			return p.ID
		}
	}
	return ""
}

// reader is the far side of the virtual reader's port: it takes cards and asks
// them, as the smart-card daemon's driver does.
type reader struct {
	net.Listener
	cards chan *bufio.ReadWriter
}

func newReader(t *testing.T) *reader {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	r := &reader{ln, make(chan *bufio.ReadWriter, 10)}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			r.cards <- bufio.NewReadWriter(bufio.NewReader(c), bufio.NewWriter(c))
		}
	}()
	return r
}

// send sends one frame: a control code or a command.
func send(t *testing.T, card *bufio.ReadWriter, b ...byte) {
	t.Helper()
	if _, err := card.Write(binary.BigEndian.AppendUint16(nil, uint16(len(b)))); err != nil {
		t.Fatal(err)
	}
	if _, err := card.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := card.Flush(); err != nil {
		t.Fatal(err)
	}
}

func receive(card *bufio.ReadWriter) ([]byte, error) {
	var n [2]byte
	if _, err := io.ReadFull(card, n[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint16(n[:]))
	_, err := io.ReadFull(card, b)
	return b, err
}

func TestCards(t *testing.T) {
	r := newReader(t)
	w := newWorld(t, Options{Reader: r.Addr().String()})
	if err := w.Tear(3); err == nil {
		t.Error("a card was torn off that does not lie there")
	}
	if err := w.Lay("nobody"); !errors.Is(err, web.ErrNone) {
		t.Errorf("an unknown card: %v", err)
	}
	for _, id := range []string{"mau", bankCard, transitCard} {
		if err := w.Lay(id); err != nil {
			t.Fatal(err)
		}
		card := <-r.cards
		send(t, card, 0x01) // power on
		send(t, card, 0x04) // answer to reset
		if atr, err := receive(card); err != nil || len(atr) < 2 || atr[0] != 0x3B {
			t.Fatalf("%s: answer to reset %x, %v", id, atr, err)
		}
		if got := laid(w.View()); got != id {
			t.Errorf("on the page lies %q, want %q", got, id)
		}
		if v := w.View(); v.Reader != "A card lies on the reader." {
			t.Errorf("words %q", v.Reader)
		}
	}
	if err := w.Lift(); err != nil {
		t.Fatal(err)
	}
	if got := laid(w.View()); got != "" {
		t.Errorf("after lifting lies %q", got)
	}
	if err := w.Lift(); err != nil {
		t.Errorf("lifting nothing: %v", err)
	}
}

func TestCardTornOff(t *testing.T) {
	r := newReader(t)
	w := newWorld(t, Options{Reader: r.Addr().String()})
	if err := w.Lay("vidu"); err != nil {
		t.Fatal(err)
	}
	card := <-r.cards
	if err := w.Tear(1); err != nil {
		t.Fatal(err)
	}
	if v := w.View(); v.Reader != "The card will be lifted after 1 more APDUs." {
		t.Errorf("words %q", v.Reader)
	}
	send(t, card, 0x01)
	choose := []byte{0x00, 0xA4, 0x02, 0x0C, 0x02, 0x01, 0x1C}
	send(t, card, choose...)
	if _, err := receive(card); err != nil {
		t.Fatal(err)
	}
	if n := w.APDUs(); n != 1 {
		t.Errorf("%d commands answered", n)
	}
	send(t, card, choose...)
	if b, err := receive(card); err == nil {
		t.Errorf("a card that is gone answers %x", b)
	}
	v := until(t, w, "the card is gone", func(v web.View) bool { return laid(v) == "" })
	if v.Reader != "The card was lifted after 1 APDUs." {
		t.Errorf("words %q", v.Reader)
	}
}

func TestReaderThatIsNotThere(t *testing.T) {
	r := newReader(t)
	r.Close()
	w := newWorld(t, Options{Reader: r.Addr().String()})
	if err := w.Lay("mau"); err == nil {
		t.Error("a card lies on no reader")
	}
	if got := laid(w.View()); got != "" {
		t.Errorf("on the page lies %q", got)
	}
}

// scanner opens the line with the kiosk's own driver.
func scanner(t *testing.T, w *World) hal.Scanner {
	t.Helper()
	uri, _ := w.Devices()
	s, err := hal.Open[hal.Scanner](t.Context(), hal.Registry{"serial": serialscan.Opener(time.Now)}, uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.Arm(true)
	return s
}

func TestScans(t *testing.T) {
	w := newWorld(t, Options{})
	s := scanner(t, w)
	c, _ := people.ByKey("hblong")
	for _, x := range []struct{ id, text, want string }{
		{"hblong", "", c.QR()},
		{paymentCode, "", people.PaymentQR()},
		{"", "một mã khác", "một mã khác"},
	} {
		if err := w.Scan(x.id, x.text); err != nil {
			t.Fatal(err)
		}
		got, err := s.Next(t.Context())
		if err != nil || string(got.Data) != x.want {
			t.Errorf("%s%s: read %q, %v", x.id, x.text, got.Data, err)
		}
	}
	if err := w.Scan("nobody", ""); !errors.Is(err, web.ErrNone) {
		t.Errorf("an unknown code: %v", err)
	}
	if err := w.Scan(garbageCode, ""); err != nil {
		t.Errorf("garbage: %v", err)
	}
}

func TestScannerCable(t *testing.T) {
	w := newWorld(t, Options{Line: filepath.Join(t.TempDir(), "scanner")})
	s := scanner(t, w)
	if err := w.Cable(scannerCable); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Next(t.Context()); !errors.Is(err, hal.ErrGone) {
		t.Errorf("the kiosk reads from a cable that is pulled: %v", err)
	}
	if err := w.Scan("mau", ""); err == nil {
		t.Error("a scan over a cable that is pulled")
	}
	if !on(w.View().Cables, scannerCable) {
		t.Error("the page does not show it")
	}
	if err := w.Cable(scannerCable); err != nil {
		t.Fatal(err)
	}
	s = scanner(t, w) // under the same name
	if err := w.Scan("", "một mã nữa"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Next(t.Context()); err != nil || string(got.Data) != "một mã nữa" {
		t.Errorf("read %q, %v", got.Data, err)
	}
	if err := w.Cable(readerCable); !errors.Is(err, web.ErrNone) {
		t.Errorf("a reader that has no cable: %v", err)
	}
}

func TestReaderCable(t *testing.T) {
	r := newReader(t)
	var did []string
	fails := errors.New("no daemon")
	var plug error
	w := newWorld(t, Options{Reader: r.Addr().String(),
		Unplug: func() { did = append(did, "unplug") },
		Plug:   func() error { did = append(did, "plug"); return plug }})
	if err := w.Lay("mau"); err != nil {
		t.Fatal(err)
	}
	if err := w.Cable(readerCable); err != nil {
		t.Fatal(err)
	}
	if v := w.View(); !on(v.Cables, readerCable) || laid(v) != "" {
		t.Errorf("after pulling: %+v, %q lies there", v.Cables, laid(v))
	}
	if err := w.Lay("mau"); !errors.Is(err, errPulled) {
		t.Errorf("a card on a reader that is unplugged: %v", err)
	}
	// However late the plug was pulled: the chip was there already.
	chip, err := w.chip("mau")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.LayChip("mau", chip); !errors.Is(err, errPulled) {
		t.Errorf("a chip on a reader that is unplugged: %v", err)
	}
	plug = fails
	if err := w.Cable(readerCable); !errors.Is(err, fails) || !on(w.View().Cables, readerCable) {
		t.Errorf("got %v", err)
	}
	plug = nil
	if err := w.Cable(readerCable); err != nil || on(w.View().Cables, readerCable) {
		t.Errorf("got %v", err)
	}
	if want := []string{"unplug", "plug", "plug"}; !slices.Equal(did, want) {
		t.Errorf("did %q", did)
	}
}

func TestPower(t *testing.T) {
	w := newWorld(t, Options{})
	if got := w.View().Power; got == nil || len(got) > 0 {
		t.Errorf("before anything runs: %v", got)
	}
	cut := 0
	w.SetPower(Powered{ID: "kiosk", Text: "Cut it", Cut: func() error { cut++; return nil }})
	if err := w.Power("kiosk"); err != nil || cut != 1 {
		t.Errorf("got %v, %d cuts", err, cut)
	}
	if err := w.Power("moon"); !errors.Is(err, web.ErrNone) {
		t.Errorf("got %v", err)
	}
}

func TestPrinterAndPaper(t *testing.T) {
	w := newWorld(t, Options{})
	_, uri := w.Devices()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p, err := hal.Open[hal.Printer](ctx, hal.Registry{"escpos+tcp": escpos.Opener(escpos.Options{})}, uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	page := hal.Raster{Width: 576, Height: 200, Stride: 72, Bits: bytes.Repeat([]byte{0xF0}, 72*200)}
	if err := p.Print(ctx, "one", page); err != nil {
		t.Fatal(err)
	}
	v := until(t, w, "paper comes out", func(v web.View) bool { return len(v.Papers) == 1 })
	if v.Papers[0].N != 1 || !strings.HasPrefix(v.Papers[0].Note, "Cut at ") {
		t.Errorf("the page shows %+v", v.Papers[0])
	}
	b, err := w.Paper(1)
	if err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(bytes.NewReader(b)); err != nil || img.Bounds().Dx() != 576 || img.Bounds().Dy() < 200 {
		t.Errorf("the paper's picture: %v", err)
	}
	for _, n := range []int{0, -1, 2} {
		if _, err := w.Paper(n); !errors.Is(err, web.ErrNone) {
			t.Errorf("paper %d: %v", n, err)
		}
	}
	if err := w.Printer("empty"); err != nil {
		t.Fatal(err)
	}
	if err := p.Print(ctx, "two", page); !errors.Is(err, hal.ErrNoPaper) {
		t.Errorf("without paper: %v", err)
	}
}

func TestPrinterButtons(t *testing.T) {
	w := newWorld(t, Options{})
	for _, do := range []string{"near-end", "empty", "roll", "cover", "jam", "power"} {
		if err := w.Printer(do); err != nil {
			t.Fatal(err)
		}
		if !on(w.View().Printer, do) {
			t.Errorf("after %q the page shows %+v", do, w.View().Printer)
		}
	}
	for _, do := range []string{"cover", "jam", "power"} { // and back
		if err := w.Printer(do); err != nil {
			t.Fatal(err)
		}
		if on(w.View().Printer, do) {
			t.Errorf("%q stays on", do)
		}
	}
	if err := w.Printer("shake"); !errors.Is(err, web.ErrNone) {
		t.Errorf("got %v", err)
	}
}

func TestNetworkWithoutOne(t *testing.T) {
	w := newWorld(t, Options{})
	if err := w.Network("down"); !errors.Is(err, web.ErrNone) {
		t.Errorf("got %v", err)
	}
	if len(w.View().Network) > 0 {
		t.Error("buttons for a network that is not there")
	}
}

func TestPortraits(t *testing.T) {
	w := newWorld(t, Options{})
	for _, p := range w.View().People {
		b, err := w.Portrait(p.ID)
		if !p.Portrait {
			if !errors.Is(err, web.ErrNone) {
				t.Errorf("%s: %v", p.ID, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := image.DecodeConfig(bytes.NewReader(b)); err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
	}
}
