package kiosk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/health"
	"tram06/firmware/person"
	"tram06/firmware/session"
	"tram06/hal"
)

// toConfirm goes to "is this you?".
func (b *bench) toConfirm() {
	b.t.Helper()
	b.do(session.Start{}, session.Agree{})
	b.page(session.Identify)
	b.scan("card")
	b.lay()
	b.page(session.Confirm)
}

func (b *bench) toSubmitted() {
	b.t.Helper()
	b.toConfirm()
	b.do(session.ItsMe{}, session.ChooseService{ID: "s"}, session.Next{})
	b.page(session.Review)
	b.do(session.Submit{})
}

func TestWholeVisit(t *testing.T) {
	b := newBench(t)
	b.toSubmitted()
	s := b.until("the number", func(s session.State) bool { return s.Number != "" })
	b.do(session.Delivered{Dossier: s.Dossier, At: time.Now(), Number: "G-1"})
	j := <-b.prints
	if !strings.HasPrefix(j.id, s.Number+"#") {
		t.Errorf("print job %q for receipt %q", j.id, s.Number)
	}
	j.reply <- nil
	if s := b.page(session.Done); s.Print != session.PrintDone || s.Outcome != session.Accepted {
		t.Fatalf("print %v, outcome %v", s.Print, s.Outcome)
	}
	b.do(session.Finish{})
	b.page(session.Goodbye)
	b.lift()
	b.until("the card is gone", func(s session.State) bool { return !s.CardThere })
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.saved) != 1 || len(b.ended) != 1 || len(b.wiped) == 0 {
		t.Fatalf("%d dossiers, %d sessions ended, %d wiped", len(b.saved), len(b.ended), len(b.wiped))
	}
}

func TestCardErrorsBecomeCodes(t *testing.T) {
	for err, want := range map[error]health.Code{
		fmt.Errorf("x: %w", hal.ErrCardRemoved):                           health.CardLifted,
		errors.Join(cccd.ErrChip, hal.ErrCardRemoved):                     health.CardLifted,
		fmt.Errorf("x: %w", hal.ErrGone):                                  health.ReaderGone,
		fmt.Errorf("x: %w", cccd.ErrNotIDCard):                            health.NotIDCard,
		fmt.Errorf("x: %w", cccd.ErrAccess):                               health.AccessRefused,
		fmt.Errorf("x: %w", cccd.ErrHash):                                 health.DataChanged,
		fmt.Errorf("x: %w", cccd.ErrSignature):                            health.SignatureBad,
		fmt.Errorf("x: %w", cccd.ErrDiffers):                              health.CardDiffers,
		errors.New("whatever else"):                                       health.ChipError,
		fmt.Errorf("reading took too long: %w", context.DeadlineExceeded): health.ChipError,
	} {
		if got := CardCode(err); got != want {
			t.Errorf("%v gives %s, want %s", err, got, want)
		}
	}
}

func TestFailedReadingIsShownAndTriedAgain(t *testing.T) {
	b := newBench(t)
	b.mu.Lock()
	b.read = func(context.Context, hal.Card) (person.Person, error) { return person.Person{}, hal.ErrCardRemoved }
	b.mu.Unlock()
	b.do(session.Start{}, session.Agree{})
	b.page(session.Identify)
	b.scan("card")
	b.lay()
	b.until("lifted early", func(s session.State) bool { return s.Problem == health.CardLifted })
	b.lift()
	b.mu.Lock()
	b.read = func(context.Context, hal.Card) (person.Person, error) { return someone, nil }
	b.mu.Unlock()
	b.lay()
	b.page(session.Confirm)
}

// The name is on the screen while the rest is being read. News of bytes never
// keep the chip waiting for the screen.
func TestNameOnTheScreenBeforeTheReadingEnds(t *testing.T) {
	b := newBench(t)
	finish := make(chan struct{})
	b.mu.Lock()
	b.read = func(context.Context, hal.Card) (person.Person, error) {
		<-finish
		return someone, nil
	}
	b.mu.Unlock()
	b.do(session.Start{}, session.Agree{})
	b.page(session.Identify)
	b.scan("card")
	b.lay()
	b.until("reading", func(s session.State) bool { return s.Stage == session.Names })
	b.mu.Lock()
	progress := b.progress
	b.mu.Unlock()
	progress(session.CardProgress{Stage: session.Checking, SoFar: session.SoFar{Name: someone.Name}})
	s := b.until("the name", func(s session.State) bool { return s.SoFar.Name == someone.Name })
	if s.Phase != session.Identify || s.Person.Name != "" {
		t.Fatalf("page %v before anything is proven", s.Phase)
	}
	hold, held := make(chan struct{}), make(chan struct{})
	var once sync.Once
	b.mu.Lock()
	b.shown = func(session.State) { once.Do(func() { close(held); <-hold }) }
	b.mu.Unlock()
	progress(session.CardProgress{Stage: session.Photo, SoFar: session.SoFar{Name: someone.Name}})
	<-held // from here on the screen is busy
	for done := range 20000 {
		progress(session.CardProgress{Stage: session.Photo, SoFar: session.SoFar{Name: someone.Name, Done: done, Total: 20000}})
	}
	if n := len(b.k.events); n > steps+1 {
		t.Errorf("%d pieces of news for one photo", n)
	}
	close(hold)
	b.until("most of the photo", func(s session.State) bool { return s.SoFar.Done > 18000 && s.SoFar.Total == 20000 })
	close(finish)
	b.page(session.Confirm)
}

// A card laid back before the reader looked never left, as far as it knows.
func TestCardThatIsBackBeforeTheReaderNoticed(t *testing.T) {
	b := newBench(t)
	torn := make(chan struct{})
	b.mu.Lock()
	b.read = func(context.Context, hal.Card) (person.Person, error) {
		select {
		case <-torn:
			return someone, nil
		default:
			close(torn)
			return person.Person{}, hal.ErrCardRemoved
		}
	}
	b.mu.Unlock()
	b.do(session.Start{}, session.Agree{})
	b.page(session.Identify)
	b.scan("card")
	b.lay()
	b.until("lifted early", func(s session.State) bool { return s.Problem == health.CardLifted })
	b.lay() // and no word of a removal in between
	b.page(session.Confirm)
}

func TestReadingIsCalledOff(t *testing.T) {
	b := newBench(t)
	started, ended := make(chan struct{}), make(chan struct{})
	b.mu.Lock()
	b.read = func(ctx context.Context, _ hal.Card) (person.Person, error) {
		close(started)
		<-ctx.Done()
		close(ended)
		return person.Person{}, ctx.Err()
	}
	b.mu.Unlock()
	b.do(session.Start{}, session.Agree{})
	b.page(session.Identify)
	b.scan("card")
	b.lay()
	<-started
	b.do(session.OtherWay{})
	<-ended
	if s := b.page(session.OtherWays); s.Stage != session.NotReading || s.Problem != "" {
		t.Fatalf("stage %v, problem %q", s.Stage, s.Problem)
	}
}

func TestReaderPulledWhileACardIsRead(t *testing.T) {
	b := newBench(t)
	started := make(chan struct{})
	b.mu.Lock()
	b.read = func(ctx context.Context, _ hal.Card) (person.Person, error) {
		close(started)
		<-ctx.Done() // the supervisor ends the use of a device that says it is gone
		return person.Person{}, fmt.Errorf("transmit: %w", hal.ErrGone)
	}
	b.mu.Unlock()
	b.do(session.Start{}, session.Agree{})
	b.page(session.Identify)
	b.scan("card")
	b.lay()
	<-started
	b.unplug("reader") // WaitRemoval tells first, as a pulled cable does
	b.do(session.OtherWay{})
	b.page(session.OtherWays)
}

func TestStoreThatFailsSendsBackToTheReview(t *testing.T) {
	b := newBench(t)
	b.mu.Lock()
	b.fail = errors.New("disk full")
	b.mu.Unlock()
	b.toSubmitted()
	b.until("not kept", func(s session.State) bool { return s.Phase == session.Review && s.Problem == health.NotKept })
	b.mu.Lock()
	b.fail = nil
	b.mu.Unlock()
	b.do(session.Submit{})
	b.until("kept", func(s session.State) bool { return s.Number != "" })
}

func TestPrintErrors(t *testing.T) {
	cases := []struct {
		err   error
		state session.PrintState
		code  health.Code
	}{
		{hal.ErrNoPaper, session.PrintBroken, health.PaperOut},
		{hal.ErrCoverOpen, session.PrintBroken, health.CoverOpen},
		{hal.ErrFault, session.PrintBroken, health.PrinterFault},
		{hal.ErrHot, session.PrintBroken, health.PrinterHot},
		{hal.ErrAlreadyPrinted, session.PrintUnclear, health.PrintUnclear},
		{hal.ErrJobUnknown, session.PrintUnclear, health.PrintUnclear},
		{hal.ErrGone, session.PrintBroken, health.PrinterGone},
	}
	for _, c := range cases {
		t.Run(string(c.code), func(t *testing.T) {
			b := newBench(t)
			b.toSubmitted()
			s := b.until("the number", func(s session.State) bool { return s.Number != "" })
			b.do(session.Refused{Dossier: s.Dossier, Code: health.Refused})
			j := <-b.prints
			j.reply <- fmt.Errorf("printing: %w", c.err)
			if s := b.page(session.Done); s.Print != c.state || s.PrintCode != c.code {
				t.Fatalf("print %v %q", s.Print, s.PrintCode)
			}
		})
	}
}

func TestScansThatAreNoCard(t *testing.T) {
	b := newBench(t)
	b.do(session.Start{}, session.Agree{})
	b.page(session.Identify)
	b.scan("something else")
	b.until("not a card", func(s session.State) bool { return s.Problem == health.ScanNotCard })
	b.scan(strings.Repeat("x", 5000))
	b.until("garbage", func(s session.State) bool { return s.Problem == health.ScanGarbage })
	b.scan("card")
	b.until("scanned", func(s session.State) bool { return s.QR != nil && s.Problem == "" })
}

func TestDevicesComeBack(t *testing.T) {
	b := newBench(t)
	for scheme, d := range map[string]session.Device{"reader": session.Reader, "scanner": session.Scanner} {
		b.unplug(scheme)
		b.until(scheme+" gone", func(s session.State) bool { return !s.Devices[d].Ready && s.Devices[d].Code != "" })
		b.until(scheme+" back", func(s session.State) bool { return s.Devices[d].Ready })
	}
}

func TestTouchReachesTheSession(t *testing.T) {
	b := newBench(t)
	b.k.Touched(t.Context(), hal.Touch{Kind: hal.TouchUp})
	b.page(session.Consent)
}

func TestKeysReachTheSession(t *testing.T) {
	b := newBench(t)
	b.k.Pressed(t.Context(), hal.KeyPress{Button: hal.ButtonHelp})
	b.until("help", func(s session.State) bool { return s.Sheet == session.HelpSheet })
}

// pad is a keypad with one press left in it.
type pad struct {
	fakeDevice
	presses chan hal.KeyPress
}

func (p *pad) Next(ctx context.Context) (hal.KeyPress, error) {
	select {
	case k := <-p.presses:
		return k, nil
	case <-ctx.Done():
		return hal.KeyPress{}, ctx.Err()
	}
}

// A keypad that comes late is found by the kernel's word, and used; lamps and
// watchdog hear of every step.
func TestKeypadIsFoundAndFollowed(t *testing.T) {
	b := newBench(t)
	b.stop()
	plugged := make(chan struct{})
	wake := make(chan struct{}, 1)
	presses := make(chan hal.KeyPress, 1)
	touched := make(chan struct{}, 8)
	steps := make(chan session.State, 64)
	opt := b.k.opt
	opt.Keypad = "keypad:///"
	opt.Registry = maps.Clone(opt.Registry)
	opt.Registry["keypad"] = func(context.Context, *url.URL) (hal.Device, error) {
		select {
		case <-plugged:
			return &pad{fakeDevice{"keypad"}, presses}, nil
		default:
			return nil, hal.ErrGone
		}
	}
	opt.Wake = func(uri string) <-chan struct{} {
		if uri == "keypad:///" {
			return wake
		}
		return nil
	}
	opt.Follow = func(_, after session.State) {
		select {
		case steps <- after:
		default:
		}
	}
	opt.Touched = func() { touched <- struct{}{} }
	k := New(opt)
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- k.Run(ctx) }()
	if err := k.Alive(t.Context()); err != nil {
		t.Fatal(err)
	}
	presses <- hal.KeyPress{Button: hal.ButtonHelp}
	close(plugged)
	wake <- struct{}{}
	<-touched
	for s := range steps {
		if s.Sheet == session.HelpSheet {
			break
		}
	}
	cancel()
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	if err := k.Alive(ctx); err == nil {
		t.Error("a kiosk that has ended is alive")
	}
}
