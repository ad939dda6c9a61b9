package gateway

import (
	"testing"

	"tram06/firmware/dossier"
)

func FuzzContentDigest(f *testing.F) {
	f.Add(dossier.DigestOf(nil).Field())
	f.Add("sha-256=::")
	f.Add("sha-256=:AAAA:, sha-512=:AAAA:")
	f.Add("md5=:AAAA:")
	f.Fuzz(func(t *testing.T, field string) {
		if d, err := parseDigest(field); err == nil && d.Field() != field {
			t.Fatalf("took %q for %q", field, d.Field())
		}
	})
}
