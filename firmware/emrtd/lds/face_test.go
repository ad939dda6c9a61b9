package lds_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/tlv"
)

var (
	jpeg = append([]byte{0xFF, 0xD8, 0xFF, 0xE0}, "a made-up portrait"...)
	jp2  = append([]byte("\x00\x00\x00\x0CjP  \r\n\x87\n"), "a made-up portrait"...)
	j2c  = append([]byte{0xFF, 0x4F, 0xFF, 0x51}, "a made-up portrait"...)
)

// record is a face record of ISO/IEC 19794-5:2005 with some feature points.
func record(image []byte, features int) []byte {
	block := 20 + 8*features + 12 + len(image)
	b := []byte("FAC\x00010\x00")
	b = binary.BigEndian.AppendUint32(b, uint32(14+block))
	b = binary.BigEndian.AppendUint16(b, 1)
	b = binary.BigEndian.AppendUint32(b, uint32(block))
	b = binary.BigEndian.AppendUint16(b, uint16(features))
	b = append(b, make([]byte, 14+8*features)...)
	b = append(b, 1, 0)
	b = binary.BigEndian.AppendUint16(b, 307)
	b = binary.BigEndian.AppendUint16(b, 378)
	return append(append(b, make([]byte, 6)...), image...)
}

func dg2(tag tlv.Tag, block []byte) []byte {
	return tlv.Append(nil, 0x75, tlv.Append(nil, 0x7F61,
		tlv.Append(nil, 0x02, []byte{1}),
		tlv.Append(nil, 0x7F60, tlv.Append(nil, 0xA1, tlv.Append(nil, 0x81, []byte{2})), tlv.Append(nil, tag, block))))
}

// new39794 has the nesting of ISO/IEC 39794-5 around the picture.
func new39794(image []byte) []byte {
	version := tlv.Append(nil, 0xA0, tlv.Append(nil, 0x80, []byte{3}), tlv.Append(nil, 0x81, []byte{0x07, 0xE3}))
	picture := tlv.Append(nil, 0xA0, tlv.Append(nil, 0xA0, tlv.Append(nil, 0x80, image)))
	rep := tlv.Append(nil, 0x30, tlv.Append(nil, 0x80, []byte{0}), tlv.Append(nil, 0xA1, picture))
	return tlv.Append(nil, 0x65, version, tlv.Append(nil, 0xA1, rep))
}

func TestDG2(t *testing.T) {
	tests := []struct {
		name  string
		file  []byte
		image []byte
		media string
		w, h  int
	}{
		{"JPEG", dg2(0x5F2E, record(jpeg, 0)), jpeg, lds.JPEG, 307, 378},
		{"JPEG 2000", dg2(0x5F2E, record(jp2, 0)), jp2, lds.JPEG2000, 307, 378},
		{"codestream", dg2(0x5F2E, record(j2c, 0)), j2c, lds.Codestream, 307, 378},
		{"feature points", dg2(0x5F2E, record(jpeg, 5)), jpeg, lds.JPEG, 307, 378},
		{"constructed tag", dg2(0x7F2E, record(jpeg, 0)), jpeg, lds.JPEG, 307, 378},
		{"ISO/IEC 39794-5", dg2(0x7F2E, new39794(jp2)), jp2, lds.JPEG2000, 0, 0},
		{"long", dg2(0x5F2E, record(append(bytes.Clone(jpeg), make([]byte, 70000)...), 1)), append(bytes.Clone(jpeg), make([]byte, 70000)...), lds.JPEG, 307, 378},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := lds.ParseDG2(tt.file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(f.Image, tt.image) || f.MediaType != tt.media || f.Width != tt.w || f.Height != tt.h {
				t.Errorf("%d bytes %s %d×%d", len(f.Image), f.MediaType, f.Width, f.Height)
			}
			if s := fmt.Sprintf("%v %+v %#v %s", f, f, f, f); strings.Contains(s, "made-up") || strings.Contains(s, "255") {
				t.Errorf("printed: %s", s)
			}
		})
	}
}

func changed(b []byte, at int, c byte) []byte {
	b = bytes.Clone(b)
	b[at] = c
	return b
}

// What encoders are known to write, and what they might: the signed picture is
// there all the same.
func TestDG2Sloppiness(t *testing.T) {
	bit := func(header, block []byte) []byte { return tlv.Append(nil, 0x7F60, header, block) }
	header := tlv.Append(nil, 0xA1, tlv.Append(nil, 0x81, []byte{2}))
	rec := tlv.Append(nil, 0x5F2E, record(jpeg, 0))
	newer := append([]byte("FAC\x00030\x00\x00\x00\x01\x00\x00\x01\x00\x00\x00"), append(make([]byte, 60), jpeg...)...)
	for name, file := range map[string][]byte{
		"record longer than there is":  dg2(0x5F2E, changed(record(jpeg, 0), 10, 0x7F)),
		"record without its header":    dg2(0x5F2E, changed(record(jpeg, 0), 11, byte(20+12+len(jpeg)))),
		"record of length 0":           dg2(0x5F2E, changed(record(jpeg, 0), 11, 0)),
		"record without images":        dg2(0x5F2E, changed(record(jpeg, 0), 13, 0)),
		"more images than there are":   dg2(0x5F2E, changed(record(jpeg, 0), 13, 3)),
		"block longer than there is":   dg2(0x5F2E, changed(record(jpeg, 0), 16, 0x7F)),
		"block of nothing":             dg2(0x5F2E, changed(record(jpeg, 0), 17, 0)),
		"block as long as the picture": dg2(0x5F2E, changed(record(jpeg, 0), 17, byte(len(jpeg)))),
		"more features than there are": dg2(0x5F2E, changed(record(jpeg, 0), 18, 1)),
		"features not counted":         dg2(0x5F2E, changed(record(jpeg, 2), 19, 0)),
		"record of 2011":               dg2(0x5F2E, newer),
		"no count of templates":        tlv.Append(nil, 0x75, tlv.Append(nil, 0x7F61, bit(header, rec))),
		"wrong count of templates":     tlv.Append(nil, 0x75, tlv.Append(nil, 0x7F61, tlv.Append(nil, 0x02, []byte{0}), bit(header, rec))),
		"no group around the template": tlv.Append(nil, 0x75, bit(header, rec)),
		"no header in the template":    tlv.Append(nil, 0x75, tlv.Append(nil, 0x7F61, bit(nil, rec))),
		"an empty template in front":   tlv.Append(nil, 0x75, tlv.Append(nil, 0x7F61, bit(header, nil), bit(header, rec))),
		"a broken record in front":     tlv.Append(nil, 0x75, tlv.Append(nil, 0x7F61, bit(header, tlv.Append(nil, 0x5F2E, []byte("FAC"))), bit(header, rec))),
		"two groups":                   tlv.Append(nil, 0x75, tlv.Append(nil, 0x7F61), tlv.Append(nil, 0x7F61, bit(header, rec))),
		"unknown objects":              tlv.Append(nil, 0x75, tlv.Append(nil, 0x53, []byte{1}), tlv.Append(nil, 0x7F61, tlv.Append(nil, 0x91, nil), bit(header, rec))),
	} {
		f, err := lds.ParseDG2(file)
		if err != nil || !bytes.Equal(f.Image, jpeg) || f.MediaType != lds.JPEG {
			t.Errorf("%s: %d bytes %s, %v", name, len(f.Image), f.MediaType, err)
		}
	}
}

func TestFaces(t *testing.T) {
	two := record(jpeg, 1)
	two = append(two, record(jp2, 0)[14:]...)
	two[13] = 2
	group := tlv.Append(nil, 0x7F61, tlv.Append(nil, 0x02, []byte{2}),
		tlv.Append(nil, 0x7F60, tlv.Append(nil, 0x5F2E, two)), tlv.Append(nil, 0x7F60, tlv.Append(nil, 0x7F2E, new39794(j2c))))
	faces, err := lds.ParseFaces(tlv.Append(nil, 0x75, group))
	if err != nil || len(faces) != 3 {
		t.Fatalf("%d faces, %v", len(faces), err)
	}
	for i, want := range []struct {
		image    []byte
		standard string
		features int
	}{{jpeg, "19794-5", 1}, {jp2, "19794-5", 0}, {j2c, "39794-5", 0}} {
		if f := faces[i]; !bytes.Equal(f.Image, want.image) || f.Standard != want.standard || len(f.Features) != want.features {
			t.Errorf("face %d: %d bytes of %s, %d points", i, len(f.Image), f.Standard, len(f.Features))
		}
	}
}

func TestFeatures(t *testing.T) {
	r := record(jpeg, 1)
	copy(r[14+20:], []byte{1, 0x3C, 0x00, 0x64, 0x00, 0xC8, 0, 0})
	f, err := lds.ParseDG2(dg2(0x5F2E, r))
	if err != nil || len(f.Features) != 1 || f.Features[0] != (lds.Feature{Type: 1, Major: 3, Minor: 12, X: 100, Y: 200}) {
		t.Errorf("%+v, %v", f.Features, err)
	}
}

// The size that a record of ISO/IEC 39794-5 states is read where it stands.
func Test39794Size(t *testing.T) {
	size := tlv.Append(nil, 0xA7, tlv.Append(nil, 0x80, []byte{0x01, 0x33}), tlv.Append(nil, 0x81, []byte{0x01, 0x7A}))
	info := tlv.Append(nil, 0xA1, tlv.Append(nil, 0xA0, tlv.Append(nil, 0x80, []byte{2})), size)
	block := tlv.Append(nil, 0xA0, tlv.Append(nil, 0x80, jp2), info)
	rep := tlv.Append(nil, 0x30, tlv.Append(nil, 0x80, []byte{0}), tlv.Append(nil, 0xA1, tlv.Append(nil, 0xA0, block)))
	f, err := lds.ParseDG2(dg2(0x7F2E, tlv.Append(nil, 0x65, tlv.Append(nil, 0xA0), tlv.Append(nil, 0xA1, rep))))
	if err != nil || !bytes.Equal(f.Image, jp2) || f.Width != 307 || f.Height != 378 {
		t.Errorf("%d bytes %d×%d, %v", len(f.Image), f.Width, f.Height, err)
	}
}

func TestDG2Refuses(t *testing.T) {
	change := func(at int, b byte) []byte { return dg2(0x5F2E, changed(record(jpeg, 0), at, b)) }
	good := dg2(0x5F2E, record(jpeg, 0))
	for name, b := range map[string][]byte{
		"empty": nil, "another file": tlv.Append(nil, 0x61), "nothing inside": tlv.Append(nil, 0x75),
		"no template":  tlv.Append(nil, 0x75, tlv.Append(nil, 0x7F61, tlv.Append(nil, 0x02, []byte{0}))),
		"no record":    dg2(0x5F2D, record(jpeg, 0)),
		"empty record": dg2(0x5F2E, nil), "another record": change(0, 'X'),
		"no picture": dg2(0x5F2E, record(nil, 0)), "another picture": dg2(0x5F2E, record([]byte("GIF89a"), 0)),
		"39794 without picture": dg2(0x7F2E, new39794([]byte("GIF89a"))), "39794 cut": dg2(0x7F2E, new39794(jpeg)[:30]),
		"bytes behind": append(bytes.Clone(good), 0),
	} {
		if f, err := lds.ParseDG2(b); !errors.Is(err, lds.ErrFormat) {
			t.Errorf("%s: %d bytes, %v", name, len(f.Image), err)
		}
	}
	for n := range len(good) {
		if _, err := lds.ParseDG2(good[:n]); !errors.Is(err, lds.ErrFormat) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

func FuzzParseDG2(f *testing.F) {
	f.Add(dg2(0x5F2E, record(jpeg, 2)))
	f.Add(dg2(0x7F2E, new39794(jp2)))
	f.Add([]byte{0x75, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		face, err := lds.ParseDG2(b)
		if err != nil {
			if !errors.Is(err, lds.ErrFormat) {
				t.Fatalf("an error without a sentinel: %v", err)
			}
			return
		}
		if face.MediaType == "" || !bytes.Contains(b, face.Image) {
			t.Fatal("a picture that is not in the file")
		}
	})
}
