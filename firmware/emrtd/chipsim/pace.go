package chipsim

import (
	"bytes"
	"io"
	"math/big"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/brainpool"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

// The one PACE suite of this chip: generic mapping over ECDH, AES-128, on
// brainpoolP256r1, which Doc 9303-11 table 6 calls parameter 13.
var paceOID = []byte{0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02}

const (
	paceParameter = 13
	passwordMRZ   = 1
	passwordCAN   = 2
	fieldLen      = 32
)

// paceRun is one run of PACE: Doc 9303-11, 4.4.4.
type paceRun struct {
	password byte
	step     int
	nonce    []byte
	gx, gy   *big.Int // the mapped generator
	own      []byte   // public keys of the key agreement, encoded
	theirs   []byte
	kenc     []byte
	kmac     []byte
}

// curve has another implementation than the reader's: the two check each other.
func curve() *brainpool.Curve { return brainpool.P256r1() }

// manageEnvironment is MSE:Set AT, for PACE or for Chip Authentication.
func (c *Chip) manageEnvironment(cmd apdu.Command) apdu.Response {
	c.pace, c.ca = nil, false
	switch {
	case c.who.RefuseLe && cmd.Ne > 0:
		return sw(apdu.SWWrongLength)
	case cmd.P1 == 0x41 && cmd.P2 == 0xA4:
		return c.announceCA(cmd)
	case cmd.P1 != 0xC1 || cmd.P2 != 0xA4:
		return sw(apdu.SWWrongP1P2)
	case c.who.CardAccess == nil:
		return sw(apdu.SWWrongData)
	case c.who.PACEInside && !c.inside:
		return sw(apdu.SWConditions)
	case c.session != nil:
		return sw(apdu.SWConditions)
	}
	run := &paceRun{}
	seenOID := false
	for n, err := range tlv.All(cmd.Data) {
		switch {
		case err != nil:
			return sw(apdu.SWWrongData)
		case n.Tag == 0x80:
			if !bytes.Equal(n.Value, paceOID) {
				return sw(apdu.SWWrongData)
			}
			seenOID = true
		case n.Tag == 0x83 && len(n.Value) == 1:
			run.password = n.Value[0]
		case n.Tag == 0x84:
			if !bytes.Equal(n.Value, []byte{paceParameter}) {
				return sw(apdu.SWReferenceNotFound)
			}
		default:
			return sw(apdu.SWWrongData)
		}
	}
	switch {
	case !seenOID || run.password == 0:
		return sw(apdu.SWWrongData)
	case run.password > passwordCAN || run.password == passwordCAN && c.who.CAN == "":
		return sw(apdu.SWReferenceNotFound)
	case run.password == passwordCAN && c.blocked():
		return sw(apdu.SWBlocked)
	}
	c.pace = run
	return sw(apdu.SWOK)
}

func (c *Chip) blocked() bool { return c.who.CANTries > 0 && c.wrongCANs >= c.who.CANTries }

// generalAuthenticate runs the four steps of PACE, or the one of Chip
// Authentication. Any error ends the run.
func (c *Chip) generalAuthenticate(cmd apdu.Command) apdu.Response {
	run, ca := c.pace, c.ca
	c.pace, c.ca = nil, false
	if cmd.P1 != 0 || cmd.P2 != 0 {
		return sw(apdu.SWWrongP1P2)
	}
	dynamic, err := tlv.ParseOne(cmd.Data, 0x7C)
	if err != nil || cmd.Ne == 0 {
		return sw(apdu.SWWrongData)
	}
	if ca {
		return c.agreeCA(cmd, dynamic)
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
	var out []byte
	code := apdu.SWOK
	switch run.step {
	case 0:
		out, code = c.paceNonce(run)
	case 1:
		out, code = c.paceMap(run, in)
	case 2:
		out, code = c.paceAgree(run, in)
	case 3:
		out, code = c.paceToken(run, in)
	}
	if code != apdu.SWOK {
		return sw(code)
	}
	tag := tlv.Tag(0x80 + 2*run.step)
	run.step++
	if !last {
		c.pace = run
	}
	return apdu.Response{Data: tlv.Append(nil, 0x7C, tlv.Append(nil, tag, out)), SW: apdu.SWOK}
}

func (c *Chip) paceNonce(run *paceRun) ([]byte, uint16) {
	run.nonce = make([]byte, 16)
	if _, err := io.ReadFull(c.rand, run.nonce); err != nil {
		return nil, 0x6F00
	}
	password := []byte(c.who.CAN)
	if run.password == passwordMRZ {
		password = keys.PACEPassword(c.doc.info)
	}
	b, err := keys.NewCipher(keys.AES128, keys.Derive(keys.AES128, password, keys.PACE))
	if err != nil {
		return nil, 0x6F00
	}
	z := bytes.Clone(run.nonce)
	if err := keys.EncryptCBC(b, nil, z); err != nil {
		return nil, 0x6F00
	}
	return z, apdu.SWOK
}

// paceMap is the generic mapping: G' = s·G + H, Doc 9303-11, 4.4.3.3.1.
func (c *Chip) paceMap(run *paceRun, in []byte) ([]byte, uint16) {
	e := curve()
	x, y, ok := point(in)
	if !ok {
		return nil, apdu.SWWrongData
	}
	d, err := c.scalar()
	if err != nil {
		return nil, 0x6F00
	}
	hx, hy := e.ScalarMult(x, y, d)
	sx, sy := e.ScalarBaseMult(run.nonce)
	run.gx, run.gy = e.Add(sx, sy, hx, hy)
	if run.gx.Sign() == 0 && run.gy.Sign() == 0 {
		return nil, apdu.SWWrongData
	}
	px, py := e.ScalarBaseMult(d)
	return encode(px, py), apdu.SWOK
}

func (c *Chip) paceAgree(run *paceRun, in []byte) ([]byte, uint16) {
	e := curve()
	x, y, ok := point(in)
	if !ok {
		return nil, apdu.SWWrongData
	}
	d, err := c.scalar()
	if err != nil {
		return nil, 0x6F00
	}
	ox, oy := e.ScalarMult(run.gx, run.gy, d)
	run.own, run.theirs = encode(ox, oy), bytes.Clone(in)
	// Doc 9303-11, 4.4.1: the two public keys must differ.
	if bytes.Equal(run.own, run.theirs) {
		return nil, apdu.SWAuthFailed
	}
	kx, _ := e.ScalarMult(x, y, d)
	secret := kx.FillBytes(make([]byte, fieldLen))
	run.kenc = keys.Derive(keys.AES128, secret, keys.Enc)
	run.kmac = keys.Derive(keys.AES128, secret, keys.Mac)
	return run.own, apdu.SWOK
}

func (c *Chip) paceToken(run *paceRun, in []byte) ([]byte, uint16) {
	mac, err := keys.NewMAC(keys.AES128, run.kmac)
	if err != nil {
		return nil, 0x6F00
	}
	if !mac.Verify(in, tokenData(paceOID, run.own)) {
		if run.password == passwordCAN {
			c.wrongCANs++
		}
		return nil, apdu.SWAuthFailed
	}
	session, err := sm.New(keys.AES128, run.kenc, run.kmac, nil)
	if err != nil {
		return nil, 0x6F00
	}
	c.wrongCANs = 0
	c.next = session
	token := mac.Sum(tokenData(paceOID, run.theirs))
	return token[:], apdu.SWOK
}

// tokenData is the public key as the authentication tokens take it:
// Doc 9303-11, 4.4.3.4.
func tokenData(oid, public []byte) []byte {
	return tlv.Append(nil, 0x7F49, tlv.Append(nil, 0x06, oid), tlv.Append(nil, 0x86, public))
}

// point decodes an uncompressed point and checks that it lies on the curve.
func point(b []byte) (x, y *big.Int, ok bool) {
	if len(b) != 1+2*fieldLen || b[0] != 0x04 {
		return nil, nil, false
	}
	e := curve()
	x, y = new(big.Int).SetBytes(b[1:1+fieldLen]), new(big.Int).SetBytes(b[1+fieldLen:])
	if p := e.Params().P; x.Cmp(p) >= 0 || y.Cmp(p) >= 0 {
		return nil, nil, false
	}
	return x, y, e.IsOnCurve(x, y)
}

func encode(x, y *big.Int) []byte {
	out := make([]byte, 1+2*fieldLen)
	out[0] = 0x04
	x.FillBytes(out[1 : 1+fieldLen])
	y.FillBytes(out[1+fieldLen:])
	return out
}

// scalar draws a private key below the group order.
func (c *Chip) scalar() ([]byte, error) { return drawScalar(c.rand) }

func drawScalar(rand io.Reader) ([]byte, error) {
	n := curve().Params().N
	for {
		b := make([]byte, fieldLen)
		if _, err := io.ReadFull(rand, b); err != nil {
			return nil, err
		}
		if v := new(big.Int).SetBytes(b); v.Sign() > 0 && v.Cmp(n) < 0 {
			return b, nil
		}
	}
}
