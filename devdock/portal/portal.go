// Package portal is a simulator of the portal that stands behind a gateway: a
// ministry's or a province's system that takes dossiers. It says of itself that
// it is simulated, it is strict about what docs/portal-api.md demands, and it
// misbehaves when told to. It is for development and tests only; what it has
// taken is gone when it ends.
package portal

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Mode is how the portal behaves.
type Mode string

// The modes.
const (
	OK          Mode = "ok"
	Slow        Mode = "slow"        // takes its time, and takes the dossier even if nobody waits any more
	Error       Mode = "error"       // fails with 500 before it did anything
	Lost        Mode = "lost"        // takes the dossier and hangs up without an answer
	Maintenance Mode = "maintenance" // 503 with Retry-After and a page for people
	Refuse      Mode = "refuse"      // refuses each dossier for good
)

// Modes gives all of them in the order of a page.
func Modes() []Mode { return []Mode{OK, Slow, Error, Lost, Maintenance, Refuse} }

// ErrMode: there is no such mode.
var ErrMode = errors.New("unknown portal mode")

// How long a slow portal takes, and how long a maintenance asks to wait, unless
// the options say otherwise.
const (
	defaultDelay      = time.Minute
	defaultRetryAfter = 5 * time.Second
)

// Options of a portal.
type Options struct {
	Now        func() time.Time // time.Now if nil
	Delay      time.Duration    // in which a slow portal answers
	RetryAfter time.Duration    // of a maintenance, in whole seconds
}

// Dossier is one that was taken, without what is personal in it.
type Dossier struct {
	Key         string // the dossier's id
	Number      string // of this portal
	KioskNumber string
	Service     string
	At          time.Time
	Deliveries  int // 1 if all is well
}

// State is what the portal has seen so far.
type State struct {
	Mode       Mode
	Received   int       // dossiers taken, each counted once
	Duplicates int       // deliveries of what was there already
	Held       int       // requests that wait for their answer just now
	Asked      int       // questions whether a dossier is there
	Turned     int       // requests that were turned away
	Dossiers   []Dossier // in the order of arrival
}

// Moment is a point on the way of one dossier.
type Moment uint8

// The moments.
const (
	Arrived Moment = iota // the whole request is here, nothing is taken
	Taken                 // the dossier is taken, nobody was told
)

// Portal is one portal. Its methods are safe for concurrent use.
type Portal struct {
	o   Options
	srv *server // nil until Listen

	mu       sync.Mutex
	mode     Mode
	changed  chan struct{} // closed when the mode changes
	told     func()
	watch    func(Moment)
	taken    map[string]*entry
	order    []string
	underway map[string]bool // keys that are being taken
	counts   State
}

type entry struct {
	Dossier
	digest string
	body   []byte
}

// New makes a portal that behaves.
func New(o Options) *Portal {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Delay == 0 {
		o.Delay = defaultDelay
	}
	if o.RetryAfter == 0 {
		o.RetryAfter = defaultRetryAfter
	}
	return &Portal{o: o, mode: OK, changed: make(chan struct{}), taken: map[string]*entry{}, underway: map[string]bool{}}
}

// Handler serves the portal's interface. It must be served over TLS; Listen
// does.
func (p *Portal) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /dossiers", p.post)
	mux.HandleFunc("GET /dossiers/{key}", p.get)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		p.turn(w, problem{404, "not-found", "There is nothing at this address", 0})
	})
	return p.behave(mux)
}

// Mode tells how the portal behaves now.
func (p *Portal) Mode() Mode {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mode
}

// Set changes the behaviour. Requests that a slow portal holds are served at
// once.
func (p *Portal) Set(m Mode) error {
	if !slices.Contains(Modes(), m) {
		return fmt.Errorf("%w %q", ErrMode, m)
	}
	p.change(func() {
		p.mode = m
		close(p.changed)
		p.changed = make(chan struct{})
	})
	return nil
}

// State gives what happened so far.
func (p *Portal) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.counts
	s.Mode = p.mode
	s.Received = len(p.order)
	for _, key := range p.order {
		s.Dossiers = append(s.Dossiers, p.taken[key].Dossier)
	}
	return s
}

// Body gives a dossier as it was handed in.
func (p *Portal) Body(key string) ([]byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.taken[key]
	if !ok {
		return nil, false
	}
	return slices.Clone(e.body), true
}

// OnChange has f called after every change of the state. It must not block;
// nil ends it.
func (p *Portal) OnChange(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = f
}

// Watch has f called at each moment of each dossier, which waits meanwhile: a
// power cut can be put exactly there. nil ends it.
func (p *Portal) Watch(f func(Moment)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watch = f
}

func (p *Portal) at(m Moment) {
	p.mu.Lock()
	f := p.watch
	p.mu.Unlock()
	if f != nil {
		f(m)
	}
}

// change does something to the state and tells of it.
func (p *Portal) change(do func()) {
	p.mu.Lock()
	do()
	f := p.told
	p.mu.Unlock()
	if f != nil {
		f()
	}
}
