package main

import (
	"context"
	"errors"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tram06/firmware/emrtd/chipsim"
	"tram06/hal"
)

// gadget is a fitting that notes what is done with it.
type gadget struct {
	mu    sync.Mutex
	did   []string
	scan  hal.Scan
	keys  []hal.Button
	err   error
	armed bool
}

func (g *gadget) note(s string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.did = append(g.did, s)
}

func (g *gadget) URI() string        { return "test" }
func (g *gadget) Health() hal.Health { return hal.Health{State: hal.Ready} }
func (g *gadget) Close() error       { g.note("closed"); return nil }

type (
	aLampBoard struct{ *gadget }
	aBuzzer    struct{ *gadget }
	aSpeaker   struct{ *gadget }
	aGun       struct{ *gadget }
	aKeypad    struct{ *gadget }
)

func (aLampBoard) Names() []string { return []string{"reader", "status"} }
func (l aLampBoard) Set(lamp string, p hal.Pattern) error {
	l.note(map[hal.Pattern]string{hal.Invite: "+", hal.Dark: "-"}[p] + lamp)
	return l.err
}

func (b aBuzzer) Beep(context.Context, int, time.Duration) error { b.note("beep"); return b.err }

func (s aSpeaker) Play(_ context.Context, samples []int16, hertz int) error {
	if len(samples) < hertz/4 || slices.Max(samples) < 4000 || samples[0] != 0 {
		s.note("no tone")
	}
	s.note("play")
	return s.err
}
func (aSpeaker) SetVolume(int) error { return errors.New("the loudness is the site's") }

func (g aGun) Arm(on bool) { g.armed = on }
func (g aGun) Next(ctx context.Context) (hal.Scan, error) {
	if !g.armed {
		return hal.Scan{}, errors.New("not armed")
	}
	if g.err != nil || g.scan.Data != nil {
		return g.scan, g.err
	}
	<-ctx.Done()
	return hal.Scan{}, ctx.Err()
}

func (k aKeypad) Next(ctx context.Context) (hal.KeyPress, error) {
	if len(k.keys) == 0 {
		if k.err != nil {
			return hal.KeyPress{}, k.err
		}
		<-ctx.Done()
		return hal.KeyPress{}, ctx.Err()
	}
	b := k.keys[0]
	k.keys = k.keys[1:]
	return hal.KeyPress{Button: b}, nil
}

func opens(d hal.Device) hal.Opener {
	return func(context.Context, *url.URL) (hal.Device, error) { return d, nil }
}

// trying runs one test with these answers, and gives its finding.
func (w *ward) trying(answers string, args ...string) (findingJSON, ended) {
	w.Helper()
	w.stdin = answers
	end := w.examine(w.Context(), append([]string{"--only", "tests", "--json"}, args...)...)
	got := w.diagnosed(end)
	if len(got.Findings) != 1 || word(got.Findings[0].Name) != testName {
		w.Fatalf("%s%s", end.out, end.errs)
	}
	return got.Findings[0], end
}

// tells is state, code and text of a finding.
func (f findingJSON) tells(state, code, text string) bool {
	return f.State == state && (code == "" && f.Code == nil || word(f.Code) == code) && strings.Contains(f.Text, text)
}

func TestDoctorPrintsAndAsks(t *testing.T) {
	for _, x := range []struct {
		name, answer      string
		err               error
		state, code, text string
		pages             int
	}{
		{"it is clear", "y\n", nil, "ok", "", "is clear", 1},
		{"in Vietnamese", "có\n", nil, "ok", "", "is clear", 1},
		{"asked twice", "maybe\nc\n", nil, "ok", "", "is clear", 1},
		{"it is not", "k\n", nil, "error", "IN-205", "not clear", 1},
		{"nobody looks", "", nil, "ok", "", "nobody looked", 1},
		{"no paper", "y\n", hal.ErrNoPaper, "error", "IN-202", "paper out", 0},
		{"nobody knows", "y\n", hal.ErrJobUnknown, "warn", "IN-206", "unknown", 0},
	} {
		p := &press{h: hal.Health{State: hal.Ready}, err: x.err}
		f, end := newWard(t, pressed(p), printerLine).trying(x.answer, "--print")
		if !f.tells(x.state, x.code, x.text) || len(p.pages) != x.pages || f.Part != "printer" {
			t.Errorf("%s: %s%s", x.name, end.out, end.errs)
		}
		if x.pages == 1 && (p.pages[0].Width != 384 || p.pages[0].Height < 1000) {
			t.Errorf("a page of %d x %d", p.pages[0].Width, p.pages[0].Height)
		}
		if x.err == nil && !strings.Contains(end.errs, "Trang in có rõ") {
			t.Errorf("%s: not asked in Vietnamese: %s", x.name, end.errs)
		}
	}
	if f, _ := newWard(t, pressed(nil), printerLine).trying("", "--print"); !f.tells("error", "IN-201", "") {
		t.Errorf("%+v", f)
	}
	if f, _ := newWard(t, hal.Registry{}).trying("", "--print"); !f.tells("skipped", "", "has none") {
		t.Errorf("%+v", f)
	}
}

// The page can be seen without a printer, and without a terminal.
func TestDoctorDrawsThePage(t *testing.T) {
	for _, dots := range []string{"576", "384"} {
		file := filepath.Join(t.TempDir(), "page.png")
		w := newWard(t, hal.Registry{})
		w.board = ""
		end := w.examine(t.Context(), "--print-to", file, "--dots", dots)
		if end.code != 0 || end.out != "" {
			t.Fatalf("exit %d: %s%s", end.code, end.out, end.errs)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		m, err := png.Decode(f)
		if err != nil || m.Bounds().Dx() != map[string]int{"576": 576, "384": 384}[dots] {
			t.Fatal(err, m.Bounds())
		}
		out, err := exec.Command("zbarimg", "--quiet", "--raw", file).Output()
		if err != nil || !strings.HasPrefix(string(out), "TRAM06 IN THU - 2026-11-22") {
			t.Errorf("%q, %v", out, err)
		}
	}
	// With a terminal its name is on the page, and the terminal is examined too.
	file := filepath.Join(t.TempDir(), "page.png")
	end := newWard(t, hal.Registry{}).examine(t.Context(), "--print-to", file, "--site", "../../boards/site.example.yaml", "--only", "memory")
	out, err := exec.Command("zbarimg", "--quiet", "--raw", file).Output()
	if err != nil || !strings.HasPrefix(string(out), "TRAM06 IN THU SM06 ") || end.code != 0 || !strings.Contains(end.out, "Memory") {
		t.Errorf("exit %d: %q, %v: %s%s", end.code, out, err, end.out, end.errs)
	}
	if end := newWard(t, hal.Registry{}).examine(t.Context(), "--print-to", t.TempDir()); end.code != exitFailed {
		t.Errorf("exit %d", end.code)
	}
}

func TestDoctorTriesACard(t *testing.T) {
	reader := "reader: pcsc:///"
	for _, x := range []struct {
		name              string
		seat              *seat
		args              []string
		state, code, text string
	}{
		{"whether it answers", laid(t, nil), nil, "ok", "", "the card answers"},
		{"opened", laid(t, nil), []string{"--can", mau(t).CAN()}, "ok", "", "PACE"},
		{"another card's number", laid(t, nil), []string{"--can", "999999"}, "warn", "THE-102", ""},
		{"a changed chip", laid(t, func(_ *chipsim.Personality, f chipsim.Files) { f[chipsim.DG(2)][4000] ^= 1 }), []string{"--can", mau(t).CAN()}, "error", "THE-105", ""},
		{"nobody lays one down", &seat{}, []string{"--wait", "20ms"}, "skipped", "", "nobody"},
	} {
		f, end := newWard(t, hal.Registry{"pcsc": on(x.seat)}, reader).trying("", append(x.args, "--card")...)
		if !f.tells(x.state, x.code, x.text) {
			t.Errorf("%s: %s%s", x.name, end.out, end.errs)
		}
		if x.seat.chip != nil && f.Details["atr"] == "" {
			t.Errorf("%s: no ATR in %v", x.name, f.Details)
		}
		for _, secret := range []string{"001090000638", "090000638", "000638", "NGUYỄN", "MẪU", "15/03/1990"} {
			if strings.Contains(end.out+end.errs, secret) {
				t.Errorf("%s: tells %q", x.name, secret)
			}
		}
	}
	gone := func(context.Context, *url.URL) (hal.Device, error) { return nil, hal.ErrGone }
	if f, _ := newWard(t, hal.Registry{"pcsc": gone}, reader).trying("", "--card", "--wait", "20ms"); !f.tells("error", "THE-110", "") {
		t.Errorf("no reader: %+v", f)
	}
}

func TestDoctorTriesACode(t *testing.T) {
	for _, x := range []struct {
		name              string
		scan              hal.Scan
		err               error
		state, code, text string
		hidden            string
	}{
		{"a card's", hal.Scan{Data: []byte(mau(t).QR())}, nil, "ok", "", "an ID card", "001090000638"},
		{"as a keyboard", hal.Scan{Data: []byte(mau(t).QR()), Lossy: true}, nil, "ok", "", "without diacritics", "001090000638"},
		{"a bottle's", hal.Scan{Data: []byte("89312345")}, nil, "ok", "", `"89312345"`, ""},
		{"a number that is somebody's", hal.Scan{Data: []byte("tel:0912345678")}, nil, "ok", "", "not shown", "0912345678"},
		{"a number with spaces", hal.Scan{Data: []byte("0912 345 678")}, nil, "ok", "", "not shown", "345"},
		{"garbage", hal.Scan{Data: []byte{0xff, 0xfe, 0x01}}, nil, "warn", "QUET-102", "", ""},
		{"too long", hal.Scan{}, hal.ErrOverlong, "warn", "QUET-102", "", ""},
		{"unplugged", hal.Scan{}, hal.ErrGone, "error", "QUET-110", "", ""},
	} {
		g := &gadget{scan: x.scan, err: x.err}
		f, end := newWard(t, hal.Registry{"serial": opens(aGun{g})}, "scanner: serial:///dev/kiosk/scanner").trying("", "--scan")
		if !f.tells(x.state, x.code, x.text) || g.armed || !slices.Equal(g.did, []string{"closed"}) {
			t.Errorf("%s: %s%s", x.name, end.out, end.errs)
		}
		if x.hidden != "" && strings.Contains(end.out+end.errs, x.hidden) {
			t.Errorf("%s: tells %q: %s", x.name, x.hidden, end.out)
		}
		if slices.ContainsFunc(x.scan.Data, func(b byte) bool { return b != 0 }) {
			t.Errorf("%s: the scan was not wiped", x.name)
		}
	}
}

func TestDoctorTriesLampsAndSound(t *testing.T) {
	board := []string{"lamps: sim+lamps://127.0.0.1:1/?reader=x/1", "buzzer: sim+buzzer://127.0.0.1:1/x/2", "sound: audio:///"}
	for _, x := range []struct {
		name, answers, arg string
		err                error
		did                string
		wants              [][3]string
	}{
		{"all shine", "y\ny\n", "--lamps", nil, "+reader -reader +status -status closed", [][3]string{{"ok", "", "reader, status"}}},
		{"one does not", "y\nn\n", "--lamps", nil, "+reader -reader +status -status closed", [][3]string{{"warn", "MAY-611", "dark: status"}}},
		{"nobody looks", "", "--lamps", nil, "+reader -reader closed", [][3]string{{"skipped", "", "nobody"}}},
		{"a loose wire", "", "--lamps", hal.ErrGone, "+reader closed", [][3]string{{"warn", "MAY-611", ""}}},
		{"heard", "y\ny\n", "--sound", nil, "beep closed play closed", [][3]string{{"ok", "", "heard"}, {"ok", "", "heard"}}},
		{"not heard", "n\nn\n", "--sound", nil, "beep closed play closed", [][3]string{{"warn", "MAY-612", "not heard"}, {"warn", "MAY-613", "not heard"}}},
		{"broken", "", "--sound", hal.ErrGone, "beep closed play closed", [][3]string{{"warn", "MAY-612", ""}, {"warn", "MAY-613", ""}}},
	} {
		g := &gadget{err: x.err}
		w := newWard(t, hal.Registry{"sim+lamps": opens(aLampBoard{g}), "sim+buzzer": opens(aBuzzer{g}), "audio": opens(aSpeaker{g})}, board...)
		w.stdin = x.answers
		end := w.examine(t.Context(), "--only", "tests", "--json", x.arg)
		got := w.diagnosed(end)
		for i, want := range x.wants {
			if len(got.Findings) != len(x.wants) || !got.Findings[i].tells(want[0], want[1], want[2]) {
				t.Fatalf("%s: %s%s", x.name, end.out, end.errs)
			}
		}
		if did := strings.Join(g.did, " "); did != x.did {
			t.Errorf("%s: %s", x.name, did)
		}
	}
}

// The time goes by in a bubble: the keypad waits for more keys.
func TestDoctorTriesTheKeypad(t *testing.T) {
	for _, x := range []struct {
		name, answer      string
		keys              []hal.Button
		err               error
		state, code, text string
	}{
		{"keys come", "y\n", []hal.Button{hal.ButtonUp, hal.ButtonOK, hal.ButtonUp, hal.ButtonDigit0 + 7}, nil, "ok", "", "up ok 7"},
		{"one does not", "n\n", []hal.Button{hal.ButtonUp}, nil, "warn", "MAY-610", "up"},
		{"nobody presses", "", nil, nil, "skipped", "", "nobody"},
		{"unplugged", "", []hal.Button{hal.ButtonUp}, hal.ErrGone, "warn", "MAY-610", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			g := &gadget{keys: x.keys, err: x.err}
			f, end := newWard(t, hal.Registry{"evdev+keypad": opens(aKeypad{g})}, "keypad: evdev+keypad:///?name=x").trying(x.answer, "--keypad")
			if !f.tells(x.state, x.code, x.text) {
				t.Errorf("%s: %s%s", x.name, end.out, end.errs)
			}
		})
	}
}

func TestDoctorTriesThePanel(t *testing.T) {
	for _, x := range []struct {
		name              string
		got               touchReport
		err               error
		state, code, text string
	}{
		{"all tiles", touchReport{Passed: true, Cells: 60, Hit: 60, Touches: 9}, nil, "ok", "", "60"},
		{"some tiles", touchReport{Cells: 60, Hit: 50, Touches: 9}, nil, "error", "MAY-602", "10 of 60"},
		{"nobody", touchReport{Cells: 60}, nil, "skipped", "", "nobody"},
		{"no screen", touchReport{}, errors.New("touch test: no display"), "error", "MAY-602", "no display"},
	} {
		w := newWard(t, hal.Registry{}, "touch: evdev:///?name=x")
		w.touch = func(_ context.Context, o touchOptions) (touchReport, error) {
			if o.Board.Name != "test" || o.Timeout != 90*time.Second {
				t.Errorf("%+v", o)
			}
			return x.got, x.err
		}
		if f, end := w.trying("", "--touch", "--wait", "90s"); !f.tells(x.state, x.code, x.text) {
			t.Errorf("%s: %s%s", x.name, end.out, end.errs)
		}
	}
}

// With --all-tests each is there once, in the order of the board's file; what the
// board does not have is told as such.
func TestDoctorMakesAllTests(t *testing.T) {
	p := &press{h: hal.Health{State: hal.Ready}}
	w := newWard(t, pressed(p), printerLine)
	w.stdin = "y\n"
	end := w.examine(t.Context(), "--only", "tests", "--json", "--all-tests", "--print")
	var parts []string
	for _, f := range w.diagnosed(end).Findings {
		parts = append(parts, f.Part+" "+f.State)
	}
	want := []string{"reader skipped", "scanner skipped", "printer ok", "touch skipped", "keypad skipped", "lamps skipped", "buzzer skipped", "sound skipped"}
	if !slices.Equal(parts, want) || end.code != 0 || len(p.pages) != 1 {
		t.Errorf("exit %d: %v", end.code, parts)
	}
}
