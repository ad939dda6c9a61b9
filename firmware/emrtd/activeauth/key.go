package activeauth

import (
	"crypto"
	"encoding/asn1"
	"errors"
	"fmt"

	"tram06/firmware/emrtd/pki"
	"tram06/firmware/emrtd/secinfo"
	"tram06/firmware/emrtd/tlv"
)

const tagDG15 tlv.Tag = 0x6F

// PublicKey is the key of EF.DG15, for RSA or an elliptic curve.
type PublicKey struct {
	pki.PublicKey
	// Short: the card is known to take no extended lengths. A long signature
	// is then asked for with a short command, and fetched in pieces.
	Short bool
}

// ParseDG15 reads the file: Doc 9303-10 section 4.7.15.
func ParseDG15(b []byte) (PublicKey, error) {
	file, _, err := tlv.Parse(b)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if file.Tag != tagDG15 {
		return PublicKey{}, fmt.Errorf("%w: starts with %v", ErrFormat, file.Tag)
	}
	// Some chips fill up the inside of the file.
	spki, _, err := tlv.Parse(file.Value)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if spki.Tag != 0x30 {
		return PublicKey{}, fmt.Errorf("%w: public key in %v", ErrFormat, spki.Tag)
	}
	k, err := pki.ParsePublicKey(spki.Value)
	switch {
	case errors.Is(err, pki.ErrUnsupported):
		return PublicKey{}, fmt.Errorf("%w: %w", ErrUnsupported, err)
	case err != nil:
		return PublicKey{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return PublicKey{PublicKey: k}, nil
}

// signatureLen is the length of the chip's answer in bytes.
func (k PublicKey) signatureLen() int {
	if n, _, ok := k.RSA(); ok {
		return (n.BitLen() + 7) / 8
	}
	if c, _, ok := k.Point(); ok {
		return 2 * c.ScalarLen()
	}
	return 0
}

// Hint is the ActiveAuthenticationInfo of EF.DG14: which signature an elliptic
// curve makes. Doc 9303-11 section 9.2.8.
type Hint struct {
	Algorithm asn1.ObjectIdentifier
	Hash      crypto.Hash // 0 when the algorithm is not known
}

// plainECDSA is ecdsa-plain-signatures of BSI TR-03111; the hash hangs below.
var plainECDSA = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 1, 1, 4, 1}

// x962 is ecdsa-with-SHA2, which some chips name though they sign plainly.
var x962 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3}

// FindHint looks for the entry, nil when there is none.
func FindHint(infos []secinfo.Info) *Hint {
	for _, i := range infos {
		if !i.OID.Equal(secinfo.ActiveAuthentication) {
			continue
		}
		h := &Hint{}
		// The algorithm is the optional third part in the general form of an
		// entry, and mandatory in this one.
		if _, err := asn1.Unmarshal(i.Optional.Raw, &h.Algorithm); err != nil {
			continue
		}
		h.Hash = hashOf(h.Algorithm)
		return h
	}
	return nil
}

func hashOf(oid asn1.ObjectIdentifier) crypto.Hash {
	plain := []crypto.Hash{crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512}
	last := len(oid) - 1
	switch {
	case last == len(plainECDSA) && oid[:last].Equal(plainECDSA) && oid[last] >= 1 && oid[last] <= len(plain):
		return plain[oid[last]-1]
	case last == len(x962) && oid[:last].Equal(x962) && oid[last] >= 1 && oid[last] < len(plain):
		return plain[oid[last]]
	}
	return 0
}
