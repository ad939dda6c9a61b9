package pcsc

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"sync"
	"testing"
	"time"

	"tram06/devdock/pcscd"
	"tram06/devdock/people"
	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/chipsim"
	"tram06/hal"
	"tram06/hal/vpcd"
)

// The worst moment for a reading to end is any: here it ends after each single
// command, by a card that is torn off, a reader that is gone, a daemon that is
// started anew. Each time it must end with the right error, and the same card
// must be read next.

// Readings in extended length are ended after every command always.
var every = flag.Bool("every", false, "end the longest readings after every command too, which takes minutes, not after a few")

// manner is one way in which a card is read.
type manner struct {
	name   string
	change func(*chipsim.Personality)
	access string
	long   bool // some eighty commands
}

var manners = []manner{
	{"PACE", func(*chipsim.Personality) {}, cccd.AccessPACEGM, false},
	{"BAC", func(p *chipsim.Personality) { p.CardAccess = nil }, cccd.AccessBAC, false},
	{"PACE in short commands", func(p *chipsim.Personality) { p.WithoutExtended = true }, cccd.AccessPACEGM, true},
	{"BAC in short commands", func(p *chipsim.Personality) { p.CardAccess, p.WithoutExtended = nil, true }, cccd.AccessBAC, true},
}

// positions gives the numbers of commands after which a reading of so many is
// ended.
func (m manner) positions(all int) []int {
	step := 1
	if m.long && !*every {
		step = all / 3
	}
	var at []int
	for n := 0; n < all; n += step {
		at = append(at, n)
	}
	return at
}

// TestTornOffAfterEveryCommand: both readers of the daemon are used at once,
// since most of the time goes by waiting for it to notice.
func TestTornOffAfterEveryCommand(t *testing.T) {
	empty(t)
	check := watch(t)
	for i := 0; i < len(manners); i += 2 {
		t.Run(fmt.Sprint("readers ", i/2), func(t *testing.T) {
			for slot, m := range manners[i : i+2] {
				t.Run(m.name, func(t *testing.T) {
					t.Parallel()
					tear(newPost(t, slot, m), m)
				})
			}
		})
	}
	check()
}

func tear(p *post, m manner) {
	p.must(p.dial())
	p.lay(p.chip)
	all := p.whole(m)
	for i, n := range m.positions(all) {
		c := p.activate()
		p.laid.RemoveAfter(n)
		got, err := p.read(c)
		p.ended(n, got, err, hal.ErrCardRemoved, hal.ErrGone)
		p.must(c.Release())
		if i%2 == 0 { // else it is laid back before the daemon noticed
			p.must(p.reader.WaitRemoval(p.Context()))
		}
		p.lay(p.chip)
		if again := p.whole(m); again != all {
			p.Fatalf("after %d commands: the next reading took %d commands, the first one %d", n, again, all)
		}
	}
	p.lift()
	p.hangUp()
}

// trap is a chip that can be told to do something instead of answering.
type trap struct {
	vpcd.Chip
	mu   sync.Mutex
	left int
	do   func()
}

// after sets the trap behind so many answers.
func (c *trap) after(n int, do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.do = n, do
}

func (c *trap) Transmit(cmd []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.do != nil {
		if c.left == 0 {
			c.do()
			c.do = nil
		}
		c.left--
	}
	return c.Chip.Transmit(cmd)
}

// TestReaderGoneAfterEveryCommand ends the daemon, readers and all, while the
// chip is thinking, and starts it some time later.
func TestReaderGoneAfterEveryCommand(t *testing.T) {
	check := watch(t)
	for _, m := range manners {
		t.Run(m.name, func(t *testing.T) {
			p := newPost(t, 0, m)
			chip := &trap{Chip: p.chip}
			p.must(p.dial())
			p.lay(chip)
			all := p.whole(m)
			for _, n := range m.positions(all) {
				c := p.activate()
				chip.after(n, daemon.Stop)
				got, err := p.read(c)
				p.ended(n, got, err, hal.ErrGone, hal.ErrCardRemoved)
				p.release(c)
				<-p.laid.Done()
				if err := p.reader.WaitRemoval(t.Context()); !errors.Is(err, hal.ErrGone) {
					t.Fatalf("after %d commands the watch on the reader ended with %v", n, err)
				}
				p.hangUp()
				if err := p.dial(); !errors.Is(err, hal.ErrGone) {
					t.Fatalf("after %d commands a reader that is gone is opened: %v", n, err)
				}
				p.begin()
				p.must(p.dial())
				p.lay(chip)
				p.whole(m)
			}
			p.lift()
			p.hangUp()
		})
	}
	check()
}

// begin starts a daemon where the last one was.
func (p *post) begin() {
	p.Helper()
	daemon.Stop()
	var err error
	if daemon, err = pcscd.Start(context.Background(), home); err != nil {
		p.Fatal(err)
	}
}

// interrupted is a card that does something between two commands.
type interrupted struct {
	hal.Card
	left int
	do   func()
}

func (c *interrupted) Transmit(ctx context.Context, cmd []byte) ([]byte, error) {
	if c.left == 0 {
		c.do()
	}
	c.left--
	return c.Card.Transmit(ctx, cmd)
}

// TestDaemonRestartedAfterEveryCommand has another daemon in the same place,
// with the same card, before the next command goes out. That command must not
// reach the chip, which knows nothing of the session any more.
func TestDaemonRestartedAfterEveryCommand(t *testing.T) {
	check := watch(t)
	for _, m := range manners {
		t.Run(m.name, func(t *testing.T) {
			p := newPost(t, 0, m)
			p.must(p.dial())
			p.lay(p.chip)
			all := p.whole(m)
			for _, n := range m.positions(all) {
				c := p.activate()
				got, err := p.read(&interrupted{Card: c, left: n, do: func() {
					p.begin()
					<-p.laid.Done()
					p.lay(p.chip)
				}})
				p.ended(n, got, err, hal.ErrGone, hal.ErrCardRemoved)
				p.release(c)
				if p.laid.APDUs() != 0 {
					t.Fatalf("after %d commands: the next one reached the chip through another daemon", n)
				}
				p.hangUp()
				p.must(p.dial())
				p.whole(m)
			}
			p.lift()
			p.hangUp()
		})
	}
	check()
}

// direct is a card without a reader between: for all the places that would take
// long to visit through a daemon.
type direct struct {
	chip *chipsim.Chip
	left int
	err  error // instead of the answer, behind so many of them; nil never
}

func (d *direct) Transmit(_ context.Context, cmd []byte) ([]byte, error) {
	if d.left == 0 && d.err != nil {
		return nil, d.err
	}
	d.left--
	return d.chip.Transmit(cmd), nil
}

// TestEveryCommandOfEveryManner ends every reading after every command, with
// everything that can be lost: also those of cards with other protocols and
// proofs than the usual one's.
func TestEveryCommandOfEveryManner(t *testing.T) {
	for _, m := range manners {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			everywhere(newPost(t, 0, m))
		})
	}
	for _, c := range people.Cards() {
		if c.Attack != nil || c.Profile.Name == "short-apdu" { // which is one of manners
			continue
		}
		t.Run(c.Key, func(t *testing.T) {
			t.Parallel()
			p := newPost(t, 0, manners[0])
			p.insert(c, func(*chipsim.Personality) {})
			everywhere(p)
		})
	}
}

func everywhere(p *post) {
	read := func(d *direct) (cccd.Result, error) {
		p.chip.Reset()
		return cccd.Read(p.Context(), d, p.access, cccd.Options{Rand: rand.Reader, Now: time.Now})
	}
	got, err := read(&direct{chip: p.chip})
	p.must(err)
	all := got.Report.APDUs
	for n := range all {
		want, not := hal.ErrCardRemoved, hal.ErrGone
		if n%2 == 1 {
			want, not = not, want
		}
		got, err := read(&direct{chip: p.chip, left: n, err: fmt.Errorf("lost: %w", want)})
		p.ended(n, got, err, want, not)
		got, err = read(&direct{chip: p.chip})
		if err != nil || got.Person.Name != p.who.Card.Name || got.Report.APDUs != all {
			p.Fatalf("the reading after %d commands: %v over %d commands, %v", n, got.Person, got.Report.APDUs, err)
		}
	}
}
