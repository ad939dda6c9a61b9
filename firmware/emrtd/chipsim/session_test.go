package chipsim

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/sm"
)

// FuzzSession: nothing that a reader with access sends may upset the chip, nor
// open what is closed. Each command is protected rightly, whatever it says.
func FuzzSession(f *testing.F) {
	a, err := NewAuthority(rand.Reader, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		f.Fatal(err)
	}
	p, ok := PersonalityNamed("ca-several")
	if !ok {
		f.Fatal("no personality")
	}
	p.Transport.Chaining, p.Access.MasterFile, p.Files.Master = true, true, true
	who, files, err := Issue(p, nil, Holder{
		CAN: "000638", MRZ: "IDVNM0900006386001090000638<<79003152M3003150VNM<<<<<<<<<<<6NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<",
		Picture: func(bool) (Picture, error) { return Picture{Data: []byte{0xFF, 0xD8, 0xFF}, Width: 1, Height: 1}, nil },
	}, a, rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"\x00\xa4\x04\x0c\x07\xa0\x00\x00\x02\x47\x10\x01", "\x00\xb0\x83\x00\x10", "\x00\xb1\x00\x02\x03\x54\x01\x00\x10",
		"\x00\x22\x41\xa4\x0f\x80\x0a\x04\x00\x7f\x00\x07\x02\x02\x03\x02\x02\x84\x01\x02", "\x00\x86\x00\x00\x05\x7c\x03\x80\x01\x04\x00", "\x10\x86\x00\x00\x02\x7c\x00",
		"\x00\x22\x41\xa6\x05\x91\x00\x84\x01\x01", "\x00\x88\x00\x00\x08abcdefgh\x00", "\x00\x84\x00\x00\x08", "\x00\xa4\x00\x0c\x02\x3f\x00", "\x00\xb0\x9d\x00\x00"} {
		f.Add([]byte(s), []byte(s), true)
	}
	key := bytes.Repeat([]byte{7}, 16)
	f.Fuzz(func(t *testing.T, one, two []byte, inside bool) {
		c, err := New(who, files, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c.granted, c.inside = true, inside
		if c.session, err = sm.New(keys.AES128, key, key, nil); err != nil {
			t.Fatal(err)
		}
		reader, err := sm.New(keys.AES128, key, key, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range [][]byte{one, two, one} {
			cmd, err := apdu.ParseCommand(raw)
			if err != nil || cmd.CLA&^classChained != 0 {
				continue
			}
			protected, err := reader.Wrap(cmd)
			if err != nil {
				continue
			}
			b, err := protected.Encode()
			if err != nil {
				continue
			}
			out := c.Transmit(b)
			if len(out) < 2 {
				t.Fatalf("answer of %d bytes", len(out))
			}
			r, err := apdu.ParseResponse(out)
			if err != nil || r.SW>>8 == 0x61 {
				return
			}
			plain, err := reader.Unwrap(r)
			if err != nil {
				return // other keys by now, or none
			}
			if len(plain.Data) > 0 && bytes.Contains(files[DG(3)], plain.Data) && len(plain.Data) > 8 {
				t.Fatal("fingerprints")
			}
		}
	})
}
