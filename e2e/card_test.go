package e2e

import (
	"bytes"
	"crypto/rand"
	"slices"
	"strings"
	"testing"

	"tram06/devdock/people"
	"tram06/devdock/stack"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/health"
)

// TestNoIDCard lays cards that are none, and then the right one.
func TestNoIDCard(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	k.toScan()
	k.scan("mau")
	k.on("identify-lay")
	for _, id := range []string{"bank-card", "transit-card"} {
		k.lay(id)
		s := k.on("identify-problem", title(health.NotIDCard, "vi"), string(health.NotIDCard))
		k.offers(s, "other", "cancel", "help")
		k.lift()
	}
	k.logged(health.NotIDCard)
	k.lay("mau")
	k.on("confirm", "NGUYỄN VĂN MẪU")
}

// TestWrongNumber opens a chip with what belongs to another card: its code,
// or digits that somebody typed.
func TestWrongNumber(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	k.touch("attract", "lang.en")
	k.on("attract", "Touch to begin")
	k.toScan()
	k.scan("vidu")
	k.on("identify-lay")
	k.lay("mau")
	s := k.on("identify-problem", title(health.AccessRefused, "en"), string(health.AccessRefused))
	k.offers(s, "other", "cancel", "help")
	k.logged(health.AccessRefused)

	// Nobody becomes anybody by a code alone once the chip said no.
	k.touch("identify-problem", "other")
	if s := k.on("other-ways"); slices.ContainsFunc(s.Targets, isQR) {
		t.Error("the code of another card is offered as a way on")
	}
	k.touch("other-ways", "type")
	k.touch("type-digits", "digit.1", "digit.1", "digit.1", "digit.1", "digit.1", "digit.1", "primary")
	k.lift()
	k.lay("mau")
	k.on("identify-problem", string(health.AccessRefused))

	k.touch("identify-problem", "other")
	k.touch("other-ways", "type")
	for _, d := range people.All()[0].CAN() {
		k.must(k.p.Tap(k.ctx, "digit."+string(d)))
	}
	k.touch("type-digits", "primary")
	k.lift()
	k.lay("mau")
	k.on("confirm", "NGUYỄN VĂN MẪU")
}

// TestCodeAndChipDiffer scans a code that opens the chip and names somebody
// else. The two are never merged.
func TestCodeAndChipDiffer(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	c := people.All()[0]
	k.toScan()
	k.must(k.World.Scan("", strings.Replace(c.QR(), "001090", "079090", 1)))
	k.on("identify-lay")
	k.lay(c.Key)
	s := k.on("identify-problem", title(health.CardDiffers, "vi"), string(health.CardDiffers))
	k.isNobody(s)
	k.offers(s, "other", "cancel", "help")
	k.logged(health.CardDiffers)
	k.touch("identify-problem", "other")
	if s := k.on("other-ways"); slices.ContainsFunc(s.Targets, isQR) {
		t.Error("a code that contradicts the chip is offered as a way on")
	}
}

// TestAlteredChip lays chips whose data no longer fit what was signed. Such a
// card leads to the counter; the code on it is no way around that.
func TestAlteredChip(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	c := people.All()[0]
	for _, x := range []struct {
		name string
		code health.Code
		do   func(chipsim.Files)
	}{
		{"DG13", health.DataChanged, func(f chipsim.Files) { f[chipsim.DG(13)] = otherResidence(t, f[chipsim.DG(13)]) }},
		{"DG2", health.DataChanged, func(f chipsim.Files) { dg := f[chipsim.DG(2)]; dg[len(dg)-10] ^= 1 }},
	} {
		chip, err := k.World.Sign(func(a *chipsim.Authority) (*chipsim.Chip, error) {
			p, f, err := c.Document(a, rand.Reader)
			if err != nil {
				return nil, err
			}
			f = f.Clone()
			x.do(f)
			return chipsim.New(p, f, rand.Reader)
		})
		k.must(err)

		k.toScan()
		k.scan(c.Key)
		k.on("identify-lay")
		k.must(k.World.LayChip(x.name, chip))
		s := k.on("identify-problem", title(x.code, "vi"), string(x.code))
		k.offers(s, "other", "cancel", "help")
		k.logged(x.code)
		k.touch("identify-problem", "other")
		if s := k.on("other-ways"); slices.ContainsFunc(s.Targets, isQR) {
			t.Errorf("%s: a chip that was altered can be passed by with its code", x.name)
		}
		k.touch("other-ways", "cancel")
		k.touch("cancel", "back")
		k.on("goodbye-card")
		k.lift()
		k.touch("goodbye", "primary")
	}
}

// otherResidence changes one letter of the residence and nothing of the form.
func otherResidence(t *testing.T, dg []byte) []byte {
	t.Helper()
	i := bytes.Index(dg, []byte("Xuyên"))
	if i < 0 {
		t.Fatal("DG13 has no residence to change")
	}
	dg[i] = 'T'
	return dg
}
