package receipt

import "testing"

func BenchmarkRender576(b *testing.B) { benchmark(b, 576) }
func BenchmarkRender384(b *testing.B) { benchmark(b, 384) }

func benchmark(b *testing.B, width int) {
	f := testFonts(b)
	d := sample("vi", Accepted)
	d.QR = sign(b, claim(Accepted), ed25519Key())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Render(d, width, f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	key := ed25519Key()
	for b.Loop() {
		sign(b, claim(Accepted), key)
	}
}
