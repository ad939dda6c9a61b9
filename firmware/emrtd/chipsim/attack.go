package chipsim

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"tram06/firmware/config/strict"
	"tram06/firmware/emrtd/tlv"
	"tram06/firmware/health"
)

// Attack is what somebody did to a card, as data: what a file in the folder
// attacks says.
type Attack struct {
	Name string `yaml:"-"`
	// VI and EN are a line each about what is wrong with the card.
	VI string `yaml:"vi"`
	EN string `yaml:"en"`
	// On is the personality that the attack is best shown on.
	On string `yaml:"on"`

	// Keys that a copy does not have: it makes up others ("wrong"), or refuses
	// the protocol ("missing").
	Keys KeyTheft `yaml:"keys,omitempty"`
	// Without are data groups that are signed and not on the chip.
	Without []int `yaml:"without,omitempty"`
	// Change flips a bit of files.
	Change []Change `yaml:"change,omitempty"`
	// Longer adds bytes behind files, Shorter cuts them off: their own length
	// fields stay.
	Longer  []Resize `yaml:"longer,omitempty"`
	Shorter []Resize `yaml:"shorter,omitempty"`
	// OtherSOD: the SOD is that of another card of the same authority.
	OtherSOD bool `yaml:"other-sod,omitempty"`
	// Signer is who signed: foreign, forged, expired or revoked.
	Signer Standing `yaml:"signer,omitempty"`
	// NoPACE: neither EF.CardAccess nor MSE, though signed files name PACE.
	NoPACE bool `yaml:"no-pace,omitempty"`
	// Weaker is what EF.CardAccess offers in place of what is signed.
	Weaker *PACE `yaml:"weaker,omitempty"`
	// Fault shows after so many honest protected answers.
	Fault Fault `yaml:"fault,omitempty"`
	After int   `yaml:"after,omitempty"`

	Expect Expect `yaml:"expect"`
}

// Expect is what a reader must find. An empty field is not decided by the
// attack.
type Expect struct {
	Hashes    string `yaml:"hashes,omitempty"`    // ok, failed
	Signature string `yaml:"signature,omitempty"` // ok, failed
	Chain     string `yaml:"chain,omitempty"`     // trusted, unknown, expired, revoked, failed
	Chip      string `yaml:"chip,omitempty"`      // genuine, clone, absent
	// Downgraded: the reader notices that a better access was there.
	Downgraded bool `yaml:"downgraded,omitempty"`
	// Broken: the reading ends with an error of the protocol.
	Broken bool `yaml:"broken,omitempty"`
	// Refused: the card must not be used.
	Refused bool `yaml:"refused,omitempty"`
}

// KeyTheft is what a copy does without the keys.
type KeyTheft uint8

// What it does.
const (
	KeysKept KeyTheft = iota
	KeysWrong
	KeysMissing
)

// ParseScalar reads wrong or missing.
func (k *KeyTheft) ParseScalar(text string) error {
	switch text {
	case "wrong":
		*k = KeysWrong
	case "missing":
		*k = KeysMissing
	default:
		return errors.New("write wrong or missing")
	}
	return nil
}

// Change flips the lowest bit of one byte.
type Change struct {
	File FileName `yaml:"file"`
	At   int      `yaml:"at"` // from the end when negative
}

// Resize adds or removes bytes.
type Resize struct {
	File FileName `yaml:"file"`
	By   int      `yaml:"by"`
}

// FileName is a file as people call it: DG1 to DG16, SOD, COM, CardSecurity.
type FileName uint16

// ParseScalar reads it.
func (f *FileName) ParseScalar(text string) error {
	for name, id := range map[string]uint16{"SOD": FileSOD, "COM": FileCOM, "CardSecurity": FileCardSecurity} {
		if text == name {
			*f = FileName(id)
			return nil
		}
	}
	if n, ok := strings.CutPrefix(text, "DG"); ok {
		if v, err := strconv.Atoi(n); err == nil && v >= 1 && v <= 16 {
			*f = FileName(DG(v))
			return nil
		}
	}
	return errors.New("write DG1 to DG16, SOD, COM or CardSecurity")
}

// LoadAttacks reads every *.yaml of a folder.
func LoadAttacks(fsys fs.FS, dir string) ([]Attack, error) {
	return load(fsys, dir, func(doc *strict.Doc, name string) Attack {
		a := Attack{Name: name}
		doc.Decode(&a, time.UTC)
		if a.Expect == (Expect{}) {
			doc.Reject("expect", health.ConfigValue, "say what a reader must find")
		}
		if a.Weaker != nil {
			if _, err := paceSuites(setOf(a.Weaker.info())); err != nil {
				doc.Reject("weaker", health.ConfigValue, "%v", err)
			}
		}
		return a
	})
}

// spoil does to a finished card what the attack says.
func (a Attack) spoil(p *Personality, f Files) error {
	for _, n := range a.Without {
		if _, ok := f[DG(n)]; !ok {
			return fmt.Errorf("attack %s: the card has no data group %d", a.Name, n)
		}
		delete(f, DG(n))
	}
	if len(a.Without) > 0 { // EF.COM is not signed: it no longer lists them
		f[FileCOM] = comFile(f.groups())
	}
	for _, c := range a.Change {
		b := f[uint16(c.File)]
		at := c.At
		if at < 0 {
			at += len(b)
		}
		if at < 0 || at >= len(b) {
			return fmt.Errorf("attack %s: byte %d is outside of the file", a.Name, c.At)
		}
		b[at] ^= 1
	}
	for _, r := range a.Longer {
		f[uint16(r.File)] = append(f[uint16(r.File)], make([]byte, r.By)...)
	}
	for _, r := range a.Shorter {
		b := f[uint16(r.File)]
		if r.By >= len(b) {
			return fmt.Errorf("attack %s: the file has %d bytes", a.Name, len(b))
		}
		f[uint16(r.File)] = b[:len(b)-r.By]
	}
	switch {
	case a.NoPACE:
		p.CardAccess = nil
	case a.Weaker != nil:
		p.CardAccess = tlv.Append(nil, 0x31, a.Weaker.info())
	}
	if a.Fault != NoFault {
		p.Fault, p.FaultAfter = a.Fault, a.After
	}
	return nil
}
