package jp2_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tram06/firmware/emrtd/jp2"
)

// testdata holds pictures that openjpeg's encoder made, one for each feature,
// and what openjpeg's decoder makes of them: see testdata/README.

func load(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wanted(t testing.TB, name string) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(load(t, name+".png")))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// streams are the files with a picture to compare with.
func streams(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"*.jp2", "*.j2k"} {
		names, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if n = filepath.Base(n); !strings.HasPrefix(n, "unsupported-") && n != "portrait.jp2" {
				out = append(out, n)
			}
		}
	}
	if len(out) < 30 {
		t.Fatalf("%d pictures in testdata", len(out))
	}
	return out
}

// farthest is the largest difference of any sample.
func farthest(t testing.TB, got, want image.Image) int {
	t.Helper()
	b := want.Bounds()
	if got.Bounds() != b {
		t.Fatalf("%v, want %v", got.Bounds(), b)
	}
	most := 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, a := got.At(x, y).RGBA()
			r2, g2, b2, a2 := want.At(x, y).RGBA()
			for _, d := range [...]int{int(r>>8) - int(r2>>8), int(g>>8) - int(g2>>8), int(bl>>8) - int(b2>>8), int(a>>8) - int(a2>>8)} {
				most = max(most, d, -d)
			}
		}
	}
	return most
}

// Reversible pictures agree to the bit, the others but for rounding.
func TestAgreesWithOpenJPEG(t *testing.T) {
	for _, name := range streams(t) {
		t.Run(name, func(t *testing.T) {
			img, err := jp2.Decode(load(t, name), jp2.Options{})
			if err != nil {
				t.Fatal(err)
			}
			base, _, _ := strings.Cut(name, ".")
			allowed := 2
			switch base {
			case "ycc420":
				allowed = 3 // two roundings
			case "reversible", "lossless-color", "lossless-gray", "bypass", "causal", "bits12-lossless", "tileparts", "layers-rlcp", "pcrl", "offset-tiles", "bits4", "thin", "one":
				allowed = 0
			}
			if d := farthest(t, img, wanted(t, base)); d > allowed {
				t.Errorf("differs by %d", d)
			}
		})
	}
}

func TestLossless(t *testing.T) {
	for name, source := range map[string]string{"lossless-color.jp2": "source-color", "lossless-gray.j2k": "source-gray", "bypass.j2k": "source-gray", "causal.j2k": "source-gray", "bypass-terminate.j2k": "source-color"} {
		img, err := jp2.Decode(load(t, name), jp2.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if d := farthest(t, img, wanted(t, source)); d != 0 {
			t.Errorf("%s differs by %d from what was encoded", name, d)
		}
	}
}

func TestKinds(t *testing.T) {
	gray, err := jp2.Decode(load(t, "lossless-gray.j2k"), jp2.Options{})
	if _, ok := gray.(*image.Gray); !ok || err != nil {
		t.Errorf("%T, %v", gray, err)
	}
	color, err := jp2.Decode(load(t, "lossless-color.jp2"), jp2.Options{})
	if m, ok := color.(*image.RGBA); !ok || err != nil || !m.Opaque() {
		t.Errorf("%T, %v", color, err)
	}
}

func TestReadInfo(t *testing.T) {
	i, err := jp2.ReadInfo(load(t, "lossless-color.jp2"))
	if want := (jp2.Info{Width: 57, Height: 74, Components: 3, Bits: 8, Boxed: true}); err != nil || i != want {
		t.Errorf("%+v, %v", i, err)
	}
	i, err = jp2.ReadInfo(load(t, "bits12.j2k"))
	if want := (jp2.Info{Width: 57, Height: 74, Components: 1, Bits: 12}); err != nil || i != want {
		t.Errorf("%+v, %v", i, err)
	}
	if _, err := jp2.ReadInfo([]byte("GIF89a")); !errors.Is(err, jp2.ErrFormat) {
		t.Error(err)
	}
}

// A picture cut short is one with less in it: each layer and resolution that
// came is used, and nothing falls over at any place.
func TestCutShort(t *testing.T) {
	for _, name := range []string{"layers.jp2", "tiles.jp2", "tileparts.j2k", "progressions.j2k"} {
		whole := load(t, name)
		full, err := jp2.Decode(whole, jp2.Options{})
		if err != nil {
			t.Fatal(err)
		}
		made, tried := 0, 0
		for n := 0; n < len(whole); n += 1 + n/25 {
			tried++
			img, err := jp2.Decode(whole[:n], jp2.Options{})
			if err != nil {
				if !errors.Is(err, jp2.ErrFormat) {
					t.Fatalf("%s cut at %d: %v", name, n, err)
				}
				continue
			}
			made++
			if img.Bounds() != full.Bounds() {
				t.Fatalf("%s cut at %d: %v", name, n, img.Bounds())
			}
		}
		if made < tried/4 {
			t.Errorf("%s: %d pictures from %d cuts", name, made, tried)
		}
	}
	whole := load(t, "layers.jp2")
	img, err := jp2.Decode(whole[:len(whole)*3/4], jp2.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := distance(img, wanted(t, "source-color")); d > 12 {
		t.Errorf("three quarters of the bytes are %.1f off on average", d)
	}
}

// distance is the mean difference of samples.
func distance(a, b image.Image) float64 {
	sum, n := 0, 0
	r := b.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			r1, g1, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			for _, d := range [...]int{int(r1>>8) - int(r2>>8), int(g1>>8) - int(g2>>8), int(b1>>8) - int(b2>>8)} {
				sum, n = sum+max(d, -d), n+1
			}
		}
	}
	return float64(sum) / float64(n)
}

// A byte changed is a picture or an error, and never more.
func TestChangedBytes(t *testing.T) {
	for _, name := range []string{"irreversible-gray.jp2", "progressions.j2k", "tileparts.j2k"} {
		whole := load(t, name)
		for i := range whole {
			if i > 160 && i%23 != 0 { // the head in full, packets here and there
				continue
			}
			for _, c := range []byte{0x00, 0xFF, whole[i] ^ 0x01, whole[i] ^ 0x80} {
				b := bytes.Clone(whole)
				b[i] = c
				if _, err := jp2.Decode(b, jp2.Options{MaxPixels: 1 << 16}); err != nil && !sentinel(err) {
					t.Fatalf("%s, byte %d: %v", name, i, err)
				}
			}
		}
	}
}

// Size and work are bounded, the size before memory is asked for.
func TestBounds(t *testing.T) {
	data := load(t, "portrait.jp2")
	for _, tt := range []struct {
		opt  jp2.Options
		want error
	}{
		{jp2.Options{MaxPixels: 240*320 - 1}, jp2.ErrTooLarge},
		{jp2.Options{MaxWork: 1}, jp2.ErrTooLarge},
		{jp2.Options{MaxPixels: 240 * 320, MaxWork: 30}, nil},
	} {
		if _, err := jp2.Decode(data, tt.opt); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v", tt.opt, err)
		}
	}
	if _, err := jp2.Decode(load(t, "unsupported-roi.j2k"), jp2.Options{}); !errors.Is(err, jp2.ErrUnsupported) {
		t.Error(err)
	}
}

func sentinel(err error) bool {
	return errors.Is(err, jp2.ErrFormat) || errors.Is(err, jp2.ErrUnsupported) || errors.Is(err, jp2.ErrTooLarge)
}

func FuzzDecode(f *testing.F) {
	for _, name := range streams(f) {
		f.Add(load(f, name))
	}
	f.Add(load(f, "unsupported-roi.j2k"))
	f.Fuzz(func(t *testing.T, b []byte) {
		img, err := jp2.Decode(b, jp2.Options{MaxPixels: 1 << 16})
		if err != nil {
			if !sentinel(err) {
				t.Fatalf("an error without a sentinel: %v", err)
			}
			return
		}
		if r := img.Bounds(); r.Empty() || r.Dx()*r.Dy() > 1<<16 {
			t.Fatalf("a picture of %v", r)
		}
	})
}

// The size that chips hold: 240 by 320 in 15 KB.
func BenchmarkPortrait(b *testing.B) {
	data := load(b, "portrait.jp2")
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := jp2.Decode(data, jp2.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
