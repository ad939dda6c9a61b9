package group_test

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"

	"tram06/firmware/emrtd/brainpool"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/tlv"
)

// forms lists the ways in which a key over this group can be written.
func forms(t testing.TB, id int, g group.Group, e group.Element) map[string][]byte {
	t.Helper()
	value := bits(e)
	if g.Tag() == 0x84 {
		value = bits(der(t, new(big.Int).SetBytes(e)))
	}
	out := map[string][]byte{
		"named":        spki(t, id, g, e),
		"standardised": sequence(sequence(der(t, standard), der(t, id)), value),
	}
	if g.Tag() == 0x84 {
		p, base := der(t, g.Prime()), der(t, new(big.Int).SetBytes(g.Generator()))
		out["PKCS #3"] = sequence(sequence(der(t, pkcs3), sequence(p, base)), value)
		// Some signers forget the zero that keeps a number from being negative.
		out["PKCS #3 without a sign"] = sequence(sequence(der(t, pkcs3), sequence(tlv.Append(nil, 0x02, g.Prime().Bytes()), base)), value)
		out["PKCS #3 with a length"] = sequence(sequence(der(t, pkcs3), sequence(p, base, der(t, 256))), value)
		out["X9.42 with more"] = sequence(sequence(der(t, x942), sequence(p, base, der(t, g.Order()), der(t, 2))), value)
		return out
	}
	out["spelled out"] = sequence(sequence(der(t, ecPublicKey), spelledOut(t, g, g.Generator())), value)
	return out
}

// spelledOut is ECParameters with a base point of choice.
func spelledOut(t testing.TB, g group.Group, base []byte) []byte {
	t.Helper()
	prime := sequence(der(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 1, 1}), der(t, g.Prime()))
	// a and b are not looked at: the curve is known by prime and base point.
	return sequence(der(t, 1), prime, sequence(octets([]byte{1}), octets([]byte{2})), octets(base), der(t, g.Order()), der(t, 1))
}

func TestParseKey(t *testing.T) {
	for id, g := range all(t) {
		e := must(t)(g.Mul(g.Generator(), scalar(t, g)))
		for name, b := range forms(t, id, g, e) {
			got, key, err := group.ParseKey(b)
			if err != nil || !group.Same(got, g) || !bytes.Equal(key, e) || got.Order().Cmp(g.Order()) != 0 {
				t.Errorf("%v, %s: %v, %v", g, name, got, err)
			}
		}
	}
}

// A group of integers that is in no list is taken as the chip signs it.
func TestOtherIntegers(t *testing.T) {
	// RFC 3526 section 2, 1536 bits, generator 2: a safe prime.
	p, ok := new(big.Int).SetString("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"+
		"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"+
		"49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804"+
		"F1746C08CA237327FFFFFFFFFFFFFFFF", 16)
	if !ok || !p.ProbablyPrime(5) {
		t.Fatal("not the prime of the RFC")
	}
	q := new(big.Int).Rsh(p, 1)
	two := big.NewInt(2)
	for _, order := range []*big.Int{nil, q} {
		g, err := group.DH(p, two, order)
		if err != nil {
			t.Fatal(err)
		}
		k := scalar(t, g)
		if order == nil && (g.Order() != nil || g.CanMap() || len(k) != 32) {
			t.Errorf("%v without an order: %d bytes of key", g, len(k))
		}
		if _, err := g.Map(big.NewInt(5)); (order == nil) != errors.Is(err, group.ErrEncoding) {
			t.Error(err)
		}
		e := must(t)(g.Mul(g.Generator(), k))
		got, key, err := group.ParseKey(sequence(sequence(der(t, pkcs3), sequence(der(t, p), der(t, two))), bits(der(t, new(big.Int).SetBytes(e)))))
		if err != nil || !group.Same(got, g) || !bytes.Equal(key, e) {
			t.Errorf("%v, %v", got, err)
		}
		minusOne := new(big.Int).Sub(p, big.NewInt(1))
		for _, bad := range [][]byte{nil, {0}, {1}, minusOne.Bytes(), p.Bytes()} {
			if e, err := g.Decode(bad); !errors.Is(err, group.ErrElement) {
				t.Errorf("%X is %X, %v", bad, e, err)
			}
		}
	}
	for name, v := range map[string][3]*big.Int{
		"short":           {brainpool.P512r1().Params().P, two, nil},
		"even":            {new(big.Int).Sub(p, big.NewInt(1)), two, nil},
		"long":            {new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 5000), big.NewInt(1)), two, nil},
		"generator one":   {p, big.NewInt(1), nil},
		"generator p - 1": {p, new(big.Int).Sub(p, big.NewInt(1)), nil},
		"generator p":     {p, p, nil},
		"small order":     {p, two, big.NewInt(2)},
		"wrong order":     {p, two, new(big.Int).Sub(q, two)},
		"order too large": {p, two, p},
	} {
		if g, err := group.DH(v[0], v[1], v[2]); !errors.Is(err, group.ErrParameters) {
			t.Errorf("%s: %v, %v", name, g, err)
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	g, err := group.ByID(13)
	if err != nil {
		t.Fatal(err)
	}
	e := g.Generator()
	algorithm := algorithm(t, 13, g)
	twice := must(t)(g.Add(e, e))
	off := bytes.Clone(e)
	off[64] ^= 1
	rsa := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	p, base := der(t, mustGroup(t, 0).Prime()), der(t, 2)
	for name, tt := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing":                      {nil, group.ErrKey},
		"a number":                     {[]byte{2, 1, 1}, group.ErrKey},
		"no key":                       {sequence(algorithm), group.ErrKey},
		"no algorithm":                 {sequence(bits(e)), group.ErrKey},
		"algorithm without group":      {sequence(sequence(der(t, ecPublicKey)), bits(e)), group.ErrKey},
		"RSA":                          {sequence(sequence(der(t, rsa), []byte{5, 0}), bits(e)), group.ErrUnknown},
		"unknown curve":                {sequence(sequence(der(t, ecPublicKey), der(t, rsa)), bits(e)), group.ErrUnknown},
		"unknown parameters":           {sequence(sequence(der(t, standard), der(t, 31)), bits(e)), group.ErrUnknown},
		"parameters no number":         {sequence(sequence(der(t, standard), der(t, rsa)), bits(e)), group.ErrKey},
		"another base":                 {sequence(sequence(der(t, ecPublicKey), spelledOut(t, g, twice)), bits(e)), group.ErrUnknown},
		"compressed base":              {sequence(sequence(der(t, ecPublicKey), spelledOut(t, g, append([]byte{2}, e[1:33]...))), bits(e)), group.ErrUnknown},
		"no base":                      {sequence(sequence(der(t, ecPublicKey), spelledOut(t, g, nil)), bits(e)), group.ErrUnknown},
		"parameters cut":               {sequence(sequence(der(t, ecPublicKey), sequence(der(t, 1))), bits(e)), group.ErrKey},
		"off the curve":                {sequence(algorithm, bits(off)), group.ErrElement},
		"infinity":                     {sequence(algorithm, bits([]byte{0})), group.ErrElement},
		"empty key":                    {sequence(algorithm, []byte{3, 0}), group.ErrKey},
		"three spare bits":             {sequence(algorithm, append([]byte{3, 66, 3}, e...)), group.ErrKey},
		"integers without a number":    {sequence(sequence(der(t, standard), der(t, 0)), bits(e)), group.ErrKey},
		"integers, one as a key":       {sequence(sequence(der(t, standard), der(t, 0)), bits(der(t, 1))), group.ErrElement},
		"integers, bad generator":      {sequence(sequence(der(t, pkcs3), sequence(p, der(t, 1))), bits(der(t, 5))), group.ErrParameters},
		"integers, no generator":       {sequence(sequence(der(t, pkcs3), sequence(p)), bits(der(t, 5))), group.ErrKey},
		"integers, X9.42 without q":    {sequence(sequence(der(t, x942), sequence(p, base)), bits(der(t, 5))), group.ErrKey},
		"integers, a wrong q":          {sequence(sequence(der(t, x942), sequence(p, base, p)), bits(der(t, 5))), group.ErrParameters},
		"integers, prime far too long": {sequence(sequence(der(t, pkcs3), sequence(der(t, new(big.Int).Lsh(big.NewInt(1), 9000)), base)), bits(der(t, 5))), group.ErrParameters},
	} {
		if g, _, err := group.ParseKey(tt.b); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, %v; want %v", name, g, err, tt.want)
		}
	}
}

func mustGroup(t testing.TB, id int) group.Group {
	t.Helper()
	g, err := group.ByID(id)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func FuzzParseKey(f *testing.F) {
	for id, g := range all(f) {
		for _, b := range forms(f, id, g, g.Generator()) {
			f.Add(b)
		}
	}
	sentinels := []error{group.ErrKey, group.ErrUnknown, group.ErrElement, group.ErrParameters}
	f.Fuzz(func(t *testing.T, b []byte) {
		g, e, err := group.ParseKey(b)
		if err == nil {
			if again, err := g.Decode(g.Encode(e)); err != nil || !bytes.Equal(again, e) {
				t.Fatalf("a key that does not survive: %v", err)
			}
			return
		}
		for _, s := range sentinels {
			if errors.Is(err, s) {
				return
			}
		}
		t.Fatalf("an error without a sentinel: %v", err)
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(uint8(0), []byte{1})
	for id, g := range all(f) {
		f.Add(uint8(id), []byte(g.Generator()))
	}
	f.Fuzz(func(t *testing.T, id uint8, b []byte) {
		g, err := group.ByID(int(id))
		if err != nil {
			return
		}
		e, err := g.Decode(b)
		if err != nil {
			if !errors.Is(err, group.ErrElement) {
				t.Fatalf("an error without a sentinel: %v", err)
			}
			return
		}
		if _, err := g.Mul(e, g.Order().Bytes()); !errors.Is(err, group.ErrElement) {
			t.Fatalf("an element of another order: %v", err)
		}
	})
}
