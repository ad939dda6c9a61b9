package jp2

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// The test sequence of ITU-T T.88 (ISO/IEC 14492) annex H.2, which has the same
// arithmetic coder: one context, 256 symbols.
func TestArithmeticDecoder(t *testing.T) {
	coded, err1 := hex.DecodeString("84C73BFCE1A1430402200000410DBB86F4317FFF88FF37471ADB6ADFFFAC")
	want, err2 := hex.DecodeString("00020051000000C00352872AAAAAAAAA82C02000FCD79EF6BF7FED904F46A3BF")
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	var m mq
	m.start(coded)
	var got []byte
	for range want {
		b := byte(0)
		for range 8 {
			b = b<<1 | byte(m.decode(0))
		}
		got = append(got, b)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got  %X\nwant %X", got, want)
	}
}

// A tag tree of ISO/IEC 15444-1 section B.10.2's example: 6 by 3, of which the
// values at 0,0 and 1,0 and 2,0 are 1, 3 and 2.
func TestTagTree(t *testing.T) {
	// 01111 for the first, 001 for the second, 101 for the third.
	r := &bitReader{b: []byte{0b01111001, 0b10100000}}
	tree := newTagTree(6, 3)
	for x, want := range []int32{1, 3, 2} {
		v := int32(0)
		for !tree.below(r, x, 0, v+1) {
			v++
		}
		if v != want {
			t.Errorf("value %d is %d, want %d", x, v, want)
		}
	}
	if r.at != 2 || r.left != 5 {
		t.Errorf("read %d bytes, %d bits left", r.at, r.left)
	}
}

// Header bits: one is stuffed behind FF, and a byte behind FF ends a header.
func TestBitReader(t *testing.T) {
	r := &bitReader{b: []byte{0xFF, 0x7F, 0x80}}
	if v := r.bits(15); v != 0x7FFF {
		t.Errorf("%X", v)
	}
	r.align()
	if r.at != 2 {
		t.Errorf("at %d", r.at)
	}
	r = &bitReader{b: []byte{0xFF, 0x00, 0x80}}
	r.bits(8)
	r.align()
	if r.at != 2 || r.end {
		t.Errorf("at %d", r.at)
	}
	r.bits(9)
	if !r.end {
		t.Error("the end was not seen")
	}
}

// Table B.4. The longest form begins with nine ones, of which a stuffed bit
// parts the last.
func TestReadPasses(t *testing.T) {
	for _, tt := range []struct {
		bits []byte
		want int
	}{
		{[]byte{0x00}, 1}, {[]byte{0x80}, 2}, {[]byte{0b11000000}, 3}, {[]byte{0b11100000}, 5}, {[]byte{0b11110000, 0}, 6},
		{[]byte{0b11111111, 0b00000000}, 6 + 30}, {[]byte{0b11110111, 0b10000000}, 6 + 15}, {[]byte{0xFF, 0b01000000, 0x00}, 37}, {[]byte{0xFF, 0b01111111, 0x00}, 37 + 63<<1},
	} {
		if got := readPasses(&bitReader{b: tt.bits}); got != tt.want {
			t.Errorf("%08b: %d, want %d", tt.bits, got, tt.want)
		}
	}
}

// The wavelets undo what their forward forms do, at every length and parity.
func TestLiftings(t *testing.T) {
	for n := 1; n < 12; n++ {
		for odd := range 2 {
			want := make([]int32, n)
			for i := range want {
				want[i] = int32(i*i*37%101) - 50
			}
			a := append([]int32(nil), want...)
			forward53(a, odd)
			column := append([]int32(nil), a...)
			lift53(a, odd)
			rows53(column, 1, 1, n, odd)
			for i := range want {
				if a[i] != want[i] || column[i] != want[i] {
					t.Fatalf("5-3, %d from %d: %v and %v, want %v", n, odd, a, column, want)
				}
			}
			f := make([]float32, n)
			for i, v := range want {
				f[i] = float32(v)
			}
			forward97(f, odd)
			fcolumn := append([]float32(nil), f...)
			lift97(f, odd)
			rows97(fcolumn, 1, 1, n, odd)
			for i, v := range want {
				if d := f[i] - float32(v); d > 0.001 || d < -0.001 || f[i]-fcolumn[i] > 0.001 || fcolumn[i]-f[i] > 0.001 {
					t.Fatalf("9-7, %d from %d: %v and %v, want %v", n, odd, f, fcolumn, want)
				}
			}
		}
	}
}

// at is the sample at i, mirrored at the ends.
func at[T number](a []T, i int) T { return a[mirror(i, len(a))] }

func forward53(a []int32, odd int) {
	if len(a) == 1 {
		a[0] <<= odd
		return
	}
	for i := 1 - odd; i < len(a); i += 2 {
		a[i] -= (at(a, i-1) + at(a, i+1)) >> 1
	}
	for i := odd; i < len(a); i += 2 {
		a[i] += (at(a, i-1) + at(a, i+1) + 2) >> 2
	}
}

func forward97(a []float32, odd int) {
	if len(a) == 1 {
		a[0] *= float32(1 + odd)
		return
	}
	for s, k := range []float32{alpha, beta, gamma, delta} {
		start := 1 - odd
		if s%2 == 1 {
			start = odd
		}
		for i := start; i < len(a); i += 2 {
			a[i] += k * (at(a, i-1) + at(a, i+1))
		}
	}
}
