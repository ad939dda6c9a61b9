package escpos_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/url"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/escpos"
)

// noisy is a peer on TCP that swallows what it gets and says what it wants.
func noisy(t *testing.T, say func(c net.Conn, done <-chan struct{})) *url.URL {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			<-done
			_ = c.Close()
		}()
		said := make(chan struct{})
		go func() {
			defer close(said)
			say(c, done)
		}()
		b := make([]byte, 4096)
		for {
			if _, err := c.Read(b); err != nil {
				break
			}
		}
		<-said
	}()
	t.Cleanup(func() {
		close(done)
		_ = ln.Close()
		<-gone
	})
	u, _ := url.Parse("escpos+tcp://" + ln.Addr().String())
	return u
}

// Whatever a peer floods the kiosk with, no page is called printed, and Close
// is as quick as ever.
func TestFloods(t *testing.T) {
	noise := make([]byte, 1<<16)
	r := rand.New(rand.NewPCG(1, 6))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for name, what := range map[string][]byte{
		"zeros":            make([]byte, 4096),
		"all is well":      bytes.Repeat([]byte{0x12}, 4096),
		"well, and counts": bytes.Repeat([]byte{0x12, 0x00}, 2048),
		"automatic":        bytes.Repeat([]byte{0x10, 0, 0, 0x0F}, 1024),
		"changing":         bytes.Repeat([]byte{0x10, 0, 0, 0x0F, 0x38, 0, 0, 0x0F, 0x12, 0x1A}, 400),
		"cleared":          bytes.Repeat([]byte{0x37, 0x25, 0}, 1024),
		"printed":          bytes.Repeat([]byte{0x37, 0x22, '!', '!', '!', '!', 0, 0x12}, 500),
		"about, endlessly": append([]byte{0x5F}, bytes.Repeat([]byte("A"), 4096)...),
		"flow control":     bytes.Repeat([]byte{0x13, 0x11}, 2048),
		"noise":            noise,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := noisy(t, func(c net.Conn, done <-chan struct{}) {
				for {
					if _, err := c.Write(what); err != nil {
						return
					}
				}
			})
			o := escpos.Options{Poll: 5 * time.Millisecond, Reply: 10 * time.Millisecond, Stall: 100 * time.Millisecond, Confirm: 100 * time.Millisecond}
			d, err := escpos.Opener(o)(t.Context(), u)
			if err != nil {
				t.Fatal(err)
			}
			p := d.(*escpos.Printer)
			for i := range 3 {
				if err := p.Print(t.Context(), string(rune('a'+i)), receipt(576, 1600, 1)); err == nil {
					t.Error("a page is called printed")
				}
			}
			if is := p.Identity(); len(is.Maker) > hal.MaxIdentity {
				t.Errorf("a maker of %d letters", len(is.Maker))
			}
			closed := make(chan error, 1)
			go func() { closed <- p.Close() }()
			select {
			case err := <-closed:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(time.Second):
				t.Error("Close does not return")
			}
			if h := p.Health(); h.State != hal.Absent {
				t.Errorf("health %+v", h)
			}
		})
	}
}

// A peer that hangs up in the middle of an answer.
func TestAnswersCutShort(t *testing.T) {
	for _, what := range [][]byte{{}, {0x10}, {0x10, 0, 0}, {0x37, 0x22, 'a'}, {0x5F, 'E', 'P'}, {0x12, 0x12, 0x12}} {
		u := noisy(t, func(c net.Conn, _ <-chan struct{}) {
			_, _ = c.Write(what)
			_ = c.Close()
		})
		d, err := escpos.Opener(escpos.Options{Reply: 20 * time.Second})(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		until(t, d.(*escpos.Printer), hal.Absent, hal.KeyPrinterGone)
		if err := d.(hal.Printer).Print(context.Background(), "job", receipt(64, 8, 1)); !errors.Is(err, hal.ErrGone) || errors.Is(err, hal.ErrJobUnknown) {
			t.Errorf("after % X: %v, want ErrGone alone", what, err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}
