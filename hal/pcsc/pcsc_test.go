package pcsc

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ebfe/scard"

	"tram06/hal"
	"tram06/hal/haltest"
)

// daemon plays pcscd and libpcsclite: a context blocks while it waits for a
// change, a cancel that comes too early is lost, and a card answers by its id.
type daemon struct {
	mu      sync.Mutex
	changed *sync.Cond
	readers []string
	present bool
	mute    bool
	count   int   // insertions and removals
	down    error // the service is gone
	held    bool  // a transaction is open
	resets  int
	proto   scard.Protocol
	hang    chan struct{} // a transmit, and the end of a transaction, wait for it
	open    int           // contexts
	busy    int           // connects refused with a sharing violation
	heard   []byte        // the last command
	answer  []byte        // to all commands, unless nil
	others  chan struct{} // another program's transaction
	stands  bool          // the process was stopped: it answers nobody
}

func newDaemon(readers ...string) *daemon {
	d := &daemon{readers: readers, proto: scard.ProtocolT1}
	d.changed = sync.NewCond(&d.mu)
	return d
}

func (d *daemon) do(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
	d.changed.Broadcast()
}

func (d *daemon) lay()    { d.do(func() { d.present = true; d.count++ }) }
func (d *daemon) lift()   { d.do(func() { d.present = false; d.count++ }) }
func (d *daemon) unplug() { d.do(func() { d.readers = nil }) }
func (d *daemon) die()    { d.do(func() { d.down = scard.ErrNoService }) }

func (d *daemon) establish() (session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down != nil {
		return nil, d.down
	}
	d.open++
	return &fakeSession{d: d}, nil
}

type fakeSession struct {
	d         *daemon
	waiting   bool
	cancelled bool
	released  bool
}

func (s *fakeSession) ListReaders() ([]string, error) {
	if len(s.d.readers) == 0 {
		return nil, scard.ErrNoReadersAvailable
	}
	return s.d.readers, nil
}

func (s *fakeSession) GetStatusChange(states []scard.ReaderState, timeout time.Duration) error {
	d := s.d
	expired := false
	if timeout >= 0 {
		defer time.AfterFunc(timeout, func() { d.do(func() { expired = true }) }).Stop()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s.waiting = true
	defer func() { s.waiting, s.cancelled = false, false }()
	for {
		var now scard.StateFlag
		switch {
		case s.released:
			return scard.ErrInvalidHandle
		case d.down != nil:
			return d.down
		case s.cancelled:
			return scard.ErrCancelled
		case len(d.readers) == 0:
			now = scard.StateUnknown
		case d.present:
			now = scard.StatePresent
			if d.mute {
				now |= scard.StateMute
			}
			if d.held {
				now |= scard.StateInuse
			}
		default:
			now = scard.StateEmpty
		}
		if d.stands { // the library waits for its answer whatever the time
			d.changed.Wait()
			continue
		}
		if expired {
			return scard.ErrTimeout
		}
		now |= scard.StateFlag(d.count << 16)
		if now != states[0].CurrentState {
			states[0].EventState = now | scard.StateChanged
			return nil
		}
		d.changed.Wait()
	}
}

func (s *fakeSession) Cancel() error {
	s.d.do(func() { s.cancelled = s.waiting })
	return nil
}

func (s *fakeSession) Release() error {
	s.d.do(func() {
		if s.released {
			panic("context released twice")
		}
		s.released = true
		s.d.open--
	})
	return nil
}

func (s *fakeSession) Connect(string, scard.ShareMode, scard.Protocol) (handle, error) {
	d := s.d
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case s.released:
		return nil, scard.ErrInvalidHandle
	case d.down != nil:
		return nil, d.down
	case len(d.readers) == 0:
		return nil, scard.ErrReaderUnavailable
	case !d.present:
		return nil, scard.ErrNoSmartcard
	case d.mute:
		return nil, scard.ErrUnresponsiveCard
	case d.busy > 0:
		d.busy--
		return nil, scard.ErrSharingViolation
	}
	return &fakeHandle{d: d, count: d.count}, nil
}

type fakeHandle struct {
	d     *daemon
	count int
}

func (h *fakeHandle) check() error {
	switch {
	case h.d.down != nil:
		return h.d.down
	case len(h.d.readers) == 0:
		return scard.ErrReaderUnavailable
	case h.count != h.d.count:
		return scard.ErrRemovedCard
	}
	return nil
}

func (h *fakeHandle) ActiveProtocol() scard.Protocol { return h.d.proto }
func (h *fakeHandle) Status() (*scard.CardStatus, error) {
	return &scard.CardStatus{Atr: []byte{0x3B, 0x80, 0x80, 0x01, 0x01}}, nil
}

func (h *fakeHandle) BeginTransaction() error {
	if h.d.others != nil {
		<-h.d.others
	}
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if err := h.check(); err != nil {
		return err
	}
	if h.d.held {
		panic("two transactions")
	}
	h.d.held = true
	return nil
}

func (h *fakeHandle) Reconnect(_ scard.ShareMode, _ scard.Protocol, x scard.Disposition) error {
	return h.Disconnect(x)
}

func (h *fakeHandle) EndTransaction(scard.Disposition) error {
	if h.d.hang != nil {
		<-h.d.hang
	}
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	h.d.held = false
	return h.check()
}

func (h *fakeHandle) Disconnect(x scard.Disposition) error {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if x == scard.ResetCard {
		h.d.resets++
	}
	return h.check()
}

func (h *fakeHandle) Transmit(cmd []byte) ([]byte, error) {
	if h.d.hang != nil {
		<-h.d.hang
	}
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if !h.d.held {
		panic("command outside of a transaction")
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	h.d.heard = bytes.Clone(cmd)
	if h.d.answer != nil {
		return h.d.answer, nil
	}
	return append([]byte{byte(len(cmd))}, 0x90, 0x00), nil
}

const picc = "ACS ACR1252 1S CL Reader [PICC] 00 00"

func opened(t *testing.T, d *daemon) *Reader {
	t.Helper()
	r, err := open(d, "pcsc:///", "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func TestConformance(t *testing.T) {
	haltest.CardReader(t, func(t *testing.T) hal.CardReader { return opened(t, newDaemon(picc)) })
}

func TestConformanceWithCard(t *testing.T) {
	haltest.CardReaderWithCard(t, func(t *testing.T) hal.CardReader {
		d := newDaemon(picc)
		d.lay()
		return opened(t, d)
	})
}

func TestCardIsReadInOneTransaction(t *testing.T) {
	d := newDaemon(picc)
	r := opened(t, d)
	if r.Present() {
		t.Fatal("a card on an empty reader")
	}
	for range 3 {
		d.lay()
		c, err := r.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !r.Present() || len(c.ATR()) == 0 {
			t.Fatal("no card, or no answer to reset")
		}
		rsp, err := c.Transmit(t.Context(), []byte{0, 0xA4, 4, 0x0C})
		if err != nil || len(rsp) != 3 || rsp[0] != 4 {
			t.Fatalf("% X, %v", rsp, err)
		}
		if _, err := c.Transmit(t.Context(), nil); err == nil {
			t.Fatal("an empty command was sent")
		}
		dead, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Transmit(dead, []byte{0, 0, 0, 0}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		for range 2 {
			if err := c.Release(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Transmit(t.Context(), []byte{0, 0, 0, 0}); !errors.Is(err, hal.ErrCardRemoved) {
			t.Fatalf("a released card answers: %v", err)
		}
		d.lift()
		if err := r.WaitRemoval(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if d.held || d.resets != 3 {
		t.Fatalf("held %v, %d resets", d.held, d.resets)
	}
}

func TestTornOff(t *testing.T) {
	d := newDaemon(picc)
	r := opened(t, d)
	d.lay()
	c, err := r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.lift()
	d.lay() // put back at once: still another activation
	if _, err := c.Transmit(t.Context(), []byte{0, 0, 0, 0}); !errors.Is(err, hal.ErrCardRemoved) || errors.Is(err, hal.ErrGone) {
		t.Fatalf("got %v, want ErrCardRemoved alone", err)
	}
	if err := c.Release(); err != nil {
		t.Fatal(err)
	}
	if d.resets != 0 {
		t.Fatal("a card that may be gone was reset")
	}
	c, err = r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d.resets != 1 {
		t.Fatal("after a failure the next use does not begin with a reset")
	}
	if _, err := c.Transmit(t.Context(), []byte{0, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	if err := c.Release(); err != nil {
		t.Fatal(err)
	}
}

// A card that is being torn off may answer less than a status word, and the
// library calls that a success.
func TestAnswersWithoutAStatus(t *testing.T) {
	for n, whole := range []bool{false, false, true} {
		d := newDaemon(picc)
		d.lay()
		d.answer = []byte{0x90, 0x00}[:n]
		c, err := opened(t, d).Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		rsp, err := c.Transmit(t.Context(), []byte{0, 0, 0, 0})
		if whole && (err != nil || len(rsp) != n) || !whole && (!errors.Is(err, hal.ErrCardRemoved) || errors.Is(err, hal.ErrGone)) {
			t.Errorf("an answer of %d bytes gives % X, %v", n, rsp, err)
		}
		if err := c.Release(); err != nil {
			t.Error(err)
		}
		if reset := d.resets > 0; reset != whole {
			t.Errorf("after an answer of %d bytes the card was reset: %t", n, reset)
		}
	}
}

func TestReaderOrServiceGone(t *testing.T) {
	for name, do := range map[string]func(*daemon){"unplugged": (*daemon).unplug, "service": (*daemon).die} {
		t.Run(name, func(t *testing.T) {
			d := newDaemon(picc)
			r := opened(t, d)
			d.lay()
			c, err := r.Wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			result := make(chan error, 1)
			go func() { result <- r.WaitRemoval(context.Background()) }()
			do(d)
			if err := <-result; !errors.Is(err, hal.ErrGone) {
				t.Fatal(err)
			}
			if _, err := c.Transmit(t.Context(), []byte{0, 0, 0, 0}); !errors.Is(err, hal.ErrGone) {
				t.Fatal(err)
			}
			<-r.HealthChanged()
			if h := r.Health(); h.State != hal.Absent || h.Key != hal.KeyReaderGone {
				t.Fatalf("health %+v", h)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if d.open != 0 {
				t.Fatalf("%d contexts are left open", d.open)
			}
			if _, err := open(d, "pcsc:///", "", time.Now); !errors.Is(err, hal.ErrGone) {
				t.Fatalf("opening again: %v", err)
			}
			if d.open != 0 {
				t.Fatalf("%d contexts are left open by a failed opening", d.open)
			}
		})
	}
}

// A card at the edge of the field, or held by another program, is tried again.
func TestMuteThenAnswering(t *testing.T) {
	d := newDaemon(picc)
	d.mute, d.busy = true, 1
	r := opened(t, d)
	got := make(chan error, 1)
	go func() {
		c, err := r.Wait(context.Background())
		if err == nil {
			err = c.Release()
		}
		got <- err
	}()
	d.lay()
	d.do(func() { d.mute = false })
	if err := <-got; err != nil {
		t.Fatal(err)
	}
}

func TestUnknownProtocolIsNoPanic(t *testing.T) {
	d := newDaemon(picc)
	d.proto = 0
	d.lay()
	r := opened(t, d)
	if _, err := r.activate(); !errors.Is(err, scard.ErrProtoMismatch) {
		t.Fatal(err)
	}
}

func TestChoose(t *testing.T) {
	const sam, icc, virtual = "ACS ACR1252 1S CL Reader SAM 01 00", "Gemalto PC Twin 00 00", "Virtual PCD 00 00"
	for _, c := range []struct {
		names []string
		want  string
		got   string
	}{
		{[]string{sam, icc, picc}, "", picc},
		{[]string{sam, icc}, "", icc},
		{[]string{virtual, "Virtual PCD 00 01"}, "", virtual},
		{[]string{sam}, "", ""},
		{[]string{sam}, "sam", sam},
		{[]string{icc, picc}, "gemalto", icc},
		{[]string{icc}, "acr", ""},
		{nil, "", ""},
	} {
		got, ok := choose(c.names, c.want)
		if got != c.got || ok != (c.got != "") {
			t.Errorf("%q of %q: %q, want %q", c.want, c.names, got, c.got)
		}
	}
}

func TestRefusedURIs(t *testing.T) {
	for uri, want := range map[string]string{"pcsc:///?name=x": "unknown parameter", "pcsc:///?reader=a&reader=b": "given 2 times", "pcsc://ACR/": "write pcsc:///", "pcsc:///?reader=none+such": "no card reader like"} {
		u, _ := url.Parse(uri)
		if _, err := opener(newDaemon(picc), time.Now)(t.Context(), u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", uri, err, want)
		}
	}
}
