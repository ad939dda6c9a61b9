package cardread

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tram06/devdock/pcscd"
	"tram06/devdock/people"
	"tram06/firmware/emrtd/chipsim"
)

// card is a made-up citizen's, changed. One authority signs all of them.
func card(t testing.TB, change func(*chipsim.Personality, chipsim.Files)) (people.Citizen, *chipsim.Chip) {
	t.Helper()
	who := people.All()[0]
	a, err := chipsim.NewAuthority(rand.Reader, time.Now().AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	p, f, err := who.Document(a, rand.Reader)
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
	return who, chip
}

func TestCardsOnARealDaemon(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*chipsim.Personality, chipsim.Files)
		can    string
		after  int // commands until it is torn off
		exit   int
		code   string
		access string
	}{
		{name: "ordinary", access: "pace-gm"},
		{name: "short APDUs only", change: func(p *chipsim.Personality, _ chipsim.Files) { p.WithoutExtended = true }, access: "pace-gm"},
		{name: "changed portrait", change: func(_ *chipsim.Personality, f chipsim.Files) { f[chipsim.DG(2)][5000] ^= 1 },
			exit: 3, code: "THE-105", access: "pace-gm"},
		{name: "wrong number", can: "999999", exit: 5, code: "THE-102", access: "null"},
		{name: "torn off at once", after: 1, exit: 6, code: "THE-104", access: "null"},
		{name: "torn off late", after: 9, exit: 6, code: "THE-104", access: "pace-gm"},
		{name: "bank card", change: func(p *chipsim.Personality, _ chipsim.Files) { p.CardAccess, p.Fault = nil, chipsim.NoApplication },
			exit: 1, code: "THE-101", access: "null"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			who, chip := card(t, tt.change)
			can := who.CAN()
			if tt.can != "" {
				can = tt.can
			}
			c := start(t, "", "--can", can, "--reader", "00 00", "--json")
			c.Says(`lay the card on the reader "Tram 06 virtual reader`)
			slot, lift := lay(t, daemon.Addr, chip)
			if tt.after > 0 {
				slot.RemoveAfter(tt.after)
			}
			exit := c.Ends()
			lift()
			a := c.answer()
			code := ""
			if a.Error != nil {
				code = a.Error.Code
			}
			if exit != tt.exit || code != tt.code || word(a.Access) != tt.access {
				t.Errorf("exit %d, want %d with %q: %s%q", exit, tt.exit, tt.code, c.Out.String(), c.Said)
			}
			if exit == 0 && (word(a.Proofs.Hashes) != "ok" || word(a.Proofs.Signature) != "ok" || len(a.Groups) < 4 || a.Phases["photo"] <= 0) {
				t.Errorf("%s", c.Out.String())
			}
			if strings.Contains(c.Out.String()+strings.Join(c.Said, ""), who.Card.Number) {
				t.Error("the number is told")
			}
		})
	}
}

func TestNoCardInTime(t *testing.T) {
	c := start(t, "", "--can", "123456", "--timeout", "100ms")
	if code := c.Ends(); code != 4 || c.Out.Len() > 0 {
		t.Errorf("exit %d: %s%q", code, c.Out.String(), c.Said)
	}
}

func TestNoSuchReader(t *testing.T) {
	c := start(t, "", "--can", "123456", "--reader", "ACR1252", "--timeout", "100ms", "--json")
	code := c.Ends()
	if a := c.answer(); code != 4 || a.Error == nil || a.Error.Code != "THE-110" || !strings.Contains(c.Said[0], "Tram 06 virtual reader 00 01") {
		t.Errorf("exit %d: %q", code, c.Said)
	}
}

func TestEndedByTheKeyboard(t *testing.T) {
	c := start(t, "", "--can", "123456", "--json")
	c.Says("lay the card")
	if err := c.Cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	code := c.Ends()
	if a := c.answer(); code != 1 || a.Error == nil || a.Error.Code != "called-off" {
		t.Errorf("exit %d: %s", code, c.Out.String())
	}
}

// The daemon ends while the command waits, and is started again.
func TestDaemonComesBack(t *testing.T) {
	who, chip := card(t, nil)
	c := start(t, "", "--can", who.CAN(), "--reader", "00 00")
	c.Says("lay the card")
	daemon.Stop()
	c.Says("is pcscd running?")
	socket := daemon.Socket
	var err error
	if daemon, err = pcscd.Start(context.Background(), home); err != nil {
		t.Fatal(err)
	}
	if daemon.Socket != socket {
		t.Fatal("the new daemon is not where programs look for it")
	}
	c.Says("lay the card")
	_, lift := lay(t, daemon.Addr, chip)
	defer lift()
	if code := c.Ends(); code != 0 {
		t.Errorf("exit %d: %s%q", code, c.Out.String(), c.Said)
	}
}

// The second reader by its name, the key and the portrait by files.
func TestAllOfIt(t *testing.T) {
	who, chip := card(t, nil)
	photo := filepath.Join(t.TempDir(), "face.png")
	c := start(t, who.QR(), "--qr", "-", "--reader", "pcsc:///?reader=00+01", "--show-personal", "--photo", photo)
	c.Says("00 01")
	_, lift := lay(t, daemon.Addr2, chip)
	defer lift()
	if code := c.Ends(); code != 0 {
		t.Fatalf("exit %d: %s%q", code, c.Out.String(), c.Said)
	}
	for _, want := range []string{who.Card.Name, who.Card.Number, "✓ hashes", "PACE, generic mapping", "together"} {
		if !strings.Contains(c.Out.String(), want) {
			t.Errorf("no %q in\n%s", want, c.Out.String())
		}
	}
	if info, err := os.Stat(photo); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the portrait: %v, %v", info, err)
	}
}
