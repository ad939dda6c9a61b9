package pcscd

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"tram06/devdock/people"
	"tram06/firmware/cccd"
	"tram06/firmware/person"
	"tram06/hal"
	"tram06/hal/pcsc"
	"tram06/hal/vpcd"
)

// The whole way of a reading: made-up citizen, simulated chip, vpcd, pcscd,
// libpcsclite, the kiosk's driver, Vietnam's card.

func openReader(t testing.TB) hal.CardReader {
	t.Helper()
	u, err := url.Parse("pcsc:///?reader=virtual")
	if err != nil {
		t.Fatal(err)
	}
	r, err := hal.Open[hal.CardReader](t.Context(), hal.Registry{"pcsc": pcsc.Opener(time.Now)}, u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// place lays a chip on the reader and waits until it answers; take removes it
// and waits until the daemon has seen that, too.
func place(t testing.TB, r hal.CardReader, chip vpcd.Chip) (slot *vpcd.Slot, card hal.Card, take func()) {
	t.Helper()
	slot, err := vpcd.Insert(t.Context(), shared.Addr, chip)
	if err != nil {
		t.Fatal(err)
	}
	card, err = r.Wait(t.Context())
	if err != nil {
		_ = slot.Remove()
		t.Fatal(err)
	}
	return slot, card, func() {
		_ = card.Release() // of a card that may have been torn off
		if err := slot.Remove(); err != nil {
			t.Error(err)
		}
		if err := r.WaitRemoval(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

func accessOf(t testing.TB, c people.Citizen) cccd.Access {
	t.Helper()
	q, err := cccd.ParseQR([]byte(c.QR()))
	if err != nil {
		t.Fatal(err)
	}
	return cccd.Access{QR: &q}
}

func options() cccd.Options { return cccd.Options{Rand: rand.Reader, Now: time.Now} }

func TestCitizensThroughTheDaemon(t *testing.T) {
	r := openReader(t)
	for _, c := range people.All() {
		t.Run(c.Key, func(t *testing.T) {
			chip, err := c.Chip(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			slot, card, take := place(t, r, chip)
			defer take()
			got, err := cccd.Read(t.Context(), card, accessOf(t, c), options())
			if err != nil {
				t.Fatal(err)
			}
			p := got.Person
			if p.Number != c.Card.Number || p.Name != c.Card.Name || p.Residence != c.Card.Residence || p.Expires != c.Card.Expires ||
				p.Assurance != person.ChipSigned || p.Portrait.Image == nil {
				t.Errorf("read %v with portrait %v", p, p.Portrait.Image != nil)
			}
			if got.Report.Access != cccd.AccessPACEGM || slot.APDUs() != got.Report.APDUs {
				t.Errorf("%s, %d APDUs, the chip saw %d", got.Report.Access, got.Report.APDUs, slot.APDUs())
			}
			t.Logf("%d APDUs, %d bytes in %v: %v", got.Report.APDUs, got.Report.Received,
				got.Report.Total(), got.Report.Phases)
		})
	}
}

func TestWrongDigitsThroughTheDaemon(t *testing.T) {
	r := openReader(t)
	chip, err := people.All()[0].Chip(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, card, take := place(t, r, chip)
	defer take()
	if _, err := cccd.Read(t.Context(), card, cccd.Access{CAN: "999999"}, options()); !errors.Is(err, cccd.ErrAccess) {
		t.Errorf("got %v", err)
	}
	// The right ones, without lifting the card.
	if _, err := cccd.Read(t.Context(), card, cccd.Access{CAN: people.All()[0].CAN()}, options()); err != nil {
		t.Error(err)
	}
}

func TestBankCardThroughTheDaemon(t *testing.T) {
	r := openReader(t)
	chip, err := people.BankCard(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, card, take := place(t, r, chip)
	defer take()
	if _, err := cccd.Read(t.Context(), card, accessOf(t, people.All()[0]), options()); !errors.Is(err, cccd.ErrNotIDCard) {
		t.Errorf("got %v", err)
	}
}

func TestTornOffThroughTheDaemon(t *testing.T) {
	r := openReader(t)
	c := people.All()[0]
	for _, n := range []int{0, 3, 6, 8, 11} {
		chip, err := c.Chip(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		slot, card, take := place(t, r, chip)
		slot.RemoveAfter(n)
		_, err = cccd.Read(t.Context(), card, accessOf(t, c), options())
		if !errors.Is(err, hal.ErrCardRemoved) {
			t.Errorf("after %d: %v", n, err)
		}
		take()
	}
}

// BenchmarkRead is a whole reading over the virtual reader: the time that this
// machine needs by itself, without a chip's and the air's.
func BenchmarkRead(b *testing.B) {
	r := openReader(b)
	c := people.All()[0]
	chip, err := c.Chip(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	timed := &stopwatch{Chip: chip}
	_, card, take := place(b, r, timed)
	defer take()
	access := accessOf(b, c)
	apdus := 0
	timed.spent.Store(0)
	for b.Loop() {
		chip.Reset()
		got, err := cccd.Read(b.Context(), card, access, options())
		if err != nil {
			b.Fatal(err)
		}
		apdus = got.Report.APDUs
	}
	host := b.Elapsed() - time.Duration(timed.spent.Load())
	b.ReportMetric(float64(host.Microseconds())/float64(b.N*apdus), "host-us/APDU")
	b.ReportMetric(float64(apdus), "APDUs")
}

// stopwatch adds up the time that the simulated chip itself takes.
type stopwatch struct {
	vpcd.Chip
	spent atomic.Int64
}

func (s *stopwatch) Transmit(cmd []byte) []byte {
	began := time.Now()
	defer func() { s.spent.Add(int64(time.Since(began))) }()
	return s.Chip.Transmit(cmd)
}
