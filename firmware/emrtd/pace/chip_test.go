package pace_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

// chipG1 is the chip's end of the session of appendix G.1.
func chipG1(t testing.TB) *sm.Session {
	t.Helper()
	s, err := sm.New(keys.AES128, unhex(t, "F5F0E35C0D7161EE6724EE513A0D9A7F"), unhex(t, "FE251C7858B356B24514B3BD5F4297D1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// chip runs the other end for any curve and cipher.
type chip struct {
	c       *curve.Curve
	suite   keys.Suite
	oid     []byte
	secret  []byte // encoded password
	nonce   []byte
	g       curve.Point
	private []byte
	own     []byte
	theirs  curve.Point
	kmac    []byte
	session *sm.Session
	sawP84  bool
}

func (c *chip) Transmit(_ context.Context, raw []byte) ([]byte, error) {
	cmd, err := apdu.ParseCommand(raw)
	if err != nil {
		return nil, err
	}
	if cmd.INS == apdu.InsManageEnvironment {
		for n, err := range tlv.All(cmd.Data) {
			if err != nil {
				return nil, err
			}
			switch n.Tag {
			case 0x80:
				c.oid = n.Value
			case 0x84:
				c.sawP84 = true
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

func (c *chip) step(kids []tlv.Node) ([]byte, error) {
	if len(kids) == 0 {
		c.nonce = make([]byte, max(c.suite.KeyLen()/16*16, 16))
		if _, err := rand.Read(c.nonce); err != nil {
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
	if kids[0].Tag == 0x85 {
		own, err := c.c.Decode(c.own)
		if err != nil {
			return nil, err
		}
		want, err := pace.Token(c.suite, c.kmac, c.oid, c.c, own)
		if err != nil || !bytes.Equal(want, kids[0].Value) {
			return nil, err
		}
		token, err := pace.Token(c.suite, c.kmac, c.oid, c.c, c.theirs)
		return tlv.Append(nil, 0x86, token), err
	}
	theirs, err := c.c.Decode(kids[0].Value)
	if err != nil {
		return nil, err
	}
	if c.private, err = c.c.Scalar(rand.Reader); err != nil {
		return nil, err
	}
	base := c.c.Base()
	if kids[0].Tag == 0x83 {
		base = c.g
	}
	own, err := c.c.Mul(base, c.private)
	if err != nil {
		return nil, err
	}
	c.own = c.c.Encode(own)
	if kids[0].Tag == 0x81 {
		c.g, err = pace.Map(c.c, c.nonce, c.private, theirs)
		return tlv.Append(nil, 0x82, c.own), err
	}
	c.theirs = theirs
	k, err := c.c.Mul(theirs, c.private)
	if err != nil {
		return nil, err
	}
	c.kmac = keys.Derive(c.suite, c.c.X(k), keys.Mac)
	c.session, err = sm.New(c.suite, keys.Derive(c.suite, c.c.X(k), keys.Enc), c.kmac, nil)
	return tlv.Append(nil, 0x84, c.own), err
}

var suites = map[int]keys.Suite{1: keys.TDES, 2: keys.AES128, 3: keys.AES192, 4: keys.AES256}

func TestEveryCurveAndCipher(t *testing.T) {
	for id := curve.FirstID; id <= curve.LastID; id++ {
		for arc, suite := range suites {
			info := pace.Info{Protocol: asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 4, 2, arc}, Version: 2, ParameterID: id, Ambiguous: id%2 == 0}
			t.Run(info.String(), func(t *testing.T) {
				cv, err := curve.ByID(id)
				if err != nil {
					t.Fatal(err)
				}
				pw, err := pace.CAN("000638")
				if err != nil {
					t.Fatal(err)
				}
				ic := &chip{c: cv, suite: suite, secret: []byte("000638")}
				term, err := pace.Authenticate(t.Context(), apdu.Plain{Transmitter: ic}, info, pw, rand.Reader)
				if err != nil {
					t.Fatal(err)
				}
				if ic.sawP84 != info.Ambiguous {
					t.Errorf("parameter sent: %v", ic.sawP84)
				}
				w, err := term.Wrap(apdu.Command{INS: 0xB0, Ne: 4})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := ic.session.UnwrapCommand(w); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestWrongCAN(t *testing.T) {
	info, _ := infoG1(t)
	cv, err := curve.ByID(13)
	if err != nil {
		t.Fatal(err)
	}
	pw, err := pace.CAN("000639")
	if err != nil {
		t.Fatal(err)
	}
	_, err = pace.Authenticate(t.Context(), apdu.Plain{Transmitter: &chip{c: cv, suite: keys.AES128, secret: []byte("000638")}}, info, pw, rand.Reader)
	if !errors.Is(err, pace.ErrPassword) {
		t.Errorf("%v", err)
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
