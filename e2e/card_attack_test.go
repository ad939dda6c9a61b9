package e2e

import (
	"fmt"
	"slices"
	"testing"

	"tram06/devdock/people"
	"tram06/devdock/stack"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/health"
	"tram06/ui/text"
)

// verdict is what the kiosk must make of a card: a code with which it refuses
// it, or the words over the proofs of one that it takes.
type verdict struct {
	refused health.Code
	says    func(*text.Words) string
	logged  health.Code // all the same
}

func genuine(w *text.Words) string      { return w.Genuine }
func noCopy(w *text.Words) string       { return w.SignedChip }
func perhapsACopy(w *text.Words) string { return w.SignedIssuer }

// attacks are all that the simulated chip knows, by name.
var attacks = map[string]verdict{
	"changed-dg1":           {refused: health.DataChanged},
	"changed-dg2":           {refused: health.DataChanged},
	"changed-dg13":          {refused: health.DataChanged},
	"changed-dg14":          {refused: health.DataChanged},
	"other-sod":             {refused: health.DataChanged},
	"changed-sod":           {refused: health.SignatureBad},
	"forged-signer":         {refused: health.IssuerWrong},
	"expired-signer":        {refused: health.SignerExpired},
	"revoked-signer":        {refused: health.SignerRevoked},
	"clone-ca":              {refused: health.ChipCloned},
	"clone-aa":              {refused: health.ChipCloned},
	"clone-aa-ecdsa":        {refused: health.ChipCloned},
	"clone-cam":             {refused: health.ChipCloned},
	"clone-refuses":         {refused: health.ChipCloned},
	"clone-without-dg":      {refused: health.ChipCloned},
	"cam-key-of-another":    {refused: health.ChipCloned},
	"changed-card-security": {refused: health.ChipCloned},
	"downgrade-clone":       {refused: health.ChipCloned, logged: health.Downgraded},
	"replay":                {refused: health.ChipError},
	"wrong-counter":         {refused: health.ChipError},
	"wrong-mac":             {refused: health.ChipError},
	"unprotected":           {refused: health.ChipError},
	"garbage":               {refused: health.ChipError},
	"endless-answer":        {refused: health.ChipError},
	"endless-length":        {refused: health.ChipError},
	"shorter-dg2":           {refused: health.ChipError},
	"foreign-signer":        {says: noCopy},
	"downgrade-bac":         {says: genuine, logged: health.Downgraded},
	"weaker-pace":           {says: genuine, logged: health.Downgraded},
	"longer-dg2":            {says: genuine},
}

// TestAttacks lays every card that somebody made of another one. It ends with
// the right code and words, in both languages by turns; a card whose proof
// failed leads to the counter, and its code is no way around that.
func TestAttacks(t *testing.T) {
	t.Parallel()
	all := chipsim.Attacks()
	if len(all) != len(attacks) {
		t.Errorf("%d attacks are known, %d are tried", len(all), len(attacks))
	}
	const kiosks = 4
	for n := range kiosks {
		t.Run(fmt.Sprint("kiosk ", n), func(t *testing.T) {
			t.Parallel()
			k := open(t, stack.Options{})
			for i := n; i < len(all); i += kiosks {
				lang := text.Languages()[i/kiosks%2]
				k.touch("attract", "lang."+lang)
				k.attacked(all[i].Name, lang)
			}
		})
	}
}

func (k *post) attacked(name, lang string) {
	k.Helper()
	want, ok := attacks[name]
	if !ok {
		k.Errorf("nobody says what the kiosk should make of %s", name)
		return
	}
	before := k.lines(want.refused) + k.lines(want.logged)
	k.toScan()
	k.scan("mau")
	k.on("identify-lay")
	k.lay("mau-" + name)
	if want.refused == "" {
		c, _ := people.ByKey("mau")
		k.on("confirm", c.Card.Name, want.says(text.In(lang)))
	} else {
		x, _ := health.Lookup(want.refused)
		s := k.on("identify-problem", x.Title.In(lang), x.Text.In(lang), string(want.refused))
		k.isNobody(s)
		k.offers(s, "other", "cancel", "help")
		k.touch("identify-problem", "other")
		// A chip that only errs may be passed by, and the code says so.
		s = k.on("other-ways")
		if way := slices.ContainsFunc(s.Targets, isQR); way != (want.refused == health.ChipError) {
			k.Errorf("%s: going on with the code alone is offered: %v", name, way)
		}
	}
	wanted := len(slices.DeleteFunc([]health.Code{want.refused, want.logged}, func(c health.Code) bool { return c == "" }))
	k.await("the log to tell of "+name, func() bool { return k.lines(want.refused)+k.lines(want.logged) == before+wanted })
	s, err := k.p.Scene(k.ctx)
	k.must(err)
	k.touch(s.Name, "cancel")
	k.touch("cancel", "back")
	k.on("goodbye-card")
	k.lift()
	k.touch("goodbye", "primary")
}

// lines counts what the kiosk's log tells of a condition.
func (k *post) lines(c health.Code) (n int) {
	if c == "" {
		return 0
	}
	for _, m := range k.log() {
		if m["code"] == string(c) {
			n++
		}
	}
	return n
}

// TestEveryKindOfCard lays every honest card of the tray. All are
// genuine, except those that have no way to prove it.
func TestEveryKindOfCard(t *testing.T) {
	t.Parallel()
	honest := slices.DeleteFunc(people.Cards(), func(c people.Card) bool { return c.Attack != nil })
	const kiosks = 2
	for n := range kiosks {
		t.Run(fmt.Sprint("kiosk ", n), func(t *testing.T) {
			t.Parallel()
			k := open(t, stack.Options{})
			k.toScan()
			for i := n; i < len(honest); i += kiosks {
				k.honest(honest[i])
			}
		})
	}
}

func (k *post) honest(c people.Card) {
	k.Helper()
	says := genuine
	cam := func(v chipsim.PACE) bool { return v.Mapping == "cam" }
	if p := c.Profile; p.ActiveAuthentication == nil && len(p.ChipAuthentication) == 0 && !slices.ContainsFunc(p.Access.PACE, cam) {
		says = perhapsACopy
	}
	k.scan(c.Citizen.Key)
	k.on("identify-lay")
	k.lay(c.Key)
	k.on("confirm", c.Citizen.Card.Name, says(text.In("vi")))
	k.anew()
}
