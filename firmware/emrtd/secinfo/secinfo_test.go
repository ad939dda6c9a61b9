package secinfo

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"testing"

	"tram06/firmware/emrtd/tlv"
)

// The card access file of many ID cards: terminal authentication 1, chip
// authentication, PACE.
const cardAccess = "3134300D060804007F0007020202020101300F060A04007F000702020302020201013012060A04007F0007020204020202010202010D"

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParse(t *testing.T) {
	infos, err := Parse(append(unhex(t, cardAccess), 0, 0)) // filled up
	if err != nil {
		t.Fatal(err)
	}
	if len(infos) != 3 {
		t.Fatalf("%d entries, want 3", len(infos))
	}
	terminalAuthentication := asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 2}
	for i, base := range []asn1.ObjectIdentifier{terminalAuthentication, ChipAuthentication, PACE} {
		if !infos[i].Below(base) {
			t.Errorf("entry %d is %v, want one below %v", i, infos[i].OID, base)
		}
	}
	if infos[0].Optional.Raw != nil {
		t.Error("an optional part that is not there")
	}
	if id, err := Number(infos[2].Optional); err != nil || id != 13 {
		t.Errorf("parameter %d, %v; want 13", id, err)
	}
	oid, err := OIDBytes(infos[2].OID)
	if err != nil || !bytes.Equal(oid, unhex(t, "04007F00070202040202")) {
		t.Errorf("identifier %X, %v", oid, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty":              "",
		"cut short":          cardAccess[:20],
		"a sequence":         "3000",
		"no identifier":      "310830060201010201" + "01",
		"one part":           "31063004060255" + "01",
		"four parts":         "310F300D060255010201010201010201" + "01",
		"no sequence inside": "3103020101",
	} {
		if infos, err := Parse(unhex(t, s)); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v, %v; want ErrFormat", name, infos, err)
		}
	}
}

func TestParseBoundsEntries(t *testing.T) {
	entry := unhex(t, "300D060804007F0007020202020101")
	set := func(n int) []byte { return tlv.Append(nil, 0x31, bytes.Repeat(entry, n)) }
	if infos, err := Parse(set(maxEntries)); err != nil || len(infos) != maxEntries {
		t.Errorf("%d entries, %v", len(infos), err)
	}
	if _, err := Parse(set(maxEntries + 1)); !errors.Is(err, ErrFormat) {
		t.Errorf("one more: %v", err)
	}
}

func TestNumberRefuses(t *testing.T) {
	infos, err := Parse(unhex(t, cardAccess))
	if err != nil {
		t.Fatal(err)
	}
	if v, err := Number(infos[0].Optional); !errors.Is(err, ErrFormat) {
		t.Errorf("nothing read as %d, %v", v, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(unhex(f, cardAccess))
	f.Add([]byte{0x31, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		infos, err := Parse(b)
		if err != nil {
			return
		}
		for _, i := range infos {
			if !bytes.Contains(b, i.Raw) {
				t.Fatal("an entry that is not in the file")
			}
			if _, err := OIDBytes(i.OID); err != nil {
				t.Fatalf("identifier %v read, not written: %v", i.OID, err)
			}
		}
	})
}
