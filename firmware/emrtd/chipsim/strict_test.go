package chipsim_test

import (
	"bytes"
	"crypto/rand"
	"math/big"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/chipsim/group"
	"tram06/firmware/emrtd/tlv"
)

// issued is a card of a personality.
func issued(t *testing.T, name string) *card {
	t.Helper()
	p, ok := chipsim.PersonalityNamed(name)
	if !ok {
		t.Fatalf("no personality %s", name)
	}
	who, f, err := chipsim.Issue(p, nil, chipsim.Holder{
		CAN: testCAN, MRZ: testMRZ,
		Picture: func(bool) (chipsim.Picture, error) {
			return chipsim.Picture{Data: bytes.Repeat([]byte{0xFF}, 400), Width: 8, Height: 8}, nil
		},
	}, authority(t), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c, err := chipsim.New(who, f, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &card{t: t, Chip: c}
}

// set is MSE:Set AT for PACE with the CAN.
func set(mapping, cipher byte, more ...byte) apdu.Command {
	data := []byte{0x80, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, mapping, cipher, 0x83, 0x01, 0x02}
	return apdu.Command{INS: 0x22, P1: 0xC1, P2: 0xA4, Data: append(data, more...)}
}

func TestPACEVariantsAreToBeNamed(t *testing.T) {
	c := issued(t, "pace-same-oid")
	c.want(0x6A88, set(2, 2)) // on which of the two curves
	c.want(0x6A88, set(2, 2, 0x84, 0x01, 13))
	c.want(0x6A80, set(2, 3, 0x84, 0x01, 12)) // no such cipher here
	c.want(0x6A80, set(4, 2, 0x84, 0x01, 12)) // nor mapping
	c.want(0x6A80, set(2, 2, 0x84, 0x01, 12, 0x85, 0x00))
	c.want(0x9000, set(2, 2, 0x84, 0x01, 16))
	z := c.dynamic(c.want(0x9000, ga(0x10, 0, nil)), 0x80)
	if len(z) != 16 {
		t.Errorf("nonce of %d bytes", len(z))
	}
	// A point of the other curve is none of this one.
	g, err := group.ByID(12)
	if err != nil {
		t.Fatal(err)
	}
	c.want(0x6A80, ga(0x10, 0x81, g.Encode(g.Base())))
}

func TestIntegratedMappingIsStrict(t *testing.T) {
	for name, want := range map[string]struct {
		cipher   byte
		nonce, t int
	}{"pace-im": {2, 16, 16}, "pace-im-192": {3, 32, 24}, "pace-im-256": {4, 32, 32}, "pace-im-3des": {1, 16, 16}} {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{want.t - 8, want.t + 8, 0, want.t} {
				c := issued(t, name)
				c.want(0x9000, set(4, want.cipher))
				if z := c.dynamic(c.want(0x9000, ga(0x10, 0, nil)), 0x80); len(z) != want.nonce {
					t.Errorf("nonce of %d bytes, want %d", len(z), want.nonce)
				}
				if n != want.t {
					c.want(0x6A80, ga(0x10, 0x81, make([]byte, n)))
					continue
				}
				r := c.want(0x9000, ga(0x10, 0x81, make([]byte, n)))
				if !bytes.Equal(r.Data, []byte{0x7C, 0x02, 0x82, 0x00}) { // nothing to tell: Doc 9303-11, 4.4.5.2.2
					t.Errorf("answer %X", r.Data)
				}
			}
		})
	}
}

func TestNumbersAreChecked(t *testing.T) {
	g, err := group.ByID(0)
	if err != nil {
		t.Fatal(err)
	}
	minusOne := new(big.Int).Sub(g.P, big.NewInt(1)).Bytes()
	good := g.Encode(g.Power(g.Base(), big.NewInt(77)))
	for name, b := range map[string][]byte{"one": {1}, "zero": {0}, "minus one": minusOne, "two": {2}, "prime": g.P.Bytes(), "leading zero": append([]byte{0}, good...), "nothing": {}} {
		t.Run(name, func(t *testing.T) {
			c := issued(t, "pace-dh-1024")
			c.want(0x9000, set(1, 1))
			c.want(0x9000, ga(0x10, 0, nil))
			c.want(0x6A80, ga(0x10, 0x81, b))
		})
	}
	c := issued(t, "pace-dh-1024")
	c.want(0x9000, set(1, 1))
	c.want(0x9000, ga(0x10, 0, nil))
	theirs := c.dynamic(c.want(0x9000, ga(0x10, 0x81, good)), 0x82)
	if _, err := g.Decode(theirs); err != nil {
		t.Errorf("the chip's own number: %v", err)
	}
}

func TestChipAuthenticationIsStrict(t *testing.T) {
	c := issued(t, "ca-several")
	c.want(0x6982, apdu.Command{INS: 0x22, P1: 0x41, P2: 0xA6, Data: []byte{0x91, 0}})
	if sw := c.pace(2, []byte(testCAN)); sw != 0x9000 {
		t.Fatalf("%04X", sw)
	}
	c.want(0x9000, selectApplication())
	at := func(agreement, cipher byte, more ...byte) apdu.Command {
		data := []byte{0x80, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, agreement, cipher}
		return apdu.Command{INS: 0x22, P1: 0x41, P2: 0xA4, Data: append(data, more...)}
	}
	c.want(0x6A80, at(2, 1, 0x84, 1, 1)) // 3DES goes by the other command
	c.want(0x6A80, at(2, 3, 0x84, 1, 2)) // no curve with AES-192
	c.want(0x6A88, at(2, 2, 0x84, 1, 7)) // that key is of numbers
	c.want(0x6A88, at(2, 2, 0x84, 1, 9))
	c.want(0x9000, at(2, 2, 0x84, 1, 2))
	c.want(0x6A80, ga(0x00, 0x80, []byte{4, 1, 2, 3})) // no point, and the announcement is used up
	c.want(0x6985, ga(0x00, 0x80, []byte{4, 1, 2, 3}))
	c.want(0x9000, at(1, 3))
	c.want(0x6A80, ga(0x00, 0x80, []byte{1})) // of no order

	kat := func(public []byte, more ...byte) apdu.Command {
		return apdu.Command{INS: 0x22, P1: 0x41, P2: 0xA6, Data: append(tlv.Append(nil, 0x91, public), more...), Ne: 0}
	}
	g, err := group.ByID(10)
	if err != nil {
		t.Fatal(err)
	}
	good := g.Encode(g.Base())
	c.want(0x6A88, kat(good, 0x84, 1, 2))
	c.want(0x6A80, kat(good[1:], 0x84, 1, 1))
	c.want(0x6A80, kat(good, 0x84, 1, 1, 0x99, 0))
	c.want(0x9000, readSFI(1, 0, 4)) // all that, and the session lives
	c.want(0x9000, kat(good, 0x84, 1, 1))
	if r := c.send(readSFI(1, 0, 4)); r.SW != 0x6988 {
		t.Errorf("the old keys still work: %04X", r.SW)
	}

	c = issued(t, "card-2021")
	c.pace(2, []byte(testCAN))
	c.want(0x6A86, kat(good)) // this chip has no 3DES
}

func TestActiveAuthenticationIsStrict(t *testing.T) {
	c := issued(t, "aa-rsa-2048")
	internal := func(n, ne int) apdu.Command { return apdu.Command{INS: 0x88, Data: make([]byte, n), Ne: ne} }
	c.want(0x6982, internal(8, 256))
	c.pace(2, []byte(testCAN))
	c.want(0x6982, internal(8, 256)) // outside of the application
	c.want(0x9000, selectApplication())
	c.want(0x6700, internal(7, 256))
	c.want(0x6700, internal(8, 255)) // the signature has 256 bytes
	c.want(0x6A86, apdu.Command{INS: 0x88, P1: 1, Data: make([]byte, 8), Ne: 256})
	if r, pieces := c.gather(internal(8, 256)); r.SW != 0x9000 || len(r.Data) != 256 || pieces != 2 {
		t.Errorf("%04X, %d bytes in %d pieces", r.SW, len(r.Data), pieces)
	}
	c = issued(t, "no-proof")
	c.pace(2, []byte(testCAN))
	c.want(0x9000, selectApplication())
	c.want(0x6D00, internal(8, 256))
}

func TestIssueRefuses(t *testing.T) {
	p, _ := chipsim.PersonalityNamed("no-proof")
	h := chipsim.Holder{CAN: testCAN, MRZ: testMRZ, Picture: func(bool) (chipsim.Picture, error) {
		return chipsim.Picture{Data: []byte{1, 2, 3}}, nil
	}}
	a := authority(t)
	for name, at := range map[string]chipsim.Attack{
		"group that is not there": {Without: []int{14}},
		"byte outside":            {Change: []chipsim.Change{{File: chipsim.FileName(chipsim.DG(1)), At: 4000}}},
		"file that is not there":  {Change: []chipsim.Change{{File: chipsim.FileName(chipsim.DG(13)), At: 0}}},
		"cut to nothing":          {Shorter: []chipsim.Resize{{File: chipsim.FileName(chipsim.DG(1)), By: 4000}}},
	} {
		if _, _, err := chipsim.Issue(p, &at, h, a, rand.Reader); err == nil {
			t.Errorf("%s: done", name)
		}
	}
	if _, _, err := chipsim.Issue(p, nil, h, a, rand.Reader); err != nil {
		t.Error(err)
	}
	h.MRZ = "IDVNM"
	if _, _, err := chipsim.Issue(p, nil, h, a, rand.Reader); err == nil {
		t.Error("half an MRZ: done")
	}
}

func TestChaining(t *testing.T) {
	g, err := group.ByID(2)
	if err != nil {
		t.Fatal(err)
	}
	key := tlv.Append(nil, 0x7C, tlv.Append(nil, 0x80, g.Encode(g.Power(g.Base(), big.NewInt(99)))))
	part := func(cla byte, data []byte) apdu.Command {
		return apdu.Command{CLA: cla, INS: 0x86, Data: data, Ne: 256 * int(1-cla>>4)}
	}
	announce := apdu.Command{INS: 0x22, P1: 0x41, P2: 0xA4, Data: []byte{0x80, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, 1, 2}}
	start := func(name string) *card {
		c := issued(t, name)
		c.pace(2, []byte(testCAN))
		c.want(0x9000, selectApplication())
		return c
	}
	c := start("chaining")
	c.want(0x9000, announce)
	c.want(0x9000, part(0x10, key[:200]))
	if r := c.want(0x9000, part(0x00, key[200:])); !bytes.Equal(r.Data, []byte{0x7C, 0x00}) {
		t.Errorf("answer %X", r.Data)
	}

	c = start("chaining")
	c.want(0x9000, announce)
	c.want(0x9000, part(0x10, key[:200]))
	c.want(0x6883, readSFI(1, 0, 4)) // the last part was to come
	c.want(0x9000, readSFI(1, 0, 4))
	c.want(0x9000, announce)
	c.want(0x9000, part(0x10, key[:200]))
	c.want(0x6A80, part(0x00, key[201:])) // a byte is missing in the middle
	for range 10 {
		c.want(0x9000, part(0x10, make([]byte, 200)))
	}
	c.want(0x6700, part(0x10, make([]byte, 200)))

	c = start("ca-dh-aes") // this one takes no parts
	c.want(0x9000, announce)
	c.want(0x6884, part(0x10, key[:200]))
}
