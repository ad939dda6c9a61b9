package brainpool_test

import (
	"bytes"
	"encoding/hex"
	"math/big"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"tram06/firmware/emrtd/brainpool"
)

var curves = []*brainpool.Curve{brainpool.P192r1(), brainpool.P224r1(), brainpool.P256r1(), brainpool.P320r1(), brainpool.P384r1(), brainpool.P512r1()}

// OpenSSL has the same curves from another hand.
func TestParametersAreOpenSSLs(t *testing.T) {
	for _, c := range curves {
		p := c.Params()
		out, err := exec.Command("openssl", "ecparam", "-name", p.Name, "-param_enc", "explicit", "-conv_form", "uncompressed", "-noout", "-text").CombinedOutput()
		if err != nil {
			t.Fatalf("openssl: %v\n%s", err, out)
		}
		got := map[string]string{}
		for _, m := range regexp.MustCompile(`(?m)^(\w+)[^:\n]*:\s*([0-9a-f:\s]+)`).FindAllStringSubmatch(string(out), -1) {
			got[m[1]] = strings.TrimLeft(strings.NewReplacer(":", "", " ", "", "\n", "").Replace(m[2]), "0")
		}
		want := map[string]string{
			"Prime": p.P.Text(16), "A": c.A().Text(16), "B": p.B.Text(16), "Order": p.N.Text(16),
			"Generator": "4" + hex.EncodeToString(append(p.Gx.FillBytes(make([]byte, p.BitSize/8)), p.Gy.FillBytes(make([]byte, p.BitSize/8))...)),
		}
		for name, v := range want {
			if got[name] != v {
				t.Errorf("%s: %s is %s, OpenSSL has %s", p.Name, name, v, got[name])
			}
		}
	}
}

func TestGroup(t *testing.T) {
	none := new(big.Int)
	for _, c := range curves {
		p := c.Params()
		t.Run(p.Name, func(t *testing.T) {
			if p.P.BitLen() != p.BitSize || !p.P.ProbablyPrime(20) || !p.N.ProbablyPrime(20) {
				t.Error("prime and order are not primes of the size")
			}
			equal := func(what string, x, y, wantX, wantY *big.Int) {
				t.Helper()
				if x.Cmp(wantX) != 0 || y.Cmp(wantY) != 0 {
					t.Errorf("%s: (%x, %x), want (%x, %x)", what, x, y, wantX, wantY)
				}
			}
			// Sums of the base point, one at a time, against the same by multiplication.
			x, y := none, none
			for k := byte(0); k < 40; k++ {
				mx, my := c.ScalarBaseMult([]byte{k})
				equal("k·G", mx, my, x, y)
				if k > 0 && !c.IsOnCurve(x, y) {
					t.Errorf("%d·G is not on the curve", k)
				}
				x, y = c.Add(x, y, p.Gx, p.Gy)
			}
			minus := new(big.Int).Sub(p.P, p.Gy)
			ax, ay := c.Add(p.Gx, p.Gy, p.Gx, minus)
			equal("G − G", ax, ay, none, none)
			ax, ay = c.Add(none, none, p.Gx, p.Gy)
			equal("0 + G", ax, ay, p.Gx, p.Gy)
			ax, ay = c.ScalarBaseMult(p.N.Bytes())
			equal("n·G", ax, ay, none, none)
			ax, ay = c.ScalarBaseMult(new(big.Int).Sub(p.N, big.NewInt(1)).Bytes())
			equal("(n−1)·G", ax, ay, p.Gx, minus)
			ax, ay = c.ScalarMult(none, none, []byte{7})
			equal("7·0", ax, ay, none, none)
			// Leading zeros and numbers above the order change nothing.
			ax, ay = c.ScalarBaseMult(append(make([]byte, 90), new(big.Int).Add(p.N, big.NewInt(5)).Bytes()...))
			bx, by := c.ScalarBaseMult([]byte{5})
			equal("(n+5)·G", ax, ay, bx, by)
		})
	}
}

func TestOffTheCurve(t *testing.T) {
	for _, c := range curves {
		p := c.Params()
		if !c.IsOnCurve(p.Gx, p.Gy) {
			t.Errorf("%s: its base point is not on it", p.Name)
		}
		one := big.NewInt(1)
		for name, xy := range map[string][2]*big.Int{
			"infinity":  {new(big.Int), new(big.Int)},
			"beside":    {p.Gx, new(big.Int).Add(p.Gy, one)},
			"x too big": {new(big.Int).Add(p.Gx, p.P), p.Gy},
			"y too big": {p.Gx, new(big.Int).Add(p.Gy, p.P)},
			"negative":  {p.Gx, new(big.Int).Sub(p.Gy, p.P)},
		} {
			if c.IsOnCurve(xy[0], xy[1]) {
				t.Errorf("%s: %s is on the curve", p.Name, name)
			}
		}
	}
}

// The numbers that go in come out unchanged: points share their memory inside.
func TestArgumentsStay(t *testing.T) {
	c := brainpool.P256r1()
	gx, gy := c.Params().Gx.Bytes(), c.Params().Gy.Bytes()
	x, y := c.ScalarBaseMult([]byte{1})
	x.SetInt64(1)
	y.SetInt64(2)
	c.Add(c.Params().Gx, c.Params().Gy, c.Params().Gx, c.Params().Gy)
	if !bytes.Equal(gx, c.Params().Gx.Bytes()) || !bytes.Equal(gy, c.Params().Gy.Bytes()) {
		t.Error("the base point has changed")
	}
}

func BenchmarkScalarMult(b *testing.B) {
	for _, c := range curves {
		p := c.Params()
		k := new(big.Int).Sub(p.N, big.NewInt(2)).Bytes()
		b.Run(p.Name, func(b *testing.B) {
			for b.Loop() {
				c.ScalarBaseMult(k)
			}
		})
	}
}
