package pcsc

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/ebfe/scard"

	"tram06/hal"
)

func TestIdentity(t *testing.T) {
	tell := func(m map[scard.Attrib][]byte) func(scard.Attrib) []byte {
		return func(a scard.Attrib) []byte { return m[a] }
	}
	const name = "ACS ACR1252 1S CL Reader [ACR1252 Reader PICC] 00 00"
	for _, x := range []struct {
		what  string
		attrs map[scard.Attrib][]byte
		want  hal.Identity
	}{
		{"nothing but its name", nil, hal.Identity{Model: name}},
		{"all", map[scard.Attrib][]byte{
			scard.AttrVendorName: []byte("ACS\x00"), scard.AttrVendorIfdSerialNo: []byte("RR554-012345\x00\x00"),
			scard.AttrVendorIfdVersion: {0x00, 0x00, 0x07, 0x01},
		}, hal.Identity{Maker: "ACS", Model: name, Serial: "RR554-012345", Firmware: "1.07"}},
		{"a build", map[scard.Attrib][]byte{scard.AttrVendorIfdVersion: {0x39, 0x30, 0x04, 0x01}}, hal.Identity{Model: name, Firmware: "1.04.12345"}},
		{"garbage", map[scard.Attrib][]byte{
			scard.AttrVendorName: []byte("\x1b[31m\xffA\nC"), scard.AttrVendorIfdSerialNo: []byte(strings.Repeat("ở", 100)),
			scard.AttrVendorIfdVersion: {1},
		}, hal.Identity{Maker: "[31m\ufffdA C", Model: name, Serial: strings.Repeat("ở", hal.MaxIdentity/3)}},
	} {
		if got := identity(name, tell(x.attrs)); got != x.want {
			t.Errorf("%s: %+v, want %+v", x.what, got, x.want)
		}
	}
}

func FuzzIdentity(f *testing.F) {
	f.Add("ACS ACR1252", []byte("ACS\x00"), []byte("RR1"), []byte{0, 0, 7, 1})
	f.Add("", []byte{0xff}, []byte(nil), []byte{1})
	f.Fuzz(func(t *testing.T, name string, maker, serial, version []byte) {
		id := identity(name, func(a scard.Attrib) []byte {
			return map[scard.Attrib][]byte{scard.AttrVendorName: maker, scard.AttrVendorIfdSerialNo: serial, scard.AttrVendorIfdVersion: version}[a]
		})
		for _, s := range []string{id.Maker, id.Model, id.Serial, id.Firmware} {
			if len(s) > hal.MaxIdentity || strings.ContainsFunc(s, unicode.IsControl) || !utf8.ValidString(s) {
				t.Fatalf("%q", s)
			}
		}
	})
}
