package pcsc

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"tram06/devdock/pcscd"
	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/pcsc"
	"tram06/hal/vpcd"
)

var (
	daemon *pcscd.Daemon
	home   string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pc")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	home = dir
	if daemon, err = pcscd.Start(context.Background(), home); err != nil {
		panic(err)
	}
	defer func() { daemon.Stop() }()
	if err := os.Setenv(pcscd.Env, daemon.Socket); err != nil {
		panic(err)
	}
	return m.Run()
}

// chip answers a command with so many bytes as its Le asks for, or with the
// command itself.
type chip struct{ resets atomic.Int32 }

func (*chip) ATR() []byte {
	return []byte{0x3B, 0x88, 0x80, 0x01, 'T', 'r', 'a', 'm', ' ', '0', '6', 0, 0x1A}
}
func (c *chip) Reset() { c.resets.Add(1) }
func (*chip) Transmit(cmd []byte) []byte {
	if len(cmd) == 7 && cmd[4] == 0 { // extended Le
		n := int(cmd[5])<<8 | int(cmd[6])
		if n == 0 {
			n = 65536
		}
		return append(bytes.Repeat([]byte{0xA5}, n), 0x90, 0)
	}
	return append(bytes.Clone(cmd), 0x90, 0)
}

func reader(t testing.TB) *pcsc.Reader {
	t.Helper()
	u, err := url.Parse("pcsc:///?reader=virtual")
	if err != nil {
		t.Fatal(err)
	}
	d, err := pcsc.Opener(time.Now)(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d.(*pcsc.Reader)
}

func lay(t testing.TB, c vpcd.Chip) *vpcd.Slot {
	t.Helper()
	s, err := vpcd.Insert(t.Context(), daemon.Addr, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Remove() })
	return s
}

// empty waits until pcscd has noticed that the last test's card is gone. A card
// laid down before that would be taken for the old one.
func empty(t testing.TB) {
	t.Helper()
	if err := reader(t).WaitRemoval(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	empty(t)
	haltest.CardReader(t, func(t *testing.T) hal.CardReader { return reader(t) })
}

func TestConformanceWithCard(t *testing.T) {
	empty(t)
	lay(t, &chip{})
	r := reader(t)
	c, err := r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Release(); err != nil {
		t.Fatal(err)
	}
	haltest.CardReaderWithCard(t, func(t *testing.T) hal.CardReader { return reader(t) })
}

func TestCardComesAnswersAndGoes(t *testing.T) {
	empty(t)
	r := reader(t)
	if r.Present() {
		t.Fatal("a card on an empty reader")
	}
	ch := &chip{}
	slot := lay(t, ch)
	c, err := r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(c.ATR(), ch.ATR()) || !r.Present() {
		t.Fatalf("ATR % X", c.ATR())
	}
	for name, apdu := range map[string][]byte{
		"case 1":          {0, 0xA4, 4, 0x0C},
		"short":           {0, 0xA4, 4, 0x0C, 2, 1, 0x1E},
		"extended length": append([]byte{0, 0xD6, 0, 0, 0, 0x04, 0x00}, bytes.Repeat([]byte{7}, 1024)...),
	} {
		rsp, err := c.Transmit(t.Context(), apdu)
		if err != nil || !bytes.Equal(rsp, append(bytes.Clone(apdu), 0x90, 0)) {
			t.Errorf("%s: %d bytes, %v", name, len(rsp), err)
		}
	}
	for _, n := range []int{256, 20000, 65000} {
		rsp, err := c.Transmit(t.Context(), []byte{0, 0xB0, 0, 0, 0, byte(n >> 8), byte(n)})
		if err != nil || len(rsp) != n+2 {
			t.Errorf("answer of %d bytes: %d, %v", n, len(rsp), err)
		}
	}
	before := ch.resets.Load()
	if err := c.Release(); err != nil {
		t.Fatal(err)
	}
	// The same card, activated anew: the chip has forgotten the former session.
	c, err = r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if ch.resets.Load() == before {
		t.Error("the chip was not reset between two uses")
	}
	if err := c.Release(); err != nil {
		t.Fatal(err)
	}
	if err := slot.Remove(); err != nil {
		t.Fatal(err)
	}
	if err := r.WaitRemoval(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.Present() {
		t.Fatal("the card is still there")
	}
}

// Two watch the same reader, as when a daemon that hung left the first wait
// behind. What one of them waits with must not be freed by the other.
func TestTwoWatchesOnOneReader(t *testing.T) {
	empty(t)
	first, second := reader(t), reader(t)
	for range 3 {
		slot := lay(t, &chip{})
		for _, r := range []*pcsc.Reader{second, first} {
			c, err := r.Wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Release(); err != nil {
				t.Fatal(err)
			}
		}
		// Whatever nobody holds any more is overwritten.
		for range 3 {
			runtime.GC()
			junk := make([][]byte, 1<<16)
			for i := range junk {
				junk[i] = bytes.Repeat([]byte{'x'}, 16+i%64)
			}
			runtime.KeepAlive(junk)
		}
		if err := slot.Remove(); err != nil {
			t.Fatal(err)
		}
		for _, r := range []*pcsc.Reader{first, second} {
			if err := r.WaitRemoval(t.Context()); err != nil {
				t.Fatalf("%v: %+v", err, r.Health())
			}
		}
	}
}

func TestTornOffInTheMiddle(t *testing.T) {
	empty(t)
	r := reader(t)
	slot := lay(t, &chip{})
	c, err := r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slot.RemoveAfter(1)
	if _, err := c.Transmit(t.Context(), []byte{0, 0xA4, 4, 0x0C}); err != nil {
		t.Fatal(err)
	}
	_, err = c.Transmit(t.Context(), []byte{0, 0xB0, 0, 0, 0})
	if !errors.Is(err, hal.ErrCardRemoved) || errors.Is(err, hal.ErrGone) {
		t.Fatalf("got %v, want ErrCardRemoved alone", err)
	}
	if err := c.Release(); err != nil {
		t.Fatal(err)
	}
	if err := r.WaitRemoval(t.Context()); err != nil {
		t.Fatal(err)
	}
	lay(t, &chip{})
	again, err := r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Transmit(t.Context(), []byte{0, 0xA4, 4, 0x0C}); err != nil {
		t.Fatal(err)
	}
	if err := again.Release(); err != nil {
		t.Fatal(err)
	}
}

// A citizen who lifts the card too early lays it back at once, before pcscd has
// noticed anything.
func TestTornOffAndLaidBackAtOnce(t *testing.T) {
	empty(t)
	r := reader(t)
	slot := lay(t, &chip{})
	c, err := r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slot.RemoveAfter(0)
	if _, err := c.Transmit(t.Context(), []byte{0, 0xA4, 4, 0x0C}); !errors.Is(err, hal.ErrCardRemoved) {
		t.Fatalf("got %v, want ErrCardRemoved", err)
	}
	lay(t, &chip{})
	if err := c.Release(); err != nil {
		t.Fatal(err)
	}
	c, err = r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Transmit(t.Context(), []byte{0, 0xA4, 4, 0x0C}); err != nil {
		t.Fatal(err)
	}
	if err := c.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestDaemonEndsAndComesBack(t *testing.T) {
	r := reader(t)
	lay(t, &chip{})
	c, err := r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() { result <- r.WaitRemoval(context.Background()) }()
	daemon.Stop()
	if err := <-result; !errors.Is(err, hal.ErrGone) {
		t.Fatalf("got %v, want ErrGone", err)
	}
	if _, err := c.Transmit(t.Context(), []byte{0, 0xA4, 4, 0x0C}); !errors.Is(err, hal.ErrGone) {
		t.Fatalf("got %v, want ErrGone", err)
	}
	if h := r.Health(); h.State != hal.Absent || h.Key != hal.KeyReaderGone {
		t.Fatalf("health %+v", h)
	}
	u, _ := url.Parse("pcsc:///")
	if _, err := pcsc.Opener(time.Now)(t.Context(), u); !errors.Is(err, hal.ErrGone) {
		t.Fatalf("opening without a daemon: %v", err)
	}
	socket := daemon.Socket
	if daemon, err = pcscd.Start(context.Background(), home); err != nil {
		t.Fatal(err)
	}
	if daemon.Socket != socket {
		t.Fatal("the new daemon is not where this process looks for it")
	}
	lay(t, &chip{})
	c, err = reader(t).Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Release(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkTransmit(b *testing.B) {
	empty(b)
	lay(b, &chip{})
	c, err := reader(b).Wait(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Release()
	apdu := []byte{0, 0xB0, 0, 0, 0, 0x40, 0}
	for b.Loop() {
		if _, err := c.Transmit(b.Context(), apdu); err != nil {
			b.Fatal(err)
		}
	}
}
