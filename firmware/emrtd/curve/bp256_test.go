package curve

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"testing"

	"tram06/firmware/emrtd/brainpool"
)

func toBig(z fe) *big.Int {
	b := z.bytes()
	return new(big.Int).SetBytes(b[:])
}

func fromBig(v *big.Int) (z fe) {
	var b [32]byte
	v.FillBytes(b[:])
	z.setBytes(&b)
	return z
}

// Field arithmetic against big integers, at the edges and at random.
func TestField(t *testing.T) {
	p := brainpool.P256r1().Params().P
	rng := rand.New(rand.NewPCG(6, 2026))
	values := []*big.Int{big.NewInt(0), big.NewInt(1), big.NewInt(2)}
	for d := int64(1); d < 4; d++ {
		values = append(values, new(big.Int).Sub(p, big.NewInt(d)))
	}
	for _, shift := range []uint{63, 64, 127, 128, 191, 192, 255} {
		values = append(values, new(big.Int).Lsh(big.NewInt(1), shift), new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), shift), big.NewInt(1)))
	}
	for range 60 {
		b := make([]byte, 32)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		values = append(values, new(big.Int).Mod(new(big.Int).SetBytes(b), p))
	}
	for _, x := range values {
		fx := fromBig(x)
		if toBig(fx).Cmp(x) != 0 {
			t.Fatalf("%X does not survive", x)
		}
		if x.Sign() != 0 {
			var inv fe
			inv.invert(&fx)
			if toBig(inv).Cmp(new(big.Int).ModInverse(x, p)) != 0 {
				t.Fatalf("inverse of %X", x)
			}
		}
		for _, y := range values {
			fy := fromBig(y)
			var sum, diff, prod fe
			sum.add(&fx, &fy)
			diff.sub(&fx, &fy)
			prod.mul(&fx, &fy)
			mod := func(v *big.Int) *big.Int { return v.Mod(v, p) }
			if toBig(sum).Cmp(mod(new(big.Int).Add(x, y))) != 0 || toBig(diff).Cmp(mod(new(big.Int).Sub(x, y))) != 0 || toBig(prod).Cmp(mod(new(big.Int).Mul(x, y))) != 0 {
				t.Fatalf("%X and %X", x, y)
			}
		}
	}
}

// Points against the library that works with big integers.
func TestBP256AgreesWithTheLibrary(t *testing.T) {
	lib := library256()
	n := lib.Params().N
	rng := rand.New(rand.NewPCG(13, 2026))
	scalars := []*big.Int{big.NewInt(0), big.NewInt(1), big.NewInt(2), big.NewInt(3), big.NewInt(15), big.NewInt(16), new(big.Int).Sub(n, big.NewInt(1)), new(big.Int).Sub(n, big.NewInt(2)), n, new(big.Int).Rsh(n, 1)}
	for range 12 {
		b := make([]byte, 32)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		scalars = append(scalars, new(big.Int).SetBytes(b))
	}
	var c bp256
	px, py := lib.ScalarBaseMult([]byte("mot diem nao do"))
	for _, k := range scalars {
		kb := k.FillBytes(make([]byte, 32))
		wx, wy := lib.ScalarMult(px, py, kb)
		x, y := c.ScalarMult(px, py, kb)
		if x.Cmp(wx) != 0 || y.Cmp(wy) != 0 {
			t.Fatalf("%X·P", kb)
		}
		bx, by := lib.ScalarBaseMult(kb)
		if x, y = c.ScalarBaseMult(kb); x.Cmp(bx) != 0 || y.Cmp(by) != 0 {
			t.Fatalf("%X·G", kb)
		}
		// Sums, doubles, opposites and infinity in one formula.
		minus := new(big.Int).Sub(lib.Params().P, py)
		for _, q := range [][2]*big.Int{{bx, by}, {px, py}, {px, minus}, {new(big.Int), new(big.Int)}} {
			wx, wy := lib.Add(px, py, q[0], q[1])
			if q[0].Cmp(px) == 0 && q[1].Cmp(py) == 0 {
				wx, wy = lib.ScalarMult(px, py, []byte{2})
			}
			if x, y := c.Add(px, py, q[0], q[1]); x.Cmp(wx) != 0 || y.Cmp(wy) != 0 {
				t.Fatalf("P + (%X, %X) = (%X, %X), want (%X, %X)", q[0], q[1], x, y, wx, wy)
			}
		}
	}
}

func FuzzField(f *testing.F) {
	f.Add(bytes.Repeat([]byte{0xFF}, 32), bytes.Repeat([]byte{0xFF}, 32))
	f.Add([]byte{0}, []byte{1})
	p := brainpool.P256r1().Params().P
	f.Fuzz(func(t *testing.T, a, b []byte) {
		x, y := new(big.Int).SetBytes(a), new(big.Int).SetBytes(b)
		x.Mod(x, p)
		y.Mod(y, p)
		fx, fy := fromBig(x), fromBig(y)
		var prod, diff fe
		prod.mul(&fx, &fy)
		diff.sub(&fx, &fy)
		if toBig(prod).Cmp(new(big.Int).Mod(new(big.Int).Mul(x, y), p)) != 0 || toBig(diff).Cmp(new(big.Int).Mod(new(big.Int).Sub(x, y), p)) != 0 {
			t.Fatalf("%X and %X", x, y)
		}
	})
}
