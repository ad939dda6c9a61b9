// Package focus is the kiosk for a person who does not see it: a keypad moves
// through the targets of the scene that is shown, and each is spoken. Nothing
// acts before it was heard: on a new page nothing has the focus, and the first
// press of OK only takes it to the way on and says so.
//
// Speech begins with the first key of a session, with how the keypad is used.
// Keys that nobody meant are dropped as package pointer drops taps: what acts
// does nothing in the first moment of a new page, nor twice in a row; a key
// that is held moves on, but never acts.
//
// It is a pure machine: time comes with the keys, what is to be spoken is given
// back. Its texts hold what the page holds, names included: they are for the
// ear, never for a log.
package focus

import (
	"fmt"
	"slices"
	"time"

	"tram06/hal"
	"tram06/ui/pointer"
	"tram06/ui/scene"
)

// The volume in percent: as loud as the site wants it at first, never so low
// that nobody would know that it speaks.
const (
	Quietest = 20
	Loudest  = 100
	Step     = 10
)

// pace is how fast a key that is held goes on: so that each target is at least
// begun to be spoken.
const pace = 200 * time.Millisecond

// Phrases are the words that no page has.
type Phrases struct {
	// Lang is the language of all of them.
	Lang string
	// Keys says how a keypad is used.
	Keys string
	// Chosen and Unavailable follow the label of a target.
	Chosen, Unavailable string
	// Volume says how loud it is, with a %d.
	Volume string
}

// Result is what a key led to.
type Result struct {
	// Action of the target that was activated, nil for none.
	Action any
	// Target is its id.
	Target string
	// Say is what is to be spoken, in this order.
	Say []scene.Utterance
	// Volume is the new volume in percent, 0 if it is as it was.
	Volume int
	// Redraw says that the focus moved.
	Redraw bool
	// There says that somebody is there: a key that is only held may be stuck.
	There bool
}

// Focus follows one keypad over one screen after another. It belongs to one
// goroutine. Make it with New.
type Focus struct {
	initial int // volume of a new session
	volume  int

	page   *scene.Scene
	words  Phrases
	shown  time.Time
	on     string            // id of the focused target
	acted  answer            // to the last action; no page came since
	awake  bool              // a key was pressed in this session
	told   bool              // how the keys work
	read   map[string]string // what was read of the pages of this session, see form
	last   hal.Button
	lastAt time.Time
	moved  time.Time // the focus or the volume
}

// answer is how far a press was answered.
type answer uint8

const (
	answered answer = iota
	silent          // its action was given out, and nothing said yet
	named           // the target was named
)

// New makes the focus of a terminal whose volume is at first so many percent.
func New(volume int) *Focus {
	volume = min(max(volume, Quietest), Loudest)
	return &Focus{initial: volume, volume: volume}
}

// Focused is the id of the target that has the focus, "" for none.
func (f *Focus) Focused() string { return f.on }

// Volume in percent.
func (f *Focus) Volume() int { return f.volume }

// Awake tells whether a keypad was used in this session.
func (f *Focus) Awake() bool { return f.awake }

// Reset ends a session: silence, and for the next one nothing of it is left.
// A volume that was changed is back in the result.
func (f *Focus) Reset() Result {
	var r Result
	if f.awake {
		r.Say = []scene.Utterance{{Lang: f.words.Lang, Interrupt: true}}
	}
	if f.volume != f.initial {
		r.Volume = f.initial
	}
	r.Redraw = f.on != ""
	*f = Focus{initial: f.initial, volume: f.initial, page: f.page, words: f.words, shown: f.shown}
	return r
}

// Touched tells of a finger on the glass: whoever points needs no ring. It
// reports whether there was one.
func (f *Focus) Touched() bool {
	had := f.on != ""
	f.on = ""
	return had
}

// Show tells that s is on the screen since at, and gives what is to be spoken
// of it. A scene of another name is a new page. Of a page that changed only
// the news is spoken.
func (f *Focus) Show(s *scene.Scene, w Phrases, at time.Time) []scene.Utterance {
	old, acted := f.page, f.acted
	f.page, f.words, f.acted = s, w, answered
	fresh := old == nil || old.Name != s.Name
	if fresh {
		f.shown, f.on = at, ""
	}
	on, ok := f.target(f.on)
	if !ok {
		f.on = ""
	}
	if !f.awake {
		return nil
	}
	var say []scene.Utterance
	switch {
	case fresh && f.told && f.read[s.Name] == form(s):
		say = f.one(sentences(s.Spoken)) // Repeat reads it again
	case fresh || acted != answered && !f.told:
		say = f.all()
	default:
		say = f.news(old)
		switch was := find(old, on.ID); {
		case !ok:
		case was.Label != on.Label || was.Chosen != on.Chosen || was.Disabled != on.Disabled:
			say = append(say, f.label(on)...) // what OK does now is another thing
		case len(say) == 0 && acted == silent:
			say = f.label(on) // so that no key is without an answer
		}
	}
	return f.speak(say, acted != named)
}

// Key follows one press on the page that shows.
func (f *Focus) Key(k hal.KeyPress) Result {
	if f.page == nil || k.Held && (!f.awake || k.At.Sub(f.moved) < pace) {
		return Result{}
	}
	f.moved = k.At
	f.awake = true
	r := Result{There: !k.Held}
	was := f.on
	switch b := k.Button; {
	case b == hal.ButtonUp || b == hal.ButtonLeft:
		f.move(&r, -1, k.Held)
	case b == hal.ButtonDown || b == hal.ButtonRight:
		f.move(&r, 1, k.Held)
	case b == hal.ButtonLouder:
		f.turn(&r, Step, k.Held)
	case b == hal.ButtonSofter:
		f.turn(&r, -Step, k.Held)
	case k.Held:
	case b == hal.ButtonRepeat:
		say := f.all()
		if t, ok := f.target(f.on); ok {
			say = append(say, f.label(t)...)
		}
		f.say(&r, say)
	case !f.meant(k):
	case b == hal.ButtonOK:
		f.choose(&r)
	case b == hal.ButtonBack:
		f.press(&r, f.page.Back)
	case b == hal.ButtonHelp:
		f.press(&r, "help")
	case b >= hal.ButtonDigit0 && b <= hal.ButtonDigit0+9:
		f.press(&r, fmt.Sprintf("digit.%d", b-hal.ButtonDigit0))
	}
	if !f.told && r.Action == nil && len(r.Say) == 0 {
		f.say(&r, f.all())
	}
	r.Redraw = f.on != was
	return r
}

// meant drops what acts by accident. Digits may follow each other as fast as
// they are typed: a key has a stroke that a finger feels.
func (f *Focus) meant(k hal.KeyPress) bool {
	if k.At.Sub(f.shown) < pointer.NewScreen {
		return false
	}
	if k.Button == f.last && k.Button < hal.ButtonDigit0 && k.At.Sub(f.lastAt) < pointer.Twice {
		return false
	}
	f.last, f.lastAt = k.Button, k.At
	return true
}

// move goes one target on. At the end it begins anew, unless the key is held.
func (f *Focus) move(r *Result, by int, held bool) {
	n := len(f.page.Targets)
	if n == 0 {
		return
	}
	at := f.index(f.on) + by
	switch {
	case f.on == "" && by < 0:
		at = n - 1
	case at < 0 || at >= n:
		if held {
			return
		}
		at = (at + n) % n
	}
	f.take(r, f.page.Targets[at])
}

// choose activates what has the focus; without one it only goes to the way on.
func (f *Focus) choose(r *Result) {
	if f.on != "" {
		f.press(r, f.on)
		return
	}
	if t, ok := f.target("primary"); ok {
		f.take(r, t)
		return
	}
	f.move(r, 1, false)
}

// press activates a target as the release of a finger does.
func (f *Focus) press(r *Result, id string) {
	t, ok := f.target(id)
	switch {
	case !ok:
		f.say(r, f.one(sentences(f.words.Unavailable)))
	case t.Disabled:
		f.say(r, f.label(t))
	default:
		r.Action, r.Target, f.acted = t.Action, t.ID, silent
		if id != f.on && f.told {
			f.acted = named
			f.say(r, f.label(t))
		}
	}
}

// take gives t the focus and says it; of a page that was not spoken yet, the
// page before it.
func (f *Focus) take(r *Result, t scene.Target) {
	f.on = t.ID
	var say []scene.Utterance
	if !f.told {
		say = f.all()
	}
	f.say(r, append(say, f.label(t)...))
}

func (f *Focus) turn(r *Result, by int, held bool) {
	v := min(max(f.volume+by, Quietest), Loudest)
	switch {
	case v != f.volume:
		f.volume, r.Volume = v, v
	case held:
		return
	}
	f.say(r, f.one(sentences(fmt.Sprintf(f.words.Volume, v))))
}

func (f *Focus) index(id string) int {
	return slices.IndexFunc(f.page.Targets, func(t scene.Target) bool { return t.ID == id })
}

func (f *Focus) target(id string) (scene.Target, bool) {
	t := find(f.page, id)
	return t, t.ID != ""
}

// find gives the target of that id, or none.
func find(s *scene.Scene, id string) scene.Target {
	for _, t := range s.Targets {
		if t.ID == id {
			return t
		}
	}
	return scene.Target{}
}
