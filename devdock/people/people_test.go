package people

import (
	"bytes"
	"crypto/rand"
	"errors"
	"image/jpeg"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"tram06/firmware/cccd"
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

func TestPortraits(t *testing.T) {
	var all [][]byte
	for _, c := range All() {
		b, err := c.Portrait()
		if err != nil {
			t.Fatal(err)
		}
		newer, err := c.Portrait2000()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(newer, []byte("\x00\x00\x00\x0CjP  \r\n\x87\n")) {
			t.Errorf("%s: the other portrait is no JPEG 2000", c.Key)
		}
		for kind, n := range map[string]int{"JPEG": len(b), "JPEG 2000": len(newer)} {
			if n < 14_500 || n > 15_360 {
				t.Errorf("%s: %d bytes of %s; chips hold about 15 KB", c.Key, n, kind)
			}
		}
		img, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if s := img.Bounds().Size(); s.X != 480 || s.Y != 640 {
			t.Errorf("%s: %v", c.Key, s)
		}
		for _, other := range all {
			if bytes.Equal(b, other) {
				t.Errorf("%s: looks like somebody else", c.Key)
			}
		}
		all = append(all, b)
	}
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
