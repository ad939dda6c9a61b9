package trust_test

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tram06/firmware/emrtd/pki/pkitest"
	"tram06/firmware/emrtd/trust"
)

// Authorities, links, lists and signers in any combination: the verdict is the
// one that the rules, told once more and more simply, give.
func TestAnyCountry(t *testing.T) {
	base := t.TempDir()
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		dir := filepath.Join(base, fmt.Sprint(run))
		if err := os.Mkdir(dir, 0o700); err != nil {
			rt.Fatal(err)
		}
		put := func(name string, b []byte) {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				rt.Fatal(err)
			}
		}
		flip := func(label string) bool { return rapid.Bool().Draw(rt, label) }

		// One to three keys of one country, each handed over to by the one
		// before; all of one name, or each of its own.
		n := rapid.IntRange(1, 3).Draw(rt, "keys")
		oneName := flip("one name")
		keys := make([]pkitest.Holder, n)
		trusted := make([]bool, n)
		for i := range keys {
			name := "CSCA"
			if !oneName {
				name = fmt.Sprint("CSCA ", i)
			}
			keys[i] = pkitest.Authority(rt, name)
			if flip("self-signed here") {
				trusted[i] = true
				put(fmt.Sprintf("%d.cer", i), keys[i].Raw())
			}
			if i > 0 && flip("link here") {
				put(fmt.Sprintf("link%d.cer", i), keys[i-1].Link(rt, keys[i]))
				trusted[i] = trusted[i] || trusted[i-1]
			}
		}
		by := rapid.IntRange(0, n-1).Draw(rt, "issuer")
		until := rapid.SampledFrom([]time.Time{date(2025, 1, 1), date(2034, 1, 1)}).Draw(rt, "signer until")
		signer := keys[by].Signer(rt, func(c *x509.Certificate) { c.NotAfter = until })
		lister := rapid.IntRange(0, n-1).Draw(rt, "lister")
		listed := flip("revoked")
		if listed {
			put("list.crl", keys[lister].CRL(rt, now.AddDate(0, 1, 0), signer.Cert))
		}
		at := rapid.SampledFrom([]time.Time{{}, date(2024, 6, 1), date(2025, 6, 1)}).Draw(rt, "signed")

		// A list counts if its signer is trusted and bears the issuer's name.
		counts := listed && trusted[lister] && (oneName || lister == by)
		late := at
		if at.IsZero() {
			late = now
		}
		want := trust.Trusted
		switch {
		case !trusted[by]:
			want = trust.Unknown
		case counts:
			want = trust.Revoked
		case late.After(until):
			want = trust.Expired
		}
		s, _, err := trust.Open(dir)
		if err != nil {
			rt.Fatal(err)
		}
		if v, err := s.Verify(signer.Raw(), nil, at, now); v != want {
			rt.Fatalf("%v, %v; want %v", v, err, want)
		}
		// With a bit of the signature changed, nobody trusts it.
		bad := append([]byte(nil), signer.Raw()...)
		bad[len(bad)-1-rapid.IntRange(0, 60).Draw(rt, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
		if v, err := s.Verify(bad, nil, at, now); v == trust.Trusted || err == nil {
			rt.Fatalf("changed, and %v, %v", v, err)
		}
	})
}
