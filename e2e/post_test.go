package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tram06/devdock/citizen"
	"tram06/devdock/stack"
	"tram06/firmware/health"
	"tram06/ui/panel"
)

// patience bounds every wait of a test. It is no measure of speed: other work
// may keep the machine busy.
const patience = 3 * time.Minute

// oneWait bounds the wait for one page; the longest time-out of a site is half
// of it.
const oneWait = time.Minute

// post is one kiosk with all that stands around it.
type post struct {
	*testing.T
	*stack.Stack
	ctx context.Context
	dir string
	p   *panel.Client
}

// open starts a kiosk. When the test ends everything is stopped, and nothing
// of any citizen may be left in what the programs wrote.
func open(t *testing.T, o stack.Options) *post {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	o.Dir, o.Bin, o.Blind = t.TempDir(), bin, true
	o.Say = func(format string, args ...any) { t.Logf(format, args...) }
	s, err := stack.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	k := &post{T: t, Stack: s, ctx: ctx, dir: o.Dir}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the kiosk's log:\n%s", tail(filepath.Join(s.Logs(), "kiosk.log"), 25))
		}
		nothingPersonal(t, o.Dir)
	})
	k.look()
	return k
}

// look connects to the kiosk's screen, anew after the kiosk was killed.
func (k *post) look() {
	k.Helper()
	p, err := k.DialPanel(k.ctx)
	if err != nil {
		k.Fatal(err)
	}
	k.Cleanup(func() { p.Close() })
	k.p = p
}

// someone is a citizen in front of this kiosk.
func (k *post) someone(key, lang string) *citizen.Citizen {
	return &citizen.Citizen{World: k.World, Panel: k.p, Key: key, Lang: lang}
}

func (k *post) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

// now waits until the screen that shows fits; screens that are over do not
// count.
func (k *post) now(what string, fits func(panel.Scene) bool) panel.Scene {
	k.Helper()
	ctx, cancel := context.WithTimeout(k.ctx, oneWait)
	defer cancel()
	s, err := k.p.Scene(ctx)
	for err == nil && !fits(s) {
		at := s.Seq
		s, err = k.p.Await(ctx, func(n panel.Scene) bool { return n.Seq > at })
	}
	if err != nil {
		last, _ := k.p.Scene(context.Background())
		k.Fatalf("waiting for %s: %v\non screen: %s: %s", what, err, last.Name, words(last))
	}
	return s
}

// on waits for a page by its name, with the words and codes that it must show.
func (k *post) on(name string, has ...string) panel.Scene {
	k.Helper()
	return k.now(name+" "+strings.Join(has, ", "), func(s panel.Scene) bool { return s.Name == name && holds(s, has...) })
}

// touch waits for a page and touches targets on it, one after the other.
func (k *post) touch(name string, ids ...string) {
	k.Helper()
	k.on(name)
	for _, id := range ids {
		k.must(k.p.Tap(k.ctx, id))
	}
}

// words are what the page says, with its lines joined.
func words(s panel.Scene) string {
	return strings.ReplaceAll(strings.Join(s.Texts, " "), "\u00a0", " ")
}

func holds(s panel.Scene, has ...string) bool {
	all := words(s)
	return !slices.ContainsFunc(has, func(h string) bool { return !strings.Contains(all, h) })
}

// offers fails the test if one of the targets is not there to be touched.
func (k *post) offers(s panel.Scene, ids ...string) {
	k.Helper()
	for _, id := range ids {
		if t, ok := s.Target(id); !ok || t.Disabled {
			k.Errorf("%s offers no %q", s.Name, id)
		}
	}
}

// titles of a condition as this kiosk's citizens read them.
func title(c health.Code, lang string) string {
	x, _ := health.Lookup(c)
	return x.Title.In(lang)
}

// The steps of a visit, as quick as a page takes touches.

func (k *post) toScan() {
	k.Helper()
	k.touch("attract", "primary")
	k.touch("consent", "agree")
	k.on("identify-scan")
}

func (k *post) scan(key string) {
	k.Helper()
	k.must(k.World.Scan(key, ""))
}

func (k *post) lay(key string) {
	k.Helper()
	k.must(k.World.Lay(key))
}

func (k *post) lift() {
	k.Helper()
	k.must(k.World.Lift())
}

func (k *post) toConfirm(key string) {
	k.Helper()
	k.toScan()
	k.scan(key)
	k.on("identify-lay")
	k.lay(key)
	k.on("confirm")
}

func (k *post) fill() {
	k.Helper()
	k.touch("confirm", "primary")
	k.form()
}

func (k *post) form() {
	k.Helper()
	k.touch("services", "service.residence_confirmation")
	k.touch("form-who", "primary")
	k.touch("form-request", "answer.permanent", "primary")
	k.touch("form-result", "answer.paper", "primary")
	k.touch("form-phone", "primary") // left out
	k.on("review")
}

func (k *post) toReview(key string) {
	k.Helper()
	k.toConfirm(key)
	k.fill()
}

// submit hands in and waits for the page that says how it ended.
func (k *post) submit(outcome string, has ...string) panel.Scene {
	k.Helper()
	k.touch("review", "primary")
	return k.on("done-"+outcome, has...)
}

func (k *post) leave() {
	k.Helper()
	s, err := k.p.Scene(k.ctx)
	k.must(err)
	k.touch(s.Name, "primary")
	k.touch("goodbye-card") // the card is still there
	k.lift()
	k.touch("goodbye", "primary")
	k.on("attract")
}

// restart starts the kiosk again after it was killed.
func (k *post) restart() {
	k.Helper()
	k.must(k.KioskP.Start())
	k.look()
	k.on("attract")
}

// await asks again and again until the answer is yes. It is for what tells
// nobody when it changes: files, and the tables of other programs.
func (k *post) await(what string, yes func() bool) {
	k.Helper()
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	for !yes() {
		select {
		case <-t.C:
		case <-k.ctx.Done():
			k.Fatalf("waiting for %s: %v", what, k.ctx.Err())
		}
	}
}

// log gives the kiosk's log so far.
func (k *post) log() []map[string]any {
	k.Helper()
	b, err := os.ReadFile(filepath.Join(k.Logs(), "kiosk.log"))
	k.must(err)
	var lines []map[string]any
	for line := range bytes.Lines(b) {
		var m map[string]any
		if json.Unmarshal(line, &m) == nil {
			lines = append(lines, m)
		}
	}
	return lines
}

// logged waits until the kiosk's log tells of a condition.
func (k *post) logged(code health.Code) {
	k.Helper()
	k.await("a line of the log with "+string(code), func() bool {
		return slices.ContainsFunc(k.log(), func(m map[string]any) bool { return m["code"] == string(code) })
	})
}

// receipt is one line of the gateway's list.
type receipt struct {
	ID          string `json:"id"`
	Number      string `json:"number"`
	KioskNumber string `json:"kiosk_number"`
}

// received gives what the gateway has.
func (k *post) received() []receipt {
	k.Helper()
	out, err := k.Command(k.ctx, "gateway", "dossier", "list", "--state", filepath.Join(k.dir, "gateway"), "--limit", "100000", "--output", "json")
	k.must(err)
	var list []receipt
	k.must(json.Unmarshal(out, &list))
	return list
}

// once waits until the gateway has each of the numbers, and fails the test if
// it has anything twice or anything else.
func (k *post) once(numbers ...string) {
	k.Helper()
	var list []receipt
	k.await("the dossiers at the gateway", func() bool {
		list = k.received()
		return !slices.ContainsFunc(numbers, func(n string) bool {
			return !slices.ContainsFunc(list, func(r receipt) bool { return r.KioskNumber == n })
		})
	})
	if len(list) != len(numbers) {
		k.Errorf("the gateway has %d dossiers, want %d: %v", len(list), len(numbers), list)
	}
}

func tail(path string, n int) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

type scene = panel.Scene

// isQR tells the target that goes on with the code alone.
func isQR(t panel.Target) bool { return t.ID == "qr" }
