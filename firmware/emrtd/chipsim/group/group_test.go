package group_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"math/big"
	"testing"

	"tram06/firmware/emrtd/chipsim/group"
)

func each(t *testing.T, do func(t *testing.T, g *group.Group)) {
	for _, id := range group.IDs() {
		g, err := group.ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(g.Name, func(t *testing.T) { do(t, g) })
	}
}

// The order kills the generator, the parameters are primes, keys agree.
func TestGroups(t *testing.T) {
	each(t, func(t *testing.T, g *group.Group) {
		if !g.P.ProbablyPrime(10) || !g.N.ProbablyPrime(10) {
			t.Error("field or order is no prime")
		}
		if !g.Neutral(g.Power(g.Base(), g.N)) || g.Neutral(g.Base()) {
			t.Error("the order does not fit the generator")
		}
		a, b := draw(t, g), draw(t, g)
		pa, pb := g.Power(g.Base(), a), g.Power(g.Base(), b)
		if !g.Equal(g.Power(pa, b), g.Power(pb, a)) {
			t.Error("the two sides do not agree")
		}
		sum := new(big.Int).Add(a, b)
		if !g.Equal(g.Combine(pa, pb), g.Power(g.Base(), sum)) {
			t.Error("combining is not adding the exponents")
		}
		if !g.Equal(g.Combine(pa, pa), g.Power(pa, big.NewInt(2))) {
			t.Error("doubling differs from adding")
		}
		if !g.Equal(g.Combine(pa, group.Element{}), pa) || !g.Equal(g.Combine(group.Element{}, pa), pa) {
			t.Error("the neutral element is not")
		}
		back, err := g.Decode(g.Encode(pa))
		if err != nil || !g.Equal(back, pa) {
			t.Errorf("public key does not survive: %v", err)
		}
		if n := len(g.Secret(pa)); n != g.Len() {
			t.Errorf("secret of %d bytes", n)
		}
	})
}

func draw(t *testing.T, g *group.Group) *big.Int {
	t.Helper()
	k, err := g.Draw(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestDecodeRefuses(t *testing.T) {
	each(t, func(t *testing.T, g *group.Group) {
		good := g.Encode(g.Power(g.Base(), draw(t, g)))
		bad := map[string][]byte{"nothing": nil, "one byte more": append(bytes.Clone(good), 0), "zeros": make([]byte, len(good))}
		if g.IsCurve() {
			off := bytes.Clone(good)
			off[len(off)-1] ^= 1
			compressed := bytes.Clone(good)
			compressed[0] = 2
			bad["off the curve"], bad["compressed"], bad["infinity"] = off, compressed, []byte{0}
		} else {
			bad["leading zero"] = append([]byte{0}, good[1:]...)
			bad["one"] = []byte{1}
			bad["the prime"] = g.P.Bytes()
			bad["minus one"] = new(big.Int).Sub(g.P, big.NewInt(1)).Bytes() // of order two
			bad["outside the subgroup"] = []byte{2}
		}
		for name, b := range bad {
			if _, err := g.Decode(b); !errors.Is(err, group.ErrElement) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// The standard library as the judge of the curves that it has.
func TestAgainstCryptoECDH(t *testing.T) {
	for id, c := range map[int]ecdh.Curve{12: ecdh.P256(), 15: ecdh.P384(), 18: ecdh.P521()} {
		g, err := group.ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		other, err := c.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := g.Decode(other.PublicKey().Bytes())
		if err != nil {
			t.Fatal(err)
		}
		k := draw(t, g)
		mine, err := c.NewPublicKey(g.Encode(g.Power(g.Base(), k)))
		if err != nil {
			t.Fatal(err)
		}
		want, err := other.ECDH(mine)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(g.Secret(g.Power(theirs, k)), want) {
			t.Errorf("%s: another secret than the library's", g.Name)
		}
	}
}

// Doc 9303-11 appendix H.1: R_p(s,t) and the mapped generator.
func TestMappingOfPoints(t *testing.T) {
	g, err := group.ByID(13)
	if err != nil {
		t.Fatal(err)
	}
	e, err := g.Map(hex(t, "A2F8FF2DF50E52C6599F386ADCB595D229F6A167ADE2BE5F2C3296ADD5B7430E"))
	if err != nil {
		t.Fatal(err)
	}
	if e.X.Cmp(hex(t, "8E82D31559ED0FDE92A4D0498ADD3C23BABA94FB77691E31E90AEA77FB17D427")) != 0 ||
		e.Y.Cmp(hex(t, "4C1AE14BD0C3DBAC0C871B7F3608169364437CA30AC243A089D3F266C1E60FAD")) != 0 {
		t.Errorf("mapped generator %X, %X", e.X, e.Y)
	}
}

func hex(t *testing.T, s string) *big.Int {
	t.Helper()
	v, ok := new(big.Int).SetString(s, 16)
	if !ok {
		t.Fatal("no number")
	}
	return v
}

// Both branches of the encoding end on the curve, whatever the value.
func TestMappingStaysInTheGroup(t *testing.T) {
	each(t, func(t *testing.T, g *group.Group) {
		for range 8 {
			v, err := rand.Int(rand.Reader, g.P)
			if err != nil {
				t.Fatal(err)
			}
			e, err := g.Map(v)
			if g.Name == "P-224" {
				if !errors.Is(err, group.ErrMapping) {
					t.Error("P-224 has no such mapping")
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := g.Decode(g.Encode(e)); err != nil {
				t.Error("the mapped generator is not in the group")
			}
		}
		if _, err := g.Map(new(big.Int)); !errors.Is(err, group.ErrMapping) {
			t.Errorf("zero: %v", err)
		}
	})
}

func TestUnknown(t *testing.T) {
	for _, id := range []int{-1, 3, 7, 19} {
		if _, err := group.ByID(id); err == nil {
			t.Errorf("%d: there is no such group", id)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, id := range []int{0, 12, 13} {
		g, err := group.ByID(id)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(id, g.Encode(g.Base()))
	}
	f.Add(13, []byte{4})
	f.Fuzz(func(t *testing.T, id int, b []byte) {
		g, err := group.ByID(id)
		if err != nil {
			return
		}
		if e, err := g.Decode(b); err == nil && !bytes.Equal(g.Encode(e), b) {
			t.Fatal("does not survive")
		}
	})
}

func BenchmarkPower(b *testing.B) {
	for _, id := range []int{2, 13, 17} {
		g, err := group.ByID(id)
		if err != nil {
			b.Fatal(err)
		}
		k := new(big.Int).Sub(g.N, big.NewInt(12345))
		b.Run(g.Name, func(b *testing.B) {
			for b.Loop() {
				g.Power(g.Base(), k)
			}
		})
	}
}

// One secret in 256 begins with a zero byte, which must stay where it is.
func TestSecretsKeepLeadingZeros(t *testing.T) {
	each(t, func(t *testing.T, g *group.Group) {
		short := new(big.Int).Lsh(big.NewInt(1), uint(8*(g.Len()-1)))
		e, k := g.Base(), int64(1)
		for ; e.X.Cmp(short) >= 0; k++ {
			if k > 20_000 {
				t.Fatal("no element with a leading zero")
			}
			e = g.Combine(e, g.Base())
		}
		b := g.Secret(e)
		if len(b) != g.Len() || b[0] != 0 {
			t.Errorf("secret %X", b)
		}
		back, err := g.Decode(g.Encode(e))
		if err != nil || !g.Equal(back, g.Power(g.Base(), big.NewInt(k))) {
			t.Errorf("the public key %d times the base does not survive: %v", k, err)
		}
	})
}
