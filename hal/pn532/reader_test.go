package pn532_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/pn532"
	"tram06/hal/pn532/sim"
)

// everywhere runs f on each way to the chip, on a clock of its own.
func everywhere(t *testing.T, o pn532.Options, f func(t *testing.T, c *sim.Chip, r *pn532.Reader)) {
	t.Helper()
	for name, d := range transports {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := sim.New()
				r := open(t, d, c, o)
				defer r.Close()
				f(t, c, r)
			})
		})
	}
}

func wait(t *testing.T, r *pn532.Reader) hal.Card {
	t.Helper()
	k, err := r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func transmit(t *testing.T, k hal.Card, apdu []byte) []byte {
	t.Helper()
	b, err := k.Transmit(t.Context(), apdu)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var selectFile = []byte{0x00, 0xA4, 0x02, 0x0C, 0x02, 0x01, 0x1C}

// atrs of the simulator's cards: historical bytes of the answer to select, and
// application data with protocol information.
var atrs = map[string][]byte{
	"A": {0x3B, 0x89, 0x80, 0x01, 0x80, 0x73, 0xC8, 0x21, 0x10, 0x00, 0x90, 0x00, 0x31, 0xA3},
	"B": {0x3B, 0x88, 0x80, 0x01, 0xE1, 0xF3, 0x5E, 0x11, 0x77, 0x81, 0xA5, 0x30, 0x37},
}

func TestOneVisit(t *testing.T) {
	for kind, card := range map[string]func(func([]byte) []byte) *sim.Card{"A": sim.NewCard, "B": sim.NewCardB} {
		everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
			if r.Present() || r.Identity().Firmware != "1.6" {
				t.Fatal(r.Present(), r.Identity().Firmware)
			}
			go func() {
				pass(3 * time.Second) // on the bubble's clock
				c.Lay(card(echo))
			}()
			k := wait(t, r)
			if want := atrs[kind]; !bytes.Equal(k.ATR(), want) {
				t.Fatalf("ATR % X, want % X", k.ATR(), want)
			}
			if got := transmit(t, k, selectFile); !bytes.Equal(got, echo(selectFile)) {
				t.Fatalf("% X", got)
			}
			if !r.Present() {
				t.Fatal("a card in use is not present")
			}
			_, before := c.Field()
			if err := k.Release(); err != nil {
				t.Fatal(err)
			}
			if on, offs := c.Field(); on || offs != before+1 {
				t.Fatal("the field stays on after Release")
			}
			if _, err := k.Transmit(t.Context(), selectFile); !errors.Is(err, hal.ErrCardRemoved) {
				t.Fatal(err)
			}
			if !r.Present() {
				t.Fatal("Release is not a removal")
			}
			go func() {
				pass(time.Minute)
				c.Lift()
			}()
			if err := r.WaitRemoval(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r.Present() || r.Health().State != hal.Ready {
				t.Fatal(r.Present(), r.Health())
			}
		})
	}
}

// The same card, laid once, is a fresh one for each who takes it.
func TestTakenAgain(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		c.Lay(sim.NewCard(echo))
		for range 3 {
			k := wait(t, r)
			transmit(t, k, selectFile)
			result := make(chan error, 1)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				_, err := r.Wait(ctx)
				result <- err
			}()
			synctest.Wait()
			pass(10 * time.Second)
			select {
			case err := <-result:
				t.Fatalf("the card is in use, and Wait gives %v", err)
			default:
			}
			cancel()
			if err := <-result; !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if err := k.Release(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Commands and answers of every length go through whole, whatever the pieces.
func TestLongCommands(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		c.Lay(sim.NewCard(echo))
		k := wait(t, r)
		for _, n := range []int{4, 5, 250, 251, 252, 253, 259, 260, 261, 262, 263, 523, 524, 525, 1000, 4096, 65544} {
			for _, piece := range []int{262, 61} {
				c.Piece(piece)
				apdu := make([]byte, n)
				for i := range apdu {
					apdu[i] = byte(i * 7)
				}
				if got := transmit(t, k, apdu); !bytes.Equal(got, echo(apdu)) {
					t.Fatalf("%d bytes in pieces of %d: %d came back", n, piece, len(got))
				}
			}
		}
		for _, n := range []int{0, 3, 65545} {
			if _, err := k.Transmit(t.Context(), make([]byte, n)); err == nil {
				t.Errorf("a command of %d bytes was sent", n)
			}
		}
		transmit(t, k, selectFile) // what was refused cost nothing
	})
}

// An endless answer ends the card, not the memory.
func TestEndlessAnswer(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		c.Lay(sim.NewCard(func([]byte) []byte { return make([]byte, 200_000) }))
		if _, err := wait(t, r).Transmit(t.Context(), selectFile); !errors.Is(err, hal.ErrCardRemoved) {
			t.Fatal(err)
		}
	})
}

func TestCardLifted(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		c.Lay(sim.NewCard(echo))
		k := wait(t, r)
		c.LiftAfter(1)
		transmit(t, k, selectFile)
		if _, err := k.Transmit(t.Context(), selectFile); !errors.Is(err, hal.ErrCardRemoved) || errors.Is(err, hal.ErrGone) {
			t.Fatal(err)
		}
		if err := k.Release(); err != nil {
			t.Fatal(err)
		}
		if err := r.WaitRemoval(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.Lay(sim.NewCard(echo))
		transmit(t, wait(t, r), selectFile)
	})
}

// A card that is lifted between two commands is missed by itself.
func TestCardLiftedWhileInUse(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		c.Lay(sim.NewCard(echo))
		k := wait(t, r)
		transmit(t, k, selectFile)
		c.Lift()
		begun := time.Now()
		if err := r.WaitRemoval(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(begun); d > time.Second { // the bubble's clock: exact
			t.Errorf("noticed after %v", d)
		}
		if _, err := k.Transmit(t.Context(), selectFile); !errors.Is(err, hal.ErrCardRemoved) {
			t.Fatal(err)
		}
	})
}

// Every failure of the radio is the card's, and the card can be taken again.
func TestEveryStatus(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		c.Lay(sim.NewCard(echo))
		for s := byte(1); s <= 0x3F; s++ {
			k := wait(t, r)
			c.Fail(s)
			_, err := k.Transmit(t.Context(), selectFile)
			hot := s == 0x0D || s == 0x2D
			if !errors.Is(err, hal.ErrCardRemoved) || errors.Is(err, hal.ErrGone) || errors.Is(err, hal.ErrFault) != hot {
				t.Fatalf("status %02X: %v", s, err)
			}
			if h := r.Health(); hot != (h.State == hal.Fault && h.Key == hal.KeyReaderFault) {
				t.Fatalf("status %02X: health %v", s, h)
			}
			if hot {
				pass(time.Minute)
				if h := r.Health(); h.State != hal.Ready || !r.Present() {
					t.Fatalf("a minute after status %02X: health %v", s, h)
				}
			}
		}
	})
}

func TestSilentCard(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		c.Lay(sim.NewCard(func(apdu []byte) []byte { return nil }))
		if _, err := wait(t, r).Transmit(t.Context(), selectFile); !errors.Is(err, hal.ErrCardRemoved) {
			t.Fatal(err)
		}
		c.Lift()
		c.Lay(sim.NewCard(func(apdu []byte) []byte { return []byte{0x90} }))
		if _, err := wait(t, r).Transmit(t.Context(), selectFile); !errors.Is(err, hal.ErrCardRemoved) {
			t.Fatal(err)
		}
	})
}

// A card that reckons for long is waited for, one that never ends is not.
func TestLongReckoning(t *testing.T) {
	everywhere(t, pn532.Options{Wait: 20 * time.Second}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		c.Lay(sim.NewCard(echo))
		k := wait(t, r)
		c.Slow(sim.InDataExchange, 19*time.Second)
		transmit(t, k, selectFile)
		c.Slow(sim.InDataExchange, time.Hour)
		if _, err := k.Transmit(t.Context(), selectFile); !errors.Is(err, hal.ErrCardRemoved) {
			t.Fatal(err)
		}
		c.Slow(sim.InDataExchange, 0)
		transmit(t, wait(t, r), selectFile)
	})
}

// A context stops a command that has not begun, and none that has.
func TestContextOfACommand(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		heard := 0
		c.Lay(sim.NewCard(func(apdu []byte) []byte { heard++; return echo(apdu) }))
		k := wait(t, r)
		dead, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := k.Transmit(dead, selectFile); !errors.Is(err, context.Canceled) || heard != 0 {
			t.Fatal(err, heard)
		}
		c.Slow(sim.InDataExchange, 5*time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if b, err := k.Transmit(ctx, selectFile); err != nil || heard != 1 || !bytes.Equal(b, echo(selectFile)) {
			t.Fatal(err, heard)
		}
	})
}

// closeDuring closes the reader while a command is under way.
func closeDuring(t *testing.T, r *pn532.Reader, k hal.Card) {
	t.Helper()
	result := make(chan error, 1)
	go func() {
		_, err := k.Transmit(context.Background(), selectFile)
		result <- err
	}()
	synctest.Wait()
	begun := time.Now()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(begun); d > time.Second {
		t.Errorf("Close takes %v", d)
	}
	if err := <-result; !errors.Is(err, hal.ErrGone) || errors.Is(err, hal.ErrCardRemoved) {
		t.Fatal(err)
	}
}

// Close ends a command at which the card still reckons.
func TestCloseDuringACommand(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		c.Lay(sim.NewCard(echo))
		k := wait(t, r)
		c.Slow(sim.InDataExchange, time.Hour)
		closeDuring(t, r, k)
		if on, _ := c.Field(); on {
			t.Error("the field stays on")
		}
		if err := k.Release(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestOtherCards(t *testing.T) {
	classic := func() *sim.Card { return &sim.Card{UID: []byte{1, 2, 3, 4}, SAK: 0x08} }
	long := &sim.Card{UID: []byte{1, 2, 3, 4, 5, 6, 7}, SAK: 0x00}
	plainB := sim.NewCardB(echo)
	plainB.ATQB[10] = 0x80
	for _, other := range []*sim.Card{classic(), long, plainB} {
		everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
			c.Lay(other)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if _, err := r.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			if !r.Present() || r.Health().State != hal.Ready {
				t.Fatal(r.Present(), r.Health())
			}
			c.Lift()
			if err := r.WaitRemoval(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Of several cards one is taken, and the health tells that there are more.
func TestSeveralCards(t *testing.T) {
	classic := &sim.Card{UID: []byte{1, 2, 3, 4}, SAK: 0x08}
	for _, cards := range [][]*sim.Card{{classic, sim.NewCard(echo)}, {sim.NewCard(echo), classic}, {sim.NewCard(echo), sim.NewCard(echo)}} {
		everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
			c.Lay(cards...)
			k := wait(t, r)
			transmit(t, k, selectFile)
			if h := r.Health(); h.State != hal.Degraded || h.Key != hal.KeySeveralCards {
				t.Fatal(h)
			}
			if err := k.Release(); err != nil {
				t.Fatal(err)
			}
			c.Lift()
			c.Lay(sim.NewCard(echo))
			transmit(t, wait(t, r), selectFile)
			if h := r.Health(); h.State != hal.Ready || h.Key != hal.KeyOK {
				t.Fatal(h)
			}
		})
	}
}

// A card that never answers the presence check is read all the same.
func TestDeafCard(t *testing.T) {
	everywhere(t, pn532.Options{}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		deaf := sim.NewCard(echo)
		deaf.Deaf = true
		c.Lay(deaf)
		pass(time.Minute)
		if !r.Present() {
			t.Fatal("not seen")
		}
		k := wait(t, r)
		for range 3 {
			pass(10 * time.Second)
			transmit(t, k, selectFile)
		}
		if err := k.Release(); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		c.Lift()
		if err := r.WaitRemoval(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestBitRates(t *testing.T) {
	for _, k := range []struct {
		ta         byte
		want, rate int
	}{{0x77, 424, 424}, {0x77, 212, 212}, {0x77, 106, 106}, {0x11, 424, 212}, {0x22, 424, 424}, {0x22, 212, 106}, {0x12, 424, 106}, {0x00, 424, 106}, {0xF7, 424, 424}} {
		t.Run(fmt.Sprintf("%02X up to %d", k.ta, k.want), func(t *testing.T) {
			everywhere(t, pn532.Options{Rate: k.want}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
				card := sim.NewCard(echo)
				card.ATS[2] = k.ta
				c.Lay(card)
				transmit(t, wait(t, r), selectFile)
				if got := c.Rate(); got != k.rate {
					t.Errorf("%d kbit/s, want %d", got, k.rate)
				}
			})
		})
	}
}

// A card that promises a rate and does not keep it is read at 106 kbit/s.
func TestBitRateFails(t *testing.T) {
	everywhere(t, pn532.Options{Rate: 424}, func(t *testing.T, c *sim.Chip, r *pn532.Reader) {
		card := sim.NewCard(echo)
		c.FailPSL(true)
		c.Lay(card)
		transmit(t, wait(t, r), selectFile)
		if got := c.Rate(); got != 106 {
			t.Errorf("%d kbit/s", got)
		}
		if n := slices.Index(c.Commands(), sim.InPSL); n < 0 {
			t.Error("the rate was never asked for")
		}
	})
}

// pass lets time go by on the bubble's clock, on which waiting costs nothing.
func pass(d time.Duration) { <-time.After(d) }
