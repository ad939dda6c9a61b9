package group_test

import (
	"bytes"
	"crypto/rand"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/tlv"
)

func all(t testing.TB) map[int]group.Group {
	t.Helper()
	out := map[int]group.Group{}
	for id := -1; id <= group.LastID+1; id++ {
		g, err := group.ByID(id)
		known := id >= 0 && id <= 2 || id >= 8 && id <= 18
		if known != (err == nil) || !known && !errors.Is(err, group.ErrUnknown) {
			t.Fatalf("parameter %d: %v, %v", id, g, err)
		}
		if known {
			out[id] = g
		}
	}
	return out
}

func must(t testing.TB) func(group.Element, error) group.Element {
	return func(e group.Element, err error) group.Element {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
}

func TestGroupLaws(t *testing.T) {
	for id, g := range all(t) {
		base := g.Generator()
		if !g.Prime().ProbablyPrime(10) || !g.Order().ProbablyPrime(10) {
			t.Errorf("%v: prime and order are no primes", g)
		}
		sum := base
		for k := byte(2); k < 12; k++ {
			sum = must(t)(g.Add(sum, base))
			if !bytes.Equal(sum, must(t)(g.Mul(base, []byte{k}))) {
				t.Errorf("%v: %d times the generator", g, k)
			}
		}
		for name, f := range map[string]func() (group.Element, error){
			"order·G": func() (group.Element, error) { return g.Mul(base, g.Order().Bytes()) },
			"0·G":     func() (group.Element, error) { return g.Mul(base, nil) },
			"G − G": func() (group.Element, error) {
				minus := must(t)(g.Mul(base, new(big.Int).Sub(g.Order(), big.NewInt(1)).Bytes()))
				return g.Add(base, minus)
			},
			"a sum with nothing":    func() (group.Element, error) { return g.Add(base, nil) },
			"nothing with a sum":    func() (group.Element, error) { return g.Add(nil, base) },
			"a multiple of nothing": func() (group.Element, error) { return g.Mul(nil, []byte{3}) },
		} {
			if e, err := f(); !errors.Is(err, group.ErrElement) {
				t.Errorf("%v: %s is %X, %v", g, name, e, err)
			}
		}
		// Two ends agree, and the wire changes nothing.
		a, b := scalar(t, g), scalar(t, g)
		pa, pb := must(t)(g.Mul(base, a)), must(t)(g.Mul(base, b))
		pa, pb = must(t)(g.Decode(g.Encode(pa))), must(t)(g.Decode(g.Encode(pb)))
		if k := must(t)(g.Mul(pb, a)); !bytes.Equal(k, must(t)(g.Mul(pa, b))) || len(g.Secret(k)) != (g.Prime().BitLen()+7)/8 {
			t.Errorf("%v: no agreement", g)
		}
		for other, h := range all(t) {
			if group.Same(g, h) != (id == other) {
				t.Errorf("%v and %v", g, h)
			}
		}
		if g.CanMap() != (id != 10) {
			t.Errorf("%v: mapping %v", g, g.CanMap())
		}
		if e, err := g.Map(big.NewInt(123456)); g.CanMap() != (err == nil) || err == nil && !bytes.Equal(e, must(t)(g.Decode(g.Encode(e)))) {
			t.Errorf("%v: %X, %v", g, e, err)
		} else if err != nil && !errors.Is(err, group.ErrEncoding) {
			t.Error(err)
		}
		if e, err := g.Map(big.NewInt(1)); !errors.Is(err, group.ErrEncoding) {
			t.Errorf("%v: one becomes %X, %v", g, e, err)
		}
	}
}

func scalar(t testing.TB, g group.Group) []byte {
	t.Helper()
	k, err := g.Scalar(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestScalar(t *testing.T) {
	for _, g := range all(t) {
		n := (g.Order().BitLen() + 7) / 8
		good := append([]byte{0}, bytes.Repeat([]byte{7}, n-1)...)
		in := append(append(make([]byte, n), g.Order().FillBytes(make([]byte, n))...), good...)
		if k, err := g.Scalar(bytes.NewReader(in)); err != nil || !bytes.Equal(k, good) {
			t.Errorf("%v: %X, %v", g, k, err)
		}
		if _, err := g.Scalar(bytes.NewReader(good[1:])); err == nil {
			t.Errorf("%v: a key out of too few bytes", g)
		}
	}
}

// sequence, number and the like make DER.
func sequence(parts ...[]byte) []byte { return tlv.Append(nil, 0x30, parts...) }
func octets(b []byte) []byte          { return tlv.Append(nil, 0x04, b) }
func bits(b []byte) []byte            { return tlv.Append(nil, 0x03, []byte{0}, b) }

func der(t testing.TB, v any) []byte {
	t.Helper()
	b, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var names = map[int]asn1.ObjectIdentifier{
	8: {1, 2, 840, 10045, 3, 1, 1}, 9: {1, 3, 36, 3, 3, 2, 8, 1, 1, 3}, 10: {1, 3, 132, 0, 33}, 11: {1, 3, 36, 3, 3, 2, 8, 1, 1, 5},
	12: {1, 2, 840, 10045, 3, 1, 7}, 13: {1, 3, 36, 3, 3, 2, 8, 1, 1, 7}, 14: {1, 3, 36, 3, 3, 2, 8, 1, 1, 9}, 15: {1, 3, 132, 0, 34},
	16: {1, 3, 36, 3, 3, 2, 8, 1, 1, 11}, 17: {1, 3, 36, 3, 3, 2, 8, 1, 1, 13}, 18: {1, 3, 132, 0, 35},
}

var (
	ecPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	x942        = asn1.ObjectIdentifier{1, 2, 840, 10046, 2, 1}
	pkcs3       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 3, 1}
	standard    = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 1, 2}
)

// algorithm names a group as OpenSSL and the certificates do.
func algorithm(t testing.TB, id int, g group.Group) []byte {
	t.Helper()
	if name, ok := names[id]; ok {
		return sequence(der(t, ecPublicKey), der(t, name))
	}
	return sequence(der(t, x942), sequence(der(t, g.Prime()), der(t, new(big.Int).SetBytes(g.Generator())), der(t, g.Order())))
}

// spki wraps a public key.
func spki(t testing.TB, id int, g group.Group, e group.Element) []byte {
	t.Helper()
	if g.Tag() == 0x84 {
		return sequence(algorithm(t, id, g), bits(der(t, new(big.Int).SetBytes(e))))
	}
	return sequence(algorithm(t, id, g), bits(e))
}

// OpenSSL agrees the same secret in every group, and among the tries is one
// that begins with a zero byte.
func TestSecretsAreOpenSSLs(t *testing.T) {
	dir := t.TempDir()
	file := func(name, kind string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for id, g := range all(t) {
		private := scalar(t, g)
		var inner []byte
		if g.Tag() == 0x84 {
			inner = der(t, new(big.Int).SetBytes(private))
		} else {
			inner = sequence([]byte{2, 1, 1}, octets(private))
		}
		key := file("key", "PRIVATE KEY", sequence([]byte{2, 1, 0}, algorithm(t, id, g), octets(inner)))
		// The peer's key counts up from two until the secret has a leading zero.
		own := must(t)(g.Mul(g.Generator(), private))
		peer, secret := must(t)(g.Add(g.Generator(), g.Generator())), must(t)(g.Add(own, own))
		first := secret
		check := func(peer, secret group.Element) {
			args := []string{"pkeyutl", "-derive", "-inkey", key, "-peerkey", file("peer", "PUBLIC KEY", spki(t, id, g, peer))}
			out, err := exec.Command("openssl", args...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: openssl: %v\n%s", g, err, out)
			}
			if g.Tag() == 0x84 { // OpenSSL drops leading zeros here unless told otherwise
				out = append(make([]byte, len(secret)-len(out)), out...)
			}
			if !bytes.Equal(out, g.Secret(secret)) {
				t.Errorf("%v: OpenSSL has another secret", g)
			}
			if !bytes.Equal(secret, must(t)(g.Mul(peer, private))) {
				t.Errorf("%v: sums and multiples differ", g)
			}
		}
		check(peer, first)
		for g.Secret(secret)[0] != 0 {
			peer, secret = must(t)(g.Add(peer, g.Generator())), must(t)(g.Add(secret, own))
		}
		check(peer, secret)
	}
}

// Integers lose leading zeros on the wire and get them back.
func TestIntegersOnTheWire(t *testing.T) {
	g, err := group.ByID(0)
	if err != nil {
		t.Fatal(err)
	}
	e := g.Generator()
	for e[0] != 0 {
		e = must(t)(g.Add(e, g.Generator()))
	}
	b := g.Encode(e)
	if b[0] == 0 || len(b) >= len(e) {
		t.Errorf("%X on the wire", b)
	}
	for _, form := range [][]byte{b, e, append([]byte{0}, e...)} {
		if got := must(t)(g.Decode(form)); !bytes.Equal(got, e) || len(g.Secret(got)) != 128 {
			t.Errorf("read %X", got)
		}
	}
}

func BenchmarkMul(b *testing.B) {
	for id := range group.LastID + 1 {
		g, err := group.ByID(id)
		if err != nil {
			continue
		}
		b.Run(g.String(), func(b *testing.B) {
			k := scalar(b, g)
			e := must(b)(g.Mul(g.Generator(), scalar(b, g)))
			for b.Loop() {
				if _, err := g.Mul(e, k); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
