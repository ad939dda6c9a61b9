package pcsc

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"tram06/devdock/pcscd"
	"tram06/devdock/people"
	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/chipsim"
	"tram06/hal"
	"tram06/hal/pcsc"
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

// post is one reader with one card for it.
type post struct {
	testing.TB
	slot   int // 0 or 1
	who    people.Citizen
	access cccd.Access
	chip   *chipsim.Chip
	reader *pcsc.Reader
	laid   *vpcd.Slot
}

func newPost(t testing.TB, slot int, m manner) *post {
	t.Helper()
	p := &post{TB: t, slot: slot}
	card, ok := people.CardByKey("mau")
	if !ok {
		t.Fatal("no card to read")
	}
	p.insert(card, m.change)
	return p
}

// insert makes the chip of a card, and remembers whose it is.
func (p *post) insert(c people.Card, change func(*chipsim.Personality)) {
	p.Helper()
	p.who = c.Citizen
	q, err := cccd.ParseQR([]byte(p.who.QR()))
	p.must(err)
	p.access = cccd.Access{QR: &q}
	a, err := people.NewAuthority(rand.Reader)
	p.must(err)
	personality, files, err := c.Document(a, rand.Reader)
	p.must(err)
	change(&personality)
	p.chip, err = chipsim.New(personality, files, rand.Reader)
	p.must(err)
}

func (p *post) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *post) dial() error {
	u, err := url.Parse(fmt.Sprintf("pcsc:///?reader=00%%200%d", p.slot))
	if err != nil {
		return err
	}
	d, err := pcsc.Opener(time.Now)(p.Context(), u)
	if err != nil {
		return err
	}
	p.reader = d.(*pcsc.Reader)
	return nil
}

func (p *post) hangUp() {
	p.Helper()
	p.must(p.reader.Close())
	p.reader = nil
}

// lay lays the card, or another chip in its place.
func (p *post) lay(chip vpcd.Chip) {
	p.Helper()
	addr := daemon.Addr
	if p.slot == 1 {
		addr = daemon.Addr2
	}
	var err error
	p.laid, err = vpcd.Insert(p.Context(), addr, chip)
	p.must(err)
}

// lift takes the card and waits until the daemon knows.
func (p *post) lift() {
	p.Helper()
	p.must(p.laid.Remove())
	p.must(p.reader.WaitRemoval(p.Context()))
}

// activate waits for the card that was laid.
func (p *post) activate() hal.Card {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	c, err := p.reader.Wait(ctx)
	p.must(err)
	return c
}

func (p *post) read(c hal.Card) (cccd.Result, error) {
	return cccd.Read(p.Context(), c, p.access, cccd.Options{Rand: rand.Reader, Now: time.Now})
}

// whole reads the card from beginning to end, and gives the number of commands.
func (p *post) whole(m manner) int {
	p.Helper()
	c := p.activate()
	got, err := p.read(c)
	if err != nil {
		p.Fatalf("the reading after that: %v", err)
	}
	if got.Person.Name != p.who.Card.Name || got.Person.Portrait.Image == nil || got.Report.Access != m.access {
		p.Fatalf("read %v over %s, portrait %v", got.Person, got.Report.Access, got.Person.Portrait.Image != nil)
	}
	p.must(c.Release())
	return got.Report.APDUs
}

// release lets go of a card whose reader is gone, which may be said.
func (p *post) release(c hal.Card) {
	p.Helper()
	if err := c.Release(); err != nil && !errors.Is(err, hal.ErrGone) {
		p.Fatal(err)
	}
}

// ended looks at a reading that was ended after n commands.
func (p *post) ended(n int, got cccd.Result, err, want, not error) {
	p.Helper()
	if !errors.Is(err, want) || errors.Is(err, not) {
		p.Fatalf("after %d commands: %v, want %v", n, err, want)
	}
	if got.Person.Name != "" || got.Person.Number != "" || got.Person.Portrait.Data != nil || got.Report.APDUs != n {
		p.Fatalf("after %d commands: %v, %d commands counted", n, got.Person, got.Report.APDUs)
	}
}

// load is what a process holds: goroutines and descriptors.
func load(t testing.TB) (goroutines, descriptors int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return runtime.NumGoroutine(), len(fds)
}

// watch looks at the end of a test whether anything was left open. What is
// being closed gets a moment.
func watch(t testing.TB) (check func()) {
	t.Helper()
	g0, f0 := load(t)
	return func() {
		t.Helper()
		limit := time.After(20 * time.Second)
		for {
			g, f := load(t)
			if g <= g0 && f <= f0 {
				return
			}
			select {
			case <-limit:
				t.Fatalf("%d goroutines and %d descriptors before, %d and %d after", g0, f0, g, f)
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
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
