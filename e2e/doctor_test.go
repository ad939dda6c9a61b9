package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tram06/devdock/pcscd"
	"tram06/devdock/stack"
	"tram06/e2e/talk"
	"tram06/firmware/health"
	page "tram06/firmware/receipt"
	"tram06/fleet/api"
	"tram06/fonts"
)

// diagnosis is what "kiosk doctor --json" said.
type diagnosis struct {
	Worst    string
	TookMS   int64 `json:"took_ms"`
	Running  *bool
	Version  string
	Findings []finding
	exit     int
}

type finding struct {
	Part, State, Text  string
	Name, Code, Remedy *string
	Details            map[string]string
}

// of gives the finding about a part, by the name of its examination if it has
// several.
func (d diagnosis) of(t *testing.T, part, name string) finding {
	t.Helper()
	for _, f := range d.Findings {
		if f.Part == part && (name == "" && f.Name == nil || f.Name != nil && *f.Name == name) {
			return f
		}
	}
	t.Fatalf("no finding about %s %s in %+v", part, name, d)
	return finding{}
}

// is tells state, code and steps of a finding: "error IN-201".
func (f finding) is() string {
	if f.Code == nil {
		return f.State
	}
	return f.State + " " + *f.Code
}

var doctorExits = map[string]int{"ok": 0, "warn": 10, "error": 11}

// doctor examines the terminal.
func (k *post) doctor(args ...string) diagnosis {
	k.Helper()
	cmd := k.Doctor(k.ctx, append(args, "--json")...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		k.Fatal(err)
	}
	var d diagnosis
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		k.Fatalf("%v: %s%s", err, out.String(), errs.String())
	}
	d.exit = cmd.ProcessState.ExitCode()
	if d.exit != doctorExits[d.Worst] {
		k.Errorf("exit %d, and the worst is %s", d.exit, d.Worst)
	}
	return d
}

// finds examines the terminal until the findings are as wanted, once more or
// twice: on a machine that is busy with other tests a printer's answer may be
// late, which the doctor tells as it is.
func (k *post) finds(wanted map[[2]string]string, args ...string) (d diagnosis) {
	k.Helper()
	var wrong []string
	for range 3 {
		d, wrong = k.doctor(args...), nil
		for about, is := range wanted {
			if f := d.of(k.T, about[0], about[1]); f.is() != is {
				wrong = append(wrong, fmt.Sprintf("%v is %q (%s), want %q", about, f.is(), f.Text, is))
			} else if f.Code != nil && f.Remedy == nil {
				k.Errorf("%v has no remedy", about)
			}
		}
		if wrong == nil {
			return d
		}
		k.Logf("%q", wrong)
	}
	k.Errorf("%q", wrong)
	return d
}

// TestDoctor examines a whole terminal: beside a kiosk that serves, without it,
// and with things broken.
func TestDoctor(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})

	d := k.finds(map[[2]string]string{
		{"reader", ""}: "ok", {"scanner", ""}: "info MAY-650", {"printer", ""}: "info MAY-650", {"kiosk", ""}: "ok", {"config", ""}: "ok",
		{"gateway", "answer"}: "ok", {"fleet", "log-in"}: "ok", {"certificates", "gateway.cert"}: "ok", {"trust", ""}: "ok",
		{"disk", "write"}: "ok", {"memory", ""}: "ok", {"time", "offset"}: "ok",
	})
	if d.Running == nil || !*d.Running || d.Worst == "error" {
		t.Errorf("%+v", d)
	}
	k.on("attract") // it was not disturbed

	k.must(k.KioskP.Kill())
	d = k.finds(map[[2]string]string{{"reader", ""}: "ok", {"scanner", ""}: "ok", {"printer", ""}: "ok", {"kiosk", ""}: "ok"})
	if f := d.of(t, "reader", ""); !strings.Contains(f.Details["model"], "Tram 06") {
		t.Errorf("the reader says %v", f.Details)
	}
	if f := d.of(t, "printer", ""); f.Details["answers"] != "yes" || f.Details["dots"] != "576" {
		t.Errorf("the printer says %v", f.Details)
	}
	if *d.Running || d.Worst == "error" {
		t.Errorf("%+v", d)
	}
	t.Logf("a full run took %d ms", d.TookMS)

	k.must(k.World.Printer("cover"))
	k.finds(map[[2]string]string{{"printer", ""}: "error IN-204"}, "--only", "printer")
	k.must(k.World.Printer("cover"))
	k.must(k.World.Printer("power"))
	k.finds(map[[2]string]string{{"printer", ""}: "error IN-201"}, "--only", "printer")
	k.must(k.World.Printer("power"))
	k.must(k.FleetP.Kill())
	k.finds(map[[2]string]string{{"fleet", "connect"}: "warn MANG-310"}, "--only", "fleet")
	k.UnplugReader()
	d = k.finds(map[[2]string]string{{"reader", ""}: "error THE-110", {"printer", ""}: "ok"}, "--only", "reader,printer")
	if len(d.Findings) != 2 {
		t.Errorf("asked for two parts, told of %+v", d.Findings)
	}
}

// TestDoctorPrints prints the test page, dot for dot as it was drawn, with a
// code that can be read.
func TestDoctorPrints(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	if d := k.doctor("--only", "tests", "--print"); d.of(t, "printer", "test").State != "skipped" || len(k.World.Papers()) != 0 {
		t.Errorf("beside a kiosk that serves: %+v", d)
	}
	k.must(k.KioskP.Kill())
	c := k.trying("c\n", "--print")
	if f := c.ended().of(t, "printer", "test"); f.is() != "ok" {
		t.Errorf("%+v", f)
	}
	papers := k.World.Papers()
	if len(papers) != 1 || !papers[0].Page.Cut {
		t.Fatalf("%d papers", len(papers))
	}
	file := filepath.Join(t.TempDir(), "page.png")
	k.must(os.WriteFile(file, papers[0].PNG, 0o600))
	code, err := exec.CommandContext(k.ctx, "zbarimg", "--quiet", "--raw", file).Output()
	if err != nil {
		t.Fatalf("zbarimg reads no code on the page: %v", err)
	}
	stamp, ok := strings.CutPrefix(strings.TrimSpace(string(code)), "TRAM06 IN THU SM06 ")
	at, err := time.Parse("2006-01-02 15:04:05", stamp)
	if err != nil || !ok {
		t.Fatalf("the code says %q", code)
	}
	set, err := page.ParseFonts(fonts.Regular, fonts.Bold)
	k.must(err)
	want, err := page.RenderTest(page.TestPage{
		Machine: "Trạm 06 1 · SM06 · UBND xã Suối Mây", Version: c.d.Version, At: at, DPI: 203, QR: strings.TrimSpace(string(code)),
	}, 576, set)
	k.must(err)
	got, err := png.Decode(bytes.NewReader(papers[0].PNG))
	k.must(err)
	black := func(x, y int) bool { return want.Bits[y*want.Stride+x>>3]&(0x80>>(x&7)) != 0 }
	if wrong := differs(got, want.Width, want.Height, black); wrong != 0 {
		t.Errorf("%d dots of %v differ from the page that was drawn, %d x %d", wrong, got.Bounds(), want.Width, want.Height)
	}
}

// differs counts the dots of a paper that are not as drawn. Paper is longer than
// what is on it.
func differs(paper image.Image, w, h int, black func(x, y int) bool) (wrong int) {
	for y := range h {
		for x := range w {
			r, _, _, _ := paper.At(paper.Bounds().Min.X+x, paper.Bounds().Min.Y+y).RGBA()
			if black(x, y) != (r < 0x8000) {
				wrong++
			}
		}
	}
	return wrong
}

// TestDoctorTriesReaderAndScanner holds a card and a code in front of it when it
// asks. It tells nothing of whose they are, which open looks after too.
func TestDoctorTriesReaderAndScanner(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	k.must(k.KioskP.Kill())
	c := k.trying("", "--card", "--can", "000638")
	c.Says("Lay an ID card")
	k.must(k.World.Lay("mau"))
	f := c.ended().of(t, "reader", "test")
	if f.is() != "ok" || f.Details["access"] == "" || f.Details["atr"] == "" {
		t.Errorf("%+v", f)
	}
	k.must(k.World.Lift())

	c = k.trying("", "--scan")
	c.Says("Hold a QR code")
	k.must(k.World.Scan("mau", ""))
	if f := c.ended().of(t, "scanner", "test"); f.is() != "ok" || !strings.Contains(f.Text, "thẻ căn cước") {
		t.Errorf("%+v", f)
	}
	c = k.trying("", "--scan", "--wait", "100ms")
	if f := c.ended().of(t, "scanner", "test"); f.is() != "skipped" {
		t.Errorf("nothing was scanned: %+v", f)
	}
}

// trial is a run of the doctor with a person before it.
type trial struct {
	*talk.Program
	d diagnosis
}

// trying starts tests with these answers.
func (k *post) trying(answers string, args ...string) *trial {
	k.Helper()
	cmd := k.Doctor(k.ctx, append(args, "--only", "tests", "--json")...)
	cmd.Stdin = strings.NewReader(answers)
	return &trial{Program: talk.Start(k, cmd)}
}

// ended waits for the end. Nothing of the made-up citizen may be told.
func (c *trial) ended() diagnosis {
	c.Helper()
	c.Ends()
	if err := json.Unmarshal(c.Out.Bytes(), &c.d); err != nil {
		c.Fatalf("%v: %s%q", err, c.Out.String(), c.Said)
	}
	for _, secret := range []string{"001090000638", "000638", "NGUYỄN", "MẪU"} {
		if strings.Contains(c.Out.String()+strings.Join(c.Said, "\n"), secret) {
			c.Errorf("tells %q: %s%q", secret, c.Out.String(), c.Said)
		}
	}
	return c.d
}

// TestDoctorFromAfar has the fleet ask a kiosk that serves. It answers by what it
// knows of its devices, and opens none.
func TestDoctorFromAfar(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	ask := func() (found map[string]string, worst string) {
		out, err := k.Command(k.ctx, "fleet", "kiosk", "doctor", stack.Kiosk, "--server", k.Fleet, "--output", "json")
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		var e api.Examination
		if err := json.Unmarshal(out, &e); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		found = map[string]string{}
		for _, f := range e.Findings {
			name := strings.Trim(f.Part+" "+f.Name, " ")
			found[name] = strings.Trim(f.State+" "+f.Code, " ")
		}
		if exit != nil && exit.ExitCode() != doctorExits[e.Worst] {
			t.Errorf("exit %d, and the worst is %s", exit.ExitCode(), e.Worst)
		}
		return found, e.Worst
	}
	k.fleetSees("the kiosk", present("online"))
	var found map[string]string
	var worst string
	k.await("the health of all its devices", func() bool {
		found, worst = ask()
		for _, is := range found {
			if strings.Contains(is, "MAY-650") { // it does not know yet
				return false
			}
		}
		return true
	})
	for _, part := range []string{"reader", "scanner", "printer", "lamps", "door", "fan", "thermometer", "gateway answer", "fleet connect", "certificates gateway.cert", "trust", "disk write"} {
		if found[part] != "ok" {
			t.Errorf("%s is %q, want ok", part, found[part])
		}
	}
	if worst == "error" {
		t.Errorf("%v", found)
	}
	k.must(k.World.Printer("cover"))
	k.logged(health.CoverOpen)
	if found, worst := ask(); found["printer"] != "error IN-204" || worst != "error" {
		t.Errorf("with its cover open the printer is %q, the worst %s", found["printer"], worst)
	}
	k.on("attract")
}

// TestDoctorWithAHangingDaemon has a card service that takes every connection
// and answers none: that costs the reader's limit, and is told as it is.
func TestDoctorWithAHangingDaemon(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	dir, err := os.MkdirTemp("", "t06") // a short path, as sockets need
	k.must(err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	ln, err := net.Listen("unix", filepath.Join(dir, "mute"))
	k.must(err)
	t.Cleanup(func() { ln.Close() })
	cmd := k.Doctor(k.ctx, "--only", "reader,memory", "--timeout", "1s", "--json", "--lang", "en")
	cmd.Env = append(cmd.Env, pcscd.Env+"="+ln.Addr().String())
	out, err := cmd.Output()
	if cmd.ProcessState.ExitCode() != 11 {
		t.Fatalf("%v: %s", err, out)
	}
	var d diagnosis
	k.must(json.Unmarshal(out, &d))
	if f := d.of(t, "reader", ""); f.is() != "error THE-110" || !strings.Contains(f.Text, "hangs") {
		t.Errorf("%+v", f)
	}
	if f := d.of(t, "memory", ""); f.is() != "ok" {
		t.Errorf("%+v", f)
	}
	t.Logf("it took %d ms", d.TookMS)
}
