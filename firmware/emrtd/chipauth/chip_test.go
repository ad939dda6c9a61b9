package chipauth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/asn1"
	"io"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipauth"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

// chip is the other end: one key, one cipher, secure messaging already open.
// It is as strict as the standard and knows nothing that is not in it.
type chip struct {
	t       testing.TB
	group   group.Group
	private []byte
	suite   keys.Suite
	oid     []byte // value of the protocol's identifier
	keyID   []byte // nil for a chip with one key

	session *sm.Session
	next    *sm.Session
	chained []byte
	ready   bool // MSE:Set AT was there

	// How it departs from the standard.
	noExtended bool
	noKAT      bool // 3DES in the general way only
	noChaining bool
	answer     []byte                       // to GENERAL AUTHENTICATE, instead of an empty template
	refuse     map[byte]uint16              // by instruction
	spoil      func(n int, r []byte) []byte // answers on the wire, counted from 0

	sent     int
	commands []apdu.Command // as they came, without protection
	err      error
}

func (c *chip) Transmit(_ context.Context, raw []byte) ([]byte, error) {
	if c.err != nil {
		return nil, c.err
	}
	out := c.transmit(append([]byte(nil), raw...)).Encode()
	if c.spoil != nil {
		out = c.spoil(c.sent, out)
	}
	c.sent++
	return out, nil
}

func (c *chip) transmit(raw []byte) apdu.Response {
	cmd, err := apdu.ParseCommand(raw)
	if err != nil || c.noExtended && cmd.Extended {
		return apdu.Response{SW: apdu.SWWrongLength}
	}
	if c.session == nil {
		return apdu.Response{SW: apdu.SWMissingSM}
	}
	plain, err := c.session.UnwrapCommand(cmd)
	if err != nil {
		c.session = nil
		return apdu.Response{SW: sm.StatusWord(err)}
	}
	plain.Data = bytes.Clone(plain.Data)
	c.commands = append(c.commands, plain)
	r, err := c.session.WrapResponse(c.execute(plain))
	if err != nil {
		c.t.Errorf("wrap: %v", err)
	}
	if c.next != nil {
		c.session, c.next = c.next, nil
	}
	return r
}

func (c *chip) execute(cmd apdu.Command) apdu.Response {
	if sw := c.refuse[cmd.INS]; sw != 0 {
		return apdu.Response{SW: sw}
	}
	data := cmd.Data
	switch {
	case cmd.CLA == 0x10 && c.noChaining:
		return apdu.Response{SW: 0x6884}
	case cmd.CLA == 0x10:
		c.chained = append(c.chained, data...)
		return apdu.Response{SW: apdu.SWOK}
	case cmd.CLA != 0:
		return apdu.Response{SW: apdu.SWClaNotSupported}
	}
	data, c.chained = append(c.chained, data...), nil
	switch {
	case cmd.INS == apdu.InsReadBinary:
		return apdu.Response{Data: []byte("here"), SW: apdu.SWOK}
	case cmd.INS == apdu.InsManageEnvironment && cmd.P1 == 0x41 && cmd.P2 == 0xA6 && c.suite == keys.TDES && !c.noKAT:
		o, ok := c.objects(data, 0x91)
		if !ok {
			return apdu.Response{SW: apdu.SWWrongData}
		}
		return apdu.Response{SW: c.agree(o)}
	case cmd.INS == apdu.InsManageEnvironment && cmd.P1 == 0x41 && cmd.P2 == 0xA4 && (c.suite != keys.TDES || c.noKAT):
		o, ok := c.objects(data, 0x80)
		c.ready = ok && bytes.Equal(o, c.oid)
		if !c.ready {
			return apdu.Response{SW: apdu.SWWrongData}
		}
		return apdu.Response{SW: apdu.SWOK}
	case cmd.INS == apdu.InsGeneralAuthenticate && c.ready && cmd.Ne > 0:
		template, err := tlv.ParseOne(data, 0x7C)
		if err != nil {
			return apdu.Response{SW: apdu.SWWrongData}
		}
		public, err := tlv.ParseOne(template.Value, 0x80)
		if err != nil {
			return apdu.Response{SW: apdu.SWWrongData}
		}
		if sw := c.agree(public.Value); sw != apdu.SWOK {
			return apdu.Response{SW: sw}
		}
		if c.answer != nil {
			return apdu.Response{Data: c.answer, SW: apdu.SWOK}
		}
		return apdu.Response{Data: []byte{0x7C, 0x00}, SW: apdu.SWOK}
	}
	return apdu.Response{SW: apdu.SWInsNotSupported}
}

// objects reads one data object and the number of the key, nothing else.
func (c *chip) objects(data []byte, tag tlv.Tag) (value []byte, ok bool) {
	var id []byte
	for n, err := range tlv.All(data) {
		switch {
		case err == nil && n.Tag == tag && value == nil:
			value = n.Value
		case err == nil && n.Tag == 0x84 && id == nil:
			id = n.Value
		default:
			return nil, false
		}
	}
	return value, value != nil && bytes.Equal(id, c.keyID)
}

func (c *chip) agree(public []byte) uint16 {
	e, err := c.group.Decode(public)
	if err != nil {
		return apdu.SWWrongData
	}
	shared, err := c.group.Mul(e, c.private)
	if err != nil {
		return apdu.SWWrongData
	}
	secret := c.group.Secret(shared)
	c.next, err = sm.New(c.suite, keys.Derive(c.suite, secret, keys.Enc), keys.Derive(c.suite, secret, keys.Mac), nil)
	if err != nil {
		c.t.Errorf("session: %v", err)
	}
	return apdu.SWOK
}

// public is the chip's key as the terminal has it from EF.DG14.
func (c *chip) public() chipauth.PublicKey {
	c.t.Helper()
	e, err := c.group.Mul(c.group.Generator(), c.private)
	if err != nil {
		c.t.Fatal(err)
	}
	return chipauth.PublicKey{Group: c.group, Element: e}
}

func (c *chip) choice() chipauth.Choice {
	protocol := asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 3, 2, int(c.suite)}
	if c.group.Tag() != 0x86 {
		protocol[len(protocol)-2] = 1
	}
	out := chipauth.Choice{Protocol: protocol, Suite: c.suite, Key: c.public(), KeyID: -1}
	if c.keyID != nil {
		out.KeyID = 0
		for _, b := range c.keyID {
			out.KeyID = out.KeyID<<8 | int(b)
		}
	}
	return out
}

// newChip makes a chip with a random key in a standardised group, and the
// channel of a terminal to it, as it is after access was granted.
func newChip(t testing.TB, groupID int, suite keys.Suite, random io.Reader) (*chip, *sm.Channel) {
	t.Helper()
	g, err := group.ByID(groupID)
	if err != nil {
		t.Fatal(err)
	}
	private, err := g.Scalar(random)
	if err != nil {
		t.Fatal(err)
	}
	agreement := byte(2)
	if g.Tag() != 0x86 {
		agreement = 1
	}
	c := &chip{t: t, group: g, private: private, suite: suite, refuse: map[byte]uint16{},
		oid: []byte{4, 0, 0x7F, 0, 7, 2, 2, 3, agreement, byte(suite)}}
	return c, open(t, c, keys.AES128)
}

// open starts secure messaging between a chip and a new channel.
func open(t testing.TB, c *chip, suite keys.Suite) *sm.Channel {
	t.Helper()
	k := make([]byte, 2*suite.KeyLen())
	if _, err := rand.Read(k); err != nil {
		t.Fatal(err)
	}
	ends := [2]*sm.Session{}
	for i := range ends {
		var err error
		if ends[i], err = sm.New(suite, k[:suite.KeyLen()], k[suite.KeyLen():], nil); err != nil {
			t.Fatal(err)
		}
	}
	c.session = ends[0]
	return &sm.Channel{Transmitter: c, Session: ends[1]}
}

// proof is the first command under the new keys.
func proof(ch *sm.Channel) error {
	_, err := ch.Send(context.Background(), apdu.Command{INS: apdu.InsReadBinary, Ne: 4})
	return err
}
