package chipsim

import (
	"bytes"
	"io"
	"math/big"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipsim/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

const (
	passwordMRZ = 1
	passwordCAN = 2
)

// paceRun is one run of PACE: Doc 9303-11, 4.4.4.
type paceRun struct {
	suite    paceSuite
	password byte
	step     int
	nonce    []byte
	base     group.Element // the mapped generator
	mapping  *big.Int      // private key of the mapping, for CAM
	own      []byte        // public keys of the key agreement, encoded
	theirs   []byte
	kenc     []byte
	kmac     []byte
}

// manageEnvironment is MSE:Set, for PACE or for Chip Authentication.
func (c *Chip) manageEnvironment(cmd apdu.Command) apdu.Response {
	c.pace, c.ca = nil, nil
	switch {
	case c.who.RefuseLe && cmd.Ne > 0:
		return sw(apdu.SWWrongLength)
	case cmd.P1 == 0x41 && cmd.P2 == 0xA4:
		return c.announceCA(cmd)
	case cmd.P1 == 0x41 && cmd.P2 == 0xA6:
		return c.agreeKAT(cmd)
	case cmd.P1 != 0xC1 || cmd.P2 != 0xA4:
		return sw(apdu.SWWrongP1P2)
	case len(c.suites) == 0:
		return sw(apdu.SWWrongData)
	case c.who.PACEInside && !c.inside:
		return sw(apdu.SWConditions)
	case c.session != nil:
		return sw(apdu.SWConditions)
	}
	run := &paceRun{}
	var oid, parameter []byte
	for n, err := range tlv.All(cmd.Data) {
		switch {
		case err != nil:
			return sw(apdu.SWWrongData)
		case n.Tag == 0x80:
			oid = n.Value
		case n.Tag == 0x83 && len(n.Value) == 1:
			run.password = n.Value[0]
		case n.Tag == 0x84:
			parameter = n.Value
		case n.Tag == 0x7F4C: // rights of a terminal that authenticates itself: none here
		default:
			return sw(apdu.SWWrongData)
		}
	}
	code := c.chooseSuite(run, oid, parameter)
	switch {
	case code != apdu.SWOK:
		return sw(code)
	case run.password == 0:
		return sw(apdu.SWWrongData)
	case run.password > passwordCAN || run.password == passwordCAN && c.who.CAN == "":
		return sw(apdu.SWReferenceNotFound)
	case run.password == passwordCAN && c.blocked():
		return sw(apdu.SWBlocked)
	}
	c.pace = run
	return sw(apdu.SWOK)
}

// chooseSuite finds the variant that the reader names. Domain parameters must
// be named where the identifier leaves a choice: Doc 9303-11, 4.4.4.1.
func (c *Chip) chooseSuite(run *paceRun, oid, parameter []byte) uint16 {
	found, known := 0, false
	for _, s := range c.suites {
		if !bytes.Equal(s.oid, oid) {
			continue
		}
		known = true
		if parameter == nil || bytes.Equal(parameter, []byte{byte(s.group.ID)}) {
			run.suite = s
			found++
		}
	}
	switch {
	case !known:
		return apdu.SWWrongData
	case found != 1:
		return apdu.SWReferenceNotFound
	}
	return apdu.SWOK
}

func (c *Chip) blocked() bool { return c.who.CANTries > 0 && c.wrongCANs >= c.who.CANTries }

// generalAuthenticate runs the four steps of PACE, or the one of Chip
// Authentication. Any error ends the run.
func (c *Chip) generalAuthenticate(cmd apdu.Command) apdu.Response {
	run, ca := c.pace, c.ca
	c.pace, c.ca = nil, nil
	if cmd.P1 != 0 || cmd.P2 != 0 {
		return sw(apdu.SWWrongP1P2)
	}
	dynamic, err := tlv.ParseOne(cmd.Data, 0x7C)
	if err != nil || cmd.Ne == 0 {
		return sw(apdu.SWWrongData)
	}
	if ca != nil {
		return c.agreeCA(cmd, ca, dynamic)
	}
	if run == nil {
		return sw(apdu.SWConditions)
	}
	last := run.step == 3
	if last != (cmd.CLA == classPlain) {
		return sw(0x6883) // the chain is to go on until the last step, and end there
	}
	var in []byte
	if tag := tlv.Tag(0x81 + 2*(run.step-1)); run.step > 0 {
		n, err := tlv.ParseOne(dynamic.Value, tag)
		if err != nil {
			return sw(apdu.SWWrongData)
		}
		in = n.Value
	} else if len(dynamic.Value) > 0 {
		return sw(apdu.SWWrongData)
	}
	var out, more []byte
	code := apdu.SWOK
	switch run.step {
	case 0:
		out, code = c.paceNonce(run)
	case 1:
		out, code = c.paceMap(run, in)
	case 2:
		out, code = c.paceAgree(run, in)
	case 3:
		out, more, code = c.paceToken(run, in)
	}
	if code != apdu.SWOK {
		return sw(code)
	}
	tag := tlv.Tag(0x80 + 2*run.step)
	run.step++
	if !last {
		c.pace = run
	}
	return apdu.Response{Data: tlv.Append(nil, 0x7C, tlv.Append(nil, tag, out), more), SW: apdu.SWOK}
}

func (c *Chip) paceNonce(run *paceRun) ([]byte, uint16) {
	run.nonce = make([]byte, run.suite.nonceLen())
	if _, err := io.ReadFull(c.rand, run.nonce); err != nil {
		return nil, 0x6F00
	}
	password := []byte(c.who.CAN)
	if run.password == passwordMRZ {
		password = keys.PACEPassword(c.doc.info)
	}
	b, err := keys.NewCipher(run.suite.cipher, keys.Derive(run.suite.cipher, password, keys.PACE))
	if err != nil {
		return nil, 0x6F00
	}
	z := bytes.Clone(run.nonce)
	if err := keys.EncryptCBC(b, nil, z); err != nil {
		return nil, 0x6F00
	}
	return z, apdu.SWOK
}

func (c *Chip) paceAgree(run *paceRun, in []byte) ([]byte, uint16) {
	g := run.suite.group
	theirs, err := g.Decode(in)
	if err != nil {
		return nil, apdu.SWWrongData
	}
	d, err := g.Draw(c.rand)
	if err != nil {
		return nil, 0x6F00
	}
	run.own, run.theirs = g.Encode(g.Power(run.base, d)), bytes.Clone(in)
	// Doc 9303-11, 4.4.1: the two public keys must differ.
	if bytes.Equal(run.own, run.theirs) {
		return nil, apdu.SWAuthFailed
	}
	shared := g.Power(theirs, d)
	if g.Neutral(shared) {
		return nil, apdu.SWWrongData
	}
	secret := g.Secret(shared)
	run.kenc = keys.Derive(run.suite.cipher, secret, keys.Enc)
	run.kmac = keys.Derive(run.suite.cipher, secret, keys.Mac)
	return run.own, apdu.SWOK
}

// paceToken ends PACE; more is the encrypted chip authentication data.
func (c *Chip) paceToken(run *paceRun, in []byte) (token, more []byte, code uint16) {
	mac, err := keys.NewMAC(run.suite.cipher, run.kmac)
	if err != nil {
		return nil, nil, 0x6F00
	}
	if !mac.Verify(in, run.suite.tokenData(run.own)) {
		if run.password == passwordCAN {
			c.wrongCANs++
		}
		return nil, nil, apdu.SWAuthFailed
	}
	if run.suite.mapping == mappingCAM {
		if more, err = c.camData(run); err != nil {
			return nil, nil, 0x6F00
		}
	}
	session, err := sm.New(run.suite.cipher, run.kenc, run.kmac, nil)
	if err != nil {
		return nil, nil, 0x6F00
	}
	c.wrongCANs = 0
	c.next = session
	sum := mac.Sum(run.suite.tokenData(run.theirs))
	return sum[:], more, apdu.SWOK
}
