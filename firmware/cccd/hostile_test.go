package cccd_test

import (
	"errors"
	"testing"

	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/chipsim"
)

// A chip that hands out its answers byte by byte is not listened to for ever.
func TestCrumbs(t *testing.T) {
	c := citizen(t, "mau")
	f := lay(t, c, func(p *chipsim.Personality, _ chipsim.Files) { p.Answer = 1 })
	got, err := cccd.Read(t.Context(), f, scan(t, c), options())
	if !errors.Is(err, cccd.ErrChip) || f.count != 10000 || got.Report.APDUs != f.count || got.Person.Name != "" {
		t.Errorf("%d commands: %v", f.count, err)
	}
}
