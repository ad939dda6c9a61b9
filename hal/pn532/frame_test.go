package pn532

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// answerFrame frames an answer as the chip does.
func answerFrame(data []byte) []byte {
	f := encode(data)
	at := bytes.IndexByte(f[5:], toChip) + 5
	if len(data) >= 0xFF {
		at = 8
	}
	f[at]++       // the chip's identifier
	f[len(f)-2]-- // and the checksum that follows
	return f
}

func TestEncode(t *testing.T) {
	for _, k := range []struct{ cmd, frame []byte }{
		{unhex("02"), unhex("00 00 FF 02 FE D4 02 2A 00")},
		{unhex("4A 01 00"), unhex("00 00 FF 04 FC D4 4A 01 00 E1 00")},
	} {
		if got := encode(k.cmd); !bytes.Equal(got, k.frame) {
			t.Errorf("% X: % X", k.cmd, got)
		}
	}
	// 254 bytes and the identifier are the last that fit the short form.
	if f := encode(make([]byte, 254)); !bytes.Equal(f[:6], unhex("00 00 FF FF 01 D4")) || len(f) != 262 {
		t.Errorf("% X of %d", f[:6], len(f))
	}
	if f := encode(make([]byte, 255)); !bytes.Equal(f[:9], unhex("00 00 FF FF FF 01 00 FF D4")) || len(f) != 266 {
		t.Errorf("% X of %d", f[:9], len(f))
	}
	if f := encode(make([]byte, 264)); !bytes.Equal(f[:9], unhex("00 00 FF FF FF 01 09 F6 D4")) || len(f) != maxFrame+around {
		t.Errorf("% X of %d", f[:9], len(f))
	}
}

func TestDecode(t *testing.T) {
	type outcome struct {
		kind kind
		data string
		used int
		err  error
	}
	for in, want := range map[string]outcome{
		"00 00 FF 00 FF 00":                   {ack, "", 5, nil},
		"00 00 FF FF 00 00":                   {nack, "", 5, nil},
		"00 00 FF 01 FF 7F 81 00":             {refusal, "", 7, nil},
		"00 00 FF 03 FD D5 41 00 EA 00":       {info, "4100", 9, nil},
		"55 00 00 00 FF 03 FD D5 41 00 EA 00": {info, "4100", 11, nil},
		"00 00 FF FF FF 00 03 FD D5 41 00 EA": {info, "4100", 12, nil}, // the long form of a short frame
		"":                                    {0, "", 0, errMore},
		"55 AA":                               {0, "", 2, errMore},
		"55 00":                               {0, "", 1, errMore},
		"00 FF":                               {0, "", 0, errMore},
		"00 00 FF 03":                         {0, "", 1, errMore},
		"00 00 FF 03 FD D5 41 00":             {0, "", 1, errMore},
		"00 00 FF FF FF 01":                   {0, "", 1, errMore},
		"00 00 FF 03 FC D5 41 00 EA 00":       {0, "", 3, errBad}, // length
		"00 00 FF 03 FD D5 41 00 EB 00":       {0, "", 3, errBad}, // checksum
		"00 00 FF 00 00 00":                   {0, "", 3, errBad}, // of no bytes
		"00 00 FF FF FF 00 00 00 00":          {0, "", 3, errBad},
		"00 00 FF FF FF 01 0A F5":             {0, "", 3, errBad}, // too long
		"00 00 FF FF FF 00 03 FC D5":          {0, "", 3, errBad},
		"00 00 FF 02 FE D4 02 2A 00":          {0, "", 8, errBad}, // a command
		"00 00 FF 01 FF D5 2B 00":             {0, "", 7, errBad}, // an answer to nothing
		"00 00 FF 02 FE 7F 81 00 00":          {0, "", 8, errBad},
	} {
		f, used, err := decode(unhex(in))
		if f.kind != want.kind || !bytes.Equal(f.data, unhex(want.data)) || used != want.used || !errors.Is(err, want.err) {
			t.Errorf("%s: kind %d, % X, %d used, %v", in, f.kind, f.data, used, err)
		}
	}
}

// Every length goes out and comes in whole, and no single flipped bit passes.
func TestEveryLength(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 3))
	for n := 1; n < maxFrame; n++ {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(rnd.Uint32())
		}
		b := answerFrame(data)
		f, used, err := decode(b)
		if err != nil || used != len(b)-1 || !bytes.Equal(f.data, data) {
			t.Fatalf("%d bytes: %d used, %v", n, used, err)
		}
		at := 3 + rnd.IntN(len(b)-4)
		b[at] ^= 1 << rnd.IntN(8)
		if f, _, err := decode(b); err == nil && f.kind == info {
			t.Fatalf("%d bytes: a flipped bit at %d passes", n, at)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		acknowledged, "00 00 FF FF 00 00", "00 00 FF 01 FF 7F 81 00", "00 00 FF 03 FD D5 41 00 EA 00",
		"00 00 FF FF FF 00 03 FD D5 41 00 EA", "00 00 FF FF FF 01 09 F6", "55 00 FF 00 FF 00 00 FF 03 FD D5 41 00 EA",
	} {
		f.Add(unhex(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for rest := b; ; {
			fr, used, err := decode(rest)
			if used < 0 || used > len(rest) {
				t.Fatalf("%d of %d bytes used", used, len(rest))
			}
			if errors.Is(err, errMore) {
				// What is kept must be the beginning of a frame, or a stream
				// of noise would be kept for ever.
				if kept := rest[used:]; len(kept) > 1 && !bytes.HasPrefix(kept, start) || len(kept) > maxFrame+around {
					t.Fatalf("keeps %d bytes", len(kept))
				}
				return
			}
			if used == 0 {
				t.Fatal("no progress")
			}
			if err == nil && fr.kind == info && (len(fr.data) == 0 || len(fr.data) >= maxFrame) {
				t.Fatalf("an answer of %d bytes", len(fr.data))
			}
			rest = rest[used:]
		}
	})
}
