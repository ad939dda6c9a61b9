package hal

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

type lamp struct{ closed bool }

func (*lamp) URI() string    { return "lamp:///" }
func (*lamp) Health() Health { return Health{} }
func (l *lamp) Close() error { l.closed = true; return nil }

func TestOpen(t *testing.T) {
	dark := errors.New("no current")
	l := &lamp{}
	reg := Registry{
		"lamp": func(context.Context, *url.URL) (Device, error) { return l, nil },
		"out":  func(context.Context, *url.URL) (Device, error) { return nil, dark },
	}
	d, err := Open[Device](t.Context(), reg, "lamp:///")
	if err != nil || d != l || l.closed {
		t.Fatalf("%v, %v, closed %t", d, err, l.closed)
	}
	if _, err := Open[Scanner](t.Context(), reg, "lamp:///"); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "is a *hal.lamp and no hal.Scanner") {
		t.Errorf("a lamp in the place of a scanner: %v", err)
	}
	if !l.closed {
		t.Error("the device that was of no use was left open")
	}
	for uri, want := range map[string]string{"out:///": "open out:///: no current", "none:///": `no driver for scheme "none"`, "": `no driver for scheme ""`, ":": "device URI"} {
		if _, err := Open[Device](t.Context(), reg, uri); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", uri, err, want)
		}
	}
}

func FuzzIdentityText(f *testing.F) {
	for said, want := range map[string]string{
		"":                          "",
		" ACS\tACR1252 \r\n":        "ACS ACR1252",
		"\x1b[31m\xffA\x00":         "[31m\ufffdA",
		strings.Repeat("ở", 100):    strings.Repeat("ở", MaxIdentity/3),
		strings.Repeat(" ", 100):    "",
		strings.Repeat("\xff", 100): strings.Repeat("\ufffd", MaxIdentity/3),
	} {
		if got := IdentityText(said); got != want {
			f.Errorf("%q: %q, want %q", said, got, want)
		}
		f.Add(said)
	}
	f.Fuzz(func(t *testing.T, said string) {
		got := IdentityText(said)
		if len(got) > MaxIdentity || strings.ContainsFunc(got, unicode.IsControl) || !utf8.ValidString(got) || got != strings.TrimSpace(got) {
			t.Fatalf("%q", got)
		}
	})
}
