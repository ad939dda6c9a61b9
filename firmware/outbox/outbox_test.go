package outbox_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tram06/firmware/dossier"
	"tram06/firmware/health"
	"tram06/firmware/outbox"
	"tram06/firmware/person"
)

var noon = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

// fakeSeal marks where the sealed body stands in the file.
func fakeSeal(b dossier.Body) (dossier.Sealed, error) {
	env := []byte("SEALED-BODY-OF-" + b.ID + strings.Repeat(".", 3000))
	return dossier.Sealed{ID: b.ID, Envelope: env, Digest: dossier.DigestOf(env)}, nil
}

func options(c *clock) outbox.Options {
	return outbox.Options{Seal: fakeSeal, Prefix: "SM06", Kiosk: "SM06", Site: "Công an phường Mẫu", Now: c.now, Rand: rand.Reader}
}

func draft() dossier.Draft {
	return dossier.Draft{
		Service: "residence_confirmation", ServiceVersion: "1", Procedure: "1.010041", Lang: "vi", ConsentAt: noon,
		Person:  person.Person{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Assurance: person.ChipRead},
		Answers: map[string]string{"receive": "paper"},
	}
}

func open(t testing.TB, path string, o outbox.Options) *outbox.Outbox {
	t.Helper()
	b, err := outbox.Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func create(t testing.TB, b *outbox.Outbox) outbox.Entry {
	t.Helper()
	e, err := b.Create(t.Context(), draft())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func due(t *testing.T, b *outbox.Outbox, at time.Time) []string {
	t.Helper()
	items, err := b.Due(t.Context(), at, 100)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	return ids
}

func TestCreateSurvivesReopening(t *testing.T) {
	c := &clock{t: noon}
	path := filepath.Join(t.TempDir(), "a folder? 100%", "outbox.db")
	b := open(t, path, options(c))
	<-b.Work() // of opening
	e := create(t, b)
	<-b.Work()
	if e.Number != "SM06-2311-0001" || !e.At.Equal(noon) || !dossier.ValidID(e.ID) {
		t.Errorf("entry %+v", e)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, path, options(c))
	items, err := b.Due(t.Context(), noon, 10)
	if err != nil || len(items) != 1 {
		t.Fatalf("due %v (%v)", items, err)
	}
	if it := items[0]; it.ID != e.ID || it.Number != e.Number || it.Attempts != 0 || dossier.DigestOf(it.Envelope) != it.Digest {
		t.Errorf("item %s %s", it.ID, it.Number)
	}
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("file mode %v (%v), want 0600", st.Mode(), err)
	}
}

func TestNumbersCountTheDayOfTheSite(t *testing.T) {
	c := &clock{t: time.Date(2026, 11, 23, 16, 59, 58, 0, time.UTC)} // 23:59:58 in Vietnam
	b := open(t, filepath.Join(t.TempDir(), "o.db"), options(c))
	var got []string
	for _, step := range []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second, 24 * time.Hour} {
		c.set(time.Date(2026, 11, 23, 16, 59, 58, 0, time.UTC).Add(step))
		got = append(got, create(t, b).Number)
	}
	want := []string{"SM06-2311-0001", "SM06-2311-0002", "SM06-2411-0001", "SM06-2411-0002", "SM06-2411-0003"}
	if !slices.Equal(got, want) {
		t.Errorf("numbers %v, want %v", got, want)
	}
}

func TestConcurrentCreatesGetTheirOwnNumbers(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "o.db"), options(&clock{t: noon}))
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				e, err := b.Create(t.Context(), draft())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if seen[e.Number] || seen[e.ID] {
					t.Errorf("given out twice: %s", e.Number)
				}
				seen[e.Number], seen[e.ID] = true, true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if s, err := b.Stats(t.Context()); err != nil || s.Depth != 40 {
		t.Errorf("stats %+v (%v), want 40 waiting", s, err)
	}
}

func TestCreateThatFailsKeepsNothing(t *testing.T) {
	c := &clock{t: noon}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, f := range map[string]func(o *outbox.Options, d *dossier.Draft, ctx *context.Context){
		"seal": func(o *outbox.Options, _ *dossier.Draft, _ *context.Context) {
			o.Seal = func(dossier.Body) (dossier.Sealed, error) { return dossier.Sealed{}, errors.New("no key") }
		},
		"body":      func(_ *outbox.Options, d *dossier.Draft, _ *context.Context) { d.Person.Number = "1" },
		"no dice":   func(o *outbox.Options, _ *dossier.Draft, _ *context.Context) { o.Rand = bytes.NewReader(nil) },
		"cancelled": func(_ *outbox.Options, _ *dossier.Draft, ctx *context.Context) { *ctx = cancelled },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "o.db")
			o, d, ctx := options(c), draft(), t.Context()
			f(&o, &d, &ctx)
			b := open(t, path, o)
			_, err := b.Create(ctx, d)
			if !errors.Is(err, outbox.ErrNotKept) || outbox.Code(err) != health.NotKept {
				t.Fatalf("got %v, want ErrNotKept", err)
			}
			if s := fmt.Sprint(err); strings.Contains(s, "MẪU") || strings.Contains(s, "001090000638") {
				t.Errorf("personal data in %q", s)
			}
			b.Close()
			b = open(t, path, options(c))
			if ids := due(t, b, noon); len(ids) != 0 {
				t.Errorf("kept %v", ids)
			}
			if e := create(t, b); e.Number != "SM06-2311-0001" {
				t.Errorf("the failure used up a number: next is %s", e.Number)
			}
		})
	}
}

func TestAcceptedErasesTheBody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "o.db")
	b := open(t, path, options(&clock{t: noon}))
	e := create(t, b)
	mark := []byte("SEALED-BODY-OF-" + e.ID)
	if !bytes.Contains(onDisk(t, path), mark) {
		t.Fatal("the body is not on disk at all")
	}
	if err := b.MarkAccepted(t.Context(), e.ID, outbox.Receipt{Number: "H00.00-20261123-0000001", At: noon.Add(time.Second)}); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(onDisk(t, path), mark) {
		t.Error("the body is still on disk")
	}
	rec, err := b.Lookup(t.Context(), e.ID)
	if err != nil || rec.State != outbox.Accepted || rec.HasBody || rec.GatewayNumber != "H00.00-20261123-0000001" || !rec.DecidedAt.Equal(noon.Add(time.Second)) {
		t.Errorf("record %+v (%v)", rec, err)
	}
	for what, err := range map[string]error{
		"accepted twice":        b.MarkAccepted(t.Context(), e.ID, outbox.Receipt{}),
		"refused afterwards":    b.MarkRefused(t.Context(), e.ID, health.Refused),
		"delayed afterwards":    b.MarkDelayed(t.Context(), e.ID, outbox.Delay{}),
		"queued again":          b.Requeue(t.Context(), e.ID),
		"one that was not here": b.MarkAccepted(t.Context(), "nobody", outbox.Receipt{}),
	} {
		if !errors.Is(err, outbox.ErrUnknown) {
			t.Errorf("%s: got %v, want ErrUnknown", what, err)
		}
	}
	if n, err := b.Forget(t.Context(), noon.Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("forgot %d (%v), want 1", n, err)
	}
}

// onDisk is everything that the store has in its folder.
func onDisk(t *testing.T, path string) []byte {
	t.Helper()
	var all []byte
	names, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		data, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	return all
}

func TestPlanningOfAttempts(t *testing.T) {
	c := &clock{t: noon}
	b := open(t, filepath.Join(t.TempDir(), "o.db"), options(c))
	at := func(d time.Duration) time.Time { return noon.Add(d) }
	first := create(t, b)
	delay := func(id string, d outbox.Delay) {
		t.Helper()
		if err := b.MarkDelayed(t.Context(), id, d); err != nil {
			t.Fatal(err)
		}
	}
	wantDue := func(what string, now time.Time, ids ...string) {
		t.Helper()
		if got := due(t, b, now); !slices.Equal(got, ids) {
			t.Errorf("%s: due %v, want %v", what, got, ids)
		}
	}
	delay(first.ID, outbox.Delay{Code: health.NetDown, Next: at(time.Minute)})
	wantDue("before its time", at(59*time.Second))
	wantDue("at its time", at(time.Minute), first.ID)
	if next, ok, err := b.NextAt(t.Context(), noon); err != nil || !ok || !next.Equal(at(time.Minute)) {
		t.Errorf("next at %v %v (%v)", next, ok, err)
	}

	c.set(at(time.Minute))
	second := create(t, b)
	wantDue("a fresh one goes first", at(time.Minute), second.ID, first.ID)
	delay(second.ID, outbox.Delay{Code: health.NetSlow, Next: at(62 * time.Second)})
	if err := b.Postpone(t.Context(), 1, at(62*time.Second)); err != nil {
		t.Fatal(err)
	}
	wantDue("the others wait for the probe", at(61*time.Second))
	wantDue("and go with it", at(62*time.Second), first.ID, second.ID)

	delay(first.ID, outbox.Delay{Code: health.GatewayError, Next: at(70 * time.Second), NotBefore: at(10 * time.Minute)})
	if err := b.Postpone(t.Context(), 2, at(5*time.Minute)); err != nil {
		t.Fatal(err)
	}
	wantDue("an old one's failure does not hold up a fresher one", at(62*time.Second), second.ID)
	delay(second.ID, outbox.Delay{Code: health.NetDown, Next: at(20 * time.Minute)})
	if err := b.Hasten(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantDue("the way is open: at once, but for Retry-After", at(time.Minute), second.ID)
	wantDue("which is kept", at(10*time.Minute), second.ID, first.ID)

	// The clock is set back by a year: nothing may wait a year.
	delay(second.ID, outbox.Delay{Code: health.NetDown, Next: at(20 * time.Minute)})
	c.set(noon.AddDate(-1, 0, 0))
	wantDue("after the clock was set back", c.now(), first.ID, second.ID)
	if next, ok, err := b.NextAt(t.Context(), c.now()); err != nil || !ok || !next.Equal(c.now()) {
		t.Errorf("next at %v %v (%v), want now", next, ok, err)
	}
}

func TestRefusedKeepsTheBody(t *testing.T) {
	c := &clock{t: noon}
	b := open(t, filepath.Join(t.TempDir(), "o.db"), options(c))
	e := create(t, b)
	if err := b.MarkRefused(t.Context(), e.ID, health.Refused); err != nil {
		t.Fatal(err)
	}
	if ids := due(t, b, noon.Add(24*time.Hour)); len(ids) != 0 {
		t.Errorf("due %v", ids)
	}
	s, err := b.Stats(t.Context())
	if err != nil || s.Refused != 1 || s.Depth != 0 || !s.Oldest.IsZero() {
		t.Errorf("stats %+v (%v)", s, err)
	}
	if n, err := b.Forget(t.Context(), noon.AddDate(1, 0, 0)); n != 0 || err != nil {
		t.Errorf("forgot %d refused ones (%v)", n, err)
	}
	if err := b.Requeue(t.Context(), e.ID); err != nil {
		t.Fatal(err)
	}
	if ids := due(t, b, noon); !slices.Equal(ids, []string{e.ID}) {
		t.Errorf("due %v", ids)
	}
}

func TestTwoKiosksCannotShare(t *testing.T) {
	path := filepath.Join(t.TempDir(), "o.db")
	b := open(t, path, options(&clock{t: noon}))
	_, err := outbox.Open(t.Context(), path, options(&clock{t: noon}))
	if !errors.Is(err, outbox.ErrRunning) || outbox.Code(err) != health.Running {
		t.Fatalf("got %v, want ErrRunning", err)
	}
	// Looking takes nothing from the kiosk, nor from the next one.
	for range 2 {
		if used, err := outbox.InUse(path); err != nil || !used {
			t.Errorf("in use %v, %v, while it is open", used, err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if used, err := outbox.InUse(path); err != nil || used {
		t.Errorf("in use %v, %v, after it was closed", used, err)
	}
	open(t, path, options(&clock{t: noon}))
	if used, err := outbox.InUse(filepath.Join(t.TempDir(), "o.db")); err != nil || used {
		t.Errorf("in use %v, %v, where none ever was", used, err)
	}
}

func TestCorruptFileIsSetAside(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"no database": func(t *testing.T, path string) { write(t, path, []byte(strings.Repeat("what is this ", 900))) },
		"cut off": func(t *testing.T, path string) {
			if err := os.Truncate(path, 5000); err != nil {
				t.Fatal(err)
			}
		},
		"pages overwritten": func(t *testing.T, path string) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := 4096; i < len(data); i++ {
				data[i] = byte(i * 7)
			}
			write(t, path, data)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := &clock{t: noon}
			path := filepath.Join(t.TempDir(), "o.db")
			b := open(t, path, options(c))
			before := create(t, b)
			b.Close()
			spoil(t, path)
			damaged, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var code health.Code
			var aside string
			o := options(c)
			o.Report = func(c health.Code, name string) { code, aside = c, name }
			b = open(t, path, o)
			if code != health.StoreReplaced || aside != "o.db.corrupt-20261123T050000Z" {
				t.Errorf("reported %q %q", code, aside)
			}
			kept, err := os.ReadFile(filepath.Join(filepath.Dir(path), "o.db.corrupt-20261123T050000Z"))
			if err != nil || !bytes.Equal(kept, damaged) {
				t.Errorf("what was set aside differs (%v)", err)
			}
			after := create(t, b)
			if after.Number <= before.Number {
				t.Errorf("number %s was given out behind %s: could be a second time", after.Number, before.Number)
			}
		})
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	c := &clock{t: noon}
	good := filepath.Join(t.TempDir(), "o.db")
	for name, f := range map[string]func(o *outbox.Options){
		"prefix": func(o *outbox.Options) { o.Prefix = "sm 06" },
		"kiosk":  func(o *outbox.Options) { o.Kiosk = "" },
		"site":   func(o *outbox.Options) { o.Site = "" },
		"seal":   func(o *outbox.Options) { o.Seal = nil },
		"clock":  func(o *outbox.Options) { o.Now = nil },
	} {
		o := options(c)
		f(&o)
		if _, err := outbox.Open(t.Context(), good, o); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := outbox.Open(t.Context(), filepath.Join(good, "below", "a-file"), options(c)); err != nil {
		t.Errorf("a folder to be made: %v", err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), nil)
	if _, err := outbox.Open(t.Context(), filepath.Join(dir, "file", "o.db"), options(c)); err == nil {
		t.Error("opened below a file")
	}
}

func BenchmarkCreate(b *testing.B) {
	box := open(b, filepath.Join(b.TempDir(), "o.db"), options(&clock{t: noon}))
	for b.Loop() {
		create(b, box)
	}
}
