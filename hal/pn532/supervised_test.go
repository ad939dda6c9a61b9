package pn532_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/haltest"
	"tram06/hal/pn532"
	"tram06/hal/pn532/sim"
)

// reading reads the card that lies there and waits for it to go.
func reading(ctx context.Context, r hal.CardReader, works func()) error {
	k, err := r.Wait(ctx)
	if err != nil {
		return err
	}
	if _, err := k.Transmit(ctx, selectFile); err != nil {
		return errors.Join(err, k.Release())
	}
	if err := k.Release(); err != nil {
		return err
	}
	works()
	return r.WaitRemoval(ctx)
}

func TestSupervised(t *testing.T) {
	for way, d := range transports {
		t.Run(way, func(t *testing.T) {
			var c *sim.Chip // of the bubble
			haltest.Supervised(t, haltest.Rig[hal.CardReader]{
				Open: func() (hal.CardReader, error) {
					if c == nil {
						c = sim.New()
						c.Lay(sim.NewCard(echo))
					}
					r, err := d(context.Background(), c, pn532.Options{})
					if err != nil {
						return nil, err
					}
					return r, nil
				},
				Unplug: func() { c.Unplug() }, Plug: func() { c.Plug() }, Virtual: true,
			}, reading)
		})
	}
}

// socket is where a chip behind a pseudo terminal is plugged in, under a link as
// udev makes it.
type socket struct {
	t    *testing.T
	link string
	cut  func() error
}

func (s *socket) plug() {
	c := sim.New()
	c.Lay(sim.NewCard(echo))
	master, slave, err := pty.Open()
	if err != nil {
		s.t.Error(err)
		return
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = c.Serve(master)
	}()
	if err := os.Symlink(slave.Name(), s.link); err != nil {
		s.t.Error(err)
	}
	s.cut = func() error {
		// Open until now, so that a driver's Close is no end of the line.
		err := errors.Join(os.Remove(s.link), master.Close(), slave.Close())
		<-served
		return err
	}
}

func (s *socket) unplug() {
	if err := s.cut(); err != nil {
		s.t.Error(err)
	}
}

func TestSupervisedOnATerminal(t *testing.T) {
	s := &socket{t: t, link: filepath.Join(t.TempDir(), "reader")}
	s.plug()
	defer func() { s.unplug() }()
	haltest.Supervised(t, haltest.Rig[hal.CardReader]{
		Open: func() (hal.CardReader, error) {
			d, err := pn532.Opener(brisk)(t.Context(), &url.URL{Scheme: "pn532+serial", Path: s.link})
			if err != nil {
				return nil, err
			}
			return d.(hal.CardReader), nil
		},
		Unplug: s.unplug, Plug: s.plug, Cycles: 100,
	}, reading)
}

// end is the far end of a terminal, as a peer sees it.
type end struct {
	net.Conn // for what no peer uses
	line     *os.File
}

func (e end) Read(b []byte) (int, error)  { return e.line.Read(b) }
func (e end) Write(b []byte) (int, error) { return e.line.Write(b) }
func (e end) Close() error                { return e.line.Close() }

// What hangs on a serial line need not be a PN532.
func TestStrangersOnATerminal(t *testing.T) {
	haltest.BadPeers(t, func(ctx context.Context, t *testing.T, peer func(net.Conn)) (hal.CardReader, error) {
		master, slave, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		// Without blocking, so that its Close ends a Write.
		fd, errDup := unix.Dup(int(master.Fd()))
		if err := errors.Join(errDup, master.Close(), unix.SetNonblock(fd, true)); err != nil {
			t.Fatal(err)
		}
		line := os.NewFile(uintptr(fd), "line")
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			peer(end{line: line})
		}()
		t.Cleanup(func() {
			_, _ = line.Close(), slave.Close() // a peer may have closed it
			<-ended
		})
		d, err := pn532.Opener(brisk)(ctx, &url.URL{Scheme: "pn532+serial", Path: slave.Name()})
		if err != nil {
			return nil, err
		}
		return d.(hal.CardReader), nil
	}, func(ctx context.Context, r hal.CardReader) error { _, err := r.Wait(ctx); return err })
}
