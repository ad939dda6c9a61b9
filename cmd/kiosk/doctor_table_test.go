package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"

	"tram06/firmware/doctor"
	"tram06/firmware/health"
)

// findings of a terminal that has something of everything.
func findings(l doctor.Language) []doctor.Finding {
	steps := func(marks string, more map[string]string) map[string]string {
		details := map[string]string{"uri": "test:///"}
		for i, s := range doctor.Steps() {
			details[s] = map[byte]string{'+': "yes", '-': "no", '?': "unknown"}[marks[i]]
		}
		for k, v := range more {
			details[k] = v
		}
		return details
	}
	reader := l.Fine("reader", "", l.Say("trả lời, không có thẻ", "answers, no card on it"))
	reader.Details = steps("+++?", map[string]string{"maker": "ACS", "model": "ACS ACR1252 1S CL Reader [ACR1252 Reader PICC] 00 00", "serial": "RR554-012345", "firmware": "1.07"})
	scanner := l.Found("scanner", "", health.DeviceInUse, l.Say("kiosk đang chạy giữ thiết bị", "held by the running kiosk"))
	scanner.Details = steps("+???", nil)
	printer := l.Found("printer", "", health.PrinterGone, l.Say("không thấy: %s", "not there: %s", "printer device: open /dev/usb/lp0: no such file or directory"))
	printer.Details = steps("--??", nil)
	touch := l.Found("touch", "", health.TouchUncalibrated, l.Say("chạy, cần xem lại", "works, needs a look"))
	touch.Details = steps("+++?", map[string]string{"model": "Goodix Capacitive TouchScreen"})
	return []doctor.Finding{
		reader, scanner, printer, touch,
		l.Fine(doctor.PartNetwork, "", "eth0 10.0.0.7"),
		l.Fine(doctor.PartGateway, "connect", l.Say("%s sau %s", "%s in %s", "gateway.example.vn:8443", "21ms")),
		l.Found(doctor.PartGateway, "tls", health.GatewayTLS, l.Say("chứng thư của cổng không do gateway.ca cấp", "the gateway’s certificate was not issued by gateway.ca")),
		l.Left(doctor.PartPower, "", l.Say("máy này không cho biết", "this machine does not tell")),
		l.Fine("printer", testName, l.Say("máy in báo đã in xong; trang in rõ", "the printer confirmed the page; the page is clear")),
		l.Left("lamps", testName, l.Say("bo mạch không có", "the board has none")),
	}
}

// table writes it for a paper so wide.
func tabled(t *testing.T, l doctor.Language, p paper) string {
	t.Helper()
	var b bytes.Buffer
	p.Writer = &b
	d := consultation{lang: l, out: &p}
	if err := d.writeTable(report{took: 1234 * time.Millisecond, findings: findings(l)}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The pictures in testdata were looked at; UPDATE=1 makes them anew.
func TestDoctorsTable(t *testing.T) {
	for name, x := range map[string]struct {
		lang  doctor.Language
		paper paper
	}{
		"doctor-80.txt":    {"vi", paper{width: 80}},
		"doctor-120.txt":   {"vi", paper{width: 120}},
		"doctor-80-en.txt": {"en", paper{width: 80}},
		"doctor-plain.txt": {"en", paper{}},
	} {
		got := tabled(t, x.lang, x.paper)
		file := filepath.Join("testdata", name)
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is now\n%s", name, got)
		}
		for line := range strings.Lines(got) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); x.paper.width > 0 && n > x.paper.width {
				t.Errorf("%s: a line of %d columns: %s", name, n, line)
			}
			if strings.HasSuffix(line, " \n") {
				t.Errorf("%s: spaces at the end of %q", name, line)
			}
		}
	}
}

// A test of the device that was examined last stands below a heading of its own,
// and says whose it is.
func TestEveryTestSaysOfWhat(t *testing.T) {
	var b bytes.Buffer
	d := consultation{lang: "en", out: &paper{Writer: &b}}
	if err := d.writeTable(report{findings: []doctor.Finding{d.lang.Fine("reader", "", "answers"), d.lang.Fine("reader", testName, "the card was read")}}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "✓ Card reader"); n != 2 {
		t.Errorf("the reader is named %d times:\n%s", n, b.String())
	}
}

// Colours add nothing but colours.
func TestColoursOfTheTable(t *testing.T) {
	plain, coloured := tabled(t, "vi", paper{width: 80}), tabled(t, "vi", paper{width: 80, colours: true})
	if !strings.Contains(coloured, "\x1b[31m✗\x1b[0m") || !strings.Contains(coloured, "\x1b[32m✓\x1b[0m") {
		t.Errorf("%q", coloured)
	}
	if got := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(coloured, ""); got != plain {
		t.Errorf("without colours it is\n%s\nnot\n%s", got, plain)
	}
	var b bytes.Buffer
	d := consultation{lang: "en", out: &paper{Writer: &b}}
	d.row(&b, doctor.Finding{Part: "reader", State: doctor.OK, Text: "held by \x1b[2Jevil\r"}, false)
	if got := b.String(); strings.ContainsAny(got, "\x1b\r") {
		t.Errorf("%q", got)
	}
	// A pipe is no terminal.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if p := newPaper(w); p.terminal || p.colours || p.width != 0 {
		t.Errorf("%+v", p)
	}
}

// A terminal has a width, and colours unless somebody does not want them.
func TestPaperThatIsATerminal(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	if p := newPaper(slave); !p.terminal || p.width != 100 || !p.colours {
		t.Errorf("%+v", p)
	}
	t.Setenv("NO_COLOR", "1")
	if p := newPaper(slave); !p.terminal || p.colours {
		t.Errorf("NO_COLOR: %+v", p)
	}
	// What is done is told in one line that is written over, and wiped.
	var b bytes.Buffer
	p := newProgress(&paper{Writer: &b, terminal: true, width: 100}, "en")
	p.found(doctor.Finding{Part: "reader", State: doctor.OK})
	p.found(doctor.Finding{Part: doctor.PartGateway, Name: "tls", State: doctor.Error})
	p.end()
	if got := b.String(); got != "\r\x1b[K1 ✓ Card reader\r\x1b[K2 ✗ Gateway, TLS\r\x1b[K" {
		t.Errorf("%q", got)
	}
}
