package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tram06/devdock/people"
	"tram06/firmware/emrtd/chipsim"
	"tram06/hal"
	"tram06/hal/pcsc"
)

// seat is a reader with a simulated chip on it, or without.
type seat struct {
	chip  *chipsim.Chip
	after int   // commands that are answered; -1 for all
	fails error // what comes then
	then  func()
	mute  bool // lies there and cannot be activated
}

func (s *seat) URI() string        { return "pcsc:///" }
func (s *seat) Name() string       { return "Simulated reader" }
func (s *seat) Health() hal.Health { return hal.Health{State: hal.Ready} }
func (s *seat) Close() error       { return nil }
func (s *seat) Present() bool      { return s.chip != nil }
func (s *seat) ATR() []byte        { return s.chip.ATR() }
func (s *seat) Release() error     { return nil }

func (s *seat) Wait(ctx context.Context) (hal.Card, error) {
	if s.chip != nil && !s.mute {
		return s, nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func (s *seat) WaitRemoval(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func (s *seat) Transmit(_ context.Context, cmd []byte) ([]byte, error) {
	if s.after == 0 && s.then != nil {
		s.then()
	} else if s.after == 0 {
		return nil, fmt.Errorf("transmit: %w", s.fails)
	}
	s.after--
	return s.chip.Transmit(cmd), nil
}

// ended is how a run of the command ended.
type ended struct {
	code      int
	out, errs string
}

// read runs the command in front of this opener.
func read(ctx context.Context, open hal.Opener, stdin string, args ...string) ended {
	cmd := cardReadIn(surroundings{
		registry: hal.Registry{"pcsc": open}, now: time.Now, rand: rand.Reader, poll: time.Millisecond, patience: time.Millisecond,
	})
	var out, errs bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	err := cmd.ExecuteContext(ctx)
	end := ended{0, out.String(), errs.String()}
	if err != nil {
		end.code = -1
		end.errs += err.Error() + "\n"
		if exit := (exitError{}); errors.As(err, &exit) {
			end.code = exit.code
		}
	}
	return end
}

func on(s *seat) hal.Opener {
	return func(context.Context, *url.URL) (hal.Device, error) { return s, nil }
}

var issued = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)

// laid is a card of the first citizen, changed.
func laid(t *testing.T, change func(*chipsim.Personality, chipsim.Files)) *seat {
	t.Helper()
	a, err := chipsim.NewAuthority(rand.Reader, issued)
	if err != nil {
		t.Fatal(err)
	}
	p, f, err := mau(t).Document(a, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&p, f)
	}
	chip, err := chipsim.New(p, f, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &seat{chip: chip, after: -1}
}

func mau(t *testing.T) people.Citizen {
	t.Helper()
	c, ok := people.ByKey("mau")
	if !ok {
		t.Fatal("the first citizen has gone")
	}
	return c
}

// decode reads the answer strictly: one object and nothing behind it.
func decode(t *testing.T, out string) cardJSON {
	t.Helper()
	var got cardJSON
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if d.More() {
		t.Fatalf("more than one object: %s", out)
	}
	return got
}

func word(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

func TestHowAReadingEnds(t *testing.T) {
	can := []string{"--can", mau(t).CAN()}
	for name, tt := range map[string]struct {
		card   *seat
		args   []string
		exit   int
		code   string // of the error
		access string
		hashes string
		sign   string
	}{
		"an ordinary card":  {card: laid(t, nil), args: can, access: "pace-gm", hashes: "ok", sign: "ok"},
		"by MRZ values":     {card: laid(t, nil), args: []string{"--mrz", "001090000638/15031990/300315"}, access: "pace-gm", hashes: "ok", sign: "ok"},
		"by QR":             {card: laid(t, nil), args: []string{"--qr", mau(t).QR()}, access: "pace-gm", hashes: "ok", sign: "ok"},
		"blanks in the CAN": {card: laid(t, nil), args: []string{"--can", " " + mau(t).CAN()[:3] + " " + mau(t).CAN()[3:]}, access: "pace-gm", hashes: "ok", sign: "ok"},
		"printed dates":     {card: laid(t, nil), args: []string{"--mrz", "001090000638/15/03/1990/15-03-2030"}, exit: 1, code: "usage", access: "null", hashes: "null", sign: "null"},
		"dates with blanks": {card: laid(t, nil), args: []string{"--mrz", "001 090 000 638/15/03/1990/15/03/2030"}, access: "pace-gm", hashes: "ok", sign: "ok"},
		"PACE denied": {card: laid(t, func(p *chipsim.Personality, _ chipsim.Files) { p.CardAccess = nil }),
			args: []string{"--qr", mau(t).QR()}, exit: 3, code: "THE-116", access: "bac", hashes: "ok", sign: "ok"},
		"changed portrait": {card: laid(t, func(_ *chipsim.Personality, f chipsim.Files) { f[chipsim.DG(2)][4000] ^= 1 }),
			args: can, exit: 3, code: "THE-105", access: "pace-gm", hashes: "failed", sign: "ok"},
		"changed signature": {card: laid(t, func(_ *chipsim.Personality, f chipsim.Files) { f[chipsim.FileSOD][len(f[chipsim.FileSOD])-1] ^= 1 }),
			args: can, exit: 3, code: "THE-107", access: "pace-gm", hashes: "ok", sign: "failed"},
		"wrong CAN": {card: laid(t, nil), args: []string{"--can", "999999"}, exit: 5, code: "THE-102", access: "null", hashes: "null", sign: "null"},
		"torn off": {card: func() *seat { s := laid(t, nil); s.after, s.fails = 7, hal.ErrCardRemoved; return s }(),
			args: can, exit: 6, code: "THE-104", access: "pace-gm", hashes: "null", sign: "null"},
		"reader unplugged": {card: func() *seat { s := laid(t, nil); s.after, s.fails = 7, hal.ErrGone; return s }(),
			args: can, exit: 1, code: "THE-110", access: "pace-gm", hashes: "null", sign: "null"},
		"bank card": {card: laid(t, func(p *chipsim.Personality, _ chipsim.Files) { p.Fault = chipsim.NoApplication }),
			args: can, exit: 1, code: "THE-101", access: "null", hashes: "null", sign: "null"},
		"noise": {card: laid(t, func(p *chipsim.Personality, _ chipsim.Files) { p.Fault = chipsim.Garbage }),
			args: can, exit: 1, code: "THE-103", access: "pace-gm", hashes: "null", sign: "null"},
	} {
		t.Run(name, func(t *testing.T) {
			end := read(t.Context(), on(tt.card), "", append(tt.args, "--json")...)
			got := decode(t, end.out)
			code := ""
			if got.Error != nil {
				code = got.Error.Code
			}
			if end.code != tt.exit || code != tt.code {
				t.Errorf("exit %d with %q, want %d with %q: %s", end.code, code, tt.exit, tt.code, end.errs)
			}
			if word(got.Access) != tt.access || word(got.Proofs.Hashes) != tt.hashes || word(got.Proofs.Signature) != tt.sign {
				t.Errorf("%s", end.out)
			}
			for _, secret := range []string{"001090000638", "090000638", "NGUY", "MẪU", "Suối", "1990"} {
				if strings.Contains(end.out+end.errs, secret) {
					t.Errorf("tells %q: %s%s", secret, end.out, end.errs)
				}
			}
		})
	}
}

func TestNobodyLaysACard(t *testing.T) {
	gone := func(err error) hal.Opener {
		return func(context.Context, *url.URL) (hal.Device, error) { return nil, err }
	}
	for name, tt := range map[string]struct {
		open hal.Opener
		hint string
		code string
	}{
		"a reader without a card":     {on(&seat{}), `lay the card on the reader "Simulated reader"`, "no-card"},
		"a card that does not answer": {on(&seat{chip: laid(t, nil).chip, mute: true}), `the card on the reader "Simulated reader" does not answer`, "no-card"},
		"no reader at all":            {gone(&pcsc.NoReaderError{}), "waiting for a card reader: none is plugged in", "THE-110"},
		"another reader": {gone(&pcsc.NoReaderError{Want: "ACR", Have: []string{"Some Reader 00"}}),
			`none is like "ACR"; there are ["Some Reader 00"]`, "THE-110"},
		"no daemon": {gone(hal.ErrGone), "is pcscd running?", "THE-110"},
	} {
		t.Run(name, func(t *testing.T) {
			end := read(t.Context(), tt.open, "", "--can", "123456", "--timeout", "30ms", "--json")
			got := decode(t, end.out)
			if end.code != 4 || got.Error == nil || got.Error.Code != tt.code {
				t.Errorf("exit %d: %s", end.code, end.out)
			}
			if strings.Count(end.errs, tt.hint) != 2 { // once as a hint, once in the reason at the end
				t.Errorf("hints %q, want %q", end.errs, tt.hint)
			}
		})
	}
}

// A reader that is plugged in, and a card that is laid down, while the command
// waits.
func TestReaderComesLater(t *testing.T) {
	tries := 0
	end := read(t.Context(), func(context.Context, *url.URL) (hal.Device, error) {
		if tries++; tries < 3 {
			return nil, &pcsc.NoReaderError{}
		}
		return laid(t, nil), nil
	}, "", "--can", mau(t).CAN())
	if end.code != 0 || strings.Count(end.errs, "none is plugged in") != 1 {
		t.Errorf("exit %d: %s", end.code, end.errs)
	}
}

func TestCalledOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	end := read(ctx, func(context.Context, *url.URL) (hal.Device, error) {
		cancel()
		return &seat{}, nil
	}, "", "--can", "123456", "--json")
	if got := decode(t, end.out); end.code != 1 || got.Error == nil || got.Error.Code != "called-off" {
		t.Errorf("exit %d: %s", end.code, end.out)
	}
}

// The card may be gone after any command; the next reading is whole again.
func TestTornOffAfterEachCommand(t *testing.T) {
	s := laid(t, nil)
	whole := decode(t, read(t.Context(), on(s), "", "--qr", mau(t).QR(), "--json").out)
	if whole.APDUs < 12 {
		t.Fatalf("%+v", whole)
	}
	for n := range whole.APDUs {
		s.chip.Reset()
		s.after, s.fails = n, hal.ErrCardRemoved
		end := read(t.Context(), on(s), "", "--qr", mau(t).QR(), "--json")
		got := decode(t, end.out)
		if end.code != 6 || got.Error == nil || got.Error.Code != "THE-104" || got.APDUs != n {
			t.Errorf("after %d: exit %d, %s", n, end.code, end.out)
		}
		s.chip.Reset()
		s.after = -1
		if end := read(t.Context(), on(s), "", "--qr", mau(t).QR()); end.code != 0 {
			t.Errorf("again after %d: exit %d, %s", n, end.code, end.errs)
		}
	}
}

func TestCalledOffWhileReading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := laid(t, nil)
	s.after, s.then = 8, cancel
	end := read(ctx, on(s), "", "--can", mau(t).CAN(), "--json")
	got := decode(t, end.out)
	if end.code != 1 || got.Error == nil || got.Error.Code != "called-off" || got.APDUs != 9 || word(got.Access) != "pace-gm" {
		t.Errorf("exit %d: %s", end.code, end.out)
	}
}

// Without a key the reader and the kind of card can be tried all the same.
func TestWithoutAKey(t *testing.T) {
	end := read(t.Context(), on(&seat{}), "", "--timeout", "30ms")
	if end.code != 4 || strings.Count(end.errs, sayWhatOpens) != 1 {
		t.Errorf("no card: exit %d: %s", end.code, end.errs)
	}
	end = read(t.Context(), on(laid(t, nil)), "", "--json")
	got := decode(t, end.out)
	if end.code != 5 || got.Error == nil || got.Error.Code != "THE-102" || !strings.Contains(got.Error.Text, sayWhatOpens) || got.Access != nil || got.Tries != 0 {
		t.Errorf("a card that stays closed: exit %d: %s", end.code, end.out)
	}
}

func TestMistakesOnTheCommandLine(t *testing.T) {
	never := func(context.Context, *url.URL) (hal.Device, error) { panic("nothing was to be opened") }
	for _, args := range [][]string{
		{"--can", "12345"},
		{"--can", "12345a"},
		{"--can", "123456", "--qr", "x"},
		{"--qr", "somebody|else"},
		{"--mrz", "IDVNM"},
		{"--mrz", "001090000638/1990/300315"},
		{"--mrz", "001090000638/15032030/15031990"},
		{"--mrz", "001090000638/900315/31023015"},
		{"--mrz", "éèà/900315/300315"},
		{"--can", "123456", "--reader", "pcsc://ACR1252"},
		{"--can", "123456", "--reader", "pcsc:/%zz"},
		{"--can", "123456", "--timeout", "-1s"},
		{"--can", "123456", "--photo", "face.png"},
		{"--can", "123456", "another"},
		{"--bogus"},
		{"--timeout", "soon"},
	} {
		end := read(t.Context(), never, "", append([]string{"--json"}, args...)...)
		if got := decode(t, end.out); end.code != 1 || got.Error == nil || got.Error.Code != "usage" {
			t.Errorf("%q: exit %d, %s", args, end.code, end.out)
		}
		if end := read(t.Context(), never, "", args...); end.code != 1 || end.out != "" {
			t.Errorf("%q as text: exit %d, %s", args, end.code, end.out)
		}
	}
	end := read(t.Context(), nil, "", "--can", "123456", "--trust", filepath.Join(t.TempDir(), "missing"), "--json")
	if got := decode(t, end.out); end.code != 1 || got.Error == nil || got.Error.Code != "failed" {
		t.Errorf("a store that is missing: exit %d, %s", end.code, end.out)
	}
	end = read(t.Context(), nil, "", "--can", "123456", "--reader", "floppy:///dev/fd0", "--json")
	if got := decode(t, end.out); end.code != 1 || got.Error == nil || got.Error.Code != "failed" {
		t.Errorf("a device of no kind: exit %d, %s", end.code, end.out)
	}
}

// What is typed need not be in the list of processes.
func TestKeysFromStandardInput(t *testing.T) {
	mrz, err := mau(t).MRZ()
	if err != nil {
		t.Fatal(err)
	}
	lines := mrz[:30] + "\r\n" + mrz[30:60] + "\n" + mrz[60:] + "\n"
	for name, tt := range map[string]struct {
		in   string
		args []string
	}{
		"printed lines":  {lines, []string{"--mrz", "-"}},
		"QR":             {mau(t).QR() + "\n", []string{"--qr", "-"}},
		"lines as flags": {"", []string{"--mrz", mrz[:30], "--mrz", mrz[30:60], "--mrz", mrz[60:]}},
		"information":    {"", []string{"--mrz", mrz[5:15] + mrz[30:37] + mrz[38:45]}},
	} {
		if end := read(t.Context(), on(laid(t, nil)), tt.in, tt.args...); end.code != 0 {
			t.Errorf("%s: exit %d, %s", name, end.code, end.errs)
		}
	}
}

func TestTextForTechnicians(t *testing.T) {
	end := read(t.Context(), on(laid(t, nil)), "", "--can", mau(t).CAN())
	for _, want := range []string{
		"reader     Simulated reader", "PACE, generic mapping, AES-128", "by CAN, 1 key tried",
		"✓ hashes     ok", "✓ signature  ok", "? chain      unknown   no --trust folder given",
		"number      001 ••• ••• 638", "name        N••• V••• M•••", "portrait    image/jpeg, 480 × 640",
		"DG1 ", "DG2 ", "DG13", "extended length", "access  ", "photo   ", "together", "█",
	} {
		if !strings.Contains(end.out, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(end.out, "to do") {
		t.Error("something to do after a good reading")
	}
	torn := laid(t, nil)
	torn.after, torn.fails = 9, hal.ErrCardRemoved
	if end := read(t.Context(), on(torn), "", "--can", mau(t).CAN()); !strings.Contains(end.out, "error      THE-104 card.lifted\nto do      Nothing to do.") {
		t.Errorf("%s", end.out)
	}
	for _, secret := range []string{"001090000638", "NGUYỄN", "15/03/1990", "Kinh"} {
		if strings.Contains(end.out, secret) {
			t.Errorf("tells %q without being asked", secret)
		}
	}
	if t.Failed() {
		t.Logf("exit %d:\n%s%s", end.code, end.out, end.errs)
	}
}

func TestWhoseCardItIs(t *testing.T) {
	photo := filepath.Join(t.TempDir(), "face.png")
	// A file of the same name that everyone may read.
	if err := os.WriteFile(photo, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	end := read(t.Context(), on(laid(t, nil)), "", "--can", mau(t).CAN(), "--show-personal", "--photo", photo)
	if end.code != 0 || !strings.Contains(end.out, "001090000638") || !strings.Contains(end.out, "NGUYỄN VĂN MẪU") {
		t.Errorf("exit %d: %s%s", end.code, end.out, end.errs)
	}
	info, err := os.Stat(photo)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the face's file is %v", info.Mode())
	}
	b, err := os.ReadFile(photo)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := png.Decode(bytes.NewReader(b)); err != nil || m.Bounds().Dx() != 480 || m.Bounds().Dy() != 640 {
		t.Errorf("portrait: %v", err)
	}
	end = read(t.Context(), on(laid(t, nil)), "", "--can", mau(t).CAN(), "--show-personal", "--json")
	got := decode(t, end.out)
	if p := got.Person; p == nil || p.Number != "001090000638" || p.Portrait == nil || p.Portrait.Width != 480 {
		t.Errorf("%s", end.out)
	}
	// No portrait, no file.
	none := filepath.Join(t.TempDir(), "none.png")
	end = read(t.Context(), on(laid(t, func(p *chipsim.Personality, _ chipsim.Files) { p.Closed = []int{2, 3} })), "",
		"--can", mau(t).CAN(), "--show-personal", "--photo", none)
	if _, err := os.Stat(none); err == nil || end.code != 1 || !strings.Contains(end.errs, "nothing was written") {
		t.Errorf("without a portrait: exit %d, %v, %s", end.code, err, end.errs)
	}
	// Whom a changed chip names is shown to who asks, and identifies nobody.
	changed := laid(t, func(_ *chipsim.Personality, f chipsim.Files) { f[chipsim.DG(2)][4000] ^= 1 })
	end = read(t.Context(), on(changed), "", "--can", mau(t).CAN(), "--show-personal", "--json")
	if got := decode(t, end.out); end.code != 3 || got.Person == nil || got.Person.Name != "NGUYỄN VĂN MẪU" || got.Assurance != nil {
		t.Errorf("exit %d: %s", end.code, end.out)
	}
	// A photo that cannot be written is told, and the reading all the same.
	end = read(t.Context(), on(laid(t, nil)), "", "--can", mau(t).CAN(), "--show-personal", "--photo", t.TempDir(), "--json")
	if got := decode(t, end.out); end.code != 1 || word(got.Proofs.Hashes) != "ok" {
		t.Errorf("exit %d: %s", end.code, end.out)
	}
}
