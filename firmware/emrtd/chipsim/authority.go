package chipsim

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"tram06/firmware/emrtd/tlv"
)

// Authority signs simulated cards: a country signing authority with document
// signers under it (Doc 9303-12). It is made at run time, so that no key exists
// whose signatures anybody could be led to trust. It is not safe for
// concurrent use.
type Authority struct {
	// CSCA and Signer are its certificate and that of the ordinary document
	// signer; nil where crypto/x509 does not know their curve. Root has the
	// bytes always.
	CSCA   *x509.Certificate
	Signer *x509.Certificate

	rand    io.Reader
	now     time.Time
	root    *party
	name    string
	signers map[signerID]*party
	serial  int64
}

// Standing is what a store of trust should say of a document signer.
type Standing uint8

// The standings.
const (
	Good    Standing = iota
	Foreign          // under an authority of another name, in nobody's store
	Forged           // claims to be under the CSCA, with a signature that is not its
	Expired          // was over when it signed
	Revoked          // on the CSCA's revocation list
)

// ParseScalar reads a standing's name in a file.
func (s *Standing) ParseScalar(text string) error {
	for i, name := range []string{"good", "foreign", "forged", "expired", "revoked"} {
		if name == text {
			*s = Standing(i)
			return nil
		}
	}
	return errors.New("write good, foreign, forged, expired or revoked")
}

type signerID struct {
	signing  Signing
	standing Standing
}

// NewAuthority makes a country signing authority and a document signer under
// it, both on P-256 and valid for some years from now on.
func NewAuthority(rand io.Reader, now time.Time) (*Authority, error) {
	return NewAuthorityWith(rand, now, "Test CSCA", Ordinary())
}

// NewAuthorityWith makes one of another name that signs its certificates as
// signing says.
func NewAuthorityWith(rand io.Reader, now time.Time, name string, signing Signing) (*Authority, error) {
	a := &Authority{rand: rand, now: now, name: name, signers: map[signerID]*party{}}
	var err error
	if a.root, err = a.party(name, signing, now.AddDate(-1, 0, 0), now.AddDate(12, 0, 0)); err != nil {
		return nil, fmt.Errorf("test authority: %w", err)
	}
	if err := certify(rand, roleCSCA, a.root, a.root); err != nil {
		return nil, fmt.Errorf("test authority: %w", err)
	}
	a.CSCA = a.root.parsed()
	ordinary, err := a.signer(Ordinary(), Good)
	if err != nil {
		return nil, err
	}
	a.Signer = ordinary.parsed()
	return a, nil
}

// Root is the CSCA's certificate.
func (a *Authority) Root() []byte { return a.root.der }

// Covers tells whether the ordinary document signer could sign on that day.
func (a *Authority) Covers(day time.Time) bool {
	p, err := a.signer(Ordinary(), Good)
	return err == nil && !day.Before(p.from) && !day.After(p.until)
}

// party draws a key and a serial number.
func (a *Authority) party(common string, signing Signing, from, until time.Time) (*party, error) {
	name, err := distinguished(common)
	if err != nil {
		return nil, err
	}
	key, err := newSignKey(a.rand, signing.Key, signing.Parameters)
	if err != nil {
		return nil, err
	}
	a.serial++
	return &party{name: name, serial: big.NewInt(a.serial), key: key, signing: signing, from: from, until: until}, nil
}

// signer gives the document signer of this kind, made when first wanted.
func (a *Authority) signer(signing Signing, standing Standing) (*party, error) {
	signing.ByKey, signing.Untimed, signing.Groups = false, false, 0 // say nothing of the key
	id := signerID{signing, standing}
	if p, ok := a.signers[id]; ok {
		return p, nil
	}
	from, until, name := a.now.AddDate(-1, 0, 0), a.now.AddDate(10, 0, 0), "Test document signer"
	issuer := a.root
	switch standing {
	case Expired:
		from, until, name = a.now.AddDate(0, -11, 0), a.now.AddDate(0, -1, 0), "Test document signer, expired"
	case Revoked:
		name = "Test document signer, revoked"
	case Foreign, Forged:
		other := a.name
		if standing == Foreign {
			other = "Foreign test CSCA"
		}
		var err error
		if issuer, err = a.party(other, a.root.signing, a.root.from, a.root.until); err != nil {
			return nil, fmt.Errorf("test authority: %w", err)
		}
		if standing == Forged {
			issuer.claims = a.root.keyID()
		}
	}
	p, err := a.party(name, signing, from, until)
	if err != nil {
		return nil, fmt.Errorf("test document signer: %w", err)
	}
	if err := certify(a.rand, roleSigner, p, issuer); err != nil {
		return nil, fmt.Errorf("test document signer: %w", err)
	}
	a.signers[id] = p
	return p, nil
}

// SignerDER is the certificate of a document signer.
func (a *Authority) SignerDER(signing Signing, standing Standing) ([]byte, error) {
	p, err := a.signer(signing, standing)
	if err != nil {
		return nil, err
	}
	return p.der, nil
}

// Sign makes the EF.SOD of these data groups (whole files by number), in the
// ordinary way.
func (a *Authority) Sign(groups map[int][]byte) ([]byte, error) {
	return a.SignAs(groups, Ordinary(), Good, a.now)
}

// SignAs makes an EF.SOD: CMS around the LDS security object, Doc 9303-10,
// 4.6.2. at is the signing time.
func (a *Authority) SignAs(groups map[int][]byte, signing Signing, standing Standing, at time.Time) ([]byte, error) {
	if len(groups) == 0 {
		return nil, errors.New("no data groups")
	}
	by, err := a.signer(signing, standing)
	if err != nil {
		return nil, err
	}
	hash := signing.Groups
	if hash == 0 {
		hash = signing.Hash
	}
	var hashes []byte
	for _, n := range sorted(groups) {
		hashes = append(hashes, sequence(small(n), octets(hash.sum(groups[n])))...)
	}
	content := sequence(small(0), hash.algorithm(), sequence(hashes))
	if signing.Untimed {
		at = time.Time{}
	}
	der, err := signedData(a.rand, oid(2, 23, 136, 1, 1, 1), content, by, signing, at)
	if err != nil {
		return nil, fmt.Errorf("sign the SOD: %w", err)
	}
	return tlv.Append(nil, 0x77, der), nil
}

// signInfos makes EF.CardSecurity of a set of SecurityInfos: Doc 9303-11,
// 9.2.11.
func (a *Authority) signInfos(infos []byte, signing Signing, standing Standing) ([]byte, error) {
	by, err := a.signer(signing, standing)
	if err != nil {
		return nil, err
	}
	der, err := signedData(a.rand, oid(0, 4, 0, 127, 0, 7, 3, 2, 1), infos, by, signing, time.Time{})
	if err != nil {
		return nil, fmt.Errorf("sign the card security: %w", err)
	}
	return der, nil
}
