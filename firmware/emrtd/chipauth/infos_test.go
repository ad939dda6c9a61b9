package chipauth

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"
	"testing"

	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/tlv"
)

func oid(s ...int) []byte {
	b, err := asn1.Marshal(asn1.ObjectIdentifier(s))
	if err != nil {
		panic(err)
	}
	return b
}

func number(v int64) []byte { return integer(big.NewInt(v)) }

func integer(v *big.Int) []byte {
	b, err := asn1.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func seq(parts ...[]byte) []byte { return tlv.Append(nil, 0x30, parts...) }

// dg14 puts entries into a file.
func dg14(entries ...[]byte) []byte {
	return tlv.Append(nil, tagDG14, tlv.Append(nil, 0x31, entries...))
}

// variant is a ChipAuthenticationInfo; id < 0 leaves the number of the key out.
func variant(kind, cipher int, version, id int64) []byte {
	parts := [][]byte{oid(0, 4, 0, 127, 0, 7, 2, 2, 3, kind, cipher), number(version)}
	if id >= 0 {
		parts = append(parts, number(id))
	}
	return seq(parts...)
}

// publicKey is a ChipAuthenticationPublicKeyInfo.
func publicKey(kind int, spki []byte, id int64) []byte {
	parts := [][]byte{oid(0, 4, 0, 127, 0, 7, 2, 2, 1, kind), spki}
	if id >= 0 {
		parts = append(parts, number(id))
	}
	return seq(parts...)
}

func bits(b []byte) []byte { return tlv.Append(nil, 0x03, []byte{0}, b) }

func mustGroup(t testing.TB, id int) group.Group {
	t.Helper()
	g, err := group.ByID(id)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// standard is a key that names its parameters by number; its public value is
// that of the private key 5.
func standard(t testing.TB, id int) []byte {
	t.Helper()
	g := mustGroup(t, id)
	e, err := g.Mul(g.Generator(), []byte{5})
	if err != nil {
		t.Fatal(err)
	}
	value := []byte(e)
	if !group.IsCurve(g) {
		value = integer(new(big.Int).SetBytes(e))
	}
	return seq(seq(oid(0, 4, 0, 127, 0, 7, 1, 2), number(int64(id))), bits(value))
}

// x942 and pkcs3 spell the parameters of a group of integers out.
func x942(p, g, q, y *big.Int) []byte {
	return seq(seq(oid(1, 2, 840, 10046, 2, 1), seq(integer(p), integer(g), integer(q))), bits(integer(y)))
}

func pkcs3(p, g, y *big.Int) []byte {
	return seq(seq(oid(1, 2, 840, 113549, 1, 3, 1), seq(integer(p), integer(g), number(256))), bits(integer(y)))
}

// spelledOut is a point on a curve whose parameters are all there.
func spelledOut(t testing.TB, id int) []byte {
	t.Helper()
	c, err := curve.ByID(id)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.MulBase([]byte{5})
	if err != nil {
		t.Fatal(err)
	}
	n := c.FieldLen()
	field := make([]byte, n)
	return seq(seq(oid(1, 2, 840, 10045, 2, 1), seq(number(1),
		seq(oid(1, 2, 840, 10045, 1, 1), integer(c.Prime())),
		seq(tlv.Append(nil, 0x04, field), tlv.Append(nil, 0x04, field)), // not looked at
		tlv.Append(nil, 0x04, c.Encode(c.Base())), integer(c.Order()), number(1))), bits(c.Encode(p)))
}

func named(t testing.TB, id int, curveOID ...int) []byte {
	t.Helper()
	g := mustGroup(t, id)
	e, err := g.Mul(g.Generator(), []byte{5})
	if err != nil {
		t.Fatal(err)
	}
	return seq(seq(oid(1, 2, 840, 10045, 2, 1), oid(curveOID...)), bits(e))
}

// other entries that such a file has.
var (
	terminal = seq(oid(0, 4, 0, 127, 0, 7, 2, 2, 2), number(1))
	paceInfo = seq(oid(0, 4, 0, 127, 0, 7, 2, 2, 4, 2, 2), number(2), number(13))
	unknown  = seq(oid(1, 2, 3), tlv.Append(nil, 0x0C, []byte("?")))
)

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		name  string
		file  []byte
		want  string
		keyID int
	}{
		{"an ID card's", dg14(terminal, variant(2, 2, 1, -1), publicKey(2, spelledOut(t, 13), -1), paceInfo), "CA AES-128 brainpoolP256r1", -1},
		{"a curve by name", dg14(variant(2, 4, 1, -1), publicKey(2, named(t, 15, 1, 3, 132, 0, 34), -1)), "CA AES-256 P-384", -1},
		{"a curve by number", dg14(variant(2, 3, 1, -1), publicKey(2, standard(t, 17), -1)), "CA AES-192 brainpoolP512r1", -1},
		{"integers by number", dg14(variant(1, 2, 1, -1), publicKey(1, standard(t, 0), -1)), "CA AES-128 ", -1},
		{"a key that comes before", dg14(publicKey(2, standard(t, 12), 1), variant(2, 2, 1, 1)), "CA AES-128 P-256", 1},
		{"unknown entries", dg14(unknown, variant(2, 2, 1, -1), unknown, publicKey(2, standard(t, 12), -1)), "CA AES-128 P-256", -1},
		{"a key without an entry that says how", dg14(publicKey(2, standard(t, 12), -1)), "CA 3DES P-256", -1},
		{"the same with a number", dg14(publicKey(1, standard(t, 1), 9)), "CA 3DES ", 9},
		{"only the entry has a number", dg14(variant(2, 2, 1, 195), publicKey(2, standard(t, 13), -1)), "CA AES-128 brainpoolP256r1", 195},
		{"only the key has a number", dg14(variant(2, 2, 1, -1), publicKey(2, standard(t, 13), 300)), "CA AES-128 brainpoolP256r1", 300},
		{"numbers mixed up", dg14(variant(2, 3, 1, 2), publicKey(2, standard(t, 13), 1)), "CA AES-192 brainpoolP256r1", 1},
		{"numbers right before mixed up", dg14(variant(2, 2, 1, 1), publicKey(2, standard(t, 13), 1), publicKey(2, standard(t, 17), 2)), "CA AES-128 brainpoolP256r1", 1},
		{"the stronger cipher of two", dg14(variant(2, 2, 1, 1), publicKey(2, standard(t, 15), 1), variant(2, 4, 1, 2), publicKey(2, standard(t, 12), 2)), "CA AES-256 P-256", 2},
		{"the stronger key of two", dg14(variant(2, 2, 1, -1), publicKey(2, standard(t, 12), 1), publicKey(2, standard(t, 15), 2)), "CA AES-128 P-384", 2},
		{"a curve before integers", dg14(variant(1, 2, 1, 1), variant(2, 2, 1, 2), publicKey(1, standard(t, 2), 1), publicKey(2, standard(t, 12), 2)), "CA AES-128 P-256", 2},
		{"an unknown curve beside a known one", dg14(variant(2, 4, 1, 1), publicKey(2, named(t, 12, 1, 3, 132, 0, 10), 1), variant(2, 2, 1, 2), publicKey(2, standard(t, 13), 2)), "CA AES-128 brainpoolP256r1", 2},
		{"version 2 beside 1", dg14(variant(2, 4, 2, 1), variant(2, 2, 1, 1), publicKey(2, standard(t, 13), 1)), "CA AES-128 brainpoolP256r1", 1},
		{"zeros behind the file", append(dg14(variant(2, 2, 1, -1), publicKey(2, standard(t, 12), -1)), 0, 0), "CA AES-128 P-256", -1},
	} {
		infos, err := ParseDG14(c.file)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got, err := infos.Choose()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !strings.HasPrefix(got.String(), c.want) || got.KeyID != c.keyID {
			t.Errorf("%s: %v, key %d; want %s, key %d", c.name, got, got.KeyID, c.want, c.keyID)
		}
		if kind := got.Protocol[len(got.Protocol)-2]; kind != kindOf(got.Key) {
			t.Errorf("%s: protocol %v with a key of kind %d", c.name, got.Protocol, kindOf(got.Key))
		}
		want, err := got.Key.Group.Mul(got.Key.Group.Generator(), []byte{5})
		if err != nil || !bytes.Equal(got.Key.Element, want) {
			t.Errorf("%s: another public value", c.name)
		}
	}
}

func TestChooseNone(t *testing.T) {
	g := mustGroup(t, 2)
	p, q, base := g.Prime(), g.Order(), new(big.Int).SetBytes(g.Generator())
	one := big.NewInt(1)
	ec := mustGroup(t, 12)
	off := bytes.Clone(ec.Generator())
	off[40] ^= 1
	ca := variant(1, 2, 1, -1)
	for _, c := range []struct {
		name string
		file []byte
	}{
		{"nothing", dg14()},
		{"other protocols", dg14(terminal, paceInfo)},
		{"no key", dg14(variant(2, 2, 1, -1))},
		{"an unknown cipher", dg14(variant(2, 5, 1, -1), publicKey(2, standard(t, 12), -1))},
		{"version 2", dg14(variant(2, 2, 2, -1), publicKey(2, standard(t, 12), -1))},
		{"integers called points", dg14(variant(2, 2, 1, -1), publicKey(2, standard(t, 0), -1))},
		{"a key of an unknown kind", dg14(publicKey(3, standard(t, 12), -1))},
		{"an RSA key", dg14(publicKey(2, seq(seq(oid(1, 2, 840, 113549, 1, 1, 1), []byte{5, 0}), bits(seq(integer(p), number(3)))), -1))},
		{"a point beside the curve", dg14(publicKey(2, seq(seq(oid(0, 4, 0, 127, 0, 7, 1, 2), number(12)), bits(off)), -1))},
		{"the point at infinity", dg14(publicKey(2, seq(seq(oid(0, 4, 0, 127, 0, 7, 1, 2), number(12)), bits([]byte{0})), -1))},
		{"parameters of no number", dg14(publicKey(2, seq(seq(oid(0, 4, 0, 127, 0, 7, 1, 2), number(99)), bits(off)), -1))},
		{"zero", dg14(ca, publicKey(1, x942(p, base, q, new(big.Int)), -1))},
		{"one", dg14(ca, publicKey(1, x942(p, base, q, one), -1))},
		{"minus one", dg14(ca, publicKey(1, x942(p, base, q, new(big.Int).Sub(p, one)), -1))},
		{"the prime", dg14(ca, publicKey(1, x942(p, base, q, p), -1))},
		{"outside the subgroup", dg14(ca, publicKey(1, x942(p, base, q, big.NewInt(2)), -1))},
		{"another order", dg14(ca, publicKey(1, x942(p, big.NewInt(3), q, base), -1))},
		{"a small prime", dg14(ca, publicKey(1, pkcs3(big.NewInt(23), big.NewInt(5), big.NewInt(8)), -1))},
		{"an even prime", dg14(ca, publicKey(1, pkcs3(new(big.Int).Add(p, one), base, base), -1))},
		{"half a key", dg14(ca, publicKey(1, seq(seq(oid(1, 2, 840, 10046, 2, 1)), bits(integer(base))), -1))},
		{"no whole bytes", dg14(publicKey(2, seq(seq(oid(0, 4, 0, 127, 0, 7, 1, 2), number(12)), tlv.Append(nil, 0x03, []byte{1}, off)), -1))},
		{"no key where one belongs", dg14(publicKey(2, number(4), -1))},
	} {
		infos, err := ParseDG14(c.file)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, err := infos.Choose(); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v, %v; want ErrUnsupported", c.name, got, err)
		}
	}
}

func TestParseDG14Refuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty":               nil,
		"another file":        tlv.Append(nil, 0x6F, seq()),
		"no set":              tlv.Append(nil, tagDG14, seq()),
		"cut short":           dg14(variant(2, 2, 1, -1))[:12],
		"a version in words":  dg14(seq(oid(0, 4, 0, 127, 0, 7, 2, 2, 3, 2, 2), []byte{0x0C, 1, '1'})),
		"a negative number":   dg14(seq(oid(0, 4, 0, 127, 0, 7, 2, 2, 3, 2, 2), number(1), number(-1))),
		"a number in words":   dg14(seq(oid(0, 4, 0, 127, 0, 7, 2, 2, 1, 2), seq(), []byte{0x0C, 1, '1'})),
		"an endless number":   dg14(seq(oid(0, 4, 0, 127, 0, 7, 2, 2, 1, 2), seq(), number(1<<40))),
		"an entry of no kind": dg14([]byte{0x30, 0x00}),
	} {
		if got, err := ParseDG14(b); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v, %v; want ErrFormat", name, got, err)
		}
	}
}

func TestKeyIDOnTheWire(t *testing.T) {
	for id, want := range map[int][]byte{-1: nil, 0: {0x84, 1, 0}, 7: {0x84, 1, 7}, 195: {0x84, 1, 195}, 300: {0x84, 2, 1, 44}} {
		if got := (Choice{KeyID: id}).appendKeyID(nil); !bytes.Equal(got, want) {
			t.Errorf("%d: % X, want % X", id, got, want)
		}
	}
}

func FuzzParseDG14(f *testing.F) {
	f.Add(dg14(terminal, variant(2, 2, 1, -1), publicKey(2, spelledOut(f, 13), -1), paceInfo))
	f.Add(dg14(variant(2, 3, 1, 1), publicKey(2, standard(f, 17), 1)))
	f.Add(dg14(variant(1, 2, 1, -1), publicKey(1, standard(f, 0), 300)))
	g := mustGroup(f, 1)
	base := new(big.Int).SetBytes(g.Generator())
	f.Add(dg14(publicKey(1, x942(g.Prime(), base, g.Order(), base), -1)))
	f.Add(dg14(publicKey(1, pkcs3(g.Prime(), base, base), 2)))
	f.Fuzz(func(t *testing.T, b []byte) {
		infos, err := ParseDG14(b)
		if err != nil {
			return
		}
		c, err := infos.Choose()
		if err != nil {
			return
		}
		if c.Suite < keys.TDES || c.Suite > keys.AES256 || c.Key.Group == nil {
			t.Fatalf("chose %v", c)
		}
		if _, _, err := c.Key.agree([]byte{1, 2, 3}); err != nil && group.IsCurve(c.Key.Group) {
			t.Fatalf("a key that was taken cannot be used: %v", err)
		}
	})
}
