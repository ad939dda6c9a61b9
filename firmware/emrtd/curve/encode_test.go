package curve_test

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"tram06/firmware/emrtd/curve"
)

// Every number becomes a point, the same for a number and its opposite in x,
// through both candidates for x.
func TestPointOfANumber(t *testing.T) {
	source := rand.NewChaCha8([32]byte{9, 3, 0, 3})
	for _, c := range all(t) {
		if !c.CanEncode() {
			if _, err := c.Point(big.NewInt(77)); !errors.Is(err, curve.ErrEncoding) || c.String() != "P-224" {
				t.Errorf("%v: %v", c, err)
			}
			continue
		}
		p := c.Prime()
		second := 0
		for range 40 {
			b := make([]byte, c.FieldLen())
			_, _ = source.Read(b) // never fails
			n := new(big.Int).SetBytes(b)
			got, err := c.Point(n)
			if err != nil {
				t.Fatalf("%v: %v", c, err)
			}
			if _, err := c.Decode(c.Encode(got)); err != nil {
				t.Fatalf("%v: %v", c, err)
			}
			minus := must(t)(c.Point(new(big.Int).Sub(new(big.Int).Mul(p, big.NewInt(2)), n)))
			if minus.X.Cmp(got.X) != 0 {
				t.Fatalf("%v: a number and its opposite give different x", c)
			}
			// By the second candidate, y changes its sign with the number.
			if minus.Y.Cmp(got.Y) != 0 {
				second++
			} else if new(big.Int).ModSqrt(new(big.Int).Exp(got.Y, big.NewInt(2), p), p).Cmp(got.Y) != 0 {
				// By the first, y is a square itself: h to the power (p+1)/4.
				t.Fatalf("%v: the other root", c)
			}
		}
		if second == 0 || second == 40 {
			t.Errorf("%v: the second candidate %d times of 40", c, second)
		}
		for _, n := range []*big.Int{new(big.Int), big.NewInt(1), new(big.Int).Sub(p, big.NewInt(1)), p, new(big.Int).Add(p, big.NewInt(1))} {
			if got, err := c.Point(n); !errors.Is(err, curve.ErrEncoding) {
				t.Errorf("%v: %v gives %v, %v", c, n, got, err)
			}
		}
	}
}

func TestWipe(t *testing.T) {
	c, err := curve.ByID(13)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Base()
	words := p.X.Bits()
	p.Wipe()
	for _, w := range words {
		if w != 0 {
			t.Error("a word is left")
		}
	}
	if p.X.Sign() != 0 || p.Y.Sign() != 0 || c.Base().X.Sign() == 0 {
		t.Error("wiped too little or too much")
	}
	curve.Point{}.Wipe()
}
