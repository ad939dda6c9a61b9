package haltest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"tram06/hal"
)

// Stage is a card reader with somebody's hands on it. Cards that are laid
// answer every command with the command itself and 9000.
type Stage interface {
	Reader() hal.CardReader
	Lay()
	Lift()
	Unplug()
	// Plug gives a reader opened anew after Unplug.
	Plug() hal.CardReader
}

// command is a well-formed APDU: SELECT of EF.CardAccess.
var command = []byte{0x00, 0xA4, 0x02, 0x0C, 0x02, 0x01, 0x1C}

// Cards asks for what hal promises of cards and of pulled plugs; open gives a
// fresh stage each time, without a card on it.
func Cards(t *testing.T, open func(t *testing.T) Stage) {
	taken := func(t *testing.T, r hal.CardReader) hal.Card {
		t.Helper()
		type outcome struct {
			card hal.Card
			err  error
		}
		result := make(chan outcome, 1)
		errs := make(chan error, 1)
		go func() {
			c, err := r.Wait(t.Context())
			result <- outcome{c, err}
			errs <- err
		}()
		if err := within(t, patience, "Wait", errs); err != nil {
			t.Fatal(err)
		}
		return (<-result).card
	}
	answered := func(t *testing.T, c hal.Card, apdu []byte) {
		t.Helper()
		got, err := c.Transmit(t.Context(), apdu)
		if err != nil || !bytes.Equal(got, append(bytes.Clone(apdu), 0x90, 0x00)) {
			t.Fatalf("a command of %d bytes is answered with %d: %v", len(apdu), len(got), err)
		}
	}
	removed := func(t *testing.T, r hal.CardReader) {
		t.Helper()
		w := wait{"WaitRemoval", r.WaitRemoval}
		if err := within(t, patience, w.name, start(t.Context(), w)); err != nil {
			t.Fatal(err)
		}
		if r.Present() {
			t.Fatal("a card that was removed is present")
		}
	}
	t.Run("a card comes, is used, and goes", func(t *testing.T) {
		s := open(t)
		r := s.Reader()
		if r.Present() {
			t.Fatal("a card on an empty reader")
		}
		removed(t, r) // at once
		s.Lay()
		c := taken(t, r)
		if !r.Present() {
			t.Error("a card in use is not present")
		}
		if atr := c.ATR(); len(atr) < 2 || atr[0] != 0x3B && atr[0] != 0x3F {
			t.Errorf("ATR % X", atr)
		}
		for _, n := range []int{4, 5, 261, 262, 1000} {
			apdu := bytes.Repeat([]byte{0xA5}, n)
			answered(t, c, apdu)
		}
		if err := c.Release(); err != nil {
			t.Error(err)
		}
		if err := c.Release(); err != nil {
			t.Errorf("released twice: %v", err)
		}
		if _, err := c.Transmit(t.Context(), command); !errors.Is(err, hal.ErrCardRemoved) || errors.Is(err, hal.ErrGone) {
			t.Errorf("after Release: %v, want ErrCardRemoved", err)
		}
		answered(t, taken(t, r), command) // it still lies there
		s.Lift()
		removed(t, r)
	})
	t.Run("a command that cannot be sent costs nothing", func(t *testing.T) {
		s := open(t)
		s.Lay()
		c := taken(t, s.Reader())
		for n := range 4 {
			if _, err := c.Transmit(t.Context(), make([]byte, n)); err == nil {
				t.Errorf("%d bytes were sent", n)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Transmit(ctx, command); !errors.Is(err, context.Canceled) {
			t.Errorf("a dead context gives %v", err)
		}
		answered(t, c, command)
	})
	t.Run("a card torn off", func(t *testing.T) {
		s := open(t)
		r := s.Reader()
		s.Lay()
		c := taken(t, r)
		answered(t, c, command)
		s.Lift()
		for range 2 {
			if _, err := c.Transmit(t.Context(), command); !errors.Is(err, hal.ErrCardRemoved) || errors.Is(err, hal.ErrGone) {
				t.Errorf("%v, want ErrCardRemoved alone", err)
			}
		}
		if err := c.Release(); err != nil {
			t.Error(err)
		}
		removed(t, r)
		s.Lay()
		answered(t, taken(t, r), command)
	})
	t.Run("the plug is pulled", func(t *testing.T) {
		for _, during := range []string{"nothing", "Wait", "WaitRemoval", "Transmit"} {
			s := open(t)
			r := s.Reader()
			var w wait
			switch during {
			case "Wait":
				w = wait{during, func(ctx context.Context) error { _, err := r.Wait(ctx); return err }}
			case "WaitRemoval":
				s.Lay()
				taken(t, r)
				w = wait{during, r.WaitRemoval}
			case "Transmit":
				s.Lay()
				c := taken(t, r)
				w = wait{during, func(ctx context.Context) error {
					for {
						if _, err := c.Transmit(ctx, command); err != nil {
							return err
						}
					}
				}}
			}
			if w.call != nil {
				result := start(t.Context(), w)
				s.Unplug()
				if err := within(t, patience, w.name, result); !errors.Is(err, hal.ErrGone) || errors.Is(err, hal.ErrCardRemoved) {
					t.Errorf("%s gives %v, want ErrGone alone", w.name, err)
				}
			} else {
				s.Unplug()
			}
			w = wait{"Wait", func(ctx context.Context) error { _, err := r.Wait(ctx); return err }}
			if err := within(t, patience, w.name, start(t.Context(), w)); !errors.Is(err, hal.ErrGone) {
				t.Errorf("Wait after the plug was pulled gives %v", err)
			}
			closeInTime(t, r)
			if h := r.Health(); h.State != hal.Absent || h.Key != hal.KeyReaderGone {
				t.Errorf("an unplugged reader says %v %q", h.State, h.Key)
			}
			s.Lift()
			r = s.Plug()
			s.Lay()
			answered(t, taken(t, r), command)
		}
	})
}
