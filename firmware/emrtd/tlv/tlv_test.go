package tlv_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"tram06/firmware/emrtd/tlv"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParse(t *testing.T) {
	long := bytes.Repeat([]byte{0xAB}, 0x1234)
	tests := []struct {
		name  string
		in    []byte
		tag   tlv.Tag
		value []byte
		rest  int
	}{
		{"short", unhex(t, "8002BEEF"), 0x80, unhex(t, "BEEF"), 0},
		{"empty value", unhex(t, "8000"), 0x80, nil, 0},
		{"rest", unhex(t, "990290008E01FF"), 0x99, unhex(t, "9000"), 3},
		{"two-byte tag", unhex(t, "5F1F0141"), 0x5F1F, []byte{0x41}, 0},
		{"three-byte tag", unhex(t, "7F81010155"), 0x7F8101, []byte{0x55}, 0},
		{"81", append(unhex(t, "8781C8"), make([]byte, 200)...), 0x87, make([]byte, 200), 0},
		{"82", append(unhex(t, "75821234"), long...), 0x75, long, 0},
		{"83", append(unhex(t, "7583001234"), long...), 0x75, long, 0},
		{"length with leading zero", unhex(t, "8082000155"), 0x80, []byte{0x55}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, rest, err := tlv.Parse(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if n.Tag != tt.tag || !bytes.Equal(n.Value, tt.value) || len(rest) != tt.rest {
				t.Errorf("got tag %v, %d bytes, rest %d", n.Tag, len(n.Value), len(rest))
			}
			if len(n.Raw)+len(rest) != len(tt.in) {
				t.Errorf("raw has %d bytes of %d", len(n.Raw), len(tt.in))
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name, in string
		want     error
	}{
		{"nothing", "", tlv.ErrTruncated},
		{"tag alone", "30", tlv.ErrTruncated},
		{"half a tag", "7F", tlv.ErrTruncated},
		{"value cut", "300301", tlv.ErrTruncated},
		{"length cut", "3082", tlv.ErrTruncated},
		{"length past the end", "3083FFFFFF00", tlv.ErrTruncated},
		{"indefinite length", "30800000", tlv.ErrSyntax},
		{"four length bytes", "308400000001FF", tlv.ErrSyntax},
		{"reserved length", "30FF00", tlv.ErrSyntax},
		{"padding 00", "0000", tlv.ErrSyntax},
		{"padding FF", "FFFF", tlv.ErrSyntax},
		{"tag number with leading zero", "7F800100", tlv.ErrSyntax},
		{"endless tag", "7F81818101", tlv.ErrSyntax},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := tlv.Parse(unhex(t, tt.in)); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestParseOne(t *testing.T) {
	if _, err := tlv.ParseOne(unhex(t, "7C028000"), 0x7C); err != nil {
		t.Error(err)
	}
	if _, err := tlv.ParseOne(unhex(t, "7C02800000"), 0x7C); !errors.Is(err, tlv.ErrSyntax) {
		t.Errorf("a byte behind the object: %v", err)
	}
	if _, err := tlv.ParseOne(unhex(t, "7D028000"), 0x7C); !errors.Is(err, tlv.ErrSyntax) {
		t.Errorf("another tag: %v", err)
	}
}

func TestTree(t *testing.T) {
	in := tlv.Append(nil, 0x7F61,
		tlv.Append(nil, 0x02, []byte{1}),
		tlv.Append(nil, 0x7F60,
			tlv.Append(nil, 0xA1),
			tlv.Append(nil, 0x5F2E, []byte("face"))))
	root, err := tlv.ParseOne(in, 0x7F61)
	if err != nil {
		t.Fatal(err)
	}
	kids, err := root.Children()
	if err != nil || len(kids) != 2 {
		t.Fatalf("%d children, %v", len(kids), err)
	}
	face, ok := root.Find(0x7F60, 0x5F2E)
	if !ok || string(face.Value) != "face" {
		t.Errorf("found %v %q", ok, face.Value)
	}
	if _, ok := root.Find(0x7F60, 0x5F2F); ok {
		t.Error("found what is not there")
	}
	if _, err := face.Children(); !errors.Is(err, tlv.ErrSyntax) {
		t.Errorf("children of a primitive object: %v", err)
	}
	broken := tlv.Node{Tag: 0x30, Value: unhex(t, "0201050204")}
	if _, err := broken.Children(); !errors.Is(err, tlv.ErrTruncated) {
		t.Errorf("broken child: %v", err)
	}
}

func TestConstructed(t *testing.T) {
	for tag, want := range map[tlv.Tag]bool{0x30: true, 0x7F49: true, 0x7F8101: true, 0x5F1F: false, 0x04: false, 0x80: false, 0xA0: true} {
		if tag.Constructed() != want {
			t.Errorf("%v: %v", tag, !want)
		}
	}
}

func TestAppendHeaderIsShortest(t *testing.T) {
	for n, want := range map[int]string{0: "8000", 0x7F: "807F", 0x80: "808180", 0xFF: "8081FF", 0x100: "80820100", 0xFFFF: "8082FFFF", 0x10000: "8083010000", tlv.MaxLen: "8083FFFFFF"} {
		if got := tlv.AppendHeader(nil, 0x80, n); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("%d: %X, want %s", n, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "30", "8002BEEF", "7F4906800141", "7F81010155", "3080", "308400000001FF", "758300000155", "7C1280105A"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		n, rest, err := tlv.Parse(in)
		if err != nil {
			if !errors.Is(err, tlv.ErrTruncated) && !errors.Is(err, tlv.ErrSyntax) {
				t.Fatalf("an error without a sentinel: %v", err)
			}
			return
		}
		if len(n.Raw)+len(rest) != len(in) || len(n.Value) > len(n.Raw) {
			t.Fatal("lengths do not add up")
		}
		again, tail, err := tlv.Parse(tlv.Append(nil, n.Tag, n.Value))
		if err != nil || len(tail) != 0 || again.Tag != n.Tag || !bytes.Equal(again.Value, n.Value) {
			t.Fatalf("does not survive writing: %v", err)
		}
		if n.Tag.Constructed() {
			if kids, err := n.Children(); err == nil {
				total := 0
				for _, k := range kids {
					total += len(k.Raw)
				}
				if total != len(n.Value) {
					t.Fatal("children do not fill their parent")
				}
			}
		}
	})
}
