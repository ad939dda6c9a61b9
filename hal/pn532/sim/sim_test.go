package sim

import (
	"bytes"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"time"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

const (
	wake    = "55 55 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
	sam     = "00 00 FF 03 FD D4 14 01 17 00"
	samDone = "00 00 FF 00 FF 00 00 00 FF 02 FE D5 15 16 00"
	name    = "00 00 FF 02 FE D4 02 2A 00"
	named   = "00 00 FF 00 FF 00 00 00 FF 06 FA D5 03 32 01 06 07 E8 00"
	refused = "00 00 FF 00 FF 00 00 00 FF 01 FF 7F 81 00"
)

// say writes to the chip and reads whatever it has to say at once.
func say(t *testing.T, l *Line, s string) []byte {
	t.Helper()
	if _, err := l.Write(unhex(s)); err != nil {
		t.Fatal(err)
	}
	if err := l.SetReadTimeout(0); err != nil {
		t.Fatal(err)
	}
	var all []byte
	for {
		b := make([]byte, 600)
		n, err := l.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return all
		}
		all = append(all, b[:n]...)
	}
}

// What is not exact is not forgiven.
func TestStrict(t *testing.T) {
	for words, k := range map[string]struct{ before, said, want string }{
		"asleep":                       {"", name, ""},
		"woken too briefly":            {"55 55 00 00", name, ""},
		"woken":                        {wake, name, named},
		"before SAMConfiguration":      {wake, "00 00 FF 03 FD D4 00 06 26 00", refused},
		"SAMConfiguration":             {wake, sam, samDone},
		"two at once":                  {wake, sam + name, named}, // a new command ends the one before
		"wrong checksum":               {wake + sam, "00 00 FF 02 FE D4 02 2B 00", ""},
		"wrong length":                 {wake + sam, "00 00 FF 02 FD D4 02 2A 00", ""},
		"an answer's identifier":       {wake + sam, "00 00 FF 02 FE D5 02 29 00", ""},
		"no postamble":                 {wake + sam, "00 00 FF 02 FE D4 02 2A 55", ""},
		"no command":                   {wake + sam, "00 00 FF 01 FF D4 2C 00", ""},
		"the long form":                {wake + sam, "00 00 FF FF FF 00 02 FE D4 02 2A 00", named},
		"too long":                     {wake + sam, "00 00 FF FF FF 01 0A F5 D4" + strings.Repeat("00", 270), ""},
		"unknown command":              {wake + sam, "00 00 FF 02 FE D4 FE 2E 00", refused},
		"too many parameters":          {wake + sam, "00 00 FF 03 FD D4 02 00 2A 00", refused},
		"three cards":                  {wake + sam, "00 00 FF 04 FC D4 4A 03 00 DF 00", refused},
		"type B without a family":      {wake + sam, "00 00 FF 04 FC D4 4A 01 03 DE 00", refused},
		"no card to exchange with":     {wake + sam, "00 00 FF 04 FC D4 40 01 00 EB 00", "00 00 FF 00 FF 00 00 00 FF 03 FD D5 41 27 C3 00"},
		"nothing to send again":        {wake, "00 00 FF FF 00 00", ""},
		"the last answer again":        {wake + sam, "00 00 FF FF 00 00", "00 00 FF 02 FE D5 15 16 00"},
		"looks for a card for ever":    {wake + sam, "00 00 FF 04 FC D4 4A 01 00 E1 00", "00 00 FF 00 FF 00"},
		"and is called off":            {wake + sam, "00 00 FF 04 FC D4 4A 01 00 E1 00 00 00 FF 00 FF 00", ""},
		"no card when told to give up": {wake + sam + "|00 00 FF 06 FA D4 32 05 02 01 02 F0 00", "00 00 FF 04 FC D4 4A 01 00 E1 00", "00 00 FF 00 FF 00 00 00 FF 03 FD D5 4B 00 E0 00"},
	} {
		l := New().Line()
		for part := range strings.SplitSeq(k.before, "|") { // each is answered before the next
			say(t, l, part)
		}
		if got := say(t, l, k.said); !bytes.Equal(got, unhex(k.want)) {
			t.Errorf("%s: % X, want %s", words, got, k.want)
		}
	}
}

// A card that was activated hears no request until the field was off.
func TestHalted(t *testing.T) {
	c := New()
	c.Lay(NewCard(func([]byte) []byte { return []byte{0x90, 0x00} }))
	l := c.Line()
	say(t, l, wake+sam)
	say(t, l, "00 00 FF 06 FA D4 32 05 02 01 02 F0 00")
	const list = "00 00 FF 04 FC D4 4A 01 00 E1 00"
	const none = "00 00 FF 00 FF 00 00 00 FF 03 FD D5 4B 00 E0 00"
	if got := say(t, l, list); len(got) < 30 {
		t.Fatalf("% X", got)
	}
	if got := say(t, l, list); !bytes.Equal(got, unhex(none)) {
		t.Fatalf("% X", got)
	}
	say(t, l, "00 00 FF 04 FC D4 32 01 00 F9 00")
	if got := say(t, l, list); len(got) < 30 {
		t.Fatalf("% X", got)
	}
}

func TestLineEnds(t *testing.T) {
	c := New()
	l := c.Line()
	if err := l.SetReadTimeout(time.Hour); err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() {
		_, err := l.Read(make([]byte, 10))
		result <- err
	}()
	c.Unplug()
	if err := <-result; err != io.ErrUnexpectedEOF {
		t.Fatal(err)
	}
	c.Plug()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Read(make([]byte, 10)); err == nil {
		t.Fatal("a closed line is read")
	}
	if err := l.Close(); err == nil {
		t.Fatal("a line is closed twice")
	}
}

func FuzzLine(f *testing.F) {
	f.Add(unhex(wake + sam + name))
	f.Add(unhex(wake + sam + "00 00 FF 06 FA D4 32 05 02 01 02 F0 00 00 00 FF 04 FC D4 4A 02 00 E0 00 00 00 FF 04 FC D4 40 01 00 EB 00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := New()
		c.Lay(NewCard(func(apdu []byte) []byte { return apdu }), &Card{UID: []byte{1, 2, 3, 4}, SAK: 0x08})
		l := c.Line()
		if _, err := l.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := l.SetReadTimeout(0); err != nil {
			t.Fatal(err)
		}
		if n, err := l.Read(make([]byte, 1000)); err != nil || n > 600 {
			t.Fatal(n, err)
		}
	})
}
