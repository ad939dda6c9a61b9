package chipsim

import (
	"errors"
	"time"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipsim/group"
	"tram06/firmware/emrtd/chipsim/radio"
	"tram06/firmware/emrtd/keys"
)

// Profile is a personality as data: what a file in the folder personalities
// says. The comments here are the reference for those who write one; a key that
// is left out means the ordinary thing.
type Profile struct {
	// Name is the file's name without its ending.
	Name string `yaml:"-"`
	// VI and EN are a line each about the card, for pages and tests.
	VI string `yaml:"vi"`
	EN string `yaml:"en"`

	Access    Access    `yaml:"access"`
	Transport Transport `yaml:"transport,omitempty"`
	Files     Contents  `yaml:"files,omitempty"`
	// ChipAuthentication lists the keys in DG14.
	ChipAuthentication []ChipAuthentication `yaml:"chip-authentication,omitempty"`
	// ActiveAuthentication is the key in DG15.
	ActiveAuthentication *ActiveAuthentication `yaml:"active-authentication,omitempty"`
	// Signer signs the SOD and EF.CardSecurity; ECDSA with SHA-256 on P-256
	// where it is left out.
	Signer *Signing `yaml:"signer,omitempty"`
	Timing *Timing  `yaml:"timing,omitempty"`
}

// Access is how the chip lets readers in.
type Access struct {
	// PACE lists the variants in EF.CardAccess, in its order of writing.
	PACE []PACE `yaml:"pace,omitempty"`
	// BAC: Basic Access Control works.
	BAC bool `yaml:"bac"`
	// WithoutCAN: PACE takes the MRZ alone.
	WithoutCAN bool `yaml:"without-can,omitempty"`
	// CANTries wrong CANs block the CAN; 0 for a chip that does not count.
	CANTries int `yaml:"can-tries,omitempty"`
	// Listed are other things that EF.CardAccess names: terminal-authentication,
	// chip-authentication.
	Listed []string `yaml:"listed,omitempty"`
	// CardAccess can be read outside of the application ("outside"), there and
	// inside ("everywhere"), or nowhere ("hidden").
	CardAccess CardAccessPlace `yaml:"card-access,omitempty"`
	// Inside: PACE works only after SELECT of the application.
	Inside bool `yaml:"inside,omitempty"`
	// MasterFile: SELECT of the master file works; it answers 6D00 else.
	MasterFile bool `yaml:"master-file,omitempty"`
	// RefuseLe: SELECT and MSE with a Le answer 6700.
	RefuseLe bool `yaml:"refuse-le,omitempty"`
}

// PACE is one variant.
type PACE struct {
	Mapping Mapping `yaml:"mapping"` // gm, im or cam
	Cipher  Cipher  `yaml:"cipher"`
	Group   GroupID `yaml:"group"`
}

// Transport is what the chip makes of lengths.
type Transport struct {
	// Extended length works ("yes"), answers 6700 ("no"), or ends all access
	// ("fatal").
	Extended Extended `yaml:"extended,omitempty"`
	// Answer is the most data in a response; the rest comes by 61xx.
	Answer int `yaml:"answer,omitempty"`
	// Chaining: long commands come in parts.
	Chaining bool `yaml:"chaining,omitempty"`
	// Exact: READ BINARY for more than there is answers 6Cxx.
	Exact bool `yaml:"exact,omitempty"`
}

// Contents are the files beside DG1, DG2, DG3 and the SOD.
type Contents struct {
	JPEG2000 bool       `yaml:"jpeg2000,omitempty"`
	Face     FaceFormat `yaml:"face,omitempty"` // 19794-5 or 39794-5
	// Details: DG11, DG12 and DG16 are there.
	Details bool `yaml:"details,omitempty"`
	// DG13 is the way in which whoever fills the card lays out DG13.
	DG13 string `yaml:"dg13,omitempty"`
	// LongNumber: a document number of twelve characters in the MRZ.
	LongNumber bool `yaml:"long-number,omitempty"`
	// Master: EF.ATR/INFO and EF.DIR are there.
	Master bool `yaml:"master,omitempty"`
}

// ChipAuthentication is one key.
type ChipAuthentication struct {
	Number     int      `yaml:"number,omitempty"` // key identifier, from 1 on
	Group      GroupID  `yaml:"group"`
	Ciphers    []Cipher `yaml:"ciphers"`
	Parameters Form     `yaml:"parameters,omitempty"`
}

// ActiveAuthentication is the key and how it signs.
type ActiveAuthentication struct {
	Key        KeyKind `yaml:"key"`
	Hash       Hash    `yaml:"hash"`
	Parameters Form    `yaml:"parameters,omitempty"`
	Smaller    bool    `yaml:"smaller,omitempty"` // ISO/IEC 9796-2, B.4
}

// Timing is how long the chip takes, for the radio model.
type Timing struct {
	Command Span `yaml:"command"` // each command
	Byte    Span `yaml:"byte"`    // each byte of it and of its answer
	// Cryptography, beside Command: MSE, each step of PACE or CA, BAC's second
	// step, Active Authentication.
	Prepare    Span `yaml:"prepare"`
	Agree      Span `yaml:"agree"`
	Basic      Span `yaml:"basic"`
	Sign       Span `yaml:"sign"`
	FrameBytes int  `yaml:"frame-bytes,omitempty"` // longest frame the chip receives; 256
}

// usual is a chip as cards of 2021 are taken to have. Measured figures are
// wanting; those for the cryptography are guesses of the right size.
func usual() Timing {
	return Timing{
		Command: Span(4 * time.Millisecond), Byte: Span(7500 * time.Nanosecond),
		Prepare: Span(2 * time.Millisecond), Agree: Span(70 * time.Millisecond),
		Basic: Span(25 * time.Millisecond), Sign: Span(90 * time.Millisecond),
	}
}

// Radio is the model of this chip in the field of a reader.
func (p Profile) Radio(kbit int) radio.Model {
	t := usual()
	if p.Timing != nil {
		t = *p.Timing
	}
	m := radio.Type(kbit)
	m.Chip, m.ChipPerByte = time.Duration(t.Command), time.Duration(t.Byte)
	if t.FrameBytes > 0 {
		m.FSC = t.FrameBytes
	}
	m.Work = map[byte]time.Duration{
		apdu.InsManageEnvironment:   time.Duration(t.Prepare),
		apdu.InsGeneralAuthenticate: time.Duration(t.Agree),
		apdu.InsExternalAuth:        time.Duration(t.Basic),
		apdu.InsInternalAuth:        time.Duration(t.Sign),
	}
	return m
}

// Words that files use, each type reading its own.
type (
	// Mapping of a nonce.
	Mapping string
	// Cipher of secure messaging.
	Cipher keys.Suite
	// GroupID is a group by its name.
	GroupID int
	// Span is a time such as 4ms.
	Span time.Duration
	// CardAccessPlace says where EF.CardAccess can be read.
	CardAccessPlace uint8
	// Extended says what becomes of extended lengths.
	Extended uint8
)

// The places.
const (
	Outside CardAccessPlace = iota
	Everywhere
	Hidden
)

// What becomes of extended lengths.
const (
	ExtendedWorks Extended = iota
	ExtendedRefused
	ExtendedFatal
)

// ParseScalar reads gm, im or cam.
func (m *Mapping) ParseScalar(text string) error {
	if text != "gm" && text != "im" && text != "cam" {
		return errors.New("write gm, im or cam")
	}
	*m = Mapping(text)
	return nil
}

// ParseScalar reads the name that keys.Suite prints.
func (c *Cipher) ParseScalar(text string) error {
	for s := keys.TDES; s <= keys.AES256; s++ {
		if s.String() == text {
			*c = Cipher(s)
			return nil
		}
	}
	return errors.New("write 3DES, AES-128, AES-192 or AES-256")
}

// ParseScalar reads the name of a curve, or sizes such as 2048/256.
func (g *GroupID) ParseScalar(text string) error {
	id, err := groupNamed(text)
	*g = GroupID(id)
	return err
}

// Name of the group.
func (g GroupID) Name() string {
	if known, err := group.ByID(int(g)); err == nil {
		return known.Name
	}
	return ""
}

// ParseScalar reads a duration.
func (s *Span) ParseScalar(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return errors.New("write a time such as 4ms or 7.5us")
	}
	*s = Span(d)
	return nil
}

// ParseScalar reads a place.
func (p *CardAccessPlace) ParseScalar(text string) error {
	for i, name := range []string{"outside", "everywhere", "hidden"} {
		if name == text {
			*p = CardAccessPlace(i)
			return nil
		}
	}
	return errors.New("write outside, everywhere or hidden")
}

// ParseScalar reads what becomes of extended lengths.
func (e *Extended) ParseScalar(text string) error {
	switch text {
	case "yes", "true":
		*e = ExtendedWorks
	case "no", "false":
		*e = ExtendedRefused
	case "fatal":
		*e = ExtendedFatal
	default:
		return errors.New("write yes, no or fatal")
	}
	return nil
}
