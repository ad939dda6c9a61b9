package session

import (
	"time"

	"tram06/firmware/health"
	"tram06/firmware/service"
)

// Timeouts of a session. None of them may be zero.
type Timeouts struct {
	Idle      time.Duration // without a touch, until "are you still there?"
	Warn      time.Duration // from then until all is wiped
	CardTaken time.Duration // the card was taken back: until all is wiped
	Done      time.Duration // how long the outcome stays
	SendWait  time.Duration // how long a citizen waits for the authority
	Goodbye   time.Duration
}

// DefaultTimeouts are those of a site that says nothing else.
func DefaultTimeouts() Timeouts {
	return Timeouts{
		Idle: 60 * time.Second, Warn: 30 * time.Second, CardTaken: 40 * time.Second,
		Done: 60 * time.Second, SendWait: 20 * time.Second, Goodbye: 8 * time.Second,
	}
}

// How long the outcome waits for a second attempt after a first failure, for
// a printer, and for a card that was forgotten.
const (
	secondTry = 4 * time.Second
	printWait = 20 * time.Second
	cardWait  = 30 * time.Second
)

// maxPrints bounds how often one receipt is printed at a citizen's wish.
const maxPrints = 3

// Config is what a session is played with. It never changes while it runs.
type Config struct {
	Languages []string // the first is the default
	TextSizes []TextSize
	Services  []service.Service // offered here and in force
	Timeouts  Timeouts
	// Due gives the day by which an authority must have answered; nil means
	// that no day is named.
	Due func(from time.Time, workingDays int) time.Time
}

// Machine plays sessions. It holds no state besides its configuration.
type Machine struct{ cfg Config }

// New makes a machine. Missing values get their defaults.
func New(cfg Config) *Machine {
	if len(cfg.Languages) == 0 {
		cfg.Languages = []string{"vi", "en"}
	}
	if len(cfg.TextSizes) == 0 {
		cfg.TextSizes = []TextSize{100, 150}
	}
	if cfg.Timeouts == (Timeouts{}) {
		cfg.Timeouts = DefaultTimeouts()
	}
	return &Machine{cfg: cfg}
}

// Initial is the state before the first citizen.
func (m *Machine) Initial(at time.Time) State {
	return State{Session: 1, Now: at, Lang: m.cfg.Languages[0], TextSize: m.cfg.TextSizes[0]}
}

// Service finds an offered service.
func (m *Machine) Service(id string) (service.Service, bool) {
	for _, s := range m.cfg.Services {
		if s.ID == id {
			return s, true
		}
	}
	return service.Service{}, false
}

// turn is one call of Update: the state as it becomes and what is wanted.
type turn struct {
	m       *Machine
	s       State
	effects []Effect
}

func (t *turn) want(e Effect) { t.effects = append(t.effects, e) }

func (t *turn) newID() ID {
	t.s.seq++
	return ID{Session: t.s.Session, Seq: t.s.seq}
}

// in gives the time d from now.
func (t *turn) in(d time.Duration) time.Time { return t.s.Now.Add(d) }

// Update gives the state after ev, and the effects it wants. It is pure.
func (m *Machine) Update(s State, at time.Time, ev Event) (State, []Effect) {
	t := &turn{m: m, s: s}
	if at.After(s.Now) {
		t.s.Now = at
	}
	if t.s.Phase == Closed {
		t.onClosed(ev)
		return t.s, nil
	}
	switch ev := ev.(type) {
	case Close:
		t.close(ev.Code)
	case Tick:
		t.tick()
	case DeviceChanged:
		t.device(ev)
	case CardPlaced:
		t.placed()
	case CardLifted:
		t.lifted()
	case Scanned:
		t.scanned(ev)
	case ScanRejected:
		t.scanRejected(ev)
	case CardProgress:
		t.cardProgress(ev)
	case CardRead:
		t.cardRead(ev)
	case CardFailed:
		t.cardFailed(ev)
	case Saved:
		t.saved(ev)
	case SaveFailed:
		t.saveFailed(ev)
	case Delivered, Delayed, Refused:
		t.delivery(ev)
	case Printed:
		if ev.ID == t.s.PrintID {
			t.printed(PrintDone, "")
		}
	case PrintFailed:
		if ev.ID == t.s.PrintID {
			t.printFailed(ev)
		}
	default:
		t.tap(ev)
	}
	return t.s, t.effects
}

// running tells whether a citizen's session is under way that an idle citizen
// should be asked about.
func (s *State) running() bool {
	switch s.Phase {
	case Attract, Declined, Submitting, Done, Goodbye, Closed:
		return false
	}
	return true
}

// stir notes that somebody is there.
func (t *turn) stir() {
	switch {
	case t.s.running():
		t.s.Idle = t.in(t.m.cfg.Timeouts.Idle)
	case t.s.Phase == Closed && t.changedPreferences(),
		t.s.Phase == Attract && (t.s.Sheet != NoSheet || t.changedPreferences()):
		// Somebody looked at the help or turned the colours and left: the
		// next one finds the machine as the site wants it.
		t.s.Idle = t.in(t.m.cfg.Timeouts.Idle)
	default:
		t.s.Idle = time.Time{}
	}
}

func (t *turn) changedPreferences() bool {
	return t.s.Lang != t.m.cfg.Languages[0] || t.s.Theme != Light || t.s.TextSize != t.m.cfg.TextSizes[0]
}

// goTo moves to a page.
func (t *turn) goTo(p Phase) {
	t.s.Phase = p
	t.s.Sheet = NoSheet
	t.s.Problem = ""
	t.s.Hint = NoHint
	t.s.Expire = time.Time{}
	t.stir()
}

// end wipes the session and says goodbye. What the next page must know is how
// it ended, the language it is said in, and whether a card still lies there.
func (t *turn) end(o Outcome) {
	old := t.s
	if old.Phase == Done {
		o = old.Outcome // however the citizen left: that is what came of it
	}
	if old.Stage != NotReading {
		t.want(StopReading{ID: old.Read})
	}
	t.want(ArmScanner{On: false})
	t.want(Wipe{Session: old.Session})
	if old.Phase != Attract && old.Phase != Goodbye {
		t.want(Ended{Session: old.Session, Outcome: o, Began: old.Began, Ended: old.Now})
	}
	t.s = State{
		Session: old.Session + 1, Now: old.Now, Phase: Goodbye, Outcome: o,
		Lang: old.Lang, Theme: old.Theme, TextSize: old.TextSize,
		Devices: old.Devices, CardThere: old.CardThere,
	}
	wait := t.m.cfg.Timeouts.Goodbye
	if old.CardThere {
		wait = max(wait, cardWait)
	}
	t.s.Expire = t.in(wait)
}

// close ends a session as far as it came: what is durable is delivered later,
// what is not was never said to be.
func (t *turn) close(code health.Code) {
	o := t.s.Outcome
	switch {
	case o != NoOutcome:
	case t.s.Dossier != "":
		o = Kept
	default:
		o = Cancelled
	}
	t.end(o)
	t.s.Phase, t.s.Outcome, t.s.Problem = Closed, NoOutcome, code
	t.s.Expire = time.Time{}
}

// onClosed lets people read why in their language and size, and follows the
// card that may still lie there; nothing else happens any more.
func (t *turn) onClosed(ev Event) {
	switch ev := ev.(type) {
	case CardPlaced:
		t.s.CardThere = true
	case CardLifted:
		t.s.CardThere = false
	case Tick:
		if due(t.s.Idle, t.s.Now) {
			fresh := t.m.Initial(t.s.Now)
			t.s.Lang, t.s.Theme, t.s.TextSize, t.s.Idle = fresh.Lang, fresh.Theme, fresh.TextSize, time.Time{}
		}
	default:
		if t.preference(ev) {
			t.stir()
		}
	}
}

// rest returns to the attract screen as the site wants it.
func (t *turn) rest() {
	fresh := t.m.Initial(t.s.Now)
	fresh.Session = t.s.Session
	fresh.Devices = t.s.Devices
	fresh.CardThere = t.s.CardThere
	t.s = fresh
}
