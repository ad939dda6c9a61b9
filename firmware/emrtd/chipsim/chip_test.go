package chipsim_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"strings"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/tlv"
)

func TestATR(t *testing.T) {
	atr := newCard(t, nil).ATR()
	var x byte
	for _, b := range atr[1:] {
		x ^= b
	}
	if len(atr) != 13 || !bytes.Equal(atr[:4], []byte{0x3B, 0x88, 0x80, 0x01}) || x != 0 {
		t.Errorf("ATR %X", atr)
	}
}

func TestBeforeAccess(t *testing.T) {
	c := newCard(t, nil)
	for _, tt := range []struct {
		name string
		sw   uint16
		cmd  apdu.Command
	}{
		{"master file", 0x6D00, apdu.Command{INS: 0xA4, P2: 0x0C, Data: []byte{0x3F, 0x00}}},
		{"nothing selected", 0x6986, read(0, 4)},
		{"data group outside the application", 0x6A82, selectEF(0x0101)},
		{"card access by SFI", 0x9000, readSFI(0x1C, 0, 256)},
		{"card access", 0x9000, selectEF(chipsim.FileCardAccess)},
		{"its first bytes", 0x9000, read(0, 4)},
		{"more than there is", 0x6282, read(4, 200)},
		{"behind its end", 0x6B00, read(22, 4)},
		{"another application", 0x6A82, apdu.Command{INS: 0xA4, P1: 0x04, P2: 0x0C, Data: []byte{0xA0, 0, 0, 2, 0x47, 0x20, 1}}},
		{"challenge outside the application", 0x6985, apdu.Command{INS: 0x84, Ne: 8}},
		{"application", 0x9000, selectApplication()},
		{"card access inside it", 0x6982, selectEF(chipsim.FileCardAccess)},
		{"data group", 0x6982, selectEF(0x0101)},
		{"data group by SFI", 0x6982, readSFI(1, 0, 4)},
		{"no such file", 0x6982, selectEF(0x0108)},
		{"answer with P2 00", 0x6A86, apdu.Command{INS: 0xA4, P1: 0x04, Data: []byte{0xA0}}},
		{"challenge of four bytes", 0x6700, apdu.Command{INS: 0x84, Ne: 4}},
		{"authentication without challenge", 0x6985, apdu.Command{INS: 0x82, Data: make([]byte, 40), Ne: 40}},
		{"GENERAL AUTHENTICATE without MSE", 0x6985, ga(0x10, 0, nil)},
		{"unknown password", 0x6A88, mse(3)},
		{"unknown instruction", 0x6D00, apdu.Command{INS: 0xEE}},
		{"unknown class", 0x6E00, apdu.Command{CLA: 0x80, INS: 0xA4}},
		{"secure messaging without keys", 0x6988, apdu.Command{CLA: 0x0C, INS: 0xB0, Data: []byte{0x8E, 0}, Ne: 256}},
		{"read with data", 0x6700, apdu.Command{INS: 0xB0, Data: []byte{1}, Ne: 1}},
	} {
		if r := c.send(tt.cmd); r.SW != tt.sw {
			t.Errorf("%s: %04X, want %04X", tt.name, r.SW, tt.sw)
		}
	}
	for _, bad := range [][]byte{{}, {0}, {0, 0xA4, 4}, {0, 0xA4, 4, 0x0C, 9, 1}, bytes.Repeat([]byte{0}, 12)} {
		if r := c.raw(bad); r.SW != 0x6700 {
			t.Errorf("%X: %04X", bad, r.SW)
		}
	}
}

func TestAccess(t *testing.T) {
	for name, open := range map[string]func(c *card) uint16{
		"BAC":           func(c *card) uint16 { c.want(0x9000, selectApplication()); return c.bac(testInfo) },
		"PACE with CAN": func(c *card) uint16 { return c.pace(2, []byte(testCAN)) },
		"PACE with MRZ": func(c *card) uint16 { return c.pace(1, keys.PACEPassword(testInfo)) },
		"PACE inside":   func(c *card) uint16 { c.want(0x9000, selectApplication()); return c.pace(2, []byte(testCAN)) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCard(t, nil)
			if sw := open(c); sw != 0x9000 {
				t.Fatalf("%04X", sw)
			}
			c.want(0x9000, selectApplication())
			dg1 := c.want(0x9000, readSFI(1, 0, 95)).Data
			if !strings.Contains(string(dg1), testMRZ) {
				t.Errorf("DG1 is %q", dg1)
			}
			c.want(0x6982, selectEF(chipsim.DG(3)))
			c.want(0x6A82, selectEF(chipsim.DG(11)))
			c.want(0x9000, selectEF(chipsim.DG(2)))
			most := c.sm.MaxRead(256)
			if n := len(c.want(0x9000, read(0, 256)).Data); n != most {
				t.Errorf("a short answer holds %d bytes, want %d", n, most)
			}
			c.want(0x6700, read(0, most+1))
			c.want(0x9000, apdu.Command{INS: 0xB0, Ne: apdu.MaxExtended, Extended: true})
			c.want(0x6B00, read(0x7000, 4))
			// Plain text ends it for good.
			if r := c.raw(encoded(t, readSFI(1, 0, 4))); r.SW != 0x6982 {
				t.Errorf("plain read: %04X", r.SW)
			}
			if r := c.send(readSFI(1, 0, 4)); r.SW != 0x6988 || c.Granted() {
				t.Errorf("read with dead keys: %04X", r.SW)
			}
		})
	}
}

func TestSecureMessagingEndsWithTheFirstWrongByte(t *testing.T) {
	c := newCard(t, nil)
	c.pace(2, []byte(testCAN))
	c.want(0x9000, selectApplication())
	p, err := c.sm.Wrap(readSFI(1, 0, 4))
	if err != nil {
		t.Fatal(err)
	}
	p.Data[len(p.Data)-1] ^= 1
	if r := c.raw(encoded(t, p)); r.SW != 0x6988 {
		t.Errorf("wrong MAC: %04X", r.SW)
	}
	p.Data[len(p.Data)-1] ^= 1
	if r := c.raw(encoded(t, p)); r.SW != 0x6988 || c.Granted() {
		t.Errorf("the right one afterwards: %04X", r.SW)
	}
}

func TestWrongPasswords(t *testing.T) {
	c := newCard(t, func(p *chipsim.Personality, _ chipsim.Files) { p.CANTries = 2 })
	if sw := c.pace(2, []byte("000000")); sw != 0x6300 {
		t.Errorf("wrong CAN: %04X", sw)
	}
	c.Reset()
	if sw := c.pace(2, []byte("111111")); sw != 0x6300 {
		t.Errorf("wrong CAN: %04X", sw)
	}
	c.Reset()
	c.want(0x6983, mse(2))
	c.want(0x9000, selectApplication())
	if sw := c.bac("090000638690031523103153"); sw != 0x6300 {
		t.Errorf("wrong expiry: %04X", sw)
	}
	if c.Granted() {
		t.Error("access without a password")
	}
	if sw := c.bac(testInfo); sw != 0x9000 {
		t.Errorf("BAC after a wrong one: %04X", sw)
	}
}

func TestPACEIsStrict(t *testing.T) {
	off := bytes.Repeat([]byte{1}, 65)
	off[0] = 4
	for name, tt := range map[string]struct {
		sw  uint16
		cmd apdu.Command
	}{
		"point off the curve":     {0x6A80, ga(0x10, 0x81, off)},
		"compressed point":        {0x6A80, ga(0x10, 0x81, append([]byte{2}, make([]byte, 32)...))},
		"wrong data object":       {0x6A80, ga(0x10, 0x83, off)},
		"chain ended too early":   {0x6883, ga(0x00, 0x81, off)},
		"no template":             {0x6A80, apdu.Command{CLA: 0x10, INS: 0x86, Data: []byte{0x7D, 0}, Ne: 256}},
		"another command between": {0x6985, ga(0x10, 0x81, off)},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCard(t, nil)
			c.want(0x9000, mse(2))
			c.want(0x9000, ga(0x10, 0, nil))
			if strings.Contains(name, "between") {
				c.want(0x9000, selectEF(chipsim.FileCardAccess))
			}
			c.want(tt.sw, tt.cmd)
			g := brainpool(t)
			c.want(0x6985, ga(0x10, 0x81, must(t)(g.Mul(g.Generator(), []byte{7}))))
		})
	}
}

func TestQuirks(t *testing.T) {
	with := func(f func(*chipsim.Personality)) *card {
		return newCard(t, func(p *chipsim.Personality, _ chipsim.Files) { f(p) })
	}
	withLe := selectApplication()
	withLe.Ne = 256
	c := with(func(p *chipsim.Personality) { p.RefuseLe = true })
	c.want(0x6700, withLe)
	c = with(func(p *chipsim.Personality) { p.WithoutExtended = true })
	c.want(0x6700, apdu.Command{INS: 0xB0, P1: 0x9C, Ne: 300})
	c = with(func(p *chipsim.Personality) { p.ExtendedEnds = true })
	c.pace(2, []byte(testCAN))
	c.want(0x9000, selectApplication())
	if r := c.raw(encoded(t, apdu.Command{CLA: 0x0C, INS: 0xB0, P1: 0x81, Ne: 300})); r.SW != 0x6700 || c.Granted() {
		t.Errorf("extended length: %04X", r.SW)
	}
	c = with(func(p *chipsim.Personality) { p.HideCardAccess = true })
	c.want(0x6A82, selectEF(chipsim.FileCardAccess))
	if sw := c.pace(2, []byte(testCAN)); sw != 0x9000 {
		t.Errorf("PACE with hidden card access: %04X", sw)
	}
	c = with(func(p *chipsim.Personality) { p.PACEInside = true })
	c.want(0x6985, mse(2))
	c.want(0x9000, selectApplication())
	if sw := c.pace(2, []byte(testCAN)); sw != 0x9000 {
		t.Errorf("PACE inside: %04X", sw)
	}
	c = with(func(p *chipsim.Personality) { p.WithoutBAC = true })
	c.want(0x9000, selectApplication())
	c.want(0x6D00, apdu.Command{INS: 0x84, Ne: 8})
	c = with(func(p *chipsim.Personality) { p.CardAccess = nil })
	c.want(0x6A80, mse(2))
	c = with(func(p *chipsim.Personality) { p.Fault = chipsim.NoApplication })
	c.want(0x6A82, selectApplication())
	c = with(func(p *chipsim.Personality) { p.Fault = chipsim.NoInstruction })
	c.want(0x6D00, selectApplication())
	c = with(func(p *chipsim.Personality) { p.Fault = chipsim.Garbage })
	c.pace(2, []byte(testCAN))
	p, err := c.sm.Wrap(selectApplication())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.sm.Unwrap(c.raw(encoded(t, p))); err == nil {
		t.Error("noise passes as an answer")
	}
}

func TestResetForgets(t *testing.T) {
	c := newCard(t, nil)
	c.pace(2, []byte(testCAN))
	c.want(0x9000, selectApplication())
	c.Reset()
	c.sm = nil
	c.want(0x6A82, selectEF(chipsim.DG(1)))
	c.want(0x9000, selectApplication())
	c.want(0x6982, selectEF(chipsim.DG(1)))
}

func TestChipAuthentication(t *testing.T) {
	c := newCard(t, nil)
	caMSE := apdu.Command{INS: 0x22, P1: 0x41, P2: 0xA4, Data: []byte{0x80, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x02}}
	c.want(0x6982, caMSE)
	c.pace(2, []byte(testCAN))
	c.want(0x9000, selectApplication())
	dg14 := c.want(0x9000, apdu.Command{INS: 0xB0, P1: 0x8E, Ne: apdu.MaxExtended, Extended: true}).Data
	at := bytes.Index(dg14, []byte{0x03, 0x42, 0x00, 0x04}) // BIT STRING with a point
	if at < 0 {
		t.Fatalf("no public key in DG14 of %d bytes", len(dg14))
	}
	public := dg14[at+3 : at+3+65]

	c.want(0x9000, caMSE)
	d := random(t, 32)
	g := brainpool(t)
	if got := c.want(0x9000, ga(0x00, 0x80, must(t)(g.Mul(g.Generator(), d)))).Data; !bytes.Equal(got, []byte{0x7C, 0}) {
		t.Fatalf("answer %X", got)
	}
	old := c.sm
	c.start(keys.AES128, g.Secret(must(t)(g.Mul(public, d))), nil)
	c.want(0x9000, readSFI(1, 0, 4))
	c.sm = old
	if r := c.send(readSFI(1, 0, 4)); r.SW != 0x6988 {
		t.Errorf("the old keys still work: %04X", r.SW)
	}
}

func TestActiveAuthentication(t *testing.T) {
	c := newCard(t, nil)
	c.pace(2, []byte(testCAN))
	c.want(0x9000, selectApplication())
	dg15 := c.want(0x9000, readSFI(15, 0, 256)).Data
	n, err := tlv.ParseOne(dg15, 0x6F)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := x509.ParsePKIXPublicKey(n.Value)
	if err != nil {
		t.Fatal(err)
	}
	challenge := random(t, 8)
	sig := c.want(0x9000, apdu.Command{INS: 0x88, Data: challenge, Ne: 256}).Data
	sum := sha256.Sum256(challenge)
	if !ecdsa.Verify(pub.(*ecdsa.PublicKey), sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		t.Error("the signature does not verify")
	}
}
