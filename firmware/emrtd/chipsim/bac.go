package chipsim

import (
	"bytes"
	"io"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/sm"
)

const (
	challengeLen = 8
	keyingLen    = 16
	bacLen       = 2*challengeLen + keyingLen // before the MAC
)

// getChallenge is the first step of Basic Access Control: Doc 9303-11, 4.3.4.
func (c *Chip) getChallenge(cmd apdu.Command) apdu.Response {
	switch {
	case c.who.WithoutBAC:
		return sw(apdu.SWInsNotSupported)
	case !c.inside:
		return sw(apdu.SWConditions)
	case cmd.P1 != 0 || cmd.P2 != 0:
		return sw(apdu.SWWrongP1P2)
	case len(cmd.Data) > 0 || cmd.Ne != challengeLen:
		return sw(apdu.SWWrongLength)
	}
	b := make([]byte, challengeLen)
	if _, err := io.ReadFull(c.rand, b); err != nil {
		return sw(0x6F00)
	}
	c.bac = b
	return apdu.Response{Data: bytes.Clone(b), SW: apdu.SWOK}
}

// mutualAuthenticate is the second step.
func (c *Chip) mutualAuthenticate(cmd apdu.Command, rndIC []byte) apdu.Response {
	switch {
	case c.who.WithoutBAC:
		return sw(apdu.SWInsNotSupported)
	case cmd.P1 != 0 || cmd.P2 != 0:
		return sw(apdu.SWWrongP1P2)
	case len(cmd.Data) != bacLen+keys.MACLen || cmd.Ne < bacLen+keys.MACLen:
		return sw(apdu.SWWrongLength)
	case rndIC == nil || c.session != nil:
		return sw(apdu.SWConditions)
	}
	answer, session, err := c.bacAnswer(cmd.Data, rndIC)
	if err != nil {
		return sw(0x6F00)
	}
	if session == nil {
		return sw(apdu.SWAuthFailed)
	}
	c.next = session
	return apdu.Response{Data: answer, SW: apdu.SWOK}
}

// bacAnswer gives no session if the other side does not know the MRZ.
func (c *Chip) bacAnswer(data, rndIC []byte) ([]byte, *sm.Session, error) {
	enc, err := keys.NewCipher(keys.TDES, c.doc.kenc)
	if err != nil {
		return nil, nil, err
	}
	mac, err := keys.NewMAC(keys.TDES, c.doc.kmac)
	if err != nil {
		return nil, nil, err
	}
	text, code := bytes.Clone(data[:bacLen]), data[bacLen:]
	if !mac.Verify(code, text) {
		return nil, nil, nil
	}
	if err := keys.DecryptCBC(enc, nil, text); err != nil {
		return nil, nil, err
	}
	rndIFD, echo, kIFD := text[:8], text[8:16], text[16:]
	if !bytes.Equal(echo, rndIC) {
		return nil, nil, nil
	}
	kIC := make([]byte, keyingLen)
	if _, err := io.ReadFull(c.rand, kIC); err != nil {
		return nil, nil, err
	}
	answer := bytes.Join([][]byte{rndIC, rndIFD, kIC}, nil)
	if err := keys.EncryptCBC(enc, nil, answer); err != nil {
		return nil, nil, err
	}
	sum := mac.Sum(answer)

	seed := make([]byte, keyingLen)
	for i := range seed {
		seed[i] = kIFD[i] ^ kIC[i]
	}
	ssc := append(bytes.Clone(rndIC[4:]), rndIFD[4:]...)
	session, err := sm.New(keys.TDES, keys.Derive(keys.TDES, seed, keys.Enc), keys.Derive(keys.TDES, seed, keys.Mac), ssc)
	return append(answer, sum[:]...), session, err
}
