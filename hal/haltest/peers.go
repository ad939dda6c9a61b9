package haltest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"tram06/hal"
)

// Listen serves each who dials addr with a peer of its own, until the test ends,
// and gives the address that it got.
func Listen(t *testing.T, network, addr string, peer func(net.Conn)) string {
	t.Helper()
	ln, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var conns []net.Conn
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			wg.Go(func() { peer(c) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		mu.Lock()
		for _, c := range conns {
			_ = c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return ln.Addr().String()
}

// badPeers are what may be at the other end of a line instead of a device.
var badPeers = map[string]func(net.Conn){
	"hangs up":         func(c net.Conn) { _ = c.Close() },
	"says nothing":     func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
	"does not read":    func(net.Conn) {},
	"says zeros":       repeat(make([]byte, 1<<12)),
	"says ones":        repeat(bytes.Repeat([]byte{0xFF}, 1<<12)),
	"says hello":       repeat([]byte("220 mail.example ESMTP\r\nHTTP/1.1 400 Bad Request\r\n\r\n")),
	"says all numbers": repeat(numbers()),
	"says back":        func(c net.Conn) { _, _ = io.Copy(c, c) },
	"drips": func(c net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, c) }()
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for i := byte(0); ; i++ {
			<-tick.C
			if _, err := c.Write([]byte{i}); err != nil {
				return
			}
		}
	},
}

func numbers() []byte {
	b := make([]byte, 1<<12)
	for i := range b {
		b[i] = byte(i * 7)
	}
	return b
}

// repeat says the same for ever, and hears nothing of what is said to it.
func repeat(b []byte) func(net.Conn) {
	return func(c net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, c) }()
		for {
			if _, err := c.Write(b); err != nil {
				return
			}
		}
	}
}

// BadPeers puts all sorts of peers in the place of a device. It is not opened, and
// ErrGone then; or it is, and each call on it ends when its time is up or it is
// closed. open gives up when its context ends.
func BadPeers[D hal.Device](t *testing.T, open func(ctx context.Context, t *testing.T, peer func(net.Conn)) (D, error),
	call func(context.Context, D) error,
) {
	for name, peer := range badPeers {
		t.Run(name, func(t *testing.T) {
			running := goroutines()
			ctx, cancel := context.WithCancel(t.Context())
			type outcome struct {
				d   D
				err error
			}
			opened := make(chan outcome, 1)
			go func() {
				d, err := open(ctx, t, peer)
				opened <- outcome{d, err}
			}()
			var o outcome
			impatient := time.NewTimer(100 * time.Millisecond)
			defer impatient.Stop()
			defer cancel()
			select {
			case o = <-opened:
			case <-impatient.C: // its supervisor ends
				cancel()
				select {
				case o = <-opened:
				case <-time.After(patience):
					t.Fatal("opening does not end with its context")
				}
			}
			if o.err != nil {
				if !errors.Is(o.err, hal.ErrGone) && !errors.Is(o.err, context.Canceled) {
					t.Errorf("opening gives %v, want ErrGone", o.err)
				}
				noneLeft(t, running)
				return
			}
			brief, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer stop()
			err := within(t, patience, "the call", start(brief, wait{"the call", func(ctx context.Context) error { return call(ctx, o.d) }}))
			if err != nil && !errors.Is(err, hal.ErrGone) && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the call gives %v", err)
			}
			pending := start(context.Background(), wait{"the call", func(ctx context.Context) error { return call(ctx, o.d) }})
			closeInTime(t, o.d)
			if err := within(t, closing, "the call after Close", pending); err != nil && !errors.Is(err, hal.ErrGone) {
				t.Errorf("the call gives %v after Close, want ErrGone", err)
			}
			noneLeft(t, running)
		})
	}
}

// Wire is a peer that passes all on to another address, and back, over a cable
// that breaks. What one Read gives is a step.
func Wire(network, addr string, cable *Fuse) func(net.Conn) {
	return func(near net.Conn) {
		far, err := net.Dial(network, addr)
		if err != nil {
			_ = near.Close()
			return
		}
		carry := func(to, from net.Conn) {
			defer to.Close()
			defer from.Close()
			buf := make([]byte, 1<<16)
			for {
				n, err := from.Read(buf)
				if err != nil || cable.Broken() {
					return
				}
				if _, err := to.Write(buf[:n]); err != nil {
					return
				}
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() { carry(far, near) })
		carry(near, far)
		wg.Wait()
	}
}
