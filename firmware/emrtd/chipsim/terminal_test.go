package chipsim_test

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"testing"
	"time"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

const (
	testMRZ  = "IDVNM0900006386001090000638<<79003152M3003150VNM<<<<<<<<<<<6NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<"
	testInfo = "090000638690031523003150"
	testCAN  = "000638"
)

var cardAccess = []byte{0x31, 0x14, 0x30, 0x12, 0x06, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02, 0x02, 0x01, 0x02, 0x02, 0x01, 0x0D}

// card is a chip with a small terminal of its own, so that the chip is tested
// without the reader it will meet.
type card struct {
	t *testing.T
	*chipsim.Chip
	sm *sm.Session
}

func newCard(t *testing.T, change func(*chipsim.Personality, chipsim.Files)) *card {
	t.Helper()
	a, err := chipsim.NewAuthority(rand.Reader, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	k, err := chipsim.NewPrivateKeys(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dg13 := tlv.Append(nil, 0x6D, bytes.Repeat([]byte{0x13}, 300))
	f, err := chipsim.Build(chipsim.Content{MRZ: testMRZ, Portrait: bytes.Repeat([]byte{0xFF, 0xD8}, 3000), Width: 48, Height: 64,
		More: map[int][]byte{13: dg13}}, k, a, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := chipsim.Personality{CAN: testCAN, MRZ: testMRZ, CardAccess: cardAccess, Closed: []int{3}, Keys: k}
	if change != nil {
		change(&p, f)
	}
	c, err := chipsim.New(p, f, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &card{t: t, Chip: c}
}

// raw sends bytes.
func (c *card) raw(cmd []byte) apdu.Response {
	c.t.Helper()
	r, err := apdu.ParseResponse(c.Transmit(cmd))
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// send sends a command, protected if there is a session.
func (c *card) send(cmd apdu.Command) apdu.Response {
	c.t.Helper()
	if c.sm == nil {
		return c.raw(encoded(c.t, cmd))
	}
	p, err := c.sm.Wrap(cmd)
	if err != nil {
		c.t.Fatal(err)
	}
	r := c.raw(encoded(c.t, p))
	if len(r.Data) == 0 {
		c.sm = nil
		return r
	}
	out, err := c.sm.Unwrap(r)
	if err != nil {
		c.t.Fatalf("INS %02X: %v", cmd.INS, err)
	}
	return out
}

func encoded(t *testing.T, cmd apdu.Command) []byte {
	t.Helper()
	b, err := cmd.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (c *card) want(sw uint16, cmd apdu.Command) apdu.Response {
	c.t.Helper()
	r := c.send(cmd)
	if r.SW != sw {
		c.t.Fatalf("INS %02X P1 %02X P2 %02X: %04X, want %04X", cmd.INS, cmd.P1, cmd.P2, r.SW, sw)
	}
	return r
}

func selectApplication() apdu.Command {
	return apdu.Command{INS: 0xA4, P1: 0x04, P2: 0x0C, Data: []byte{0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01}}
}

func selectEF(id uint16) apdu.Command {
	return apdu.Command{INS: 0xA4, P1: 0x02, P2: 0x0C, Data: []byte{byte(id >> 8), byte(id)}}
}

func readSFI(sfi byte, offset, ne int) apdu.Command {
	return apdu.Command{INS: 0xB0, P1: 0x80 | sfi, P2: byte(offset), Ne: ne}
}

func read(offset, ne int) apdu.Command {
	return apdu.Command{INS: 0xB0, P1: byte(offset >> 8), P2: byte(offset), Ne: ne}
}

// bac runs Basic Access Control and gives the status word of its last step.
func (c *card) bac(info string) uint16 {
	c.t.Helper()
	rndIC := c.want(0x9000, apdu.Command{INS: 0x84, Ne: 8}).Data
	seed := keys.Seed(info)
	kenc, kmac := keys.Derive(keys.TDES, seed, keys.Enc), keys.Derive(keys.TDES, seed, keys.Mac)
	mine := random(c.t, 24) // RND.IFD and K.IFD
	text := bytes.Join([][]byte{mine[:8], rndIC, mine[8:]}, nil)
	block, mac := c.suite(keys.TDES, kenc, kmac)
	if err := keys.EncryptCBC(block, nil, text); err != nil {
		c.t.Fatal(err)
	}
	sum := mac.Sum(text)
	r := c.send(apdu.Command{INS: 0x82, Data: append(text, sum[:]...), Ne: 40})
	if r.SW != 0x9000 {
		return r.SW
	}
	if !mac.Verify(r.Data[32:], r.Data[:32]) {
		c.t.Fatal("the chip's MAC is wrong")
	}
	if err := keys.DecryptCBC(block, nil, r.Data[:32]); err != nil {
		c.t.Fatal(err)
	}
	if !bytes.Equal(r.Data[:8], rndIC) || !bytes.Equal(r.Data[8:16], mine[:8]) {
		c.t.Fatal("the chip does not echo the challenges")
	}
	k := make([]byte, 16)
	for i := range k {
		k[i] = mine[8+i] ^ r.Data[16+i]
	}
	c.start(keys.TDES, k, append(bytes.Clone(rndIC[4:]), mine[4:8]...))
	return r.SW
}

func (c *card) suite(s keys.Suite, kenc, kmac []byte) (cipher.Block, *keys.MAC) {
	c.t.Helper()
	b, err := keys.NewCipher(s, kenc)
	if err != nil {
		c.t.Fatal(err)
	}
	m, err := keys.NewMAC(s, kmac)
	if err != nil {
		c.t.Fatal(err)
	}
	return b, m
}

func (c *card) start(s keys.Suite, secret, ssc []byte) {
	c.t.Helper()
	var err error
	c.sm, err = sm.New(s, keys.Derive(s, secret, keys.Enc), keys.Derive(s, secret, keys.Mac), ssc)
	if err != nil {
		c.t.Fatal(err)
	}
}

func random(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}

var paceOID = []byte{0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02}

func mse(password byte) apdu.Command {
	return apdu.Command{INS: 0x22, P1: 0xC1, P2: 0xA4, Data: append(append([]byte{0x80, 0x0A}, paceOID...), 0x83, 0x01, password)}
}

func ga(cla byte, tag tlv.Tag, value []byte) apdu.Command {
	var inner []byte
	if tag != 0 {
		inner = tlv.Append(nil, tag, value)
	}
	return apdu.Command{CLA: cla, INS: 0x86, Data: tlv.Append(nil, 0x7C, inner), Ne: 256}
}

func (c *card) dynamic(r apdu.Response, tag tlv.Tag) []byte {
	c.t.Helper()
	outer, err := tlv.ParseOne(r.Data, 0x7C)
	if err != nil {
		c.t.Fatal(err)
	}
	inner, err := tlv.ParseOne(outer.Value, tag)
	if err != nil {
		c.t.Fatal(err)
	}
	return inner.Value
}

// brainpool is the group of the cards here, in the reader's arithmetic: the
// chip has its own.
func brainpool(t testing.TB) group.Group {
	t.Helper()
	g, err := group.ByID(13)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// must takes the error of an element.
func must(t testing.TB) func(group.Element, error) group.Element {
	return func(e group.Element, err error) group.Element {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
}

// pace runs PACE with generic mapping and gives the status word of its last
// step.
func (c *card) pace(id byte, password []byte) uint16 {
	c.t.Helper()
	g, point := brainpool(c.t), must(c.t)
	c.want(0x9000, mse(id))
	s := bytes.Clone(c.dynamic(c.want(0x9000, ga(0x10, 0, nil)), 0x80))
	block, err := keys.NewCipher(keys.AES128, keys.Derive(keys.AES128, password, keys.PACE))
	if err != nil {
		c.t.Fatal(err)
	}
	if err := keys.DecryptCBC(block, nil, s); err != nil {
		c.t.Fatal(err)
	}
	d := random(c.t, 32)
	chip := c.dynamic(c.want(0x9000, ga(0x10, 0x81, point(g.Mul(g.Generator(), d)))), 0x82)
	generator := point(g.Add(point(g.Mul(g.Generator(), s)), point(g.Mul(chip, d))))
	d = random(c.t, 32)
	mine := point(g.Mul(generator, d))
	chip = c.dynamic(c.want(0x9000, ga(0x10, 0x83, mine)), 0x84)
	secret := g.Secret(point(g.Mul(chip, d)))
	_, mac := c.suite(keys.AES128, make([]byte, 16), keys.Derive(keys.AES128, secret, keys.Mac))
	sum := mac.Sum(token(chip))
	r := c.send(ga(0x00, 0x85, sum[:]))
	if r.SW != 0x9000 {
		return r.SW
	}
	if !mac.Verify(c.dynamic(r, 0x86), token(mine)) {
		c.t.Fatal("the chip's token is wrong")
	}
	c.start(keys.AES128, secret, nil)
	return r.SW
}

func token(public []byte) []byte {
	return tlv.Append(nil, 0x7F49, tlv.Append(nil, 0x06, paceOID), tlv.Append(nil, 0x86, public))
}
