package scene

import (
	"log/slog"
	"strings"
)

// Utterance is something to be spoken now.
type Utterance struct {
	// Text may hold a name: it is for the ear of the person at the keypad and
	// never for a log. Without a text, Interrupt only silences.
	Text string
	Lang string // "vi"
	// Interrupt ends what is being spoken; else this comes after it.
	Interrupt bool
}

// String keeps what is spoken out of logs and of errors.
func (Utterance) String() string { return "utterance" }

// LogValue does the same for structured logs.
func (Utterance) LogValue() slog.Value { return slog.StringValue("utterance") }

// Prose gives what items say outside of targets, a string a paragraph, in the
// order in which it was drawn: the page for somebody who does not see it.
func Prose(items []Item, targets []Target) []string {
	var out []string
	var last *Item
	for i := range items {
		it := &items[i]
		if it.Kind != Text || pressable(it.Rect, targets) {
			continue
		}
		if last != nil && follows(last, it) {
			out[len(out)-1] += " " + it.Text
		} else {
			out = append(out, it.Text)
		}
		last = it
	}
	for i := range out {
		out[i] = strings.Join(strings.Fields(out[i]), " ")
	}
	return out
}

// follows tells whether b goes on with the paragraph that a belongs to: the
// next line, in the same hand.
func follows(a, b *Item) bool {
	return a.Size == b.Size && a.Weight == b.Weight && a.Ink == b.Ink &&
		b.Rect.Y == a.Rect.Y+a.Rect.H && b.Rect.X < a.Rect.X+a.Rect.W && a.Rect.X < b.Rect.X+b.Rect.W
}

func pressable(r Rect, targets []Target) bool {
	for i := range targets {
		if r.Overlaps(targets[i].Rect) {
			return true
		}
	}
	return false
}
