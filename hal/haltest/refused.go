package haltest

import (
	"strings"
	"testing"

	"tram06/hal"
)

// Refused looks that no URI of says opens, and that what is said about it holds
// its words.
func Refused(t *testing.T, r hal.Registry, says map[string]string) {
	t.Helper()
	for uri, want := range says {
		d, err := hal.Open[hal.Device](t.Context(), r, uri)
		if err == nil {
			t.Errorf("%s opens, want something with %q", uri, want)
			_ = d.Close() // what it is matters no more
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want something with %q", uri, err, want)
		}
	}
}
