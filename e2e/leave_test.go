package e2e

import (
	"strings"
	"testing"

	"tram06/devdock/people"
	"tram06/devdock/stack"
	"tram06/ui/text"
)

// pages are the ways from the first page to each other one on which a citizen
// can stop, one step further at a time.
func (k *post) pages() []struct {
	name string
	go_  func()
} {
	return []struct {
		name string
		go_  func()
	}{
		{"consent", func() { k.touch("attract", "primary") }},
		{"identify-scan", func() { k.touch("consent", "agree") }},
		{"other-ways", func() { k.touch("identify-scan", "other") }},
		{"type-digits", func() { k.touch("other-ways", "type") }},
		{"identify-problem", func() {
			k.touch("type-digits", "back")
			k.touch("other-ways", "back")
			k.on("identify-scan")
			k.scan("payment")
		}},
		{"identify-lay", func() { k.on("identify-problem"); k.scan("mau") }},
		{"confirm", func() { k.on("identify-lay"); k.lay("mau") }},
		{"services", func() { k.touch("confirm", "primary") }},
		{"form-who", func() { k.touch("services", "service.residence_confirmation") }},
		{"form-request", func() { k.touch("form-who", "primary") }},
		{"form-result", func() { k.touch("form-request", "answer.permanent", "primary") }},
		{"form-phone", func() { k.touch("form-result", "answer.paper", "primary") }},
		{"review", func() { k.touch("form-phone", "primary") }},
	}
}

// isNobody fails the test if a page tells anything of a citizen.
func (k *post) isNobody(s scene) {
	k.Helper()
	all := words(s) + " " + s.Spoken
	for _, c := range people.All() {
		for _, secret := range []string{c.Card.Name, c.Card.Number, c.Card.Residence, c.CAN(), "Đồng Xuyên"} {
			if strings.Contains(all, secret) {
				k.Errorf("%s shows something of %s", s.Name, c.Key)
			}
		}
	}
}

// TestStopAnywhere stops on every page: it asks once, goes on if that was
// meant, and wipes. Every page changes its language, too.
func TestStopAnywhere(t *testing.T) {
	t.Parallel()
	vi, en := text.In("vi"), text.In("en")
	for half := range 2 {
		t.Run([]string{"early pages", "late pages"}[half], func(t *testing.T) {
			t.Parallel()
			k := open(t, stack.Options{})
			all := k.pages()
			for i, page := range all {
				for _, p := range all[:i+1] {
					p.go_()
				}
				s := k.on(page.name)
				if first := i < len(all)-4; first != (half == 0) {
					k.cancel()
					continue
				}
				// The other language and back, on the page itself.
				k.touch(page.name, "lang.en")
				s = k.now(page.name+" in English", func(n scene) bool { return n.Name == page.name && n.Spoken != s.Spoken })
				if !holds(s, en.Help) {
					t.Errorf("%s in English says: %s", page.name, words(s))
				}
				k.touch(page.name, "lang.vi")
				k.on(page.name, vi.Help)
				if page.name == "consent" { // nothing was read: it is declined, or left
					k.touch("consent", "decline")
					k.touch("declined", "primary")
					k.goodbye()
					continue
				}
				k.touch(page.name, "cancel")
				k.isNobody(k.on("cancel"))
				k.touch("cancel", "primary") // go on
				k.on(page.name)
				k.cancel()
			}
		})
	}
}

// cancel stops on the page that shows and waits for the first one.
func (k *post) cancel() {
	k.Helper()
	s, err := k.p.Scene(k.ctx)
	k.must(err)
	if s.Name == "consent" {
		k.touch("consent", "back")
		k.on("attract")
		return
	}
	k.touch(s.Name, "cancel")
	k.touch("cancel", "back")
	k.goodbye()
}

// goodbye sees that all is wiped, takes the card along, and goes to the first
// page.
func (k *post) goodbye() {
	k.Helper()
	s := k.now("the goodbye", func(s scene) bool { return strings.HasPrefix(s.Name, "goodbye") })
	k.isNobody(s)
	k.lift()
	k.touch("goodbye", "primary")
	k.isNobody(k.on("attract"))
}

// TestNobodyThere leaves the machine alone in the middle of a form: it asks
// with all that is personal hidden, goes on if somebody answers, and wipes if
// nobody does.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{Site: "timeouts:\n  idle: 20s\n  warn: 30s\n"})
	k.toConfirm("mau")
	s := k.on("idle", text.In("vi").IdleAfter)
	k.isNobody(s)
	k.offers(s, "primary", "back")
	k.touch("idle", "primary")
	k.on("confirm", "NGUYỄN VĂN MẪU") // nothing is lost
	k.touch("confirm", "primary")
	k.on("services")
	k.on("idle")
	s = k.on("goodbye-card", text.In("vi").ByeTimedOut)
	k.isNobody(s)
	k.lift()
	k.isNobody(k.on("goodbye"))
	k.isNobody(k.on("attract"))
}

// TestCardTakenBack takes the card in the middle: the kiosk asks, goes on
// without the card, and wipes if nobody answers.
func TestCardTakenBack(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{Site: "timeouts:\n  card_taken: 10s\n"})
	k.toConfirm("mau")
	k.touch("confirm", "primary")
	k.on("services")
	k.lift()
	s := k.on("lifted", text.In("vi").LiftedTitle)
	k.isNobody(s)
	k.offers(s, "primary", "back")
	k.touch("lifted", "primary")
	k.form()
	k.submit("accepted")
	k.touch("done-accepted", "primary")
	k.touch("goodbye", "primary")

	k.toConfirm("vidu")
	k.lift()
	k.on("lifted")
	k.lay("vidu") // who lays it back is there
	k.on("confirm", "TRẦN CÔNG VÍ DỤ")
	k.lift()
	k.on("lifted")
	k.isNobody(k.on("goodbye", text.In("vi").ByeTimedOut))
	k.isNobody(k.on("attract"))
}
