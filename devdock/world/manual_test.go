package world

import (
	"crypto/tls"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tram06/devdock/faultproxy"
	"tram06/devdock/portal"
	"tram06/devdock/web"
)

// Whoever steers the dock from a program has only the manual to know the ids
// of the page's buttons by.
func TestManualHasEveryButton(t *testing.T) {
	text, err := os.ReadFile("../../docs/devdock.md")
	if err != nil {
		t.Fatal(err)
	}
	p, err := faultproxy.Start("https://127.0.0.1:1", tls.Certificate{}, &tls.Config{MinVersion: tls.VersionTLS13})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	w := newWorld(t, Options{Proxy: p, Portal: portal.New(portal.Options{}), Trust: t.TempDir(), Unplug: func() {}, Plug: func() error { return nil }})
	v := w.View()
	for action, choices := range map[string][]web.Choice{
		"printer": v.Printer, "network": v.Network, "portal": v.Portal.Modes, "issuer": v.Issuer, "contact": v.Contacts, "cable": v.Cables, "clock": v.Clock,
	} {
		row := regexp.MustCompile("(?m)^\\| `" + action + "` \\|(.*)\\|$").FindSubmatch(text)
		if row == nil || len(choices) == 0 {
			t.Errorf("no row for %s, or no button (%d)", action, len(choices))
			continue
		}
		words := strings.FieldsFunc(string(row[1]), func(r rune) bool { return strings.ContainsRune(" ,:()`", r) })
		for _, c := range choices {
			if !slices.Contains(words, c.ID) {
				t.Errorf("the manual's %s does not tell of %s (%s)", action, c.ID, c.Text)
			}
		}
	}
}
