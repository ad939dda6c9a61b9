package chipsim

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"io"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

// PrivateKeys are what a copied chip does not have. A chip without one of them
// refuses the protocol that needs it.
type PrivateKeys struct {
	CA []byte            // scalar on brainpoolP256r1, public half in DG14
	AA *ecdsa.PrivateKey // on P-256, public half in DG15
}

// NewPrivateKeys draws both.
func NewPrivateKeys(random io.Reader) (PrivateKeys, error) {
	ca, err := drawScalar(random)
	if err != nil {
		return PrivateKeys{}, err
	}
	aa, err := ecdsa.GenerateKey(elliptic.P256(), random)
	return PrivateKeys{CA: ca, AA: aa}, err
}

// Chip Authentication with ECDH, AES-128 and CMAC.
var caOID = []byte{0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x02}

// announceCA is the first step of Chip Authentication: Doc 9303-11, 6.2.
func (c *Chip) announceCA(cmd apdu.Command) apdu.Response {
	if c.session == nil {
		return sw(apdu.SWSecurityStatus)
	}
	if c.who.Keys.CA == nil {
		return sw(apdu.SWWrongData)
	}
	seen := false
	for n, err := range tlv.All(cmd.Data) {
		switch {
		case err != nil:
			return sw(apdu.SWWrongData)
		case n.Tag == 0x80 && bytes.Equal(n.Value, caOID):
			seen = true
		case n.Tag == 0x84: // one key, so its number says nothing
		default:
			return sw(apdu.SWWrongData)
		}
	}
	if !seen {
		return sw(apdu.SWWrongData)
	}
	c.ca = true
	return sw(apdu.SWOK)
}

// agreeCA is the second step: new session keys that only the genuine chip can
// compute. They take over after this answer.
func (c *Chip) agreeCA(cmd apdu.Command, dynamic tlv.Node) apdu.Response {
	n, err := tlv.ParseOne(dynamic.Value, 0x80)
	if err != nil || cmd.CLA != classPlain {
		return sw(apdu.SWWrongData)
	}
	x, y, ok := point(n.Value)
	if !ok {
		return sw(apdu.SWWrongData)
	}
	kx, _ := curve().ScalarMult(x, y, c.who.Keys.CA)
	secret := kx.FillBytes(make([]byte, fieldLen))
	session, err := sm.New(keys.AES128, keys.Derive(keys.AES128, secret, keys.Enc), keys.Derive(keys.AES128, secret, keys.Mac), nil)
	if err != nil {
		return sw(0x6F00)
	}
	c.next = session
	return apdu.Response{Data: []byte{0x7C, 0x00}, SW: apdu.SWOK}
}

// internalAuthenticate is Active Authentication: Doc 9303-11, 6.1, with a plain
// ECDSA signature (r and s side by side).
func (c *Chip) internalAuthenticate(cmd apdu.Command) apdu.Response {
	switch {
	case c.who.Keys.AA == nil:
		return sw(apdu.SWInsNotSupported)
	case c.session == nil || !c.inside:
		return sw(apdu.SWSecurityStatus)
	case cmd.P1 != 0 || cmd.P2 != 0:
		return sw(apdu.SWWrongP1P2)
	case len(cmd.Data) != challengeLen || cmd.Ne == 0:
		return sw(apdu.SWWrongLength)
	}
	sum := sha256.Sum256(cmd.Data)
	r, s, err := ecdsa.Sign(c.rand, c.who.Keys.AA, sum[:])
	if err != nil {
		return sw(0x6F00)
	}
	out := make([]byte, 2*fieldLen)
	r.FillBytes(out[:fieldLen])
	s.FillBytes(out[fieldLen:])
	return apdu.Response{Data: out, SW: apdu.SWOK}
}
