package chipsim

import (
	"bytes"
	"crypto"
	"fmt"
	"io"
	"maps"
	"time"

	"tram06/firmware/emrtd/keys"
)

// Holder is somebody who gets a card: what a personality does not decide.
type Holder struct {
	CAN        string
	MRZ        string // TD1, TD2 or TD3
	Historical [8]byte
	// Picture gives the portrait in the wanted format.
	Picture func(jpeg2000 bool) (Picture, error)
	// Groups gives further data groups, whole files, for a personality: DG13.
	// May be nil.
	Groups  func(Profile) (map[int][]byte, error)
	Details Details
	Issued  time.Time
}

// Picture is an encoded portrait.
type Picture struct {
	Data          []byte
	Width, Height int
}

// Issue makes a card of this personality for somebody, signed by the
// authority; with an attack, after somebody got hold of it. A nil attack is
// none.
func Issue(p Profile, attack *Attack, h Holder, a *Authority, random io.Reader) (Personality, Files, error) {
	fail := func(err error) (Personality, Files, error) {
		return Personality{}, nil, fmt.Errorf("issue a card %s: %w", p.Name, err)
	}
	if attack == nil {
		attack = &Attack{}
	}
	k, err := p.keys(random)
	if err != nil {
		return fail(err)
	}
	c, err := p.content(h)
	if err != nil {
		return fail(err)
	}
	c.Standing = attack.Signer
	if c.Standing == Expired {
		c.Issued = time.Time{} // when the authority was founded, that signer was over
	}
	f, err := Build(c, k, a, random)
	if err != nil {
		return fail(err)
	}
	if attack.OtherSOD {
		other := maps.Clone(f.groups())
		other[1] = bytes.ToLower(other[1]) // somebody else
		if f[FileSOD], err = a.SignAs(other, c.signing(), c.Standing, a.now); err != nil {
			return fail(err)
		}
	}
	if p.Files.Master {
		f[FileATRInfo], f[FileDIR] = p.atrInfo(), dirFile()
	}
	who := p.behaviour(h, c.MRZ)
	switch attack.Keys {
	case KeysKept:
		who.Keys = k
	case KeysWrong:
		if who.Keys, err = p.keys(random); err != nil {
			return fail(err)
		}
	}
	if err := attack.spoil(&who, f); err != nil {
		return fail(err)
	}
	return who, f, nil
}

// behaviour is what the chip does.
func (p Profile) behaviour(h Holder, mrz string) Personality {
	who := Personality{
		CAN: h.CAN, MRZ: mrz, Historical: h.Historical,
		CardAccess:       p.cardAccess(),
		HideCardAccess:   p.Access.CardAccess == Hidden,
		CardAccessInside: p.Access.CardAccess == Everywhere,
		MasterFile:       p.Access.MasterFile,
		WithoutBAC:       !p.Access.BAC,
		PACEInside:       p.Access.Inside,
		RefuseLe:         p.Access.RefuseLe,
		CANTries:         p.Access.CANTries,
		WithoutExtended:  p.Transport.Extended == ExtendedRefused,
		ExtendedEnds:     p.Transport.Extended == ExtendedFatal,
		Answer:           p.Transport.Answer,
		Chaining:         p.Transport.Chaining,
		ExactLe:          p.Transport.Exact,
		Closed:           []int{3},
	}
	if p.Access.WithoutCAN {
		who.CAN = ""
	}
	return who
}

func (p Profile) content(h Holder) (Content, error) {
	c := Content{MRZ: h.MRZ, JPEG2000: p.Files.JPEG2000, Face: p.Files.Face, Infos: p.cardAccess(), Issued: h.Issued}
	if p.Signer != nil {
		c.Signing = *p.Signer
	}
	if p.Files.Details {
		c.Details = &h.Details
	}
	picture, err := h.Picture(p.Files.JPEG2000)
	if err != nil {
		return c, err
	}
	c.Portrait, c.Width, c.Height = picture.Data, picture.Width, picture.Height
	if p.Files.LongNumber {
		if c.MRZ, err = LongNumber(h.MRZ); err != nil {
			return c, err
		}
	}
	if h.Groups != nil {
		c.More, err = h.Groups(p)
	}
	return c, err
}

// keys draws the chip's own keys.
func (p Profile) keys(random io.Reader) (PrivateKeys, error) {
	var k PrivateKeys
	for _, d := range p.ChipAuthentication {
		ec, err := NewECKey(random, int(d.Group))
		if err != nil {
			return k, err
		}
		key := CAKey{Number: d.Number, GroupID: int(d.Group), Form: d.Parameters, X: ec.X}
		for _, c := range d.Ciphers {
			key.Ciphers = append(key.Ciphers, keys.Suite(c))
		}
		k.CA = append(k.CA, key)
	}
	for _, v := range p.Access.PACE {
		if _, ok := k.cam(int(v.Group)); v.Mapping != "cam" || ok {
			continue
		}
		ec, err := NewECKey(random, int(v.Group))
		if err != nil {
			return k, err
		}
		k.CAM = append(k.CAM, CAKey{Number: len(k.CAM) + 1, GroupID: int(v.Group), Ciphers: []keys.Suite{keys.Suite(v.Cipher)}, Form: Standard, X: ec.X})
	}
	if d := p.ActiveAuthentication; d != nil {
		k.AA = &AAKey{Hash: crypto.Hash(d.Hash), Smaller: d.Smaller}
		var err error
		if d.Key.RSA > 0 {
			k.AA.RSA, err = newAAKey(random, d.Key.RSA)
		} else if k.AA.EC, err = NewECKey(random, d.Key.Group); err == nil {
			k.AA.EC.Form = d.Parameters
		}
		if err != nil {
			return k, err
		}
	}
	return k, nil
}
