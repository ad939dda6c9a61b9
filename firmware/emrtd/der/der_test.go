package der_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"tram06/firmware/emrtd/der"
	"tram06/firmware/emrtd/tlv"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTimes(t *testing.T) {
	for _, x := range []struct {
		tag  tlv.Tag
		text string
		want time.Time
	}{
		{der.UTCTime, "260301102030Z", time.Date(2026, 3, 1, 10, 20, 30, 0, time.UTC)},
		{der.UTCTime, "2603011020Z", time.Date(2026, 3, 1, 10, 20, 0, 0, time.UTC)},
		{der.UTCTime, "491231235959Z", time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC)},
		{der.UTCTime, "500101000000Z", time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC)},
		{der.UTCTime, "680101000000Z", time.Date(1968, 1, 1, 0, 0, 0, 0, time.UTC)},
		{der.UTCTime, "990817011049Z", time.Date(1999, 8, 17, 1, 10, 49, 0, time.UTC)},
		{der.UTCTime, "260301102030+0700", time.Date(2026, 3, 1, 3, 20, 30, 0, time.UTC)},
		{der.General, "20500101000000Z", time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)},
		{der.General, "20260301102030.25Z", time.Date(2026, 3, 1, 10, 20, 30, 250e6, time.UTC)},
		{der.General, "202603011020Z", time.Date(2026, 3, 1, 10, 20, 0, 0, time.UTC)},
		{der.General, "99991231235959Z", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)},
	} {
		raw := tlv.Append(nil, x.tag, []byte(x.text))
		r := der.Read(raw)
		if got := r.Time(); !got.Equal(x.want) || r.End() != nil {
			t.Errorf("%s: %v, %v", x.text, got, r.End())
		}
	}
	for _, s := range []string{"", "260301102030", "261332102030Z", "260230102030Z", "yesterday", "260301102030Z "} {
		for _, tag := range []tlv.Tag{der.UTCTime, der.General, der.Octets} {
			if got, err := der.ParseTime(tlv.Node{Tag: tag, Value: []byte(s)}); !errors.Is(err, der.ErrSyntax) {
				t.Errorf("%v %q: %v", tag, s, got)
			}
		}
	}
}

func TestObjectIdentifiers(t *testing.T) {
	for _, x := range []asn1.ObjectIdentifier{{0, 4, 0, 127, 0, 7, 2, 2, 4}, {1, 2, 840, 113549, 1, 7, 2}, {2, 23, 136, 1, 1, 1}, {2, 999, 3}, {2, 5, 29, 14}, {1, 3, 6, 1, 4, 1, 1 << 30}} {
		raw, err := asn1.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		r := der.Read(raw)
		if got := r.OID(); got != x.String() || r.End() != nil {
			t.Errorf("%q, %v; want %v", got, r.End(), x)
		}
	}
	// An arc that no int holds on any machine is read, an endless one is not.
	r := der.Read(unhex(t, "06 0A 69 82A5FFFFFFFFFFFF7F"))
	if got := r.OID(); r.Err() != nil || !strings.HasPrefix(got, "2.25.") {
		t.Errorf("%q, %v", got, r.Err())
	}
	for _, s := range []string{"06 00", "06 01 80", "06 02 2A 80", "06 03 2A 80 01", "06 0C 2A FFFFFFFFFFFFFFFFFFFF 7F", "04 01 2A"} {
		r := der.Read(unhex(t, s))
		if got := r.OID(); r.Err() == nil {
			t.Errorf("%s: %q", s, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	for s, want := range map[string]int{"02 01 00": 0, "02 01 7F": 127, "02 02 00 FF": 255, "02 04 00 00 00 05": 5} {
		r := der.Read(unhex(t, s))
		if got := r.Small(255); got != want || r.End() != nil {
			t.Errorf("%s: %d, %v", s, got, r.End())
		}
	}
	for _, s := range []string{"02 00", "02 01 80", "02 02 01 00", "02 09 01 00 00 00 00 00 00 00 00", "04 01 01"} {
		r := der.Read(unhex(t, s))
		if r.Small(255); r.Err() == nil {
			t.Errorf("%s accepted", s)
		}
	}
	if n := der.Read(unhex(t, "02 02 FF 01")).Unsigned(); n.Int64() != 0xFF01 {
		t.Errorf("a number without its zero: %v", n)
	}
}

func TestReaderKeepsTheFirstError(t *testing.T) {
	r := der.Read(unhex(t, "02 01 05 04 01 06"))
	r.Next(der.Octets)
	first := r.Err()
	r.Next(der.Octets)
	r.Enter(der.Sequence).OID()
	r.Optional(der.Octets)
	if first == nil || r.Err() != first || r.More() || r.End() != first {
		t.Errorf("%v, %v", first, r.Err())
	}
	if r := der.Inside(unhex(t, "30 03 02 01 05 00"), der.Sequence); r.Err() == nil {
		t.Error("more than one object")
	}
	r = der.Inside(unhex(t, "30 06 02 01 05 02 01 06"), der.Sequence)
	r.Small(9)
	if r.End() == nil || r.Err() != nil || len(r.Rest()) != 3 {
		t.Errorf("%v, %v", r.End(), r.Err())
	}
	if r := der.Read(nil); r.Optional(der.Octets).Raw != nil || r.More() || r.End() != nil {
		t.Error("nothing is something")
	}
}

func TestDefinite(t *testing.T) {
	for name, x := range map[string][2]string{
		"empty":                   {"30 80 00 00", "30 00"},
		"nested":                  {"30 80 31 80 02 01 05 00 00 00 00", "30 05 31 03 02 01 05"},
		"definite around":         {"30 07 31 80 02 01 05 00 00", "30 05 31 03 02 01 05"},
		"octets in pieces":        {"24 80 04 01 AA 04 02 BB CC 00 00", "04 03 AA BB CC"},
		"pieces of known length":  {"24 07 04 01 AA 04 02 BB CC", "04 03 AA BB CC"},
		"pieces in pieces":        {"24 80 24 80 04 01 AA 00 00 04 01 BB 00 00", "04 02 AA BB"},
		"long tag":                {"7F 49 80 04 01 AA 00 00", "7F 49 03 04 01 AA"},
		"two in a row":            {"30 80 00 00 30 80 00 00", "30 00 30 00"},
		"length of two too many":  {"30 83 00 00 04 31 80 00 00", "30 02 31 00"},
		"an unusual one is kept":  {"30 80 30 81 03 02 01 05 00 00", "30 06 30 81 03 02 01 05"},
		"zeros in the content":    {"30 80 04 04 00 00 00 00 00 00", "30 06 04 04 00 00 00 00"},
		"private tags are passed": {"30 80 A0 80 80 01 AA 00 00 00 00", "30 05 A0 03 80 01 AA"},
	} {
		got, err := der.Definite(unhex(t, x[0]))
		if err != nil || !bytes.Equal(got, unhex(t, x[1])) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
	plain := unhex(t, "30 81 03 02 01 05")
	if got, err := der.Definite(plain); err != nil || &got[0] != &plain[0] {
		t.Errorf("copied without need: %x, %v", got, err)
	}
	for _, s := range []string{"30 80", "30 80 00", "30 80 02 01", "30 80 02 05 01 00 00", "02 80 00 00", "FF", "30 05 02"} {
		if got, err := der.Definite(unhex(t, s)); err == nil {
			t.Errorf("%s: %x", s, got)
		}
	}
	if _, err := der.Definite(bytes.Repeat([]byte{0x30, 0x80}, 1000)); !errors.Is(err, der.ErrSyntax) {
		t.Errorf("%v", err)
	}
}

// Whatever comes out is definite: a second pass finds nothing to do.
func FuzzDefinite(f *testing.F) {
	f.Add([]byte{0x30, 0x80, 0x24, 0x80, 4, 1, 0xAA, 0, 0, 0, 0})
	f.Add([]byte{0x30, 3, 2, 1, 5})
	f.Fuzz(func(t *testing.T, b []byte) {
		once, err := der.Definite(b)
		if err != nil {
			return
		}
		twice, err := der.Definite(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%x, then %x, %v", once, twice, err)
		}
	})
}

func FuzzReader(f *testing.F) {
	f.Add([]byte{0x30, 9, 6, 1, 0x2A, 2, 1, 5, 0x17, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := der.Inside(b, der.Sequence)
		for r.More() {
			before := len(r.Rest())
			r.OID()
			r.Small(9)
			r.Time()
			r.Optional(der.Octets)
			if r.Err() == nil && len(r.Rest()) >= before {
				t.Fatal("went nowhere")
			}
		}
	})
}
