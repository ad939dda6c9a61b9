package chipsim

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"tram06/firmware/emrtd/chipsim/group"
	"tram06/firmware/emrtd/tlv"
)

// Signing is how a document signer signs, as data.
type Signing struct {
	Key  KeyKind `yaml:"key"`
	Hash Hash    `yaml:"hash"`
	// PSS pads RSA signatures as RSASSA-PSS; PKCS#1 v1.5 else.
	PSS bool `yaml:"pss,omitempty"`
	// Parameters of a curve in the certificate: named or explicit.
	Parameters Form `yaml:"parameters,omitempty"`
	// ByKey names the signer by its subject key identifier; by issuer and
	// serial number else.
	ByKey bool `yaml:"by-key,omitempty"`
	// Groups is the hash of the data groups; Hash where it is left out.
	Groups Hash `yaml:"groups,omitempty"`
	// Untimed leaves the signing time out.
	Untimed bool `yaml:"untimed,omitempty"`
}

// Ordinary signs with ECDSA and SHA-256 on P-256.
func Ordinary() Signing {
	return Signing{Key: KeyKind{Group: 12}, Hash: Hash(crypto.SHA256), Parameters: Named}
}

// KeyKind is a kind of key for signatures: RSA of so many bits, or a curve.
type KeyKind struct {
	RSA   int
	Group int
}

// ParseScalar reads "rsa-2048", or the name of a curve.
func (k *KeyKind) ParseScalar(text string) error {
	if size, ok := strings.CutPrefix(text, "rsa-"); ok {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1024 || n > 4096 || n%8 != 0 {
			return errors.New("write rsa-1024 to rsa-4096, or the name of a curve")
		}
		*k = KeyKind{RSA: n}
		return nil
	}
	id, err := groupNamed(text)
	if err != nil || id < 8 {
		return errors.New("write rsa-2048, or a curve such as P-256 or brainpoolP384r1")
	}
	*k = KeyKind{Group: id}
	return nil
}

func groupNamed(name string) (int, error) {
	var all []string
	for _, id := range group.IDs() {
		g, err := group.ByID(id)
		if err != nil {
			return 0, err
		}
		if g.Name == name {
			return id, nil
		}
		all = append(all, g.Name)
	}
	return 0, errors.New("write one of " + strings.Join(all, ", "))
}

// Hash is a hash function in a file.
type Hash crypto.Hash

var hashes = []struct {
	name   string
	hash   crypto.Hash
	oid    []byte
	rsa    int // last arc of PKCS#1's signature algorithm
	ecdsa  []byte
	aaInfo int // last arc of BSI's ecdsa-plain-signatures
}{
	{"sha1", crypto.SHA1, oid(1, 3, 14, 3, 2, 26), 5, oid(1, 2, 840, 10045, 4, 1), 1},
	{"sha224", crypto.SHA224, oid(2, 16, 840, 1, 101, 3, 4, 2, 4), 14, oid(1, 2, 840, 10045, 4, 3, 1), 2},
	{"sha256", crypto.SHA256, oid(2, 16, 840, 1, 101, 3, 4, 2, 1), 11, oid(1, 2, 840, 10045, 4, 3, 2), 3},
	{"sha384", crypto.SHA384, oid(2, 16, 840, 1, 101, 3, 4, 2, 2), 12, oid(1, 2, 840, 10045, 4, 3, 3), 4},
	{"sha512", crypto.SHA512, oid(2, 16, 840, 1, 101, 3, 4, 2, 3), 13, oid(1, 2, 840, 10045, 4, 3, 4), 5},
}

// ParseScalar reads a hash function's name.
func (h *Hash) ParseScalar(text string) error {
	for _, k := range hashes {
		if k.name == text {
			*h = Hash(k.hash)
			return nil
		}
	}
	return errors.New("write sha1, sha224, sha256, sha384 or sha512")
}

func (h Hash) sum(b []byte) []byte {
	f := crypto.Hash(h).New()
	f.Write(b)
	return f.Sum(nil)
}

// index finds the identifiers of a hash function.
func (h Hash) index() int {
	for i, k := range hashes {
		if k.hash == crypto.Hash(h) {
			return i
		}
	}
	return 2
}

// algorithm is the hash function's AlgorithmIdentifier.
func (h Hash) algorithm() []byte { return sequence(hashes[h.index()].oid) }

// signKey is a private key for signatures.
type signKey struct {
	rsa *rsa.PrivateKey
	ec  *ECKey
}

func newSignKey(random io.Reader, kind KeyKind, form Form) (signKey, error) {
	if kind.RSA > 0 {
		k, err := rsa.GenerateKey(random, kind.RSA)
		return signKey{rsa: k}, err
	}
	k, err := NewECKey(random, kind.Group)
	if err != nil {
		return signKey{}, err
	}
	k.Form = form
	return signKey{ec: k}, nil
}

// public is the SubjectPublicKeyInfo.
func (k signKey) public() []byte {
	if k.rsa != nil {
		return rsaInfo(&k.rsa.PublicKey)
	}
	return publicKeyInfo(k.ec.Group, k.ec.Form, k.ec.Group.Power(k.ec.Group.Base(), k.ec.X))
}

func rsaInfo(k *rsa.PublicKey) []byte {
	return sequence(sequence(oid(1, 2, 840, 113549, 1, 1, 1), null), bits(sequence(integer(k.N), small(k.E))))
}

// algorithm is the AlgorithmIdentifier of the signatures: RFC 4055, RFC 5758.
func (k signKey) algorithm(s Signing) []byte {
	id := hashes[s.Hash.index()]
	switch {
	case k.ec != nil:
		return sequence(id.ecdsa)
	case !s.PSS:
		return sequence(oid(1, 2, 840, 113549, 1, 1, id.rsa), null)
	}
	hash := sequence(id.oid, null)
	return sequence(oid(1, 2, 840, 113549, 1, 1, 10), sequence(
		tlv.Append(nil, 0xA0, hash),
		tlv.Append(nil, 0xA1, sequence(oid(1, 2, 840, 113549, 1, 1, 8), hash)),
		tlv.Append(nil, 0xA2, small(crypto.Hash(s.Hash).Size()))))
}

func (k signKey) sign(random io.Reader, s Signing, text []byte) ([]byte, error) {
	digest := s.Hash.sum(text)
	hash := crypto.Hash(s.Hash)
	switch {
	case k.ec != nil:
		r, v, err := signECDSA(random, k.ec, digest)
		if err != nil {
			return nil, err
		}
		return sequence(integer(r), integer(v)), nil
	case s.PSS:
		return rsa.SignPSS(random, k.rsa, hash, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	}
	b, err := rsa.SignPKCS1v15(random, k.rsa, hash, digest)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return b, nil
}
