package pn532

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestATS(t *testing.T) {
	for in, want := range map[string]struct {
		rates      byte
		wait       time.Duration
		historical string
	}{
		"01":                            {0, unit << 4, ""},               // nothing but its length
		"02 05":                         {0, unit << 4, ""},               // a frame size
		"05 78 80 70 02":                {0, unit << 7, ""},               // all interface bytes
		"05 78 77 94 02":                {3, unit << 9, ""},               // bit rates
		"03 18 13":                      {1, unit << 4, ""},               // 212 both ways, 424 one way
		"03 28 F1":                      {0, unit << 4, ""},               // a reserved waiting time
		"03 28 E1":                      {0, unit << 14, ""},              // the longest
		"06 28 81 4A 43 4F":             {0, unit << 8, "4A 43 4F"},       // no bit rates
		"0C 78 77 94 02 80 31 80 66 B0": {3, unit << 9, "80 31 80 66 B0"}, // and one short
		"07 08 41 42 43 44 45":          {0, unit << 4, "41 42 43 44 45"}, // historical bytes alone
		"03 48 03":                      {0, unit << 4, ""},               // numbers of cards
		"04 48 03 99":                   {0, unit << 4, "99"},             //
	} {
		b := unhex(in)
		b[0] = byte(len(b))
		a, err := parseATS(b)
		if err != nil || a.rates != want.rates || a.wait != want.wait || !bytes.Equal(a.historical, unhex(want.historical)) {
			t.Errorf("%s: %+v, %v", in, a, err)
		}
	}
	for _, in := range []string{"", "00", "02", "05 78 80 70", "02 78", "03 78 80", "04 78 80 70"} {
		if a, err := parseATS(unhex(in)); !errors.Is(err, errTarget) {
			t.Errorf("%q: %+v, %v", in, a, err)
		}
	}
}

// No wait goes beyond what the standard allows: 4949 ms.
func TestFrameWait(t *testing.T) {
	if got := frameWait(14).Round(time.Millisecond); got != 4949*time.Millisecond {
		t.Error(got)
	}
	if frameWait(15) != frameWait(4) {
		t.Error("the reserved value means the default")
	}
}

func TestATR(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "3B 80 80 01 01",
		"80 73 C8 21 10 00 90 00 31": "3B 89 80 01 80 73 C8 21 10 00 90 00 31 A3",
		// PC/SC has room for 15 historical bytes; more are left out.
		strings.Repeat("11 ", 20): "3B 8F 80 01 " + strings.Repeat("11 ", 15) + "1F",
	} {
		if got := atr(unhex(in)); !bytes.Equal(got, unhex(want)) {
			t.Errorf("%s: % X", in, got)
		}
	}
}

func TestParseTargets(t *testing.T) {
	const a, b = "01 00 04 20 04 08 11 22 33 05 78 77 94 02", "01 50 11 22 33 44 E1 F3 5E 11 77 81 A5 01 00"
	for _, k := range []struct {
		brty byte
		in   string
		iso4 []bool
	}{
		{typeA, "00", []bool{}},
		{typeA, "01" + a, []bool{true}},
		{typeA, "01 01 00 04 08 04 01 02 03 04", []bool{false}},
		{typeA, "01 01 00 44 00 07 01 02 03 04 05 06 07", []bool{false}},
		{typeA, "01 01 03 44 20 0A 01 02 03 04 05 06 07 08 09 0A 01", []bool{true}},
		{typeA, "02 01 00 04 08 04 01 02 03 04 02" + a[2:], []bool{false, true}},
		{typeA, "01 01 00 04 20 04 01 02 03 04", []bool{false}},    // gave no answer to select
		{typeA, "01 01 00 04 20 04 01 02 03 04 00", []bool{false}}, // nor this one
		{typeB, "00", []bool{}},
		{typeB, "01" + b, []bool{true}},
		{typeB, "01 01 50 11 22 33 44 E1 F3 5E 11 77 80 A5 01 00", []bool{false}}, // not of part 4
		{typeB, "01 01 50 11 22 33 44 E1 F3 5E 11 77 81 A5 00", []bool{false}},    // did not answer ATTRIB
		{typeB, "02" + b + "02" + b[2:], []bool{true, true}},
	} {
		got, err := parseTargets(k.brty, unhex(k.in))
		if err != nil || len(got) != len(k.iso4) {
			t.Errorf("%s: %+v, %v", k.in, got, err)
			continue
		}
		for i, iso4 := range k.iso4 {
			if got[i].iso4 != iso4 || iso4 != (len(got[i].atr) > 0) || iso4 != (got[i].wait > 0) {
				t.Errorf("%s: %+v", k.in, got[i])
			}
		}
	}
	for _, whole := range []struct {
		brty byte
		in   string
	}{{typeA, "01" + a}, {typeB, "01" + b}} {
		raw := unhex(whole.in)
		for n := range raw {
			if n == len(unhex("01 01 00 04 20 04 08 11 22 33")) && whole.brty == typeA {
				continue // a card that gave no answer to select
			}
			if got, err := parseTargets(whole.brty, raw[:n]); !errors.Is(err, errTarget) {
				t.Errorf("%d of %d bytes of type %d: %+v, %v", n, len(raw), whole.brty, got, err)
			}
		}
	}
	for _, in := range []string{"03", "01 00 00 04 20 04 08 11 22 33", "01 03 00 04 08 04 08 11 22 33", "01 01 00 04 20 05 08 11 22 33 44", "FF"} {
		if got, err := parseTargets(typeA, unhex(in)); !errors.Is(err, errTarget) {
			t.Errorf("%s: %+v, %v", in, got, err)
		}
	}
}

func FuzzTargets(f *testing.F) {
	f.Add(typeA, unhex("01 01 00 04 20 04 08 11 22 33 05 78 77 94 02"))
	f.Add(typeA, unhex("02 01 00 04 08 04 01 02 03 04 02 00 04 20 04 08 11 22 33 01"))
	f.Add(typeB, unhex("01 01 50 11 22 33 44 E1 F3 5E 11 77 81 A5 01 00"))
	f.Add(typeB, unhex("01 01 50 11 22 33 44 E1 F3 5E 11 77 81 A5 00"))
	f.Fuzz(func(t *testing.T, brty byte, b []byte) {
		found, err := parseTargets(brty, b)
		if err != nil {
			return
		}
		if len(found) > 2 {
			t.Fatalf("%d cards", len(found))
		}
		for _, k := range found {
			if k.iso4 && (len(k.atr) < 5 || len(k.atr) > 20 || k.wait <= 0 || k.wait > 5*time.Second || k.rates > 3) {
				t.Fatalf("%+v", k)
			}
		}
	})
}

func FuzzATS(f *testing.F) {
	for _, s := range []string{"01", "05 78 80 70 02", "0E 78 77 94 02 80 73 C8 21 10 00 90 00 31", "03 28 F1", "02 78"} {
		f.Add(unhex(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseATS(b)
		if err != nil {
			return
		}
		var check byte
		for _, v := range a.atr()[1:] {
			check ^= v
		}
		if check != 0 || len(a.historical) > len(b)-1 {
			t.Fatalf("%+v, ATR % X", a, a.atr())
		}
	})
}
