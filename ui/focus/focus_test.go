package focus

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"tram06/hal"
	"tram06/ui/scene"
)

var phrases = Phrases{Lang: "vi", Keys: "Phím.", Chosen: "Đang chọn", Unavailable: "Không dùng được", Volume: "Âm lượng %d"}

// page has three targets of the content, the way on, the way back and a tool
// that cannot be used.
func page(name string, read ...string) *scene.Scene {
	s := &scene.Scene{Name: name, Spoken: "Trang " + name, Read: read, Back: "back"}
	for _, id := range []string{"a", "b", "primary", "back"} {
		s.Targets = append(s.Targets, scene.Target{ID: id, Label: "Mục " + id, Action: "do " + id})
	}
	s.Targets[0].Chosen = true
	s.Targets = append(s.Targets, scene.Target{ID: "lang.en", Label: "English", Lang: "en", Action: "do english"},
		scene.Target{ID: "help", Label: "Trợ giúp", Action: "do help", Disabled: true})
	return s
}

func pad(name string) *scene.Scene {
	s := page(name)
	for d := range 10 {
		s.Targets = append(s.Targets, scene.Target{ID: fmt.Sprintf("digit.%d", d), Label: fmt.Sprint(d), Action: d})
	}
	return s
}

// player presses keys, a second apart unless it is told otherwise.
type player struct {
	t *testing.T
	f *Focus
	s *scene.Scene
	w Phrases
	// said since the last look, a bar before what interrupts.
	said []string
	now  time.Time
}

func play(t *testing.T, s *scene.Scene) *player {
	p := &player{t: t, f: New(60), w: phrases, now: time.Unix(1e9, 0)}
	p.show(s)
	return p
}

func (p *player) hear(us []scene.Utterance) {
	for _, u := range us {
		text := u.Lang + " " + u.Text
		if u.Interrupt {
			text = "| " + text
		}
		p.said = append(p.said, text)
	}
}

func (p *player) show(s *scene.Scene) {
	p.s = s
	p.hear(p.f.Show(s, p.w, p.now))
}

func (p *player) after(d time.Duration, b hal.Button) Result { return p.key(d, b, false) }

func (p *player) key(d time.Duration, b hal.Button, held bool) Result {
	p.now = p.now.Add(d)
	r := p.f.Key(hal.KeyPress{Button: b, Held: held, At: p.now})
	p.hear(r.Say)
	return r
}

func (p *player) press(bs ...hal.Button) (r Result) {
	for _, b := range bs {
		r = p.after(time.Second, b)
	}
	return r
}

// heard compares what was said since the last call.
func (p *player) heard(want ...string) {
	p.t.Helper()
	if !slices.Equal(p.said, want) {
		p.t.Errorf("heard\n  %q, want\n  %q", p.said, want)
	}
	p.said = nil
}

const (
	up, down, left, right = hal.ButtonUp, hal.ButtonDown, hal.ButtonLeft, hal.ButtonRight
	ok, back, help        = hal.ButtonOK, hal.ButtonBack, hal.ButtonHelp
)

func TestNothingIsSaidBeforeTheFirstKey(t *testing.T) {
	p := play(t, page("one", "Đoạn một", "Đoạn hai."))
	p.show(page("two"))
	p.show(page("two", "mới"))
	p.heard()
	p.press(down)
	p.heard("| vi Phím. Trang two. mới. Mục a. Đang chọn.")
	p.press(down)
	p.heard("| vi Mục b.")
}

func TestOrder(t *testing.T) {
	p := play(t, page("one"))
	for _, c := range []struct {
		b    hal.Button
		want string
	}{
		{down, "a"}, {right, "b"}, {left, "a"}, {up, "help"}, {down, "a"},
		{down, "b"}, {down, "primary"}, {down, "back"}, {down, "lang.en"}, {down, "help"}, {down, "a"},
	} {
		if r := p.press(c.b); !r.Redraw || !r.There || r.Action != nil || p.f.Focused() != c.want {
			t.Errorf("%v goes to %q with %+v, want %q", c.b, p.f.Focused(), r, c.want)
		}
	}
	p.show(page("two"))
	if p.f.Focused() != "" {
		t.Errorf("a new page begins with the focus on %q", p.f.Focused())
	}
	if p.press(up); p.f.Focused() != "help" {
		t.Errorf("up begins at %q, want the last", p.f.Focused())
	}
}

func TestNothingActsBeforeItWasHeard(t *testing.T) {
	p := play(t, page("one"))
	r := p.press(ok)
	if r.Action != nil || p.f.Focused() != "primary" {
		t.Fatalf("the first OK gives %v and the focus to %q", r.Action, p.f.Focused())
	}
	p.heard("| vi Phím. Trang one. Mục primary.")
	if r := p.press(ok); r.Action != "do primary" || r.Target != "primary" {
		t.Errorf("the second OK gives %+v", r)
	}
	p.heard()
	p.show(page("two"))
	p.heard("| vi Trang two.")
	if r := p.press(ok); r.Action != nil {
		t.Errorf("the first OK of a new page gives %v", r.Action)
	}

	s := page("three")
	s.Targets = slices.DeleteFunc(s.Targets, func(x scene.Target) bool { return x.ID == "primary" })
	p.show(s)
	if r := p.press(ok); r.Action != nil || p.f.Focused() != "a" {
		t.Errorf("without a way on OK gives %v and the focus to %q", r.Action, p.f.Focused())
	}
}

func TestNamedKeysActAtOnceAndAreNamed(t *testing.T) {
	p := play(t, page("one"))
	p.press(down)
	p.said = nil
	if r := p.press(back); r.Action != "do back" || r.Target != "back" || p.f.Focused() != "a" {
		t.Errorf("back gives %+v, the focus is on %q", r, p.f.Focused())
	}
	p.show(page("two"))
	p.heard("| vi Mục back.", "vi Trang two.")
	if r := p.press(help); r.Action != nil || !r.There {
		t.Errorf("a help that is not available gives %+v", r)
	}
	p.heard("| vi Trợ giúp. Không dùng được.")
	s := page("three")
	s.Back = ""
	p.show(s)
	p.said = nil
	if r := p.press(back); r.Action != nil {
		t.Errorf("back gives %v where there is no way back", r.Action)
	}
	p.heard("| vi Không dùng được.")
}

func TestDisabledTargetsAreFoundAndSaySo(t *testing.T) {
	p := play(t, page("one"))
	p.press(up)
	p.heard("| vi Phím. Trang one. Trợ giúp. Không dùng được.")
	if r := p.press(ok); r.Action != nil {
		t.Errorf("a disabled target gives %v", r.Action)
	}
	p.heard("| vi Trợ giúp. Không dùng được.")
}

func TestDigits(t *testing.T) {
	p := play(t, pad("digits"))
	p.press(ok)
	p.said = nil
	for d := range 10 {
		// The same digit twice, as fast as a finger can.
		for range 2 {
			if r := p.after(40*time.Millisecond+time.Duration(d)*time.Millisecond, hal.ButtonDigit0+hal.Button(d)); r.Action != d {
				t.Errorf("digit %d gives %+v", d, r)
			}
			p.show(pad("digits"))
			p.heard(fmt.Sprintf("| vi %d.", d))
		}
	}
	if p.f.Focused() != "primary" {
		t.Errorf("typing moved the focus to %q", p.f.Focused())
	}
	if r := p.key(time.Second, hal.ButtonDigit0+5, true); r.Action != nil || r.There {
		t.Errorf("a digit that is held gives %+v", r)
	}
	p.show(page("one"))
	if r := p.press(hal.ButtonDigit0 + 5); r.Action != nil {
		t.Errorf("a digit gives %v where there is no number pad", r.Action)
	}
}

func TestHeldKeysMoveAndNeverAct(t *testing.T) {
	p := play(t, page("one"))
	if r := p.key(time.Second, down, true); r.There || r.Redraw || p.f.Awake() {
		t.Errorf("a key that was stuck before anybody came gives %+v", r)
	}
	p.heard()
	p.press(down)
	p.said = nil
	for range 33 { // a second, as keyboards repeat
		if r := p.key(30*time.Millisecond, down, true); r.There || r.Action != nil {
			t.Errorf("a held key gives %+v", r)
		}
	}
	if n := len(p.said); n < 4 || n > 5 {
		t.Errorf("a key that is held for a second says %d targets", n)
	}
	for range 20 {
		p.key(200*time.Millisecond, down, true)
	}
	if p.f.Focused() != "help" {
		t.Errorf("a held key ends at %q, want the last target", p.f.Focused())
	}
	for range 20 {
		p.key(200*time.Millisecond, up, true)
	}
	p.said = nil
	if p.key(200*time.Millisecond, up, true); len(p.said) > 0 {
		t.Errorf("a key that is stuck goes on saying %q", p.said)
	}
	if p.f.Focused() != "a" {
		t.Errorf("a held key ends at %q, want the first target", p.f.Focused())
	}
	for _, b := range []hal.Button{ok, back, help, hal.ButtonRepeat, hal.ButtonDigit0} {
		p.said = nil
		if r := p.key(time.Second, b, true); r.Action != nil || r.There || len(p.said) > 0 {
			t.Errorf("%v held gives %+v and says %q", b, r, p.said)
		}
	}
}

// What acts does nothing in the first moment of a page, nor twice in a row.
func TestAccidentsAreDropped(t *testing.T) {
	p := play(t, page("one"))
	for _, b := range []hal.Button{ok, back} {
		p.show(page("two" + b.String()))
		if r := p.after(200*time.Millisecond, b); r.Action != nil || !r.There || p.f.Focused() != "" {
			t.Errorf("%v on a page that is 200 ms old gives %+v", b, r)
		}
	}
	p.show(page("three"))
	if r := p.after(250*time.Millisecond, down); !r.Redraw {
		t.Error("down does nothing")
	}
	if r := p.after(10*time.Millisecond, ok); r.Action != "do a" {
		t.Errorf("OK after another key gives %v", r.Action)
	}
	if r := p.after(299*time.Millisecond, ok); r.Action != nil {
		t.Errorf("OK twice within 300 ms gives %v", r.Action)
	}
	if r := p.after(time.Millisecond, ok); r.Action != "do a" {
		t.Errorf("OK 300 ms after the one that counted gives %v", r.Action)
	}
	p.show(pad("four"))
	if r := p.after(100*time.Millisecond, hal.ButtonDigit0); r.Action != nil {
		t.Errorf("a digit on a page that is 100 ms old gives %v", r.Action)
	}
}

func TestTheNewsOfAPage(t *testing.T) {
	p := play(t, page("one", "Máy chờ 25 giây", "0900 00"))
	p.press(down)
	p.said = nil
	p.show(page("one", "Máy chờ 24 giây", "0900 000", "25"))
	p.heard() // only numbers changed
	p.show(page("one", "Máy chờ 23 giây", "Còn thiếu 3 chữ số."))
	p.heard("| vi Còn thiếu 3 chữ số.")
	if p.f.Focused() != "a" {
		t.Errorf("the focus went to %q", p.f.Focused())
	}
	s := page("one", "Thẻ mang tên MẪU", "Giữ yên", "Còn thiếu 2 chữ số.")
	s.Spoken = "Thẻ mang tên MẪU. Giữ yên."
	p.show(s)
	p.heard("| vi Thẻ mang tên MẪU. Giữ yên.")
	p.press(hal.ButtonRepeat)
	p.heard("| vi Thẻ mang tên MẪU. Giữ yên. Còn thiếu 2 chữ số. Mục a. Đang chọn.")
}

// Whoever comes back to a page that has not changed, say from the help, hears
// only which one it is.
func TestAPageIsReadOnce(t *testing.T) {
	p := play(t, page("one", "Đoạn một", "Còn 20 giây"))
	p.press(hal.ButtonRepeat)
	p.show(page("help", "Trợ giúp"))
	p.said = nil
	p.show(page("one", "Đoạn một", "Còn 9 giây"))
	p.heard("| vi Trang one.")
	p.press(hal.ButtonRepeat)
	p.heard("| vi Trang one. Đoạn một. Còn 9 giây.")
	p.show(page("help", "Trợ giúp"))
	p.said = nil
	p.show(page("one", "Đoạn mới", "Còn 5 giây"))
	p.heard("| vi Trang one. Đoạn mới. Còn 5 giây.")
	for _, phone := range []string{"0900 000 006", "0900 000 007"} {
		p.show(page("help"))
		p.said = nil
		p.show(page("one", phone, "30"))
		p.heard("| vi Trang one. " + phone + ". 30.")
	}
}

// Signs are for the eye; a voice pauses instead. Numbers stay with what they
// count.
func TestHowThingsAreSaid(t *testing.T) {
	s := page("one", "24", "giây nữa", "1", "Trang one", "2", "Đặt thẻ", "0", "0", "6", "Số 001 ••• ••• 638", "Nam · sinh 1990", "Đang chờ…", "“Có?”")
	s.Spoken = "Trang one 6"
	p := play(t, s)
	p.press(hal.ButtonRepeat)
	p.heard("| vi Phím. Trang one 6. 24 giây nữa. 2. Đặt thẻ. 0. 0. 6. Số 001 … 638. Nam, sinh 1990. Đang chờ… “Có?”.")
}

// A key whose action leaves the page as it was is answered all the same.
func TestEveryActionIsAnswered(t *testing.T) {
	p := play(t, page("one"))
	p.press(down, down, ok)
	p.said = nil
	s := page("one")
	s.Targets[0].Chosen, s.Targets[1].Chosen = false, true
	p.show(s)
	p.heard("| vi Mục b. Đang chọn.")
	p.show(s) // a clock ticked
	p.heard()
	p.press(ok)
	s = page("one")
	s.Targets = slices.Delete(s.Targets, 1, 2)
	p.show(s)
	p.heard()
	if p.f.Focused() != "" {
		t.Errorf("the focus is on %q, which is not there any more", p.f.Focused())
	}
}

// What OK would do changed under the finger: that is said before it can be done.
func TestATargetThatBecomesAnother(t *testing.T) {
	p := play(t, page("one"))
	p.press(ok)
	p.said = nil
	s := page("one", "Máy in hết giấy")
	s.Targets[2].Label = "Thử lại"
	p.show(s)
	p.heard("| vi Máy in hết giấy. Thử lại.")
	s = page("one", "Máy in hết giấy")
	s.Targets[2].Label, s.Targets[2].Disabled = "Thử lại", true
	p.show(s)
	p.heard("| vi Thử lại. Không dùng được.")
	p.show(s)
	p.heard()
}

func TestAnotherLanguage(t *testing.T) {
	p := play(t, page("one"))
	p.press(down, up, up)
	p.said = nil
	p.press(down, up)
	p.heard("| vi Trợ giúp. Không dùng được.", "| en English.")
	s := page("one")
	s.Targets[4].Chosen = true
	p.show(s)
	p.said = nil
	p.press(down, up)
	p.heard("| vi Trợ giúp. Không dùng được.", "| en English.", "vi Đang chọn.")
	p.w.Lang, p.w.Chosen = "en", "Chosen"
	p.press(ok)
	s = page("one")
	s.Spoken = "Page one"
	p.show(s)
	p.heard("| en Page one. English.")
	p.press(hal.ButtonRepeat)
	p.heard("| en Page one. English.")
}

func TestVolume(t *testing.T) {
	p := play(t, page("one"))
	p.press(down)
	p.said = nil
	if r := p.press(hal.ButtonLouder); r.Volume != 70 || p.f.Focused() != "a" {
		t.Errorf("louder gives %+v", r)
	}
	p.heard("| vi Âm lượng 70.")
	for range 20 {
		p.key(200*time.Millisecond, hal.ButtonSofter, true)
	}
	p.said = nil
	if p.key(200*time.Millisecond, hal.ButtonSofter, true); len(p.said) > 0 {
		t.Errorf("a key that is stuck goes on saying %q", p.said)
	}
	if p.f.Volume() != Quietest {
		t.Errorf("the softest is %d, want %d", p.f.Volume(), Quietest)
	}
	if r := p.press(hal.ButtonSofter); r.Volume != 0 || len(r.Say) != 1 {
		t.Errorf("softer than the softest gives %+v", r)
	}
	for range 20 {
		p.press(hal.ButtonLouder)
	}
	if p.f.Volume() != Loudest {
		t.Errorf("the loudest is %d, want %d", p.f.Volume(), Loudest)
	}
	for volume, want := range map[int]int{0: Quietest, 60: 60, 1000: Loudest} {
		if got := New(volume).Volume(); got != want {
			t.Errorf("a terminal with volume %d begins with %d", volume, got)
		}
	}
}

func TestResetLeavesNothing(t *testing.T) {
	p := play(t, page("one"))
	if r := p.f.Reset(); r.Say != nil || r.Volume != 0 || r.Redraw {
		t.Errorf("nothing to end gives %+v", r)
	}
	p.press(down, hal.ButtonSofter)
	p.said = nil
	r := p.f.Reset()
	p.hear(r.Say)
	p.heard("| vi ") // silence
	if r.Volume != 60 || !r.Redraw || p.f.Awake() || p.f.Focused() != "" || p.f.Volume() != 60 {
		t.Errorf("Reset gives %+v; volume %d, focus %q", r, p.f.Volume(), p.f.Focused())
	}
	p.show(page("two"))
	p.heard()
	p.press(down)
	p.heard("| vi Phím. Trang two. Mục a. Đang chọn.")
}

func TestAFingerHidesTheRing(t *testing.T) {
	p := play(t, page("one"))
	if p.f.Touched() {
		t.Error("there was no ring to hide")
	}
	p.press(down, down)
	if !p.f.Touched() || p.f.Focused() != "" || p.f.Touched() {
		t.Errorf("after a touch the focus is on %q", p.f.Focused())
	}
	p.said = nil
	p.show(page("two")) // whoever used the keypad still listens
	p.heard("| vi Trang two.")
}

// What is spoken is personal: no careless line of a log shows it.
func TestUtterancesAreNotLogged(t *testing.T) {
	u := scene.Utterance{Text: "NGUYỄN VĂN MẪU", Lang: "vi"}
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "u", u)
	fmt.Fprintf(&b, "%v %+v %s", u, u, u)
	if strings.Contains(b.String(), "MẪU") {
		t.Errorf("the log has %s", b.String())
	}
}

// Whatever stands on a card is spoken as clean text, and joining again what was
// joined changes nothing.
func FuzzSentences(f *testing.F) {
	for _, s := range []string{"", "24", "giây nữa", "001 ••• ••• 638", "Nam · sinh 1990", "Có?", "\x1b[31m", "KSOR H’LƯƠNG", "… … •", "\xff\xfe"} {
		f.Add(s, "24")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		one := sentences(a, b)
		if again := sentences(one); again != one {
			t.Errorf("%q becomes %q", one, again)
		}
		if !utf8.ValidString(one) || strings.ContainsFunc(one, unicode.IsControl) || strings.ContainsAny(one, "•·") {
			t.Errorf("%q and %q are spoken as %q", a, b, one)
		}
	})
}
