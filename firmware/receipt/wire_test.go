package receipt

import (
	"testing"

	"tram06/hal/escpos"
)

const (
	// typicalWire is what a receipt of a usual citizen may take on the wire: six
	// and a half seconds at 115200 baud.
	typicalWire = 75_000
	// longestWire is what any may take: longer names, and a second language.
	longestWire = 90_000
)

func TestReceiptsAreSmallOnTheWire(t *testing.T) {
	f := testFonts(t)
	typical := sample("vi", Accepted).Applicant
	everyReceipt(t, func(t *testing.T, d Data, width int) {
		r, err := Render(d, width, f)
		if err != nil {
			t.Fatal(err)
		}
		prog, err := escpos.Encode(r, width)
		if err != nil {
			t.Fatal(err)
		}
		most := longestWire
		if d.Lang == "vi" && d.Applicant == typical {
			most = typicalWire
		}
		if n := len(prog.Bytes()); n > most || n < r.Height {
			t.Errorf("%d rows of %d dots take %d bytes, want at most %d", r.Height, r.Width, n, most)
		}
	})
}

// BenchmarkEncode turns the typical receipt into a printer's commands.
func BenchmarkEncode(b *testing.B) {
	f := testFonts(b)
	d := sample("vi", Accepted)
	d.QR = sign(b, claim(Accepted), ed25519Key())
	r, err := Render(d, 576, f)
	if err != nil {
		b.Fatal(err)
	}
	var n int
	for b.Loop() {
		prog, err := escpos.Encode(r, 576)
		if err != nil {
			b.Fatal(err)
		}
		n = len(prog.Bytes())
	}
	b.ReportMetric(float64(n), "bytes/receipt")
	b.ReportMetric(float64(r.Height), "rows/receipt")
}
