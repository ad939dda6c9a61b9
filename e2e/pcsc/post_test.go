package pcsc

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"testing"
	"time"

	"tram06/devdock/people"
	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/chipsim"
	"tram06/hal"
	"tram06/hal/pcsc"
	"tram06/hal/vpcd"
)

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
