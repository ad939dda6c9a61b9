package e2e

import (
	"crypto/rand"
	"slices"
	"testing"

	"tram06/devdock/people"
	"tram06/devdock/stack"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/health"
	"tram06/hal/vpcd"
	"tram06/ui/panel"
)

// enough is more commands than a reading in extended length takes.
const enough = 60

// TestTornOff takes the card away after each command of a reading, and lays it
// again. The code need not be scanned a second time.
func TestTornOff(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	k.toScan()
	for after := 0; ; after++ {
		if after > enough {
			t.Fatal("no reading comes to its end")
		}
		k.lay("hblong")
		k.must(k.World.Tear(after))
		k.scan("hblong")
		s := k.readOr(health.CardLifted)
		if s.Name == "confirm" { // it was over by then
			if n := k.World.APDUs(); after != n || n < 10 {
				t.Fatalf("read with %d commands, torn off after %d", n, after)
			}
			break
		}
		k.isNobody(s)
		k.offers(s, "other", "cancel", "help")
		k.lay("hblong")
		k.on("confirm", "H'BLŎNG MẪU NIÊ")
		k.anew()
	}
	k.logged(health.CardLifted)
}

// readOr waits until the reading ended well, or the page says this code.
func (k *post) readOr(code health.Code) panel.Scene {
	k.Helper()
	return k.now("confirm or "+string(code), func(s scene) bool {
		return s.Name == "confirm" || s.Name == "identify-problem" && holds(s, title(code, "vi"), string(code))
	})
}

// unread counts the readings that the reader's going ended.
func (k *post) unread() (n int) {
	k.Helper()
	for _, m := range k.log() {
		if m["msg"] == "card not read" && m["code"] == string(health.ReaderGone) {
			n++
		}
	}
	return n
}

// anew says "not me" and takes the card, so that the next reading begins with
// a scan.
func (k *post) anew() {
	k.Helper()
	k.touch("confirm", "back")
	k.on("identify-lay")
	k.lift()
	k.on("identify-scan")
}

// pulled is a chip that pulls the reader's cable instead of answering.
type pulled struct {
	vpcd.Chip
	left int
	pull func()
}

func (c *pulled) Transmit(cmd []byte) []byte {
	if c.left == 0 {
		c.pull()
	}
	c.left--
	return c.Chip.Transmit(cmd)
}

// TestReaderGoneWhileReading takes the reader, daemon and all, from under
// commands of a reading. After every other one it is back at once, as when its
// service is restarted. The session stays, and the next reading succeeds.
func TestReaderGoneWhileReading(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	pid := k.KioskP.Pid()
	c := people.All()[2]
	k.toScan()
	// A reader that is lost again and again is waited for longer,
	// so that not every place is visited here; package e2e/pcsc does.
	for after := 0; ; after += 3 {
		if after > enough {
			t.Fatal("no reading comes to its end")
		}
		chip, err := k.World.Sign(func(a *chipsim.Authority) (*chipsim.Chip, error) {
			p, f, err := c.Document(a, rand.Reader)
			if err != nil {
				return nil, err
			}
			return chipsim.New(p, f, rand.Reader)
		})
		k.must(err)
		back := make(chan error, 1)
		restart := after%2 == 1
		k.must(k.World.LayChip(c.Key, &pulled{Chip: chip, left: after, pull: func() {
			k.UnplugReader()
			if restart {
				back <- k.PlugReader()
			}
		}}))
		// A reader that is back at once leaves the page with the code after a
		// tenth of a second, too soon to be seen for sure; the log has it.
		lost := k.unread()
		k.scan(c.Key)
		s := k.now("confirm or "+string(health.ReaderGone), func(s scene) bool {
			return s.Name == "confirm" || s.Name == "identify-problem" && holds(s, title(health.ReaderGone, "vi"), string(health.ReaderGone)) ||
				restart && s.Name == "identify-lay" && k.unread() > lost
		})
		if s.Name == "confirm" {
			if after < 10 {
				t.Fatalf("a whole reading takes %d commands", after)
			}
			break
		}
		k.isNobody(s)
		if restart {
			k.must(<-back)
		} else {
			k.must(k.PlugReader())
		}
		k.on("identify-lay")
		k.lay(c.Key)
		k.on("confirm", c.Card.Name)
		k.anew()
	}
	k.logged(health.ReaderGone)
	if k.KioskP.Pid() != pid {
		t.Error("the kiosk was started again")
	}
	if slices.ContainsFunc(k.log(), func(m map[string]any) bool { return m["code"] == string(health.ChipError) }) {
		t.Error("a reader that was gone was taken for a chip that errs")
	}
}
