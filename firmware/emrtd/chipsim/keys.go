package chipsim

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // for crypto.Hash
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/hex"
	"io"
	"math/big"

	"tram06/firmware/emrtd/chipsim/group"
	"tram06/firmware/emrtd/keys"
)

// PrivateKeys are what a copied chip does not have. A chip without one of them
// refuses the protocol that needs it.
type PrivateKeys struct {
	CA  []CAKey // for Chip Authentication, public halves in DG14
	CAM []CAKey // for PACE with chip authentication mapping, public halves in EF.CardSecurity
	AA  *AAKey  // for Active Authentication, public half in DG15
}

// CAKey is a static key for key agreement.
type CAKey struct {
	Number  int // key identifier; 0 for a key without one
	GroupID int // Doc 9303-11, table 9
	Ciphers []keys.Suite
	// Form says how the public half names its domain parameters.
	Form Form
	X    *big.Int
}

func (k CAKey) group() (*group.Group, error) { return group.ByID(k.GroupID) }

// named tells whether the reader's reference means this key.
func (k CAKey) named(reference []byte) bool {
	return reference == nil || k.Number != 0 && bytes.Equal(reference, []byte{byte(k.Number)})
}

// cam finds the key of a group.
func (k PrivateKeys) cam(groupID int) (CAKey, bool) {
	for _, key := range k.CAM {
		if key.GroupID == groupID {
			return key, true
		}
	}
	return CAKey{}, false
}

// AAKey signs challenges, with one of its two keys.
type AAKey struct {
	RSA  *rsa.PrivateKey
	EC   *ECKey
	Hash crypto.Hash
	// Smaller sends the smaller of the signature and its complement: ISO/IEC
	// 9796-2, B.4 instead of B.6.
	Smaller bool
}

// newAAKey draws an RSA key that signs challenges. From 3072 bits on it is the
// product of four primes, which are found much sooner: from outside nothing of
// that can be seen, and the secret is worth nothing.
func newAAKey(random io.Reader, size int) (*rsa.PrivateKey, error) {
	if size < 3072 {
		return rsa.GenerateKey(random, size)
	}
	one, e := big.NewInt(1), big.NewInt(65537)
	for {
		n, phi := big.NewInt(1), big.NewInt(1)
		for range 4 {
			p, err := rand.Prime(random, size/4)
			if err != nil {
				return nil, err
			}
			n.Mul(n, p)
			phi.Mul(phi, new(big.Int).Sub(p, one))
		}
		d := new(big.Int).ModInverse(e, phi)
		if n.BitLen() == size && d != nil {
			return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: int(e.Int64())}, D: d}, nil
		}
	}
}

// ECKey is a private key on a curve.
type ECKey struct {
	Group *group.Group
	X     *big.Int
	Form  Form
}

// NewECKey draws one.
func NewECKey(random io.Reader, groupID int) (*ECKey, error) {
	g, err := group.ByID(groupID)
	if err != nil {
		return nil, err
	}
	x, err := g.Draw(random)
	return &ECKey{Group: g, X: x}, err
}

// NewPrivateKeys draws the keys of an ordinary card: Chip Authentication on
// brainpoolP256r1 with AES-128, Active Authentication on P-256.
func NewPrivateKeys(random io.Reader) (PrivateKeys, error) {
	ca, err := NewECKey(random, 13)
	if err != nil {
		return PrivateKeys{}, err
	}
	aa, err := NewECKey(random, 12)
	if err != nil {
		return PrivateKeys{}, err
	}
	aa.Form = Named
	return PrivateKeys{
		CA: []CAKey{{GroupID: 13, Ciphers: []keys.Suite{keys.AES128}, X: ca.X}},
		AA: &AAKey{EC: aa, Hash: crypto.SHA256},
	}, nil
}

// signECDSA is FIPS 186-5, 6.4.1, on any curve.
func signECDSA(random io.Reader, key *ECKey, digest []byte) (r, s *big.Int, err error) {
	g := key.Group
	z := new(big.Int).SetBytes(digest)
	if extra := 8*len(digest) - g.N.BitLen(); extra > 0 {
		z.Rsh(z, uint(extra))
	}
	for {
		k, err := g.Draw(random)
		if err != nil {
			return nil, nil, err
		}
		r = new(big.Int).Mod(g.Power(g.Base(), k).X, g.N)
		s = new(big.Int).Mul(r, key.X)
		s.Add(s, z).Mul(s, new(big.Int).ModInverse(k, g.N)).Mod(s, g.N)
		if r.Sign() > 0 && s.Sign() > 0 {
			return r, s, nil
		}
	}
}

func hexBytes(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic("chipsim: a constant is no hexadecimal number") // all are constants of this package
	}
	return b
}
