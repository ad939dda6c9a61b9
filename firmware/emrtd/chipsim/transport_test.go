package chipsim_test

import (
	"bytes"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/tlv"
)

func opened(t *testing.T, change func(*chipsim.Personality, chipsim.Files)) *card {
	t.Helper()
	c := newCard(t, change)
	if sw := c.pace(2, []byte(testCAN)); sw != 0x9000 {
		t.Fatalf("PACE: %04X", sw)
	}
	c.want(0x9000, selectApplication())
	return c
}

// gather sends a protected command and collects the pieces of its answer.
func (c *card) gather(cmd apdu.Command) (apdu.Response, int) {
	c.t.Helper()
	p, err := c.sm.Wrap(cmd)
	if err != nil {
		c.t.Fatal(err)
	}
	r := c.raw(encoded(c.t, p))
	pieces := 1
	all := r.Data
	for r.SW>>8 == 0x61 {
		r = c.raw([]byte{0x00, 0xC0, 0x00, 0x00, byte(r.SW)})
		all = append(all, r.Data...)
		if pieces++; pieces > 100 {
			c.t.Fatal("no end")
		}
	}
	out, err := c.sm.Unwrap(apdu.Response{Data: all, SW: r.SW})
	if err != nil {
		c.t.Fatal(err)
	}
	return out, pieces
}

func TestAnswersInPieces(t *testing.T) {
	c := opened(t, func(p *chipsim.Personality, _ chipsim.Files) { p.Answer = 100 })
	whole, pieces := c.gather(readSFI(13, 0, 200))
	if len(whole.Data) != 200 || pieces != 3 {
		t.Errorf("%d bytes in %d pieces", len(whole.Data), pieces)
	}
	if r, pieces := c.gather(readSFI(1, 0, 20)); len(r.Data) != 20 || pieces != 1 {
		t.Errorf("%d bytes in %d pieces", len(r.Data), pieces)
	}
	// What was not fetched is gone with the next command.
	p, err := c.sm.Wrap(readSFI(13, 0, 200))
	if err != nil {
		t.Fatal(err)
	}
	if r := c.raw(encoded(t, p)); r.SW>>8 != 0x61 || len(r.Data) != 100 {
		t.Fatalf("%04X with %d bytes", r.SW, len(r.Data))
	}
	c.raw([]byte{0x00, 0xB0, 0x00, 0x00, 0x00})
	if r := c.raw([]byte{0x00, 0xC0, 0x00, 0x00, 0x00}); r.SW != 0x6985 {
		t.Errorf("the rest of another answer: %04X", r.SW)
	}
}

func TestGetResponseIsStrict(t *testing.T) {
	c := newCard(t, func(p *chipsim.Personality, _ chipsim.Files) { p.Answer = 32; p.CardAccess = longCardAccess() })
	first := c.raw([]byte{0x00, 0xB0, 0x9C, 0x00, 0x00})
	if first.SW>>8 != 0x61 || len(first.Data) != 32 {
		t.Fatalf("%04X, %d bytes", first.SW, len(first.Data))
	}
	left := byte(first.SW)
	if r := c.raw([]byte{0x00, 0xC0, 0x00, 0x00, left + 5}); r.SW != 0x6C00|uint16(left) {
		t.Errorf("too long: %04X", r.SW)
	}
	if r := c.raw([]byte{0x00, 0xC0, 0x00, 0x00, left}); r.SW != 0x9000 || len(r.Data) != int(left) {
		t.Errorf("the rest: %04X, %d bytes", r.SW, len(r.Data))
	}
	if r := c.raw([]byte{0x00, 0xC0, 0x00, 0x00, 0x00}); r.SW != 0x6985 {
		t.Errorf("nothing left: %04X", r.SW)
	}
}

func longCardAccess() []byte {
	return tlv.Append(nil, 0x31, bytes.Repeat(cardAccess[2:], 3))
}

func TestExactLength(t *testing.T) {
	c := newCard(t, func(p *chipsim.Personality, _ chipsim.Files) { p.ExactLe = true })
	n := byte(len(cardAccess))
	if r := c.raw([]byte{0x00, 0xB0, 0x9C, 0x00, 0x00}); r.SW != 0x6C00|uint16(n) || len(r.Data) > 0 {
		t.Errorf("%04X, %d bytes", r.SW, len(r.Data))
	}
	if r := c.raw([]byte{0x00, 0xB0, 0x9C, 0x00, n}); r.SW != 0x9000 || len(r.Data) != int(n) {
		t.Errorf("%04X, %d bytes", r.SW, len(r.Data))
	}
	c = opened(t, func(p *chipsim.Personality, _ chipsim.Files) { p.ExactLe = true })
	c.want(0x6C5F, readSFI(1, 0, 200)) // protected, and the session lives on
	c.want(0x9000, readSFI(1, 0, 0x5F))
}

func TestReadBinaryOdd(t *testing.T) {
	c := opened(t, nil)
	odd := func(sfi byte, offset []byte, ne int) apdu.Command {
		return apdu.Command{INS: 0xB1, P2: sfi, Data: tlv.Append(nil, 0x54, offset), Ne: ne}
	}
	whole := c.want(0x9000, apdu.Command{INS: 0xB0, P1: 0x82, Ne: apdu.MaxExtended, Extended: true}).Data
	r := c.want(0x9000, odd(2, []byte{0x0F, 0xA0}, 256)) // from 4000 on
	n, err := tlv.ParseOne(r.Data, 0x53)
	if err != nil || len(n.Value) == 0 || !bytes.Equal(n.Value, whole[4000:4000+len(n.Value)]) {
		t.Errorf("%d bytes, %v", len(r.Data), err)
	}
	c.want(0x9000, odd(0, []byte{0}, 20))
	c.want(0x6B00, odd(2, []byte{0xFF, 0xFF}, 20))
	c.want(0x6A82, odd(11, []byte{0}, 20))
	c.want(0x6982, odd(3, []byte{0}, 20))
	c.want(0x6A80, apdu.Command{INS: 0xB1, P2: 2, Data: []byte{0x53, 0}, Ne: 20})
	c.want(0x6A86, apdu.Command{INS: 0xB1, P1: 1, Data: []byte{0x54, 1, 0}, Ne: 20})
}

func TestMasterFile(t *testing.T) {
	c := newCard(t, func(p *chipsim.Personality, f chipsim.Files) {
		p.MasterFile = true
		f[chipsim.FileATRInfo], f[chipsim.FileDIR], f[chipsim.FileCardSecurity] = []byte{0x47, 1, 0}, []byte{0x61, 0}, []byte{0x30, 0}
	})
	selectMaster := apdu.Command{INS: 0xA4, P2: 0x0C, Data: []byte{0x3F, 0x00}}
	c.want(0x9000, readSFI(0x01, 0, 3))
	c.want(0x9000, readSFI(0x1E, 0, 2))
	c.want(0x9000, selectEF(0x2F01))
	c.want(0x6982, selectEF(0x011D)) // what the chip proves of itself is closed
	c.want(0x9000, selectApplication())
	c.want(0x6982, readSFI(0x1D, 0, 2))
	c.want(0x9000, selectMaster)
	if sw := c.pace(2, []byte(testCAN)); sw != 0x9000 {
		t.Fatalf("%04X", sw)
	}
	if r := c.want(0x9000, readSFI(0x1D, 0, 2)); !bytes.Equal(r.Data, []byte{0x30, 0}) {
		t.Errorf("card security %X", r.Data)
	}
	c.want(0x9000, selectApplication())
	if r := c.want(0x9000, readSFI(0x1D, 0, 1)); !bytes.Equal(r.Data, []byte{0x77}) {
		t.Errorf("the SOD begins with %X", r.Data)
	}
	c.want(0x9000, selectMaster)
	c.want(0x6A82, selectEF(0x0101))
}

// The faults of a device in the middle, seen by a terminal that checks.
func TestFaultsUnderSecureMessaging(t *testing.T) {
	for _, fault := range []chipsim.Fault{chipsim.Replay, chipsim.WrongCounter, chipsim.WrongMAC, chipsim.Unprotected, chipsim.EndlessAnswer, chipsim.EndlessLength} {
		t.Run(fault.String(), func(t *testing.T) {
			c := opened(t, func(p *chipsim.Personality, _ chipsim.Files) { p.Fault, p.FaultAfter = fault, 3 })
			c.want(0x9000, readSFI(1, 0, 8)) // the second answer
			c.want(0x9000, readSFI(1, 0, 8))
			p, err := c.sm.Wrap(readSFI(1, 0, 16))
			if err != nil {
				t.Fatal(err)
			}
			r := c.raw(encoded(t, p))
			if fault == chipsim.EndlessAnswer {
				for range 50 {
					if r.SW>>8 != 0x61 {
						t.Fatalf("%04X ends it", r.SW)
					}
					r = c.raw([]byte{0x00, 0xC0, 0x00, 0x00, byte(r.SW)})
				}
			}
			if out, err := c.sm.Unwrap(r); err == nil {
				t.Errorf("passes as %04X with %d bytes", out.SW, len(out.Data))
			}
		})
	}
}
