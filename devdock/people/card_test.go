package people

import "testing"

func TestCards(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Cards() {
		if seen[c.Key] || c.VI == "" || c.EN == "" {
			t.Errorf("%s: taken, or a line is missing", c.Key)
		}
		seen[c.Key] = true
	}
	if len(seen) != len(All())+len(shown) {
		t.Errorf("%d cards of %d: a personality or attack does not exist", len(seen), len(All())+len(shown))
	}
	for _, key := range []string{"mau", "hblong", "vidu", "mau-clone", "mau-revoked", "vidu-pace-im", "hblong-sod-by-key"} {
		if _, ok := CardByKey(key); !ok {
			t.Errorf("no card %s", key)
		}
	}
	for _, key := range []string{"", "nobody", "mau-nothing", "mau-"} {
		if _, ok := CardByKey(key); ok {
			t.Errorf("a card %q", key)
		}
	}
}
