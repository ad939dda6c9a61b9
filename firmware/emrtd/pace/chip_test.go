package pace_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

// chip runs the other end for any group, cipher and mapping.
type chip struct {
	g       group.Group
	suite   keys.Suite
	mapping string
	secret  []byte // encoded password
	static  []byte // private key of chip authentication mapping
	rand    io.Reader

	oid       []byte
	nonce     []byte
	generator group.Element
	private   []byte
	own       group.Element
	theirs    []byte
	shared    group.Element
	kmac      []byte
	session   *sm.Session
	named     bool
	guesses   int // tokens that came
	// spoil, if set, changes an answer before it is sent.
	spoil func(step int, answer []byte) []byte
	steps int
}

// newChip is the other end of info with the password 000638.
func newChip(t testing.TB, info pace.Info, random io.Reader) *chip {
	t.Helper()
	g, err := group.ByID(info.ParameterID)
	if err != nil {
		t.Fatal(err)
	}
	return &chip{g: g, suite: suites[info.Protocol[len(info.Protocol)-1]], mapping: info.Mapping(), secret: []byte("000638"), rand: random}
}

func (c *chip) Transmit(_ context.Context, raw []byte) ([]byte, error) {
	cmd, err := apdu.ParseCommand(raw)
	if err != nil {
		return nil, err
	}
	answer, err := c.answer(cmd)
	if err == nil && c.spoil != nil {
		answer = c.spoil(c.steps, answer)
	}
	c.steps++
	return answer, err
}

func (c *chip) answer(cmd apdu.Command) ([]byte, error) {
	if cmd.INS == apdu.InsManageEnvironment {
		for n, err := range tlv.All(cmd.Data) {
			if err != nil {
				return nil, err
			}
			switch n.Tag {
			case 0x80:
				c.oid = n.Value
			case 0x84:
				c.named = true
			}
		}
		return []byte{0x90, 0}, nil
	}
	template, err := tlv.ParseOne(cmd.Data, 0x7C)
	if err != nil {
		return nil, err
	}
	kids, err := template.Children()
	if err != nil {
		return nil, err
	}
	out, err := c.step(kids)
	if err != nil {
		return nil, err
	}
	if out == nil {
		return []byte{0x63, 0}, nil
	}
	return append(tlv.Append(nil, 0x7C, out), 0x90, 0), nil
}

func (c *chip) draw(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(c.rand, b)
	return b, err
}

func (c *chip) step(kids []tlv.Node) ([]byte, error) {
	if len(kids) == 0 {
		return c.sendNonce()
	}
	in := kids[0]
	switch in.Tag {
	case 0x81:
		if c.mapping == pace.Integrated {
			n, err := pace.Pseudorandom(c.suite, c.nonce, in.Value, c.g.Prime())
			if err != nil {
				return nil, err
			}
			c.generator, err = c.g.Map(n)
			return tlv.Append(nil, 0x82), err
		}
		theirs, err := c.pair(in.Value, c.g.Generator())
		if err != nil {
			return nil, err
		}
		c.generator, err = pace.Mapped(c.g, c.nonce, c.private, theirs)
		if c.static != nil {
			c.static = camData(c.g, c.static, c.private)
		}
		return tlv.Append(nil, 0x82, c.g.Encode(c.own)), err
	case 0x83:
		theirs, err := c.pair(in.Value, c.generator)
		if err != nil {
			return nil, err
		}
		c.theirs = in.Value
		c.shared, err = c.g.Mul(theirs, c.private)
		return tlv.Append(nil, 0x84, c.g.Encode(c.own)), err
	case 0x85:
		return c.check(in.Value)
	}
	return nil, fmt.Errorf("tag %v", in.Tag)
}

func (c *chip) sendNonce() ([]byte, error) {
	var err error
	if c.nonce, err = c.draw(pace.NonceLen(c.suite)); err != nil {
		return nil, err
	}
	block, err := keys.NewCipher(c.suite, keys.Derive(c.suite, c.secret, keys.PACE))
	if err != nil {
		return nil, err
	}
	z := bytes.Clone(c.nonce)
	err = keys.EncryptCBC(block, nil, z)
	return tlv.Append(nil, 0x80, z), err
}

// pair reads the terminal's key and draws one of its own.
func (c *chip) pair(theirs []byte, generator group.Element) (group.Element, error) {
	e, err := c.g.Decode(theirs)
	if err != nil {
		return nil, err
	}
	if c.private, err = c.g.Scalar(c.rand); err != nil {
		return nil, err
	}
	c.own, err = c.g.Mul(generator, c.private)
	return e, err
}

func (c *chip) token(public []byte) []byte {
	mac, err := keys.NewMAC(c.suite, c.kmac)
	if err != nil {
		panic(err)
	}
	sum := mac.Sum(tlv.Append(nil, 0x7F49, tlv.Append(nil, 0x06, c.oid), tlv.Append(nil, c.g.Tag(), public)))
	return sum[:]
}

func (c *chip) check(token []byte) ([]byte, error) {
	c.guesses++
	secret := c.g.Secret(c.shared)
	kenc := keys.Derive(c.suite, secret, keys.Enc)
	c.kmac = keys.Derive(c.suite, secret, keys.Mac)
	if !bytes.Equal(c.token(c.g.Encode(c.own)), token) {
		return nil, nil
	}
	var err error
	if c.session, err = sm.New(c.suite, kenc, c.kmac, nil); err != nil {
		return nil, err
	}
	out := tlv.Append(nil, 0x86, c.token(c.theirs))
	if c.mapping == pace.ChipAuthentication {
		block, err := keys.NewCipher(c.suite, kenc)
		if err != nil {
			return nil, err
		}
		iv := bytes.Repeat([]byte{0xFF}, 16)
		block.Encrypt(iv, iv)
		text := keys.AppendPadding(bytes.Clone(c.static), 0, 16)
		if err := keys.EncryptCBC(block, iv, text); err != nil {
			return nil, err
		}
		out = tlv.Append(out, 0x8A, text)
	}
	return out, nil
}

// camData is (static)⁻¹ · ephemeral modulo the order.
func camData(g group.Group, static, ephemeral []byte) []byte {
	n := g.Order()
	v := new(big.Int).ModInverse(new(big.Int).SetBytes(static), n)
	v.Mul(v, new(big.Int).SetBytes(ephemeral)).Mod(v, n)
	return v.FillBytes(make([]byte, (n.BitLen()+7)/8))
}

// keyInfo is EF.CardSecurity's entry for a key, over standardised parameters.
func keyInfo(id, keyID int, public []byte) []byte {
	algorithm := tlv.Append(nil, 0x30, []byte{0x06, 7, 0x04, 0, 0x7F, 0, 7, 1, 2}, []byte{0x02, 1, byte(id)})
	spki := tlv.Append(nil, 0x30, algorithm, tlv.Append(nil, 0x03, []byte{0}, public))
	oid := []byte{0x06, 9, 0x04, 0, 0x7F, 0, 7, 2, 2, 1, 2}
	return tlv.Append(nil, 0x30, oid, spki, []byte{0x02, 1, byte(keyID)})
}

var suites = map[int]keys.Suite{1: keys.TDES, 2: keys.AES128, 3: keys.AES192, 4: keys.AES256}

func protocol(mapping, cipher int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 4, mapping, cipher}
}

// variants lists all protocols over all parameters that go together.
func variants() []pace.Info {
	var out []pace.Info
	for id := 0; id <= group.LastID; id++ {
		for _, mapping := range []int{1, 2, 3, 4, 6} {
			for cipher := range suites {
				info := pace.Info{Protocol: protocol(mapping, cipher), Version: 2, ParameterID: id, Ambiguous: id%2 == 0}
				if info.Supported() {
					out = append(out, info)
				}
			}
		}
	}
	return out
}

func can(t testing.TB, number string) pace.Password {
	t.Helper()
	pw, err := pace.CAN(number)
	if err != nil {
		t.Fatal(err)
	}
	return pw
}

// both tells whether the two ends talk to each other.
func both(t testing.TB, term, ic *sm.Session) {
	t.Helper()
	w, err := term.Wrap(apdu.Command{INS: 0xB0, Ne: 4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ic.UnwrapCommand(w); err != nil {
		t.Error(err)
	}
}

func TestEveryVariant(t *testing.T) {
	all := variants()
	// Doc 9303-11 tables 2, 3 and 12: 3 groups of integers × 2 mappings × 4
	// ciphers; 11 curves × (4 generic + 4 integrated + 3 CAM), less P-224's
	// integrated mapping.
	if want := 3*2*4 + 11*(4+4+3) - 4; len(all) != want {
		t.Fatalf("%d variants, want %d", len(all), want)
	}
	for _, info := range all {
		t.Run(info.String(), func(t *testing.T) {
			ic := newChip(t, info, rand.Reader)
			var public group.Element
			if ic.mapping == pace.ChipAuthentication {
				ic.static, public = keyPair(t, ic.g)
			}
			got, err := pace.Run(t.Context(), apdu.Plain{Transmitter: ic}, info, can(t, "000638"), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			if ic.named != info.Ambiguous {
				t.Errorf("parameter sent: %v", ic.named)
			}
			both(t, got.Session, ic.session)
			if (got.CAM != nil) != (public != nil) {
				t.Fatalf("proof of the chip: %v", got.CAM != nil)
			}
			if public != nil {
				if err := got.CAM.Verify(tlv.Append(nil, 0x31, keyInfo(info.ParameterID, info.ParameterID, public))); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func keyPair(t testing.TB, g group.Group) ([]byte, group.Element) {
	t.Helper()
	private, err := g.Scalar(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := g.Mul(g.Generator(), private)
	if err != nil {
		t.Fatal(err)
	}
	return private, public
}

// A wrong CAN is one guess, in every mapping.
func TestWrongCAN(t *testing.T) {
	for _, info := range []pace.Info{
		{Protocol: protocol(2, 2), Version: 2, ParameterID: 13},
		{Protocol: protocol(4, 3), Version: 2, ParameterID: 12},
		{Protocol: protocol(6, 4), Version: 2, ParameterID: 13},
		{Protocol: protocol(1, 2), Version: 2, ParameterID: 0},
	} {
		ic := newChip(t, info, rand.Reader)
		if ic.mapping == pace.ChipAuthentication {
			ic.static, _ = keyPair(t, ic.g)
		}
		got, err := pace.Run(t.Context(), apdu.Plain{Transmitter: ic}, info, can(t, "000639"), rand.Reader)
		if !errors.Is(err, pace.ErrPassword) || got.Session != nil || got.CAM != nil {
			t.Errorf("%v: %+v, %v", info, got, err)
		}
		if ic.guesses != 1 {
			t.Errorf("%v: %d guesses", info, ic.guesses)
		}
	}
}

// The whole of both ends, for every group.
func BenchmarkRun(b *testing.B) {
	for _, info := range variants() {
		if info.Protocol[len(info.Protocol)-1] != 2 {
			continue
		}
		b.Run(fmt.Sprintf("%s/%s", info.Mapping(), info.Variant()), func(b *testing.B) {
			for b.Loop() {
				ic := newChip(b, info, rand.Reader)
				ic.static = []byte{3}
				if _, err := pace.Run(b.Context(), apdu.Plain{Transmitter: ic}, info, can(b, "000638"), rand.Reader); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The terminal's whole work for one card, without the chip's.
func BenchmarkAppendixG1(b *testing.B) {
	info, pw := infoG1(b)
	for b.Loop() {
		d := &dialogue{b, scriptG1()}
		if _, err := pace.Authenticate(b.Context(), apdu.Plain{Transmitter: d}, info, pw, randomG1(b)); err != nil {
			b.Fatal(err)
		}
	}
}
