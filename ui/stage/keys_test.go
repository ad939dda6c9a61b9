package stage

import (
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tram06/firmware/health"
	"tram06/firmware/session"
	"tram06/hal"
	"tram06/hal/sound/speaker"
	"tram06/ui/scene"
	"tram06/ui/text"
)

// identified is a visit by keypad up to the list of services.
func identified(t *testing.T) *desk {
	d := newDesk(t)
	d.press(hal.ButtonOK, hal.ButtonOK)
	d.on("consent")
	d.choose("agree")
	d.on("identify-scan")
	d.do(session.Scanned{QR: code})
	d.on("identify-lay")
	d.do(session.CardPlaced{})
	read := wanted[session.ReadCard](d)
	d.do(session.CardProgress{ID: read.ID, Stage: session.Checking, SoFar: session.SoFar{Name: holder.Name}})
	d.do(session.CardRead{ID: read.ID, Person: holder})
	d.on("confirm")
	return d
}

// A whole visit by keypad alone, by what is heard alone.
func TestVisitByKeypad(t *testing.T) {
	w := text.In("vi")
	d := newDesk(t)
	if got := d.heard(); got != "" || d.ringed() {
		t.Errorf("before the first key: %q", got)
	}
	d.press(hal.ButtonOK)
	d.hears(w.Keys, "Làm thủ tục", w.Begin)
	if !d.ringed() {
		t.Error("the focus is not seen")
	}
	d.press(hal.ButtonOK)
	d.on("consent")
	d.hears(w.ConsentTitle, "khóa kín", w.ConsentNever)
	if d.ringed() {
		t.Error("a new page begins with a focus")
	}
	d.choose("agree")
	d.on("identify-scan")
	d.hears(w.ConsentYes, w.ScanTitle, w.ScanBelow)
	d.do(session.Scanned{QR: code})
	d.hears(w.LayTitle, w.LayBelow)
	d.do(session.CardPlaced{})
	read := wanted[session.ReadCard](d)
	d.hears(w.HoldTitle)
	d.do(session.CardProgress{ID: read.ID, Stage: session.Checking, SoFar: session.SoFar{Name: holder.Name}})
	d.hears(holder.Name)
	d.do(session.CardRead{ID: read.ID, Person: holder})
	d.on("confirm")
	d.hears(w.ConfirmTitle, holder.Name, holder.Birth, w.Signed)
	d.press(hal.ButtonOK)
	d.hears(w.ItsMe)
	d.press(hal.ButtonOK)
	d.on("services")
	first := d.g.shown.Targets[0]
	d.choose(first.ID)
	if first.Label == "" || d.s.Phase != session.Form {
		t.Fatalf("after %q on page %v", first.Label, d.s.Phase)
	}

	// Every question of the form: it is heard, the answers are heard, the
	// chosen one says that it is.
	for step := 0; d.s.Phase == session.Form; step++ {
		name := d.g.shown.Name
		d.hears(d.g.shown.Spoken)
		switch first := d.g.shown.Targets[0]; {
		case strings.HasPrefix(first.ID, "answer."):
			d.choose(first.ID)
			d.on(name)
			d.hears(first.Label, w.Chosen)
		case strings.HasPrefix(first.ID, "digit."):
			for _, x := range "0900000006" {
				d.key(60*time.Millisecond+300*time.Millisecond, hal.ButtonDigit0+hal.Button(x-'0'), false)
			}
			d.hears("0. | 9. | 0. | 0.")
			if d.s.Digits != "0900000006" {
				t.Errorf("typed %q", d.s.Digits)
			}
		}
		d.choose("primary")
		if step > 20 {
			t.Fatalf("the form does not end, on %s", name)
		}
	}
	d.on("review")
	d.hears(w.ReviewTitle, holder.Name, "0900 000 006", w.Confirms)
	d.press(hal.ButtonOK)
	d.hears(w.SubmitIt)
	d.press(hal.ButtonOK)
	d.hears(w.SendingTitle)
	save := wanted[session.Save](d)
	d.do(session.Saved{ID: save.ID, Dossier: "d", Number: "SM06-2311-0042", At: d.at})
	d.hears(w.KeptHere)
	d.do(session.Delivered{Dossier: "d", At: d.at})
	d.hears(w.Sent)
	d.do(session.Printed{ID: wanted[session.Print](d).ID})
	d.on("done-accepted")
	d.hears(w.PrintedOK, "SM06-2311-0042", w.PaperBelow)
	d.press(hal.ButtonSofter)
	d.press(hal.ButtonOK, hal.ButtonOK)
	d.on("goodbye-card")
	d.hears(w.Finish, w.ByeCardTitle)
	d.press(hal.ButtonRepeat)
	d.on("goodbye-card")
	d.hears(w.ByeCardTitle, w.LayBelow)
	d.do(session.CardLifted{})
	d.press(hal.ButtonOK, hal.ButtonOK)
	d.on("attract")
	if n := len(d.said); n == 0 || d.said[n-1] != (scene.Utterance{Lang: "vi", Interrupt: true}) {
		t.Errorf("it does not end with silence: %q", d.heard())
	}
	if n := len(d.vol); n < 2 || d.vol[0] != speaker.DefaultVolume-10 || d.vol[n-1] != speaker.DefaultVolume {
		t.Errorf("the volume went %v", d.vol)
	}
	d.said = nil
	// The next one comes with a finger and hears nothing.
	d.finger("primary")
	d.on("consent")
	if got := d.heard(); got != "" {
		t.Errorf("somebody with a finger hears %q", got)
	}
}

func (d *desk) finger(id string) {
	d.t.Helper()
	d.at = d.at.Add(time.Second)
	for _, x := range d.g.shown.Targets {
		if x.ID != id {
			continue
		}
		for _, kind := range []hal.TouchKind{hal.TouchDown, hal.TouchUp} {
			d.at = d.at.Add(20 * time.Millisecond)
			ev, redraw := d.st.Touch(hal.Touch{Kind: kind, X: x.Rect.X + x.Rect.W/2, Y: x.Rect.Y + x.Rect.H/2, At: d.at})
			if ev != nil {
				d.do(ev)
			} else if redraw {
				d.show()
			}
		}
	}
}

// The way without a scanner: the digits of the card, typed.
func TestDigitsOfTheCardByKeypad(t *testing.T) {
	d := newDesk(t)
	d.do(session.DeviceChanged{Device: session.Scanner, Code: health.ScannerGone})
	d.press(hal.ButtonOK, hal.ButtonOK)
	d.choose("agree")
	d.choose("primary")
	d.on("type-digits")
	d.press(hal.ButtonDigit0, hal.ButtonDigit0, hal.ButtonDigit0)
	d.said = nil
	d.choose("primary")
	d.hears("Còn thiếu 3 chữ số")
	d.press(hal.ButtonDigit0+6, hal.ButtonDigit0+3)
	d.choose("erase")
	d.hears(text.In("vi").Erase)
	d.press(hal.ButtonDigit0 + 9)
	d.press(hal.ButtonBack)
	d.hears("9.", text.In("vi").Erase)
	d.press(hal.ButtonDigit0+3, hal.ButtonDigit0+8)
	d.said = nil
	d.press(hal.ButtonRepeat)
	d.hears("0. 0. 0. 6. 3. 8.")
	d.choose("primary")
	d.on("identify-lay")
}

// Any key answers "are you still there?", and the page comes back.
func TestAnyKeyMeansStillThere(t *testing.T) {
	for b := hal.ButtonUp; b <= hal.ButtonDigit0+9; b++ {
		d := identified(t)
		d.at = d.at.Add(61 * time.Second)
		d.do(session.Tick{})
		d.on("idle")
		d.hears(text.In("vi").IdleTitle)
		d.press(b)
		d.on("confirm")
		d.hears(text.In("vi").ConfirmTitle)
		if d.s.Person.Name != holder.Name {
			t.Errorf("%v ended the session", b)
		}
		// A key that is stuck is nobody.
		d.at = d.at.Add(61 * time.Second)
		d.do(session.Tick{})
		d.key(time.Second, hal.ButtonDown, true)
		d.on("idle")
	}
}

// Back goes back and asks before anything is lost; help helps, and comes back
// to the same page without reading all of it again.
func TestBackAndHelp(t *testing.T) {
	d := identified(t)
	d.press(hal.ButtonBack)
	d.on("cancel")
	d.press(hal.ButtonBack)
	d.on("confirm")
	d.press(hal.ButtonHelp)
	d.on("help")
	d.hears(text.In("vi").Help, text.In("vi").HelpDo)
	d.press(hal.ButtonBack)
	d.on("confirm")
	d.hears(text.In("vi").ConfirmTitle)
	d.press(hal.ButtonHelp)
	d.said = nil
	d.press(hal.ButtonBack)
	if all := d.heard(); strings.Contains(all, holder.Name) {
		t.Errorf("the page is read a second time: %q", all)
	}
}

// The other languages are said in their own, and from then on all is.
func TestLanguageByKeypad(t *testing.T) {
	d := newDesk(t)
	d.press(hal.ButtonDown)
	d.said = nil
	d.choose("lang.en")
	english := 0
	for _, u := range d.said {
		if u.Text == "English." && u.Lang == "en" {
			english++
		}
	}
	if english != 1 {
		t.Errorf("%d times the name of English is said as it should be", english)
	}
	if last := d.said[len(d.said)-1]; last.Lang != "en" || !strings.Contains(last.Text, "Do it here") {
		t.Errorf("then it says %+v", last)
	}
	d.said = nil
	d.press(hal.ButtonUp, hal.ButtonRepeat)
	for _, u := range d.said {
		if u.Lang == "vi" && !strings.Contains(u.Text, "Tiếng Việt") {
			t.Errorf("English, and it says %+v", u)
		}
	}
}

// Keys on the attract screen that nobody follows up leave nothing behind.
func TestWhoeverLeavesTheAttractScreen(t *testing.T) {
	d := newDesk(t)
	d.press(hal.ButtonDown, hal.ButtonSofter)
	d.said = nil
	d.at = d.at.Add(2 * time.Minute)
	d.press(hal.ButtonDown)
	d.hears(text.In("vi").Keys)
	if got := d.vol[len(d.vol)-1]; got != speaker.DefaultVolume {
		t.Errorf("the next one begins at %d %%", got)
	}
	d.said = nil
	d.finger("primary")
	d.on("consent")
	if all := d.heard(); strings.TrimSpace(strings.ReplaceAll(all, "|", "")) != "" {
		t.Errorf("somebody with a finger hears %q", all)
	}
	if d.ringed() {
		t.Error("the ring stays")
	}
}

// Without a keypad nothing is drawn that would not be drawn, and nothing said.
func TestScenesAreTheSameWithoutAKeypad(t *testing.T) {
	d := newDesk(t)
	plain := func() *scene.Scene { return d.st.o.View(d.s, "") }
	steps := []session.Event{session.Start{}, session.Agree{}, session.OpenHelp{}, session.CloseSheet{}, session.StepTheme{}, session.AskCancel{}}
	for _, ev := range steps {
		d.do(ev)
		if !scene.Equal(d.g.shown, plain()) {
			t.Errorf("on %s the stage adds to the scene", d.g.shown.Name)
		}
	}
	if got := d.heard(); got != "" {
		t.Errorf("without a keypad it says %q", got)
	}
}

// A cat on the keypad. Whatever is pressed in whatever order: no key is without
// an answer, and OK does nothing whose name was not said on its page before.
func TestCatOnTheKeypad(t *testing.T) {
	pages := map[string]bool{}
	for seed := range uint64(30) {
		d := newDesk(t)
		if seed%2 == 1 { // it never came so far by itself
			d = identified(t)
			d.choose("primary")
			d.choose(d.g.shown.Targets[0].ID)
			for _, st := range []string{"who", "request", "result"} {
				d.on("form-" + st)
				if d.g.shown.Targets[0].ID != "primary" {
					d.choose(d.g.shown.Targets[0].ID)
				}
				d.choose("primary")
			}
		}
		rng := rand.New(rand.NewPCG(seed, 6))
		var onPage strings.Builder // what was said since this page came
		page := ""
		for range 400 {
			if d.g.shown.Name != page {
				page = d.g.shown.Name
				onPage.Reset()
			}
			before := d.g.shown
			d.said = nil
			n := len(d.acts)
			b := hal.Button(1 + rng.IntN(int(hal.ButtonDigit0)+9))
			if rng.IntN(3) > 0 {
				b = []hal.Button{hal.ButtonOK, hal.ButtonOK, hal.ButtonDown, hal.ButtonUp}[rng.IntN(4)]
			}
			heardBefore, on := onPage.String(), d.st.keys.f.Focused()
			d.press(b)
			said := d.heard()
			onPage.WriteString(said)
			if strings.TrimSpace(strings.ReplaceAll(said, "|", "")) == "" && d.s.Phase != session.Attract {
				t.Fatalf("seed %d: %v on %s is without an answer", seed, b, before.Name)
			}
			for _, x := range before.Targets {
				label := strings.TrimRight(strings.Join(strings.Fields(strings.ReplaceAll(x.Label, "·", ",")), " "), ". ")
				label = strings.ReplaceAll(label, " ,", ",")
				acted := len(d.acts) > n && d.acts[n] != session.Event(session.Touched{})
				if x.ID == on && b == hal.ButtonOK && acted && !strings.Contains(heardBefore, label) {
					t.Fatalf("seed %d: OK on %s of %s, and %q was not said in %q", seed, x.ID, before.Name, label, heardBefore)
				}
			}
			d.world(rng)
		}
		maps.Copy(pages, d.pages)
	}
	for _, name := range []string{"attract", "consent", "declined", "identify-scan", "identify-lay", "confirm", "services", "review", "done-accepted", "goodbye", "help", "cancel"} {
		if !pages[name] {
			t.Errorf("in all this time the cat did not come to %s", name)
		}
	}
}

// world does what devices would.
func (d *desk) world(rng *rand.Rand) {
	for len(d.fx) > 0 {
		fx := d.fx[0]
		d.fx = d.fx[1:]
		switch e := fx.(type) {
		case session.ReadCard:
			d.do(session.CardRead{ID: e.ID, Person: holder})
		case session.Save:
			d.do(session.Saved{ID: e.ID, Dossier: "d", Number: "SM06-2311-0042", At: d.at}, session.Delivered{Dossier: "d", At: d.at})
		case session.Print:
			d.do(session.Printed{ID: e.ID})
		}
	}
	switch {
	case d.s.Phase == session.Identify && d.s.QR == nil && rng.IntN(3) == 0:
		d.do(session.Scanned{QR: code})
	case d.s.Phase == session.Identify && d.s.QR != nil && rng.IntN(3) == 0:
		if d.s.CardThere {
			d.do(session.CardLifted{})
		} else {
			d.do(session.CardPlaced{})
		}
	}
}

func BenchmarkKey(b *testing.B) {
	d := newDesk(&testing.T{})
	for b.Loop() {
		d.press(hal.ButtonDown)
	}
}
