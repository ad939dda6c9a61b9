package portrait_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/portrait"
)

func load(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// drawing has a gradient in color, or in gray.
func drawing(w, h int, gray bool) image.Image {
	if gray {
		m := image.NewGray(image.Rect(0, 0, w, h))
		for i := range m.Pix {
			m.Pix[i] = byte(i * 255 / len(m.Pix))
		}
		return m
	}
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{R: byte(x * 255 / w), G: byte(y * 255 / h), B: 128, A: 255})
		}
	}
	return m
}

func encoded(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct {
		name, media string
		data        []byte
		want        image.Image
		w, h        int
	}{
		{"JPEG", lds.JPEG, encoded(t, drawing(60, 80, false)), &image.YCbCr{}, 60, 80},
		{"gray JPEG", lds.JPEG, encoded(t, drawing(61, 83, true)), &image.Gray{}, 61, 83},
		{"JPEG without its end", lds.JPEG, bytes.TrimSuffix(encoded(t, drawing(60, 80, false)), []byte{0xFF, 0xD9}), &image.YCbCr{}, 60, 80},
		{"JPEG with padding", lds.JPEG, append(encoded(t, drawing(60, 80, false)), make([]byte, 40)...), &image.YCbCr{}, 60, 80},
		{"JPEG 2000", lds.JPEG2000, load(t, "layers.jp2"), &image.RGBA{}, 57, 74},
		{"gray JPEG 2000", lds.JPEG2000, load(t, "irreversible-gray.jp2"), &image.Gray{}, 57, 74},
		{"codestream", lds.Codestream, load(t, "irreversible.j2k"), &image.RGBA{}, 57, 74},
		{"codestream that says it is in a box", lds.JPEG2000, load(t, "irreversible.j2k"), &image.RGBA{}, 57, 74},
		{"JPEG 2000 that says it is JPEG", lds.JPEG, load(t, "layers.jp2"), &image.RGBA{}, 57, 74},
		{"JPEG without a label", "", encoded(t, drawing(60, 80, false)), &image.YCbCr{}, 60, 80},
	} {
		t.Run(tt.name, func(t *testing.T) {
			img, err := portrait.Decode(tt.media, tt.data, 0)
			if err != nil {
				t.Fatal(err)
			}
			if img.Bounds() != image.Rect(0, 0, tt.w, tt.h) {
				t.Errorf("%v", img.Bounds())
			}
			if got, want := kind(img), kind(tt.want); got != want {
				t.Errorf("a %s, want a %s", got, want)
			}
			if dark(img) {
				t.Error("nothing in the picture")
			}
			portrait.Wipe(img)
			if !dark(img) {
				t.Error("something is left after wiping")
			}
		})
	}
}

func kind(img image.Image) string {
	switch img.(type) {
	case *image.YCbCr:
		return "YCbCr"
	case *image.Gray:
		return "Gray"
	case *image.RGBA:
		return "RGBA"
	}
	return "something else"
}

// dark tells that all samples in memory are zero.
func dark(img image.Image) bool {
	var all []byte
	switch m := img.(type) {
	case *image.YCbCr:
		all = bytes.Join([][]byte{m.Y, m.Cb, m.Cr}, nil)
	case *image.Gray:
		all = m.Pix
	case *image.RGBA:
		all = m.Pix
	}
	return len(bytes.Trim(all, "\x00")) == 0
}

func TestRefuses(t *testing.T) {
	whole := encoded(t, drawing(60, 80, false))
	huge := bytes.Clone(whole)
	at := bytes.Index(huge, []byte{0xFF, 0xC0}) + 5
	binary.BigEndian.PutUint16(huge[at:], 0xFFFF)
	binary.BigEndian.PutUint16(huge[at+2:], 0xFFFF)
	hugeJP2 := bytes.Clone(load(t, "irreversible.j2k"))
	binary.BigEndian.PutUint32(hugeJP2[8:], 1<<30)
	binary.BigEndian.PutUint32(hugeJP2[12:], 1<<30)
	scans := bytes.Clone(whole)
	for range 200 {
		scans = append(scans, 0xFF, 0xDA)
	}
	for name, tt := range map[string]struct {
		media string
		data  []byte
		limit int
		want  error
	}{
		"nothing":                {"", nil, 0, portrait.ErrUnsupported},
		"another kind":           {"image/gif", []byte("GIF89a"), 0, portrait.ErrUnsupported},
		"a label and no picture": {lds.JPEG, []byte("GIF89a"), 0, portrait.ErrFormat},
		"a label for a box":      {lds.JPEG2000, []byte("GIF89a"), 0, portrait.ErrFormat},
		"JPEG cut short":         {lds.JPEG, whole[:len(whole)/2], 0, portrait.ErrFormat},
		"JPEG 2000 without tile": {lds.Codestream, load(t, "irreversible.j2k")[:60], 0, portrait.ErrFormat},
		"huge JPEG":              {lds.JPEG, huge, 0, portrait.ErrTooLarge},
		"huge JPEG 2000":         {lds.Codestream, hugeJP2, 0, portrait.ErrTooLarge},
		"many scans":             {lds.JPEG, scans, 0, portrait.ErrTooLarge},
		"over the limit":         {lds.JPEG, whole, 60*80 - 1, portrait.ErrTooLarge},
		"JPEG 2000 over it":      {lds.JPEG2000, load(t, "layers.jp2"), 57*74 - 1, portrait.ErrTooLarge},
		"region of interest":     {lds.Codestream, load(t, "unsupported-roi.j2k"), 0, portrait.ErrUnsupported},
	} {
		img, err := portrait.Decode(tt.media, tt.data, tt.limit)
		if !errors.Is(err, tt.want) || img != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := portrait.Decode(lds.JPEG, whole, 60*80); err != nil {
		t.Errorf("exactly at the limit: %v", err)
	}
}

func TestFit(t *testing.T) {
	for _, tt := range []struct{ w, h, roomW, roomH, wantW, wantH int }{
		{240, 320, 480, 640, 240, 320},
		{960, 1280, 480, 640, 480, 640},
		{1000, 500, 100, 100, 100, 50},
		{500, 1000, 100, 100, 50, 100},
		{10, 10000, 100, 100, 1, 100},
	} {
		for _, gray := range []bool{false, true} {
			got := portrait.Fit(drawing(tt.w, tt.h, gray), tt.roomW, tt.roomH)
			if b := got.Bounds(); b.Dx() != tt.wantW || b.Dy() != tt.wantH {
				t.Errorf("%d by %d in %d by %d: %v", tt.w, tt.h, tt.roomW, tt.roomH, b)
			}
			if dark(got) || gray != (kind(got) == "Gray") {
				t.Errorf("a %s", kind(got))
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("", encoded(f, drawing(16, 16, false)))
	f.Add(lds.JPEG, encoded(f, drawing(9, 7, true)))
	for _, n := range []string{"layers.jp2", "irreversible.j2k", "irreversible-gray.jp2"} {
		f.Add("", load(f, n))
	}
	f.Fuzz(func(t *testing.T, media string, b []byte) {
		const limit = 1 << 14
		img, err := portrait.Decode(media, b, limit)
		if err != nil {
			if !errors.Is(err, portrait.ErrFormat) && !errors.Is(err, portrait.ErrUnsupported) && !errors.Is(err, portrait.ErrTooLarge) {
				t.Fatalf("an error without a sentinel: %v", err)
			}
			return
		}
		if r := img.Bounds(); r.Min != (image.Point{}) || r.Dx()*r.Dy() > limit || kind(img) == "something else" {
			t.Fatalf("a %s of %v", kind(img), r)
		}
	})
}

// What a kiosk decodes of a citizen's chip, either way.
func BenchmarkJPEG(b *testing.B) {
	data := encoded(b, drawing(240, 320, false))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := portrait.Decode(lds.JPEG, data, 0); err != nil {
			b.Fatal(err)
		}
	}
}
