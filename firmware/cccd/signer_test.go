package cccd_test

import (
	"testing"
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/chipsim"
)

// A card outlives its signer. Where the signature has no time, the day of issue
// on the chip, which is signed, stands in for it.
func TestCardOutlivesItsSigner(t *testing.T) {
	i := newIssuer(t)
	c := citizen(t, "mau")
	later := time.Date(2045, 1, 2, 3, 4, 5, 0, time.UTC)
	if i.Covers(later) {
		t.Fatal("the signer is still valid")
	}
	p := chipsim.Personalities()[0]
	for _, untimed := range []bool{false, true} {
		signing := chipsim.Ordinary()
		signing.Untimed = untimed
		p.Signer = &signing
		o := options()
		o.Trust, o.Now = i.store, func() time.Time { return later }
		got, err := cccd.Read(t.Context(), i.issue(t, c, p, nil), scan(t, c), o)
		if err != nil || got.Report.Chain != cccd.Trusted {
			t.Errorf("untimed %v: %v, chain %q; %q", untimed, err, got.Report.Chain, got.Report.Reasons)
		}
	}
}
