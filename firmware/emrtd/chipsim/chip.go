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
//
// # Cards as data
//
// What cards can be is kept in files: a personality (Profile) says which
// protocols, keys, files and quirks a card has and how long its chip takes, an
// attack (Attack) what somebody did to one and what a reader must find. Issue
// makes a card of them for somebody (Holder), signed by an Authority; New
// switches its chip on. A test that wants something else builds a Personality
// and Files by hand, or changes those that Issue gave.
//
// # What it does not do
//
// Terminal authentication, and so fingerprints; PACE with the PIN or PUK of
// other cards; writing. Its arithmetic takes no care of side channels.
package chipsim

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/sm"
)

// File identifiers of Doc 9303-10. The data groups are 0101 to 0110.
const (
	FileCardAccess uint16 = 0x011C // Personality has its contents
	FileSOD        uint16 = 0x011D
	FileCOM        uint16 = 0x011E
	fileDG         uint16 = 0x0100

	// master marks the files of the master file among the Files: two of them
	// have the identifiers of files of the application.
	master           uint16 = 0x8000
	FileCardSecurity uint16 = master | 0x011D
	FileATRInfo      uint16 = master | 0x2F01
	FileDIR          uint16 = master | 0x2F00
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

// Personality is what one chip is and how it behaves. The zero value of every
// switch is the ordinary behaviour.
type Personality struct {
	CAN        string // six digits; "" for a chip that has none
	MRZ        string // TD1, TD2 or TD3; BAC and PACE passwords follow from it
	Historical [8]byte
	// CardAccess is EF.CardAccess. The chip speaks the PACE variants that it
	// names, and none without the file.
	CardAccess []byte

	HideCardAccess   bool // 6A82 for EF.CardAccess, PACE works all the same
	CardAccessInside bool // EF.CardAccess can be read with the application selected
	MasterFile       bool // SELECT of the master file works; else 6D00
	WithoutBAC       bool
	WithoutExtended  bool // 6700 for commands with extended lengths
	ExtendedEnds     bool // as WithoutExtended, and access is lost by trying
	RefuseLe         bool // 6700 for SELECT and MSE that carry Le
	// PACEInside wants PACE after SELECT of the application, 6985 before it.
	PACEInside bool
	// CANTries wrong CANs block PACE with the CAN until the next MRZ access;
	// 0 for a chip that does not count.
	CANTries int
	Closed   []int // data groups that answer 6982 to everyone
	// Answer is the most data in one response, 61xx tells that there is more;
	// 0 for as much as the command's length form allows.
	Answer int
	// Chaining takes commands in parts: what a chip without extended length
	// needs for long keys.
	Chaining bool
	// ExactLe answers 6Cxx where a READ BINARY asks for more than there is.
	ExactLe bool

	Keys  PrivateKeys
	Fault Fault
	// FaultAfter protected answers are honest before the fault shows.
	FaultAfter int
}

// Chip is one simulated chip. It is not safe for concurrent use, as no card is.
type Chip struct {
	who    Personality
	files  Files
	rand   io.Reader
	doc    mrzKeys
	suites []paceSuite

	// What the chip forgets when it loses power.
	inside  bool   // application selected
	current uint16 // selected file, 0 for none
	session *sm.Session
	next    *sm.Session // takes over after the answer under way
	granted bool        // access was granted to session
	bac     []byte      // outstanding challenge
	pace    *paceRun
	ca      *caRun        // chip authentication was announced
	parts   *apdu.Command // of a command that comes in a chain
	rest    []byte        // of an answer that went out with 61xx
	answers int           // protected ones
	last    []byte        // the protected answer before

	// What it remembers.
	wrongCANs int
	asked     []uint16
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
	if c.suites, err = paceSuites(p.CardAccess); err != nil {
		return nil, fmt.Errorf("simulated chip: %w", err)
	}
	return c, nil
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
	c.session, c.next, c.granted, c.bac, c.pace, c.ca, c.rest, c.parts = nil, nil, false, nil, nil, nil, nil, nil
	c.answers, c.last = 0, nil
}

// Granted tells whether a reader has gained access, for tests.
func (c *Chip) Granted() bool { return c.granted }

// Asked lists the files that readers wanted since the chip was made, whether
// they got them or not, for tests: a reader must never ask for fingerprints.
func (c *Chip) Asked() []uint16 { return slices.Clone(c.asked) }
