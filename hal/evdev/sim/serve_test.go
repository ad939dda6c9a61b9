package sim

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
)

// one is a listener to which one peer comes.
type one struct {
	peer  chan net.Conn
	ended chan struct{}
}

func (l one) Accept() (net.Conn, error) {
	select {
	case c := <-l.peer:
		return c, nil
	case <-l.ended:
		return nil, net.ErrClosed
	}
}

func (l one) Close() error   { close(l.ended); return nil }
func (l one) Addr() net.Addr { return &net.UnixAddr{} }

// A peer that does not read, such as a kiosk that was stopped, holds nobody up.
func TestServeEndsWithAPeerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l := one{make(chan net.Conn, 1), make(chan struct{})}
		near, far := net.Pipe()
		defer far.Close()
		l.peer <- near
		served := make(chan error, 1)
		d := device()
		go func() { served <- Serve(ctx, l, d) }()
		synctest.Wait() // it writes the head
		if d.Readers() != 1 {
			t.Fatalf("%d have the device open", d.Readers())
		}
		cancel()
		if err := <-served; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if d.Readers() != 0 {
			t.Errorf("%d have the device open at the end", d.Readers())
		}
	})
}
