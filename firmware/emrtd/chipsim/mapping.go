package chipsim

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipsim/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/tlv"
)

// How the nonce becomes a generator: the last but one arc of PACE's object
// identifiers, Doc 9303-11, 9.2.3.
const (
	dhGM       = 1
	ecdhGM     = 2
	dhIM       = 3
	ecdhIM     = 4
	mappingCAM = 6
)

// paceSuite is one variant of PACE that the chip speaks.
type paceSuite struct {
	oid     []byte // value alone
	mapping byte
	cipher  keys.Suite
	group   *group.Group
}

// paceBase is 0.4.0.127.0.7.2.2.4, which mapping and cipher follow.
var paceBase = []byte{0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04}

// paceSuites reads EF.CardAccess as the chip's maker wrote it. What is no PACE
// is none of its business.
func paceSuites(cardAccess []byte) ([]paceSuite, error) {
	if cardAccess == nil {
		return nil, nil
	}
	set, err := tlv.ParseOne(cardAccess, 0x31)
	if err != nil {
		return nil, fmt.Errorf("card access: %w", err)
	}
	var out []paceSuite
	for n, err := range tlv.All(set.Value) {
		if err != nil {
			return nil, fmt.Errorf("card access: %w", err)
		}
		parts, err := n.Children()
		if err != nil {
			return nil, fmt.Errorf("card access: %w", err)
		}
		if len(parts) < 2 || !bytes.HasPrefix(parts[0].Value, paceBase) || len(parts[0].Value) != len(paceBase)+2 {
			continue
		}
		s, err := newPACESuite(parts)
		if err != nil {
			return nil, fmt.Errorf("card access: %w", err)
		}
		out = append(out, s)
	}
	return out, nil
}

func newPACESuite(parts []tlv.Node) (paceSuite, error) {
	oid := parts[0].Value
	s := paceSuite{oid: oid, mapping: oid[len(paceBase)], cipher: keys.Suite(oid[len(paceBase)+1])}
	if s.cipher < keys.TDES || s.cipher > keys.AES256 || s.mapping == mappingCAM && s.cipher == keys.TDES {
		return s, fmt.Errorf("no cipher %d for PACE", s.cipher)
	}
	if !bytes.Equal(parts[1].Value, []byte{2}) || len(parts) != 3 || len(parts[2].Value) != 1 {
		return s, errors.New("PACE of version 2 with standard domain parameters, nothing else")
	}
	var err error
	if s.group, err = group.ByID(int(parts[2].Value[0])); err != nil {
		return s, err
	}
	wantCurve := s.mapping != dhGM && s.mapping != dhIM
	if s.mapping < dhGM || s.mapping > mappingCAM || s.mapping == 5 || s.group.IsCurve() != wantCurve {
		return s, fmt.Errorf("mapping %d does not go with group %s", s.mapping, s.group.Name)
	}
	return s, nil
}

func (s paceSuite) integrated() bool { return s.mapping == dhIM || s.mapping == ecdhIM }

// nonceLen: for integrated mapping the least whole number of blocks that is as
// long as a key, Doc 9303-11, 4.4.3.3; chips take one AES block else.
func (s paceSuite) nonceLen() int {
	if s.integrated() && (s.cipher == keys.AES192 || s.cipher == keys.AES256) {
		return 32
	}
	return 16
}

// tokenData is the public key as the authentication tokens take it:
// Doc 9303-11, 4.4.3.4 and 9.4.
func (s paceSuite) tokenData(public []byte) []byte {
	tag := tlv.Tag(0x86)
	if !s.group.IsCurve() {
		tag = 0x84
	}
	return tlv.Append(nil, 0x7F49, tlv.Append(nil, 0x06, s.oid), tlv.Append(nil, tag, public))
}

// paceMap makes the generator: Doc 9303-11, 4.4.3.3.
func (c *Chip) paceMap(run *paceRun, in []byte) ([]byte, uint16) {
	g := run.suite.group
	if run.suite.integrated() {
		if len(in) != run.suite.cipher.KeyLen() {
			return nil, apdu.SWWrongData
		}
		v, err := pseudorandom(run.suite.cipher, run.nonce, in, g.P)
		if err != nil {
			return nil, 0x6F00
		}
		if run.base, err = g.Map(v); err != nil {
			return nil, apdu.SWWrongData
		}
		return nil, apdu.SWOK
	}
	theirs, err := g.Decode(in)
	if err != nil {
		return nil, apdu.SWWrongData
	}
	d, err := g.Draw(c.rand)
	if err != nil {
		return nil, 0x6F00
	}
	run.mapping = d
	s := new(big.Int).SetBytes(run.nonce)
	run.base = g.Combine(g.Power(g.Base(), s), g.Power(theirs, d))
	if g.Neutral(run.base) {
		return nil, apdu.SWWrongData
	}
	return g.Encode(g.Power(g.Base(), d)), apdu.SWOK
}

// The constants of R(s,t) for ciphers with keys of 128 bits and above: Doc
// 9303-11, 4.4.3.3.2.
var (
	short0 = hexBytes("a668892a7c41e3ca739f40b057d85904")
	short1 = hexBytes("a4e136ac725f738b01c1f60217c188ad")
	long0  = hexBytes("d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676")
	long1  = hexBytes("54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517")
)

// pseudorandom is R_p(s,t): Doc 9303-11, 4.4.3.3.2.
func pseudorandom(suite keys.Suite, s, t []byte, p *big.Int) (*big.Int, error) {
	c0, c1 := short0, short1
	if len(s) == len(long0) {
		c0, c1 = long0, long1
	}
	crypt := func(key, text []byte) ([]byte, error) {
		b, err := keys.NewCipher(suite, key[:suite.KeyLen()])
		if err != nil {
			return nil, err
		}
		out := bytes.Clone(text)
		return out, keys.EncryptCBC(b, nil, out)
	}
	k, err := crypt(t, s)
	if err != nil {
		return nil, err
	}
	var x []byte
	for 8*len(x) < p.BitLen()+64 {
		xi, err := crypt(k, c1)
		if err != nil {
			return nil, err
		}
		x = append(x, xi...)
		if k, err = crypt(k, c0); err != nil {
			return nil, err
		}
	}
	v := new(big.Int).SetBytes(x)
	return v.Mod(v, p), nil
}

// camData proves the static key by the mapping: Doc 9303-11, 4.4.3.5.
func (c *Chip) camData(run *paceRun) ([]byte, error) {
	g := run.suite.group
	key, ok := c.who.Keys.cam(g.ID)
	if !ok {
		return nil, errors.New("no key for chip authentication mapping")
	}
	v := new(big.Int).ModInverse(key.X, g.N)
	v.Mul(v, run.mapping).Mod(v, g.N)
	text := keys.AppendPadding(v.FillBytes(make([]byte, g.OrderLen())), 0, run.suite.cipher.BlockSize())
	b, err := keys.NewCipher(run.suite.cipher, run.kenc)
	if err != nil {
		return nil, err
	}
	iv := bytes.Repeat([]byte{0xFF}, b.BlockSize())
	b.Encrypt(iv, iv)
	if err := keys.EncryptCBC(b, iv, text); err != nil {
		return nil, err
	}
	return tlv.Append(nil, 0x8A, text), nil
}
