package pn532

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"tram06/devdock/people"
	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/person"
	"tram06/hal"
	"tram06/hal/pn532"
	"tram06/hal/pn532/sim"
)

const key = "mau"

var ways = map[string]func(ctx context.Context, c *sim.Chip) (*pn532.Reader, error){
	"i2c": func(ctx context.Context, c *sim.Chip) (*pn532.Reader, error) {
		return pn532.OpenI2C(ctx, c.I2C(), "pn532+i2c:///I2C1", pn532.Options{Rate: 424})
	},
	"spi": func(ctx context.Context, c *sim.Chip) (*pn532.Reader, error) {
		return pn532.OpenSPI(ctx, c.SPI(), physic.MegaHertz, "pn532+spi:///SPI0.0", pn532.Options{})
	},
	"serial": func(ctx context.Context, c *sim.Chip) (*pn532.Reader, error) {
		return pn532.OpenSerial(ctx, c.Line(), 921600, "pn532+serial:///dev/ttyS0?baud=921600", pn532.Options{})
	},
}

func open(t *testing.T, way string, c *sim.Chip) *pn532.Reader {
	t.Helper()
	r, err := ways[way](t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// identityCard is a citizen's card as the chip of the reader sees it.
func identityCard(t *testing.T, c people.Citizen, typeB bool) *sim.Card {
	t.Helper()
	a, err := chipsim.NewAuthority(rand.Reader, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	p, f, err := c.Document(a, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	chip, err := chipsim.New(p, f, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if typeB {
		return sim.NewCardB(chip.Transmit)
	}
	return sim.NewCard(chip.Transmit)
}

func citizen(t *testing.T) (people.Citizen, cccd.Access) {
	t.Helper()
	c, ok := people.ByKey(key)
	if !ok {
		t.Fatalf("no citizen %q", key)
	}
	q, err := cccd.ParseQR([]byte(c.QR()))
	if err != nil {
		t.Fatal(err)
	}
	return c, cccd.Access{QR: &q}
}

func options() cccd.Options {
	return cccd.Options{Rand: rand.Reader, Now: func() time.Time { return time.Date(2026, 1, 2, 8, 0, 0, 0, time.UTC) }}
}

// A citizen's card is read whole over each bus, by both kinds of radio.
func TestReadACitizen(t *testing.T) {
	c, access := citizen(t)
	for way := range ways {
		for _, typeB := range []bool{false, true} {
			chip := sim.New()
			r := open(t, way, chip)
			chip.Lay(identityCard(t, c, typeB))
			card, err := r.Wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got, err := cccd.Read(t.Context(), card, access, options())
			if err != nil {
				t.Fatalf("%s, type B %v: %v", way, typeB, err)
			}
			if err := card.Release(); err != nil {
				t.Fatal(err)
			}
			photo, err := c.Portrait()
			if err != nil {
				t.Fatal(err)
			}
			p := got.Person
			if p.Number != c.Card.Number || p.Name != c.Card.Name || p.Residence != c.Card.Residence ||
				string(p.Portrait.Data) != string(photo) || p.Assurance != person.ChipSigned || p.Proofs.Chip != person.Passed {
				t.Errorf("%s, type B %v: the card was read wrong", way, typeB)
			}
		}
	}
}

// A card that is lifted in the middle is missed, and read when it lies again.
func TestLiftedAndLaidAgain(t *testing.T) {
	c, access := citizen(t)
	for way := range ways {
		chip := sim.New()
		r := open(t, way, chip)
		chip.Lay(identityCard(t, c, false))
		card, err := r.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		chip.LiftAfter(12)
		if _, err := cccd.Read(t.Context(), card, access, options()); !errors.Is(err, hal.ErrCardRemoved) {
			t.Fatalf("%s: %v", way, err)
		}
		if err := card.Release(); err != nil {
			t.Fatal(err)
		}
		if err := r.WaitRemoval(t.Context()); err != nil {
			t.Fatal(err)
		}
		chip.Lay(identityCard(t, c, false))
		if card, err = r.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := cccd.Read(t.Context(), card, access, options()); err != nil {
			t.Fatalf("%s: %v", way, err)
		}
	}
}
