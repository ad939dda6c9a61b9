package e2e

import (
	"crypto/rand"
	"testing"

	"tram06/devdock/people"
	"tram06/devdock/stack"
	"tram06/firmware/emrtd/chipsim"
	"tram06/hal/vpcd"
	"tram06/ui/text"
)

// gated is a chip that thinks about one command until it is told to go on.
type gated struct {
	vpcd.Chip
	left    int
	reached chan struct{}
	goOn    chan struct{}
}

func (c *gated) Transmit(cmd []byte) []byte {
	if c.left == 0 {
		close(c.reached)
		<-c.goOn
	}
	c.left--
	return c.Chip.Transmit(cmd)
}

// TestNameBeforePhoto holds the chip back at the last command of a reading, the
// portrait: the citizen's name stands on the screen by then, nothing else of
// them does, and nobody is asked anything yet.
func TestNameBeforePhoto(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	c := people.All()[2]
	k.toConfirm(c.Key)
	all := k.World.APDUs()
	k.anew()

	chip, err := k.World.Sign(func(a *chipsim.Authority) (*chipsim.Chip, error) {
		card, _ := people.CardByKey(c.Key)
		return card.Chip(a, rand.Reader)
	})
	k.must(err)
	g := &gated{Chip: chip, left: all - 1, reached: make(chan struct{}), goOn: make(chan struct{})}
	k.scan(c.Key)
	k.on("identify-lay")
	k.must(k.World.LayChip(c.Key, g))
	select {
	case <-g.reached:
	case <-k.ctx.Done():
		close(g.goOn)
		t.Fatalf("a second reading takes fewer than %d commands", all)
	}
	w := text.In("vi")
	s := k.on("identify-reading", w.NameSoFar, c.Card.Name, w.HoldTitle)
	if holds(s, c.Card.Birth) || holds(s, c.Card.Number) {
		t.Error("more than the name is shown before it is proven")
	}
	if _, ok := s.Target("primary"); ok {
		t.Error("something is asked before the reading is over")
	}
	close(g.goOn)
	k.on("confirm", c.Card.Name, w.Genuine)
}
