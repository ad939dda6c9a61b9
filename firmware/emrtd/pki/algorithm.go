package pki

import (
	"crypto"
	_ "crypto/sha1" // old documents' hashes
	_ "crypto/sha256"
	_ "crypto/sha512"
	"fmt"

	"tram06/firmware/emrtd/der"
	"tram06/firmware/emrtd/tlv"
)

// Algorithm is a signature algorithm with its parameters.
type Algorithm struct {
	kind kind
	hash crypto.Hash
	mask crypto.Hash // PSS
	salt int         // PSS
}

type kind uint8

const (
	ecdsaDER   kind = iota + 1 // SEQUENCE of r and s
	ecdsaPlain                 // r and s side by side, BSI TR-03111
	rsaPKCS1
	rsaPSS
)

var kinds = map[kind]string{ecdsaDER: "ECDSA", ecdsaPlain: "plain ECDSA", rsaPKCS1: "RSA", rsaPSS: "RSA-PSS"}

func (a Algorithm) String() string {
	if a.kind == 0 {
		return "no algorithm"
	}
	return fmt.Sprintf("%s with %v", kinds[a.kind], a.hash)
}

// Hash is what the message is hashed with.
func (a Algorithm) Hash() crypto.Hash { return a.hash }

// With is the algorithm with another hash. PSS takes the usual parameters of
// that hash: whoever named the wrong one named none.
func (a Algorithm) With(h crypto.Hash) Algorithm {
	if a.kind == rsaPSS && h != a.hash {
		a.mask, a.salt = h, h.Size()
	}
	a.hash = h
	return a
}

// Weak says what is too weak for a new document, "" if nothing is.
func (a Algorithm) Weak() string {
	if a.hash == crypto.SHA1 {
		return a.hash.String()
	}
	return ""
}

var digests = map[string]crypto.Hash{
	"1.3.14.3.2.26":          crypto.SHA1,
	"2.16.840.1.101.3.4.2.4": crypto.SHA224,
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

// algorithms of Doc 9303-12 section 4.4, without PSS, which has parameters.
var algorithms = map[string]Algorithm{
	"1.2.840.10045.4.1":       {kind: ecdsaDER, hash: crypto.SHA1},
	"1.2.840.10045.4.3.1":     {kind: ecdsaDER, hash: crypto.SHA224},
	"1.2.840.10045.4.3.2":     {kind: ecdsaDER, hash: crypto.SHA256},
	"1.2.840.10045.4.3.3":     {kind: ecdsaDER, hash: crypto.SHA384},
	"1.2.840.10045.4.3.4":     {kind: ecdsaDER, hash: crypto.SHA512},
	"0.4.0.127.0.7.1.1.4.1.1": {kind: ecdsaPlain, hash: crypto.SHA1},
	"0.4.0.127.0.7.1.1.4.1.2": {kind: ecdsaPlain, hash: crypto.SHA224},
	"0.4.0.127.0.7.1.1.4.1.3": {kind: ecdsaPlain, hash: crypto.SHA256},
	"0.4.0.127.0.7.1.1.4.1.4": {kind: ecdsaPlain, hash: crypto.SHA384},
	"0.4.0.127.0.7.1.1.4.1.5": {kind: ecdsaPlain, hash: crypto.SHA512},
	"1.2.840.113549.1.1.5":    {kind: rsaPKCS1, hash: crypto.SHA1},
	"1.3.14.3.2.29":           {kind: rsaPKCS1, hash: crypto.SHA1}, // OIW's name for it
	"1.2.840.113549.1.1.14":   {kind: rsaPKCS1, hash: crypto.SHA224},
	"1.2.840.113549.1.1.11":   {kind: rsaPKCS1, hash: crypto.SHA256},
	"1.2.840.113549.1.1.12":   {kind: rsaPKCS1, hash: crypto.SHA384},
	"1.2.840.113549.1.1.13":   {kind: rsaPKCS1, hash: crypto.SHA512},
}

const (
	oidRSA = "1.2.840.113549.1.1.1"
	oidPSS = "1.2.840.113549.1.1.10"
	oidMGF = "1.2.840.113549.1.1.8"
	oidEC  = "1.2.840.10045.2.1"
)

// ParseDigest reads the AlgorithmIdentifier of a hash. Signers are known that
// write their signature algorithm there: its hash is what they mean.
func ParseDigest(n tlv.Node) (crypto.Hash, error) {
	r := der.Read(n.Value)
	id := r.OID()
	if r.Err() != nil {
		return 0, fmt.Errorf("%w: digest algorithm: %w", ErrFormat, r.Err())
	}
	if h, ok := digests[id]; ok {
		return h, nil
	}
	if a, ok := algorithms[id]; ok {
		return a.hash, nil
	}
	return 0, fmt.Errorf("%w: digest %s", ErrUnsupported, id)
}

// ParseAlgorithm reads the AlgorithmIdentifier of a signature. One that names
// only a kind of key takes its hash from digest; zero says that there is none
// to take.
func ParseAlgorithm(n tlv.Node, digest crypto.Hash) (Algorithm, error) {
	r := der.Read(n.Value)
	id := r.OID()
	if r.Err() != nil {
		return Algorithm{}, fmt.Errorf("%w: signature algorithm: %w", ErrFormat, r.Err())
	}
	if a, ok := algorithms[id]; ok {
		return a, nil
	}
	switch {
	case id == oidPSS:
		return parsePSS(r.Optional(der.Sequence).Value)
	case id == oidRSA && digest != 0:
		return Algorithm{kind: rsaPKCS1, hash: digest}, nil
	case id == oidEC && digest != 0:
		return Algorithm{kind: ecdsaDER, hash: digest}, nil
	}
	return Algorithm{}, fmt.Errorf("%w: signature %s", ErrUnsupported, id)
}

// maxSalt is more than the longest RSA key has room for.
const maxSalt = 1024

// parsePSS reads RSASSA-PSS-params: RFC 4055 section 3.1.
func parsePSS(b []byte) (Algorithm, error) {
	a := Algorithm{kind: rsaPSS, hash: crypto.SHA1, mask: crypto.SHA1, salt: 20}
	r := der.Read(b)
	var err error
	if n := r.Optional(der.Context0); n.Raw != nil {
		if a.hash, err = ParseDigest(der.Read(n.Value).Next(der.Sequence)); err != nil {
			return a, err
		}
	}
	if n := r.Optional(der.Context1); n.Raw != nil {
		in := der.Read(n.Value).Enter(der.Sequence)
		if id := in.OID(); in.Err() == nil && id != oidMGF {
			return a, fmt.Errorf("%w: mask %s", ErrUnsupported, id)
		}
		if a.mask, err = ParseDigest(in.Next(der.Sequence)); err != nil {
			return a, err
		}
	}
	if n := r.Optional(der.Context2); n.Raw != nil {
		in := der.Read(n.Value)
		a.salt = in.Small(maxSalt)
		if err := in.End(); err != nil {
			return a, fmt.Errorf("%w: salt length: %w", ErrFormat, err)
		}
	}
	if n := r.Optional(der.Context3); n.Raw != nil {
		in := der.Read(n.Value)
		if trailer := in.Small(maxSalt); in.End() != nil || trailer != 1 {
			return a, fmt.Errorf("%w: PSS trailer", ErrUnsupported)
		}
	}
	if err := r.End(); err != nil {
		return a, fmt.Errorf("%w: PSS parameters: %w", ErrFormat, err)
	}
	return a, nil
}
