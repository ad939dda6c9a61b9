package people

import (
	"bytes"
	"crypto/rand"
	"errors"
	"image"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/portrait"
)

func TestCitizensAreConsistent(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range All() {
		t.Run(c.Key, func(t *testing.T) {
			if seen[c.Card.Number] || seen[c.Key] {
				t.Error("number or key is taken")
			}
			seen[c.Card.Number], seen[c.Key] = true, true
			h, err := cccd.ParseNumber(c.Card.Number)
			if err != nil {
				t.Fatal(err)
			}
			if h.Sex != c.Card.Sex || h.Province == "" || c.Card.Birth[8:] != c.Card.Number[4:6] {
				t.Errorf("the number says %+v", h)
			}
			q, err := cccd.ParseQR([]byte(c.QR()))
			if err != nil {
				t.Fatal(err)
			}
			if q.Number != c.Card.Number || q.Name != c.Card.Name || q.Birth != c.Card.Birth || q.Issued != c.Card.Issued || q.Damaged() {
				t.Error("the QR differs from the card")
			}
			mrz, err := c.MRZ()
			if err != nil {
				t.Fatal(err)
			}
			// The key that follows from the QR must be the one of the MRZ, or
			// this card could not be opened by it.
			info := mrz[5:15] + mrz[30:37] + mrz[38:45]
			if got := q.MRZInformation(); len(got) == 0 || got[0] != info {
				t.Error("the QR does not lead to the MRZ at once")
			}
			for _, s := range []string{c.Card.Name, c.Card.Residence, c.Card.Origin} {
				if !norm.NFC.IsNormalString(s) {
					t.Errorf("%q is not composed", s)
				}
			}
			if _, ok := ByKey(c.Key); !ok {
				t.Error("not found by its key")
			}
		})
	}
	if _, ok := ByKey("nobody"); ok {
		t.Error("found nobody")
	}
	long, _ := ByKey("hblong")
	if !strings.Contains(long.Card.Name, "Ŏ") || !strings.Contains(long.Card.Name, "Ŭ") || !strings.Contains(long.Card.Name, "Ĕ") || !strings.Contains(long.Card.Name, "Ĭ") {
		t.Error("the long name lost the letters it is there for")
	}
}

// Each portrait is a small file that looks like the drawing it was made from,
// and like nobody else's: the JPEG 2000 files were made beforehand, and a face
// may have been drawn anew since.
func TestPortraits(t *testing.T) {
	for _, c := range All() {
		for kind, encode := range map[string]func() ([]byte, error){lds.JPEG: c.Portrait, lds.JPEG2000: c.Portrait2000} {
			b, err := encode()
			if err != nil {
				t.Fatal(err)
			}
			if lds.MediaType(b) != kind {
				t.Errorf("%s: the portrait is no %s", c.Key, kind)
			}
			if len(b) < 14_500 || len(b) > 15_360 {
				t.Errorf("%s: %d bytes of %s; chips hold about 15 KB", c.Key, len(b), kind)
			}
			img, err := portrait.Decode("", b, 0)
			if err != nil {
				t.Fatal(err)
			}
			if img.Bounds() != image.Rect(0, 0, 480, 640) {
				t.Fatalf("%s: %v", c.Key, img.Bounds())
			}
			for _, o := range All() {
				const alike = 2 // of 255, on average
				if d := distance(img, o.Drawing()); (d < alike) != (o.Key == c.Key) {
					t.Errorf("%s as %s is %.1f away from the drawing of %s", c.Key, kind, d, o.Key)
				}
			}
		}
	}
}

// distance is the mean difference of the samples of two pictures of one size.
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

func TestThings(t *testing.T) {
	if _, err := cccd.ParseQR([]byte(PaymentQR())); !errors.Is(err, cccd.ErrNotCard) {
		t.Errorf("payment code: %v", err)
	}
	if _, err := cccd.ParseQR(GarbageScan()); !errors.Is(err, cccd.ErrGarbage) {
		t.Errorf("garbage: %v", err)
	}
	// The published check value of CRC-16/CCITT-FALSE.
	if got := crc16("123456789"); got != 0x29B1 {
		t.Errorf("CRC %04X", got)
	}
	selectApp := []byte{0x00, 0xA4, 0x04, 0x0C, 0x07, 0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01}
	bank, err := BankCard(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got := bank.Transmit(selectApp); !bytes.Equal(got, []byte{0x6A, 0x82}) {
		t.Errorf("bank card: %X", got)
	}
	bus, err := TransitCard(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got := bus.Transmit(selectApp); !bytes.Equal(got, []byte{0x6D, 0x00}) {
		t.Errorf("transit card: %X", got)
	}
}
