package e2e

import (
	"slices"
	"testing"

	"tram06/devdock/faultproxy"
	"tram06/devdock/stack"
	"tram06/firmware/health"
	"tram06/ui/text"
)

// TestNetwork submits while the way to the gateway or the gateway itself is
// broken. Screen and paper say that the dossier is kept; when all is well
// again it arrives, once, without a person.
func TestNetwork(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		mode faultproxy.Mode
		code []health.Code // which of them depends on where the line broke
	}{
		{faultproxy.Down, []health.Code{health.NetDown}},
		{faultproxy.Slow, []health.Code{health.NetSlow}},
		{faultproxy.Error500, []health.Code{health.GatewayError}},
		{faultproxy.AnswerLost, []health.Code{health.GatewayHalf}},
	} {
		t.Run(string(x.mode), func(t *testing.T) {
			t.Parallel()
			k := open(t, stack.Options{Site: "timeouts:\n  done: 5min\n  send_wait: 5s\n"})
			k.toReview("mau")
			k.must(k.World.Network(string(x.mode)))
			s := k.submit("kept")
			kept := text.In("vi")
			if !holds(s, kept.StateKept) || !slices.ContainsFunc(x.code, func(c health.Code) bool { return holds(s, string(c)) }) {
				t.Errorf("the page of a dossier that is kept says: %s", words(s))
			}
			k.offers(s, "primary", "another", "help")
			number := receiptNumber.FindString(words(s))
			papers := k.World.Papers()
			if len(papers) != 1 {
				t.Fatalf("%d papers", len(papers))
			}
			if claim := k.readReceipt(papers[0].PNG); claim["outcome"] != "kept" || claim["number"] != number {
				t.Errorf("the receipt says %v", claim)
			}
			if x.mode != faultproxy.Slow { // whose first attempt is still under way
				k.logged(x.code[0])
			}
			k.must(k.World.Network(string(faultproxy.OK)))
			k.on("done-accepted") // while the citizen still stands there
			k.once(number)
			if n := len(k.World.Papers()); n != 1 {
				t.Errorf("%d papers: the second came by itself", n)
			}
		})
	}
}

// TestGatewayDown keeps dossiers of several citizens while the gateway is not
// running, and delivers each once.
func TestGatewayDown(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{Site: "timeouts:\n  send_wait: 1s\n"})
	k.must(k.Gateway.Kill())
	var numbers []string
	k.toReview("mau")
	for i := range 3 {
		if i > 0 {
			k.touch("done-kept", "another")
			k.form()
		}
		k.now("a further number", func(s scene) bool { return s.Name == "review" })
		s := k.submit("kept")
		numbers = append(numbers, receiptNumber.FindString(words(s)))
	}
	k.leave()
	k.must(k.KioskP.Kill()) // and a power cut on top
	k.must(k.Gateway.Start())
	k.restart()
	k.once(numbers...)
}

// TestRefused is about a dossier that the gateway will not take.
func TestRefused(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{Site: longDone})
	k.must(k.World.Network(string(faultproxy.Refuse)))
	k.toReview("vidu")
	s := k.submit("rejected", text.In("vi").StateBad, string(health.Refused))
	k.offers(s, "primary", "another", "help")
	k.logged(health.Refused)
	papers := k.World.Papers()
	if len(papers) != 1 {
		t.Fatalf("%d papers", len(papers))
	}
	if claim := k.readReceipt(papers[0].PNG); claim["outcome"] != "rejected" {
		t.Errorf("the receipt says %v", claim)
	}
	k.once()
}
