// Package kiosk is the loop of the program on the board: events come in from
// devices, touches, the store and the network; session.Update decides; effects
// go out. It knows no pixel and no device file: the display, the drivers and
// the store are handed in.
//
// Everything that touches the session's state happens in Run, on the caller's
// goroutine, which must be the main thread where a display needs that. All
// else runs beside it and only posts events.
//
// Wiping a session means: the state is replaced by an empty one; the bytes of
// the portrait, of scans and of the receipt's raster are overwritten, and the
// display overwrites its copy of the portrait. Texts are Go strings, which
// cannot be overwritten; nothing refers to them any more. A kiosk that is ended
// shows its last page without a session; one that is killed cannot, and what
// stood on the panel stands there until the next start draws over it.
package kiosk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tram06/firmware/dossier"
	"tram06/firmware/health"
	"tram06/firmware/person"
	"tram06/firmware/session"
	"tram06/hal"
)

// Display is what the loop knows of the screen.
type Display interface {
	// Show makes the screen show s, and draws only if something changed.
	Show(s session.State) error
	// Touch turns one touch into what it means on the page that shows, if
	// anything; a true redraw asks for Show although the state is the same
	// (a button is pressed).
	Touch(t hal.Touch) (ev session.Event, redraw bool)
	// Key does the same for one press on the keypad.
	Key(p hal.KeyPress) (ev session.Event, redraw bool)
	// Poll gives the touches of a display that brings its own, such as a
	// window; PollEvery says how often it must be asked, zero for never.
	Poll() []hal.Touch
	PollEvery() time.Duration
	// Forget wipes what the display keeps of a past session.
	Forget(session uint64)
}

// Saved is what the store says of a dossier it made durable.
type Saved struct {
	ID     string
	Number string
	At     time.Time
}

// Store makes dossiers durable and delivers them.
type Store interface {
	// Create returns once the dossier is fsynced. Its delivery begins by itself.
	Create(ctx context.Context, d dossier.Draft) (Saved, error)
}

// CardKey is what opens a chip: the QR of the card, or the digits typed.
type CardKey = session.ReadCard

// ReadCard reads a chip. progress is told when a stage begins and how far the
// one under way has come; it does not block, and fills in the id. The error wraps
// what went wrong; Codes of this package gives it a code.
type ReadCard func(ctx context.Context, card hal.Card, key CardKey, progress func(session.CardProgress)) (person.Person, error)

// ParseScan turns what was scanned into an event. It must not keep the bytes,
// which are overwritten after it.
type ParseScan func(hal.Scan) session.Event

// Compose renders a receipt for a printer of that width.
type Compose func(slip session.Slip, dots int) (hal.Raster, error)

// Options is everything that a kiosk is made of.
type Options struct {
	Machine  *session.Machine
	Display  Display
	Store    Store
	ReadCard ReadCard
	Parse    ParseScan
	Compose  Compose
	Registry hal.Registry
	// URIs of the devices; an empty one means that this terminal has none.
	Reader, Scanner, Printer, Touch, Keypad string
	// Wake gives the channel that tells that a device may have been plugged in;
	// nil if nothing does.
	Wake  func(uri string) <-chan struct{}
	Clock func() time.Time
	Log   *slog.Logger
	// Observe is told of every finished session and every change of health,
	// for the fleet and the log. It must not block.
	Observe Observer
	// Follow is told of each step of a visit, for lamps and the like, and Touched
	// of each touch and key. They must not block, nor keep what is personal.
	Follow  func(before, after session.State)
	Touched func()
	// OutOfService says that the terminal cannot serve, and why: only the
	// display and the touch panel are used, to say so until Run's ctx ends.
	OutOfService health.Code
}

// Observer follows a kiosk from outside; nothing personal reaches it.
type Observer interface {
	Ended(session.Ended)
	// Device is told by the name that the device has in board.yaml.
	Device(name string, h hal.Health)
}

// Kiosk runs sessions. Make it with New.
type Kiosk struct {
	opt    Options
	events chan session.Event
	touch  chan hal.Touch
	keys   chan hal.KeyPress
	pings  chan chan<- struct{}

	reader  *reader
	scanner *scanner
	printer *printer

	state session.State
	done  context.Context
	saves sync.WaitGroup
}

// New makes a kiosk. Nothing is opened before Run.
func New(opt Options) *Kiosk {
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Follow == nil {
		opt.Follow = func(session.State, session.State) {}
	}
	if opt.Touched == nil {
		opt.Touched = func() {}
	}
	k := &Kiosk{
		opt: opt, events: make(chan session.Event, 64), touch: make(chan hal.Touch, 64),
		keys: make(chan hal.KeyPress, 16), pings: make(chan chan<- struct{}),
	}
	k.reader = newReader(k)
	k.scanner = &scanner{k: k}
	k.printer = newPrinter(k)
	return k
}

// post hands in an event from beside the loop. It must not end with the device
// that it came from: that a card was torn off is news after the reader is gone.
func (k *Kiosk) post(ev session.Event) { k.Post(k.done, ev) }

// Post hands in an event from outside the loop, such as the outcome of a
// delivery. It blocks while the loop is busy and gives up when ctx has ended.
func (k *Kiosk) Post(ctx context.Context, ev session.Event) {
	select {
	case k.events <- ev:
	case <-ctx.Done():
	}
}

// Touched hands in a touch from outside the loop (a remote panel). One that has
// room is taken even when ctx is over: a panel that went says last that its
// finger is gone, and a button would look pressed for ever.
func (k *Kiosk) Touched(ctx context.Context, t hal.Touch) {
	select {
	case k.touch <- t:
		return
	default:
	}
	select {
	case k.touch <- t:
	case <-ctx.Done():
	}
}

// Pressed hands in a press on a keypad from outside the loop (a remote panel).
func (k *Kiosk) Pressed(ctx context.Context, p hal.KeyPress) {
	select {
	case k.keys <- p:
	case <-ctx.Done():
	}
}

// Alive returns once the loop has come round and waits for events again: a
// display that hangs, or a state that is worked on for ever, keeps it waiting.
func (k *Kiosk) Alive(ctx context.Context) error {
	answer := make(chan struct{}, 1)
	select {
	case k.pings <- answer:
	case <-ctx.Done():
		return ctx.Err()
	}
	<-answer
	return nil
}

// Run plays sessions until ctx ends. It returns nil then, and an error if the
// display fails. When it returns, the store is not used any more, and what the
// display shows last is nobody's data.
func (k *Kiosk) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	k.done = ctx
	k.state = k.opt.Machine.Initial(k.opt.Clock())
	k.opt.Follow(k.state, k.state)
	if k.opt.OutOfService != "" {
		k.apply(session.Close{Code: k.opt.OutOfService})
	}
	wait := k.startDevices(ctx)
	defer wait()
	defer k.saves.Wait()
	defer cancel() // first: whoever has something to post learns that nobody takes it

	var poll <-chan time.Time
	if every := k.opt.Display.PollEvery(); every > 0 {
		t := time.NewTicker(every)
		defer t.Stop()
		poll = t.C
	}
	for {
		if err := k.opt.Display.Show(k.state); err != nil {
			return fmt.Errorf("draw the screen: %w", err)
		}
		if err := k.wait(ctx, poll); err != nil {
			return k.leave(err)
		}
	}
}

// leave wipes what is under way and takes it off the screen: on some displays
// the last picture stands long after the program has ended.
func (k *Kiosk) leave(why error) error {
	k.apply(session.Close{})
	if err := k.opt.Display.Show(k.state); err != nil {
		return fmt.Errorf("clear the screen: %w", err)
	}
	if errors.Is(why, context.Canceled) || errors.Is(why, context.DeadlineExceeded) {
		return nil
	}
	return why
}

// wait blocks until something happened that may have changed the screen, and
// takes in all that has come by then, so that a burst costs one redraw.
func (k *Kiosk) wait(ctx context.Context, poll <-chan time.Time) error {
	var timer <-chan time.Time
	if at := k.state.Wake(); !at.IsZero() {
		t := time.NewTimer(max(0, at.Sub(k.opt.Clock())))
		defer t.Stop()
		timer = t.C
	}
	for changed := false; !changed; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case ev := <-k.events:
			k.apply(ev)
			changed = true
		case t := <-k.touch:
			changed = k.touched(t)
		case p := <-k.keys:
			changed = k.pressed(p)
		case answer := <-k.pings:
			answer <- struct{}{}
		case <-timer:
			k.apply(session.Tick{})
			changed = true
		case <-poll:
			for _, t := range k.opt.Display.Poll() {
				changed = k.touched(t) || changed
			}
		}
	}
	for {
		select {
		case ev := <-k.events:
			k.apply(ev)
		default:
			return nil
		}
	}
}

func (k *Kiosk) touched(t hal.Touch) bool {
	k.opt.Touched()
	return k.mean(k.opt.Display.Touch(t))
}

func (k *Kiosk) pressed(p hal.KeyPress) bool {
	k.opt.Touched()
	return k.mean(k.opt.Display.Key(p))
}

// mean plays what a touch or a key means on the page that shows, and tells
// whether the page may look different now.
func (k *Kiosk) mean(ev session.Event, redraw bool) bool {
	if ev != nil {
		k.apply(ev)
		return true
	}
	return redraw
}

// apply plays one event and starts what it wants.
func (k *Kiosk) apply(ev session.Event) {
	var effects []session.Effect
	before, shown := k.state, k.state.Person.Portrait
	k.state, effects = k.opt.Machine.Update(k.state, k.opt.Clock(), ev)
	k.opt.Follow(before, k.state)
	shown.WipeUnless(k.state.Person.Portrait)
	if r, ok := ev.(session.CardRead); ok { // it may have come too late
		r.Person.Portrait.WipeUnless(k.state.Person.Portrait)
	}
	for _, e := range effects {
		k.perform(e)
	}
}

func (k *Kiosk) perform(e session.Effect) {
	switch e := e.(type) {
	case session.ReadCard:
		k.reader.read(e)
	case session.StopReading:
		k.reader.stop(e.ID)
	case session.ArmScanner:
		k.scanner.arm(e.On)
	case session.Save:
		k.saves.Go(func() { k.save(e) })
	case session.Print:
		k.printer.print(e)
	case session.Wipe: // also in mid-session, when the card was another's
		k.opt.Display.Forget(e.Session)
	case session.Ended:
		k.printer.forget(e.Session)
		k.opt.Log.Info("session ended", "session", e.Session, "outcome", e.Outcome.String(),
			"seconds", int(e.Ended.Sub(e.Began).Seconds()))
		if k.opt.Observe != nil {
			k.opt.Observe.Ended(e)
		}
	}
}

// save makes a dossier durable. Neither the end of the program nor a clock
// calls it off: between "kept" and "not kept" there is nothing that a citizen
// could be told.
func (k *Kiosk) save(e session.Save) {
	got, err := k.opt.Store.Create(context.WithoutCancel(k.done), e.Draft)
	if err != nil {
		k.opt.Log.Error("dossier not kept", "code", health.NotKept, "err", err)
		k.post(session.SaveFailed{ID: e.ID, Code: health.NotKept})
		return
	}
	k.opt.Log.Info("dossier kept", "dossier", got.ID, "number", got.Number)
	k.post(session.Saved{ID: e.ID, Dossier: got.ID, Number: got.Number, At: got.At})
}
