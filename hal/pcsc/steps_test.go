package pcsc

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/ebfe/scard"

	"tram06/hal"
	"tram06/hal/haltest"
)

// cut is a daemon that is reached over a cable which may break: at the call that
// it does not carry the reader or pcscd itself ends.
type cut struct {
	*daemon
	cable *haltest.Fuse
	end   func(*daemon)
}

func (c cut) step() {
	if c.cable.Broken() {
		c.end(c.daemon)
	}
}

func (c cut) establish() (session, error) {
	c.step()
	s, err := c.daemon.establish()
	if err != nil {
		return nil, err
	}
	return cutSession{s, c}, nil
}

type cutSession struct {
	session
	c cut
}

func (s cutSession) ListReaders() ([]string, error) {
	s.c.step()
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	if s.c.down != nil {
		return nil, s.c.down
	}
	return s.session.ListReaders()
}

func (s cutSession) GetStatusChange(states []scard.ReaderState, d time.Duration) error {
	s.c.step()
	return s.session.GetStatusChange(states, d)
}

func (s cutSession) Connect(reader string, mode scard.ShareMode, p scard.Protocol) (handle, error) {
	s.c.step()
	h, err := s.session.Connect(reader, mode, p)
	if err != nil {
		return nil, err
	}
	return cutHandle{h, s.c}, nil
}

type cutHandle struct {
	handle
	c cut
}

func (h cutHandle) BeginTransaction() error { h.c.step(); return h.handle.BeginTransaction() }

func (h cutHandle) EndTransaction(d scard.Disposition) error {
	h.c.step()
	return h.handle.EndTransaction(d)
}

func (h cutHandle) Disconnect(d scard.Disposition) error { h.c.step(); return h.handle.Disconnect(d) }

func (h cutHandle) Status() (*scard.CardStatus, error) {
	h.c.step()
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	if h.c.down != nil {
		return nil, h.c.down
	}
	return h.handle.Status()
}

func (h cutHandle) Transmit(b []byte) ([]byte, error) { h.c.step(); return h.handle.Transmit(b) }

// read is one citizen: a card comes, is read, and goes.
func read(ctx context.Context, d *daemon, r hal.CardReader) error {
	d.lay()
	defer d.lift()
	c, err := r.Wait(ctx)
	if err != nil {
		return err
	}
	for range 3 {
		if _, err := c.Transmit(ctx, []byte{0x00, 0xA4, 0x02, 0x0C}); err != nil {
			return errors.Join(err, c.Release())
		}
	}
	if err := c.Release(); err != nil {
		return err
	}
	d.lift()
	return r.WaitRemoval(ctx)
}

func TestCutAtEveryStep(t *testing.T) {
	for name, end := range map[string]func(*daemon){
		"service": (*daemon).die, "reader": (*daemon).unplug,
	} {
		t.Run(name, func(t *testing.T) {
			var d *daemon // of each bubble
			haltest.EveryStep(t, haltest.Visit[hal.CardReader]{
				Open: func(t *testing.T, cable *haltest.Fuse) (hal.CardReader, error) {
					d = newDaemon(picc)
					r, err := open(cut{d, cable, end}, "pcsc:///", "", time.Now)
					if err != nil {
						if d.open != 0 {
							t.Errorf("%d contexts are left open", d.open)
						}
						return nil, err
					}
					return r, nil
				},
				Use:     func(ctx context.Context, r hal.CardReader) error { return read(ctx, d, r) },
				Virtual: true,
			})
		})
	}
}

func TestPlugCycles(t *testing.T) {
	d := newDaemon(picc)
	haltest.PlugCycles(t, 1000, func(t *testing.T) (hal.CardReader, func()) {
		d.do(func() { d.readers = []string{picc} })
		return opened(t, d), d.unplug
	}, func(ctx context.Context, r hal.CardReader) error { _, err := r.Wait(ctx); return err })
	if d.open != 0 {
		t.Errorf("%d contexts are left open", d.open)
	}
}

// The reader's plug, and pcscd itself, which is restarted and takes a moment.
func TestSupervised(t *testing.T) {
	for name, c := range map[string]struct{ away, back func(*daemon) }{
		"reader":  {(*daemon).unplug, func(d *daemon) { d.do(func() { d.readers = []string{picc} }) }},
		"service": {(*daemon).die, func(d *daemon) { d.do(func() { d.down = nil }) }},
	} {
		t.Run(name, func(t *testing.T) {
			var d *daemon
			haltest.Supervised(t, haltest.Rig[hal.Device]{
				Open: func() (hal.Device, error) {
					if d == nil {
						d = newDaemon(picc) // of the bubble
					}
					return opener(d, time.Now)(context.Background(), &url.URL{Scheme: "pcsc", Path: "/"})
				},
				Unplug: func() { c.away(d) }, Plug: func() { c.back(d) }, Virtual: true,
			}, func(ctx context.Context, r hal.Device, works func()) error {
				if err := read(ctx, d, r.(hal.CardReader)); err != nil {
					return err
				}
				works()
				_, err := r.(hal.CardReader).Wait(ctx)
				return err
			})
			if d.open != 0 {
				t.Errorf("%d contexts are left open", d.open)
			}
		})
	}
}
