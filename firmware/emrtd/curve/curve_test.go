package curve_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/big"
	"testing"

	"tram06/firmware/emrtd/curve"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func all(t testing.TB) []*curve.Curve {
	t.Helper()
	var out []*curve.Curve
	for id := curve.FirstID; id <= curve.LastID; id++ {
		c, err := curve.ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// RFC 7027 appendix A: key agreement on the Brainpool curves for TLS.
func TestRFC7027(t *testing.T) {
	tests := []struct {
		id       int
		dA       string
		xQA, yQA string
		dB       string
		xZ       string
	}{
		{13, "81DB1EE100150FF2EA338D708271BE38300CB54241D79950F77B063039804F1D",
			"44106E913F92BC02A1705D9953A8414DB95E1AAA49E81D9E85F929A8E3100BE5", "8AB4846F11CACCB73CE49CBDD120F5A900A69FD32C272223F789EF10EB089BDC",
			"55E40BC41E37E3E2AD25C3C6654511FFA8474A91A0032087593852D3E7D76BD3",
			"89AFC39D41D3B327814B80940B042590F96556EC91E6AE7939BCE31F3A18BF2B"},
		{16, "1E20F5E048A5886F1F157C74E91BDE2B98C8B52D58E5003D57053FC4B0BD65D6F15EB5D1EE1610DF870795143627D042",
			"68B665DD91C195800650CDD363C625F4E742E8134667B767B1B476793588F885AB698C852D4A6E77A252D6380FCAF068", "55BC91A39C9EC01DEE36017B7D673A931236D2F1F5C83942D049E3FA20607493E0D038FF2FD30C2AB67D15C85F7FAA59",
			"032640BC6003C59260F7250C3DB58CE647F98E1260ACCE4ACDA3DD869F74E01F8BA5E0324309DB6A9831497ABAC96670",
			"0BD9D3A7EA0B3D519D09D8E48D0785FB744A6B355E6304BC51C229FBBCE239BBADF6403715C35D4FB2A5444F575D4F42"},
		{17, "16302FF0DBBB5A8D733DAB7141C1B45ACBC8715939677F6A56850A38BD87BD59B09E80279609FF333EB9D4C061231FB26F92EEB04982A5F1D1764CAD57665422",
			"0A420517E406AAC0ACDCE90FCD71487718D3B953EFD7FBEC5F7F27E28C6149999397E91E029E06457DB2D3E640668B392C2A7E737A7F0BF04436D11640FD09FD", "72E6882E8DB28AAD36237CD25D580DB23783961C8DC52DFA2EC138AD472A0FCEF3887CF62B623B2A87DE5C588301EA3E5FC269B373B60724F5E82A6AD147FDE7",
			"230E18E1BCC88A362FA54E4EA3902009292F7F8033624FD471B5D8ACE49D12CFABBC19963DAB8E2F1EBA00BFFB29E4D72D13F2224562F405CB80503666B25429",
			"A7927098655F1F9976FA50A9D566865DC530331846381C87256BAF3226244B76D36403C024D7BBF0AA0803EAFF405D3D24F11A9B5C0BEF679FE1454B21C4CD1F"},
	}
	for _, tt := range tests {
		c, err := curve.ByID(tt.id)
		if err != nil {
			t.Fatal(err)
		}
		qa, err := c.MulBase(unhex(t, tt.dA))
		if err != nil || !bytes.Equal(c.Encode(qa), unhex(t, "04"+tt.xQA+tt.yQA)) {
			t.Errorf("%v: public key %X, %v", c, c.Encode(qa), err)
		}
		z, err := c.Mul(qa, unhex(t, tt.dB))
		if err != nil || !bytes.Equal(c.X(z), unhex(t, tt.xZ)) {
			t.Errorf("%v: shared secret %X, %v", c, c.X(z), err)
		}
	}
}

// Arithmetic that must hold on every curve: both ends of a key agreement meet,
// sums of points are points of sums, the order times a point is infinity.
func TestGroupLaw(t *testing.T) {
	for _, c := range all(t) {
		t.Run(c.String(), func(t *testing.T) {
			a, err := c.Scalar(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			b, err := c.Scalar(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			pa, pb := must(t)(c.MulBase(a)), must(t)(c.Mul(c.Base(), b))
			if !must(t)(c.Mul(pa, b)).Equal(must(t)(c.Mul(pb, a))) {
				t.Error("the two ends do not meet")
			}
			sum := new(big.Int).Add(new(big.Int).SetBytes(a), new(big.Int).SetBytes(b))
			if !must(t)(c.Add(pa, pb)).Equal(must(t)(c.MulBase(sum.Bytes()))) {
				t.Error("a·G + b·G is not (a+b)·G")
			}
			if back, err := c.Decode(c.Encode(pa)); err != nil || !back.Equal(pa) {
				t.Errorf("decoded %v", err)
			}
			for _, k := range [][]byte{nil, {0}, c.Order().Bytes()} {
				if _, err := c.Mul(pa, k); !errors.Is(err, curve.ErrPoint) {
					t.Errorf("%X·P: %v", k, err)
				}
			}
			minus := curve.Point{X: pa.X, Y: new(big.Int).Sub(prime(t, c), pa.Y)}
			if _, err := c.Add(pa, minus); !errors.Is(err, curve.ErrPoint) {
				t.Errorf("P − P: %v", err)
			}
		})
	}
}

func must(t *testing.T) func(curve.Point, error) curve.Point {
	return func(p curve.Point, err error) curve.Point {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

// prime finds the field's prime as the sum of a point's Y and its negative's.
func prime(t *testing.T, c *curve.Curve) *big.Int {
	t.Helper()
	g := c.Base()
	n := new(big.Int).Sub(c.Order(), big.NewInt(1))
	minus := must(t)(c.MulBase(n.Bytes()))
	return new(big.Int).Add(g.Y, minus.Y)
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range all(t) {
		g := c.Encode(c.Base())
		p := prime(t, c)
		off := bytes.Clone(g)
		off[len(off)-1] ^= 1
		shifted := append(append([]byte{4}, new(big.Int).Add(c.Base().X, p).FillBytes(make([]byte, c.FieldLen()+1))...), g[1+c.FieldLen():]...)
		for name, b := range map[string][]byte{
			"nothing": nil, "infinity": {0}, "zeros": append([]byte{4}, make([]byte, 2*c.FieldLen())...),
			"compressed": append([]byte{2}, g[1:1+c.FieldLen()]...), "off the curve": off,
			"cut": g[:len(g)-1], "longer": append(bytes.Clone(g), 0), "X above the prime": shifted,
			"all ones": append([]byte{4}, bytes.Repeat([]byte{0xFF}, 2*c.FieldLen())...),
		} {
			if _, err := c.Decode(b); !errors.Is(err, curve.ErrPoint) {
				t.Errorf("%v, %s: %v", c, name, err)
			}
		}
	}
}

func TestLookUp(t *testing.T) {
	for _, id := range []int{-1, 0, 7, 19} {
		if c, err := curve.ByID(id); !errors.Is(err, curve.ErrUnknown) {
			t.Errorf("%d: %v, %v", id, c, err)
		}
	}
	if c, err := curve.ByOID("1.3.36.3.3.2.8.1.1.7"); err != nil || c.String() != "brainpoolP256r1" {
		t.Errorf("%v, %v", c, err)
	}
	if _, err := curve.ByOID("1.2.3"); !errors.Is(err, curve.ErrUnknown) {
		t.Error(err)
	}
	for _, c := range all(t) {
		g := c.Base()
		p := prime(t, c)
		if got, err := curve.ByPrimeAndBase(p, g.X, g.Y); err != nil || got.String() != c.String() {
			t.Errorf("%v found as %v, %v", c, got, err)
		}
		// A curve with a base point of somebody's own choice is not it.
		twice := must(t)(c.Mul(g, []byte{2}))
		if _, err := curve.ByPrimeAndBase(p, twice.X, twice.Y); !errors.Is(err, curve.ErrUnknown) {
			t.Errorf("%v with another base: %v", c, err)
		}
	}
}

func TestScalar(t *testing.T) {
	c, err := curve.ByID(13)
	if err != nil {
		t.Fatal(err)
	}
	// Zero and the order are drawn again.
	good := bytes.Repeat([]byte{7}, 32)
	in := append(append(make([]byte, 32), c.Order().Bytes()...), good...)
	if k, err := c.Scalar(bytes.NewReader(in)); err != nil || !bytes.Equal(k, good) {
		t.Errorf("%X, %v", k, err)
	}
	if _, err := c.Scalar(bytes.NewReader(good[:31])); err == nil {
		t.Error("a key of 31 bytes")
	}
}

// Leading zeros of a shared secret stay: about one agreement in 256 has one,
// and dropping it gives another key than the chip's.
func TestLeadingZeros(t *testing.T) {
	for _, c := range all(t) {
		p := curve.Point{X: big.NewInt(1), Y: big.NewInt(2)}
		if x := c.X(p); len(x) != c.FieldLen() || x[0] != 0 || x[len(x)-1] != 1 {
			t.Errorf("%v: X is %X", c, x)
		}
		if b := c.Encode(p); len(b) != 1+2*c.FieldLen() || b[c.FieldLen()] != 1 || b[2*c.FieldLen()] != 2 {
			t.Errorf("%v: encoded %X", c, b)
		}
	}
	// A real one.
	c, err := curve.ByID(13)
	if err != nil {
		t.Fatal(err)
	}
	for k := int64(1); ; k++ {
		p := must(t)(c.MulBase(big.NewInt(k).Bytes()))
		if len(p.X.Bytes()) == c.FieldLen() {
			continue
		}
		if back, err := c.Decode(c.Encode(p)); err != nil || !back.Equal(p) || c.X(p)[0] != 0 {
			t.Errorf("%d·G: %v", k, err)
		}
		return
	}
}

// RFC 6979 appendix A.2.5, P-256 with SHA-256 over "sample".
func TestECDSA(t *testing.T) {
	c, err := curve.ByID(12)
	if err != nil {
		t.Fatal(err)
	}
	q, err := c.Decode(unhex(t, "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB67903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"))
	if err != nil {
		t.Fatal(err)
	}
	r := new(big.Int).SetBytes(unhex(t, "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"))
	s := new(big.Int).SetBytes(unhex(t, "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"))
	digest := sha256.Sum256([]byte("sample"))
	if !c.VerifyECDSA(q, digest[:], r, s) {
		t.Error("the published signature fails")
	}
	other := sha256.Sum256([]byte("Sample"))
	bad := []struct {
		digest []byte
		r, s   *big.Int
	}{
		{other[:], r, s},
		{digest[:], s, r},
		{digest[:], new(big.Int), s},
		{digest[:], r, new(big.Int)},
		{digest[:], new(big.Int).Neg(r), s},
		{digest[:], new(big.Int).Add(r, c.Order()), s},
		{digest[:], r, new(big.Int).Add(s, c.Order())},
		{digest[:], c.Order(), c.Order()},
	}
	for i, b := range bad {
		if c.VerifyECDSA(q, b.digest, b.r, b.s) {
			t.Errorf("case %d passes", i)
		}
	}
}

// Signatures made with the equation itself, on every curve, with digests
// shorter and longer than the order.
func TestECDSAEveryCurve(t *testing.T) {
	for _, c := range all(t) {
		for _, size := range []int{20, 32, 80} {
			d, err := c.Scalar(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			k, err := c.Scalar(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			digest := make([]byte, size)
			if _, err := rand.Read(digest); err != nil {
				t.Fatal(err)
			}
			n := c.Order()
			e := new(big.Int).SetBytes(digest)
			e.Rsh(e, uint(max(0, 8*size-n.BitLen())))
			r := new(big.Int).Mod(must(t)(c.MulBase(k)).X, n)
			s := new(big.Int).Mul(r, new(big.Int).SetBytes(d))
			s.Add(s, e).Mul(s, new(big.Int).ModInverse(new(big.Int).SetBytes(k), n)).Mod(s, n)
			q := must(t)(c.MulBase(d))
			if !c.VerifyECDSA(q, digest, r, s) {
				t.Errorf("%v over %d bytes", c, size)
			}
			digest[0] ^= 0x80
			if c.VerifyECDSA(q, digest, r, s) {
				t.Errorf("%v over %d bytes: another digest passes", c, size)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, c := range all(f) {
		f.Add(c.Encode(c.Base()))
	}
	f.Add([]byte{0})
	cs := all(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, c := range cs {
			p, err := c.Decode(b)
			if err != nil {
				if !errors.Is(err, curve.ErrPoint) {
					t.Fatalf("an error without a sentinel: %v", err)
				}
				continue
			}
			if !bytes.Equal(c.Encode(p), b) {
				t.Fatal("does not survive")
			}
		}
	})
}

func BenchmarkMul(b *testing.B) {
	for _, c := range all(b) {
		b.Run(c.String(), func(b *testing.B) {
			k := bytes.Repeat([]byte{0xA5}, c.ScalarLen()-1)
			for b.Loop() {
				if _, err := c.Mul(c.Base(), k); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerifyECDSA(b *testing.B) {
	for _, c := range all(b) {
		b.Run(c.String(), func(b *testing.B) {
			q, err := c.MulBase([]byte{7})
			if err != nil {
				b.Fatal(err)
			}
			digest := bytes.Repeat([]byte{0xA5}, 32)
			r := new(big.Int).Rsh(c.Order(), 1)
			for b.Loop() {
				c.VerifyECDSA(q, digest, r, r)
			}
		})
	}
}
