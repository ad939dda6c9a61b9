package chipsim

import (
	"bytes"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

// caRun is Chip Authentication between its two commands: Doc 9303-11, 6.2.4.2.
type caRun struct {
	key    CAKey
	cipher keys.Suite
}

// caBase is 0.4.0.127.0.7.2.2.3, which agreement and cipher follow.
var caBase = []byte{0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03}

// caOID names the agreement, 1 for numbers and 2 for points, and the cipher.
func caOID(key CAKey, cipher keys.Suite) []byte {
	agreement := byte(1)
	if g, err := key.group(); err == nil && g.IsCurve() {
		agreement = 2
	}
	return append(bytes.Clone(caBase), agreement, byte(cipher))
}

// announceCA is MSE:Set AT, the first of two steps.
func (c *Chip) announceCA(cmd apdu.Command) apdu.Response {
	if c.session == nil {
		return sw(apdu.SWSecurityStatus)
	}
	if len(c.who.Keys.CA) == 0 {
		return sw(apdu.SWWrongData)
	}
	var oid, number []byte
	for n, err := range tlv.All(cmd.Data) {
		switch {
		case err != nil:
			return sw(apdu.SWWrongData)
		case n.Tag == 0x80:
			oid = n.Value
		case n.Tag == 0x84:
			number = n.Value
		default:
			return sw(apdu.SWWrongData)
		}
	}
	known := false
	var found []caRun
	for _, key := range c.who.Keys.CA {
		for _, cipher := range key.Ciphers {
			if cipher != keys.TDES && bytes.Equal(oid, caOID(key, cipher)) {
				known = true
				if key.named(number) {
					found = append(found, caRun{key, cipher})
				}
			}
		}
	}
	switch {
	case !known:
		return sw(apdu.SWWrongData)
	case len(found) != 1: // no such key, or the reader had to say which
		return sw(apdu.SWReferenceNotFound)
	}
	c.ca = &found[0]
	return sw(apdu.SWOK)
}

// agreeCA is GENERAL AUTHENTICATE, the second step: new session keys that only
// the genuine chip can compute. They take over after this answer.
func (c *Chip) agreeCA(cmd apdu.Command, run *caRun, dynamic tlv.Node) apdu.Response {
	n, err := tlv.ParseOne(dynamic.Value, 0x80)
	if err != nil || cmd.CLA != classPlain {
		return sw(apdu.SWWrongData)
	}
	if code := c.agree(run.key, run.cipher, n.Value); code != apdu.SWOK {
		return sw(code)
	}
	return apdu.Response{Data: []byte{0x7C, 0x00}, SW: apdu.SWOK}
}

// agreeKAT is MSE:Set KAT, Chip Authentication with 3DES in one command: Doc
// 9303-11, 6.2.4.1.
func (c *Chip) agreeKAT(cmd apdu.Command) apdu.Response {
	if c.session == nil {
		return sw(apdu.SWSecurityStatus)
	}
	var public, number []byte
	for n, err := range tlv.All(cmd.Data) {
		switch {
		case err != nil:
			return sw(apdu.SWWrongData)
		case n.Tag == 0x91:
			public = n.Value
		case n.Tag == 0x84:
			number = n.Value
		default:
			return sw(apdu.SWWrongData)
		}
	}
	var found []CAKey
	known := false
	for _, key := range c.who.Keys.CA {
		for _, cipher := range key.Ciphers {
			if cipher == keys.TDES {
				known = true
				if key.named(number) {
					found = append(found, key)
				}
			}
		}
	}
	switch {
	case !known:
		return sw(apdu.SWWrongP1P2)
	case len(found) != 1:
		return sw(apdu.SWReferenceNotFound)
	}
	return sw(c.agree(found[0], keys.TDES, public))
}

func (c *Chip) agree(key CAKey, cipher keys.Suite, public []byte) uint16 {
	g, err := key.group()
	if err != nil {
		return 0x6F00
	}
	theirs, err := g.Decode(public)
	if err != nil {
		return apdu.SWWrongData
	}
	shared := g.Power(theirs, key.X)
	if g.Neutral(shared) {
		return apdu.SWWrongData
	}
	secret := g.Secret(shared)
	session, err := sm.New(cipher, keys.Derive(cipher, secret, keys.Enc), keys.Derive(cipher, secret, keys.Mac), nil)
	if err != nil {
		return 0x6F00
	}
	c.next = session
	return apdu.SWOK
}
