// Package chipsim is a simulator: a whole chip of a machine-readable travel
// document or ID card (ICAO Doc 9303 parts 10 and 11) in memory, for
// development and tests. It answers APDUs as a real one does and is as strict:
// it checks every key, authentication code, point and length, and forgets the
// session at the first doubt.
//
// It shares the cipher and the encoding with the reader (packages keys, sm,
// tlv, apdu; each checked by ICAO's published examples) but none of the
// reader's protocol code, so that a misreading of the standard in one of them
// does not cancel out. The test authority that signs its files says in every
// certificate that it is none.
package chipsim

import (
	"errors"
	"fmt"
	"io"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/sm"
)

// File identifiers of Doc 9303-10. The data groups are 0101 to 0110.
const (
	FileCardAccess uint16 = 0x011C
	FileSOD        uint16 = 0x011D
	FileCOM        uint16 = 0x011E
	fileDG         uint16 = 0x0100
)

// DG gives the file identifier of a data group, 1 to 16.
func DG(n int) uint16 { return fileDG + uint16(n) }

// Files are the contents of the chip.
type Files map[uint16][]byte

// Clone copies the files deeply, for a test that spoils one of them.
func (f Files) Clone() Files {
	out := make(Files, len(f))
	for id, b := range f {
		out[id] = append([]byte(nil), b...)
	}
	return out
}

// Fault is a way in which a card is not what the reader hopes for.
type Fault uint8

// The faults.
const (
	NoFault Fault = iota
	// NoInstruction answers 6D00 to everything: some other contactless card.
	NoInstruction
	// NoApplication answers 6A82 to every SELECT: a bank card.
	NoApplication
	// Garbage answers with noise once access was granted.
	Garbage
)

// Personality is what one chip is and how it behaves. The zero value of every
// switch is the ordinary behaviour.
type Personality struct {
	CAN        string // six digits; "" for a chip that has none
	MRZ        string // TD1, 90 characters; BAC and PACE passwords follow from it
	Historical [8]byte
	// CardAccess is EF.CardAccess. The chip speaks PACE only if it is there.
	CardAccess []byte

	HideCardAccess  bool // 6A82 for EF.CardAccess, PACE works all the same
	WithoutBAC      bool
	WithoutExtended bool // 6700 for commands with extended lengths
	ExtendedEnds    bool // as WithoutExtended, and access is lost by trying
	RefuseLe        bool // 6700 for SELECT and MSE that carry Le
	// PACEInside wants PACE after SELECT of the application, 6985 before it.
	PACEInside bool
	// CANTries wrong CANs block PACE with the CAN until the next MRZ access;
	// 0 for a chip that does not count.
	CANTries int
	Closed   []int // data groups that answer 6982 to everyone

	Keys  PrivateKeys
	Fault Fault
}

// Chip is one simulated chip. It is not safe for concurrent use, as no card is.
type Chip struct {
	who   Personality
	files Files
	rand  io.Reader
	doc   mrzKeys

	// What the chip forgets when it loses power.
	inside  bool   // application selected
	current uint16 // selected file, 0 for none
	session *sm.Session
	next    *sm.Session // takes over after the answer under way
	granted bool        // access was granted to session
	bac     []byte      // outstanding challenge
	pace    *paceRun
	ca      bool // chip authentication was announced

	// What it remembers.
	wrongCANs int
}

// New makes a chip. rand gives nonces and ephemeral keys; a deterministic one
// makes the chip's answers repeatable.
func New(p Personality, f Files, rand io.Reader) (*Chip, error) {
	if rand == nil {
		return nil, errors.New("simulated chip without randomness")
	}
	c := &Chip{who: p, files: f, rand: rand}
	if p.Fault == NoInstruction || p.Fault == NoApplication {
		return c, nil // no travel document, so no MRZ
	}
	var err error
	if c.doc, err = newMRZKeys(p.MRZ); err != nil {
		return nil, fmt.Errorf("simulated chip: %w", err)
	}
	return c, nil
}

// mrzKeys are the secrets that follow from the MRZ.
type mrzKeys struct {
	info       string
	kenc, kmac []byte
}

func newMRZKeys(mrz string) (mrzKeys, error) {
	if len(mrz) != 90 {
		return mrzKeys{}, fmt.Errorf("MRZ of %d characters, TD1 has 90", len(mrz))
	}
	// Doc 9303-11, 4.3.2: number, birth and expiry, each with its check digit.
	info := mrz[5:15] + mrz[30:37] + mrz[38:45]
	for _, part := range []string{mrz[5:15], mrz[30:37], mrz[38:45]} {
		d, err := keys.CheckDigit(part[:len(part)-1])
		if err != nil {
			return mrzKeys{}, err
		}
		if d != part[len(part)-1] {
			return mrzKeys{}, errors.New("wrong check digit in the MRZ")
		}
	}
	seed := keys.Seed(info)
	return mrzKeys{info, keys.Derive(keys.TDES, seed, keys.Enc), keys.Derive(keys.TDES, seed, keys.Mac)}, nil
}

// ATR is that of a contactless card behind a PC/SC reader: PC/SC part 3,
// 3.1.3.2.3.1.
func (c *Chip) ATR() []byte {
	atr := append([]byte{0x3B, 0x88, 0x80, 0x01}, c.who.Historical[:]...)
	var tck byte
	for _, b := range atr[1:] {
		tck ^= b
	}
	return append(atr, tck)
}

// Reset is a loss of power.
func (c *Chip) Reset() {
	c.inside, c.current = false, 0
	c.drop()
}

// drop ends all access.
func (c *Chip) drop() {
	if c.session != nil {
		c.session.Close()
	}
	c.session, c.next, c.granted, c.bac, c.pace, c.ca = nil, nil, false, nil, nil, false
}

// Granted tells whether a reader has gained access, for tests.
func (c *Chip) Granted() bool { return c.granted }

func sw(code uint16) apdu.Response { return apdu.Response{SW: code} }

// Transmit answers one command APDU with data and status word.
func (c *Chip) Transmit(raw []byte) []byte {
	switch {
	case c.who.Fault == NoInstruction:
		return sw(apdu.SWInsNotSupported).Encode()
	case c.who.Fault == Garbage && c.granted:
		return c.noise(raw)
	}
	// Unwrapping decrypts in place, and the caller keeps its bytes.
	cmd, err := apdu.ParseCommand(append([]byte(nil), raw...))
	if cmd.Extended && c.who.ExtendedEnds {
		c.drop()
	}
	if err != nil || cmd.Extended && (c.who.WithoutExtended || c.who.ExtendedEnds) {
		return sw(apdu.SWWrongLength).Encode()
	}
	return c.answer(cmd).Encode()
}

const (
	classPlain   = 0x00
	classSM      = 0x0C
	classChained = 0x10
)

func (c *Chip) answer(cmd apdu.Command) apdu.Response {
	switch cmd.CLA {
	case classPlain, classChained:
		// Doc 9303-11, 9.8.1: a plain command ends secure messaging.
		if c.session != nil {
			c.drop()
		}
		r := c.execute(cmd)
		if c.next != nil {
			c.session, c.next, c.granted = c.next, nil, true
		}
		return r
	case classSM:
		return c.secure(cmd)
	}
	return sw(apdu.SWClaNotSupported)
}

func (c *Chip) secure(cmd apdu.Command) apdu.Response {
	if c.session == nil {
		return sw(apdu.SWWrongSM)
	}
	if cmd.Ne == 0 {
		// A protected answer always has data.
		c.drop()
		return sw(apdu.SWWrongLength)
	}
	plain, err := c.session.UnwrapCommand(cmd)
	if err != nil {
		c.drop()
		return sw(sm.StatusWord(err))
	}
	r := c.execute(plain)
	out, err := c.session.WrapResponse(r)
	if err != nil {
		c.drop()
		return sw(apdu.SWWrongSM)
	}
	if c.next != nil {
		c.session.Close()
		c.session, c.next = c.next, nil
	}
	return out
}

// execute runs a command that has no protection any more.
func (c *Chip) execute(cmd apdu.Command) apdu.Response {
	if cmd.CLA == classChained && cmd.INS != apdu.InsGeneralAuthenticate {
		return sw(0x6884) // command chaining not supported
	}
	if cmd.INS != apdu.InsGeneralAuthenticate && cmd.INS != apdu.InsManageEnvironment {
		c.pace, c.ca = nil, false
	}
	challenge := c.bac
	c.bac = nil // good for the very next command only
	switch cmd.INS {
	case apdu.InsSelect:
		return c.selectFile(cmd)
	case apdu.InsReadBinary:
		return c.readBinary(cmd)
	case apdu.InsGetChallenge:
		return c.getChallenge(cmd)
	case apdu.InsExternalAuth:
		return c.mutualAuthenticate(cmd, challenge)
	case apdu.InsManageEnvironment:
		return c.manageEnvironment(cmd)
	case apdu.InsGeneralAuthenticate:
		return c.generalAuthenticate(cmd)
	case apdu.InsInternalAuth:
		return c.internalAuthenticate(cmd)
	}
	return sw(apdu.SWInsNotSupported)
}

// noise is an answer of the length of the question, or of a few bytes more.
func (c *Chip) noise(raw []byte) []byte {
	out := make([]byte, len(raw)+2)
	if _, err := io.ReadFull(c.rand, out); err != nil {
		return sw(0x6F00).Encode()
	}
	return out
}
