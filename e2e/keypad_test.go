package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"tram06/devdock/people"
	"tram06/devdock/stack"
	"tram06/firmware/person"
	"tram06/hal"
	"tram06/ui/panel"
	"tram06/ui/text"
)

// blind is a citizen who hears the kiosk and has its keypad, and nothing else.
type blind struct {
	*post
	last uint64 // utterance
	w    *text.Words
}

// hear waits until all the words were said, in this order.
func (b *blind) hear(words ...string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, oneWait)
	defer cancel()
	all, rest := "", "" // what was said, and of it what comes after the words found
	for _, w := range words {
		w = strings.Join(strings.Fields(w), " ")
		for !strings.Contains(rest, w) {
			u, err := b.p.NextUtterance(ctx, b.last)
			if err != nil {
				b.Fatalf("waiting to hear %q: %v\nheard: %s", w, err, all)
			}
			b.last = u.Seq
			all += u.Text + " | "
			rest += u.Text + " | "
		}
		_, rest, _ = strings.Cut(rest, w)
	}
}

// press presses a key, not faster than is meant.
func (b *blind) press(keys ...hal.Button) {
	b.Helper()
	for _, key := range keys {
		settle := time.NewTimer(panel.Settle)
		select {
		case <-settle.C:
		case <-b.ctx.Done():
			settle.Stop()
			b.Fatal(b.ctx.Err())
		}
		b.must(b.p.Press(key, false))
	}
}

// choose goes down until what is wanted is said, and presses OK.
func (b *blind) choose(label string) {
	b.Helper()
	for range 40 {
		b.must(b.p.Press(hal.ButtonDown, false))
		u, err := b.p.NextUtterance(b.ctx, b.last)
		b.must(err)
		b.last = u.Seq
		if strings.HasPrefix(u.Text, label) {
			b.press(hal.ButtonOK)
			return
		}
	}
	b.Fatalf("nothing is called %q", label)
}

// TestVisitByKeypad plays a visit of somebody who does not see the kiosk.
func TestVisitByKeypad(t *testing.T) {
	t.Parallel()
	c := people.All()[0]
	k := open(t, stack.Options{})
	b := &blind{post: k, w: text.In("vi")}
	w := b.w
	k.on("attract")
	b.press(hal.ButtonOK)
	b.hear(w.Keys, w.AttractHero, w.Begin)
	b.press(hal.ButtonOK)
	b.hear(w.ConsentTitle, w.ConsentNever)
	b.choose(w.ConsentYes)
	b.hear(w.ScanTitle, "Máy quét ở")
	k.scan(c.Key)
	b.hear(w.LayTitle, "Ô sáng đèn ở")
	k.lay(c.Key)
	b.hear(w.ConfirmTitle, c.Card.Name, c.Card.Birth)
	b.press(hal.ButtonOK)
	b.hear(w.ItsMe)
	b.press(hal.ButtonOK)
	b.hear(w.ServicesTitle)
	b.choose("Xác nhận thông tin về cư trú")
	b.hear(c.Card.Name)
	b.choose(w.Next)
	b.hear(w.Choose)
	b.choose("Nơi thường trú")
	b.hear(w.Chosen)
	b.choose(w.Next)
	b.hear(w.Choose)
	b.choose("Bản giấy")
	b.hear(w.Chosen)
	b.choose(w.Next)
	b.hear("Mười chữ số")
	for _, d := range phone {
		b.press(hal.ButtonDigit0 + hal.Button(d-'0'))
		b.hear(string(d))
	}
	b.choose(w.Next)
	b.hear(w.ReviewTitle, c.Card.Name, "0900 000 006", w.Confirms)
	b.press(hal.ButtonOK)
	b.hear(w.SubmitIt)
	b.press(hal.ButtonOK)
	b.hear(w.Accepted, w.ReceiptNumber)
	k.on("done-accepted", w.PrintedOK)
	b.choose(w.Finish)
	b.hear(w.ByeCardTitle)
	k.lift()
	b.hear(w.ByeTitle)
	b.choose(w.ByeStart)
	k.on("attract")
	for u := (panel.Utterance{Text: "x"}); u.Text != "" || !u.Interrupt; { // silence, as the last
		var err error
		u, err = k.p.NextUtterance(k.ctx, b.last)
		k.must(err)
		b.last = u.Seq
	}

	list := k.received()
	if len(list) != 1 {
		t.Fatalf("the gateway has %d dossiers", len(list))
	}
	k.dossierIsTheCard(list[0], c, "vi", person.ChipGenuine)
	// The next one has a finger, and nobody speaks.
	k.toScan()
	if u := k.p.Utterance(); u.Seq != b.last {
		t.Errorf("somebody with a finger is spoken to")
	}
}
