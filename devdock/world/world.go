// Package world is the simulated surroundings of one kiosk: the citizens with
// their cards and codes, the printer with its paper, lamps, door and heat, the
// network and the portal. A page (package web) or a test steers it; the kiosk
// meets it through its real drivers only: a smart-card daemon, a serial line, a
// printer's TCP port, the calls and files of a simulated kernel, HTTPS.
package world

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"tram06/devdock/faultproxy"
	"tram06/devdock/people"
	"tram06/devdock/portal"
	"tram06/devdock/web"
	"tram06/firmware/config"
	"tram06/firmware/emrtd/chipsim"
	"tram06/hal/escpos/sim"
	"tram06/hal/vpcd"
)

// Options of a world.
type Options struct {
	Reader string // address of the virtual reader, for vpcd
	// Line is a name for the scanner's line that stays the same when it is
	// unplugged and plugged in again; "" for a line that stays.
	Line  string
	Proxy *faultproxy.Proxy // between kiosk and gateway
	// Portal behind the gateway; nil if there is none.
	Portal *portal.Portal
	// Files is a folder for the kernel's files of the simulated board.
	Files string
	// PaperSpeed in millimetres a second; 0 prints in no time.
	PaperSpeed int
	Rand       io.Reader
	// Trust is the kiosk's folder of authorities that sign cards; "" if it has
	// none.
	Trust string
	// Air is the bit rate in kbit/s at which cards answer, as real ones do; 0
	// for at once.
	Air   int
	Links []web.Link
	Log   func(format string, args ...any)
	// Unplug and Plug pull the card reader's cable and plug it in; nil where
	// that cannot be done.
	Unplug func()
	Plug   func() error
}

// Powered is a program that can be cut off from power.
type Powered struct {
	ID, Text string
	Cut      func() error
}

// World is what stands around one kiosk. Its methods are safe for concurrent
// use.
type World struct {
	o      Options
	out    outlet
	board  *board
	hands  *hands
	timers *timers
	files  files
	hand   sync.Mutex // one card is moved, or one cable pulled, at a time

	signing   sync.Mutex // one at a time signs, or publishes who does
	authority *chipsim.Authority
	cards     []web.Card // in the tray, beside everybody's own

	mu       sync.Mutex
	line     *os.File // the scanner's end of the serial line, nil while unplugged
	tty      *os.File // the kiosk's end, held open so that it never hangs up
	slot     *vpcd.Slot
	laid     string
	reader   string // what became of the card, in words
	pulled   bool   // the reader's cable
	issuer   string // known to the kiosk, or not
	health   web.Health
	powered  []Powered
	celsius  float64
	light    float64 // see files.light
	timed    timed
	said     []web.Said
	heard    int
	screen   screen
	watchers map[chan struct{}]struct{}
}

// New opens the scanner's line and starts the printer; both end with ctx.
func New(ctx context.Context, o Options) (*World, error) {
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	a, err := people.NewAuthority(o.Rand)
	if err != nil {
		return nil, fmt.Errorf("authority of the simulated cards: %w", err)
	}
	w := &World{o: o, authority: a, cards: cards(), issuer: issuerUnknown, watchers: map[chan struct{}]struct{}{}, celsius: usual}
	if w.files, err = newFiles(o.Files); err != nil {
		return nil, err
	}
	if o.Trust != "" {
		if err := w.Issuer(issuerKnown); err != nil {
			return nil, fmt.Errorf("folder of trusted authorities: %w", err)
		}
	}
	if err := w.PlugScanner(); err != nil {
		return nil, err
	}
	w.out = outlet{ctx: ctx, printer: sim.New(sim.Options{
		Speed: o.PaperSpeed, Rows: fullRoll, OnPage: w.paper,
		OnError: func(err error) { o.Log("simulated printer: %v", err) },
	})}
	if w.hands, err = newHands(ctx, o.Files, o.Log); err != nil {
		return nil, errors.Join(err, w.UnplugScanner())
	}
	if err := w.plugPrinter(ctx); err != nil {
		return nil, errors.Join(err, w.UnplugScanner())
	}
	if w.timers, err = newTimers(ctx, w.changed, o.Log); err != nil {
		return nil, errors.Join(err, w.UnplugScanner())
	}
	wires, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, w.UnplugScanner())
	}
	w.board = newBoard(wires, w.changed, func(text string) { w.hear("", text) }, o.Log)
	if o.Portal != nil {
		o.Portal.OnChange(w.changed)
	}
	go w.board.turning(ctx.Done())
	go w.look(ctx)
	context.AfterFunc(ctx, func() {
		if err := w.UnplugScanner(); err != nil {
			o.Log("simulated scanner: %v", err)
		}
		w.Lift()
		_ = wires.Close() // which ends the board
	})
	return w, nil
}

// Devices gives the URIs under which a kiosk finds this world's devices.
func (w *World) Devices() (scanner, printer string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := w.o.Line
	if line == "" {
		line = w.tty.Name()
	}
	return "serial://" + line + "?baud=115200", "escpos+tcp://" + w.out.addr + "?width=576"
}

// Fittings gives those of what a terminal has beside, by their names in a board
// file.
func (w *World) Fittings() []config.Fitted {
	return slices.Concat(w.hands.fittings(), w.board.fittings(w.o.Files), w.timers.fittings())
}

// Watch tells of every change.
func (w *World) Watch() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	w.watchers[c] = struct{}{}
	w.mu.Unlock()
	return c, func() {
		w.mu.Lock()
		delete(w.watchers, c)
		w.mu.Unlock()
	}
}

// changed wakes the watchers; one that has not looked yet needs no second call.
func (w *World) changed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Scan holds a code before the scanner: a citizen's, another known one, or any
// text.
func (w *World) Scan(id, text string) error {
	switch c, ok := people.ByKey(id); {
	case ok:
		text = c.QR()
	case id == paymentCode:
		text = people.PaymentQR()
	case id == garbageCode:
		return w.Send(people.GarbageScan())
	case id != "":
		return fmt.Errorf("code %q: %w", id, web.ErrNone)
	}
	return w.Send([]byte(text + "\r"))
}

// Send puts raw bytes on the scanner's line.
func (w *World) Send(b []byte) error {
	w.mu.Lock()
	line := w.line
	w.mu.Unlock()
	if line == nil {
		return errUnplugged
	}
	if err := line.SetWriteDeadline(time.Now().Add(2 * time.Second)); err != nil {
		_, err := line.Write(b)
		return err
	}
	if _, err := line.Write(b); err != nil {
		return fmt.Errorf("scanner line: %w (does the kiosk read it?)", err)
	}
	return nil
}

// maxSaid is how much of what was heard is kept.
const maxSaid = 12

// hear notes what a voice spoke, or without a language what else was heard.
func (w *World) hear(lang, text string) {
	w.mu.Lock()
	w.heard++
	w.said = append(w.said, web.Said{N: w.heard, At: time.Now().Format("15:04:05"), Lang: lang, Text: text})
	if len(w.said) > maxSaid {
		w.said = slices.Delete(w.said, 0, 1)
	}
	w.mu.Unlock()
	w.changed()
}

// Network changes how the way to the gateway behaves.
func (w *World) Network(mode string) error {
	if w.o.Proxy == nil || !slices.Contains(faultproxy.Modes(), faultproxy.Mode(mode)) {
		return fmt.Errorf("network %q: %w", mode, web.ErrNone)
	}
	if err := w.o.Proxy.Set(faultproxy.Mode(mode)); err != nil {
		return err
	}
	w.changed()
	return nil
}

// Portal changes how the portal behind the gateway behaves.
func (w *World) Portal(mode string) error {
	if w.o.Portal == nil {
		return fmt.Errorf("portal %q: %w", mode, web.ErrNone)
	}
	err := w.o.Portal.Set(portal.Mode(mode))
	if errors.Is(err, portal.ErrMode) {
		return fmt.Errorf("%w: %w", err, web.ErrNone)
	}
	return err
}
