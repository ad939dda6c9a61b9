package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"tram06/firmware/doctor"
)

// paper is where the command writes: a terminal with a width and colours, or a
// file or pipe without.
type paper struct {
	io.Writer
	width    int // columns; 0 for no limit
	colours  bool
	terminal bool
}

// newPaper looks at what w is.
func newPaper(w io.Writer) *paper {
	p := &paper{Writer: w}
	f, ok := w.(*os.File)
	if !ok {
		return p
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return p
	}
	p.terminal = true
	p.colours = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	if p.width = int(size.Col); p.width == 0 {
		p.width = 80
	}
	return p
}

// Colours of the states, as terminals have them.
var colours = map[doctor.State]string{doctor.OK: "32", doctor.Info: "36", doctor.Skipped: "2", doctor.Warn: "33", doctor.Error: "31"}

var stateMarks = map[doctor.State]string{doctor.OK: "✓", doctor.Info: "i", doctor.Skipped: "–", doctor.Warn: "!", doctor.Error: "✗"}

func (p *paper) paint(s doctor.State, text string) string {
	if !p.colours || strings.TrimSpace(text) == "" {
		return text
	}
	return "\x1b[" + colours[s] + "m" + text + "\x1b[0m"
}

// Columns of the table. The longest code is MANG-308.
const (
	titleWidth  = 16
	codeWidth   = 8
	stepWidth   = 4
	textColumn  = 2 + titleWidth + 1 + codeWidth + 1
	minimumText = 30
)

func (d *consultation) writeTable(r report) error {
	var b bytes.Buffer
	devices, before := true, ""
	for i, f := range r.findings {
		isDevice := doctor.IsDevice(f.Part) && f.Name != testName
		switch {
		case i == 0 && isDevice:
			d.heading(&b, "THIẾT BỊ", "DEVICES", true)
		case f.Name == testName && before != testName:
			d.heading(&b, "THỬ", "TESTS", false)
			before = testName
		case !isDevice && before != testName && (devices || i == 0):
			d.heading(&b, "MÁY", "MACHINE", false)
		}
		devices = isDevice
		d.row(&b, f, i > 0 && r.findings[i-1].Part == f.Part && r.findings[i-1].Name != testName && f.Name != testName)
	}
	d.summary(&b, r)
	_, err := d.out.Write(b.Bytes())
	return err
}

func (d *consultation) heading(b *bytes.Buffer, vi, en string, steps bool) {
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	line := d.lang.Say(vi, en)
	if steps {
		line = fmt.Sprintf("%-*s", textColumn, line) + d.lang.Say("TMĐK  T thấy, M mở được, Đ trả lời, K tự kiểm tra", "FOAS  F found, O opened, A answers, S self-test")
	}
	fmt.Fprintln(b, strings.TrimRight(line, " "))
}

// row is one finding: its line, what the device says it is, and what to do.
func (d *consultation) row(b *bytes.Buffer, f doctor.Finding, again bool) {
	title := d.lang.Title(f.Part)
	if again {
		title = ""
	}
	fmt.Fprintf(b, "%s %s %s ", d.out.paint(f.State, stateMarks[f.State]), pad(title, titleWidth), d.out.paint(f.State, pad(string(f.Code), codeWidth)))
	text, indent := f.Text, textColumn
	if f.Name != "" && f.Name != testName {
		text = d.lang.Name(f.Name) + ": " + text
	}
	if _, ok := f.Details[doctor.Steps()[0]]; ok && doctor.IsDevice(f.Part) {
		b.WriteString(stepMarks(f) + "  ")
		indent += stepWidth + 2
	}
	d.wrapped(b, text, indent)
	if is := identity(f); is != "" {
		b.WriteString(strings.Repeat(" ", indent))
		d.wrapped(b, is, indent)
	}
	if f.Remedy != "" && f.State != doctor.Info {
		b.WriteString(strings.Repeat(" ", indent) + "→ ")
		d.wrapped(b, f.Remedy, indent+2)
	}
}

// stepMarks has a mark for each step of a device's examination.
func stepMarks(f doctor.Finding) string {
	s := ""
	for _, step := range doctor.Steps() {
		switch f.Details[step] {
		case "yes":
			s += "✓"
		case "no":
			s += "✗"
		default:
			s += "·"
		}
	}
	return s
}

// identity is what a device says of itself.
func identity(f doctor.Finding) string {
	var parts []string
	for _, p := range []struct{ before, key string }{{"", "maker"}, {"", "model"}, {"S/N ", "serial"}, {"FW ", "firmware"}} {
		v := f.Details[p.key]
		// Most models begin with their maker.
		if v != "" && (p.key != "maker" || !strings.HasPrefix(f.Details["model"], v)) {
			parts = append(parts, p.before+v)
		}
	}
	return strings.Join(parts, ", ")
}

// wrapped writes a text from a column on, and goes on there in further lines.
func (d *consultation) wrapped(b *bytes.Buffer, text string, column int) {
	width := 0
	if d.out.width > 0 {
		width = max(d.out.width-column, minimumText)
	}
	// What a device or a process calls itself must not move the cursor.
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return '·'
		}
		return r
	}, text)
	at := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case width > 0 && at+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", column))
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	b.WriteByte('\n')
}

// pad fills a text up to n columns; each of its letters takes one.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-utf8.RuneCountInString(s)))
}

func (d *consultation) summary(b *bytes.Buffer, r report) {
	count := map[doctor.State]int{}
	for _, f := range r.findings {
		count[f.State]++
	}
	worst := doctor.Worst(r.findings)
	of := func(n int, vi, en string) string {
		return d.lang.Say(fmt.Sprintf("%d %s", n, vi), plural(n, en))
	}
	text := of(count[doctor.Error], "lỗi", "error") + ", " + of(count[doctor.Warn], "cảnh báo", "warning") + ", " +
		d.lang.Say("%d tốt, %d không thử; %s", "%d fine, %d not tried; %s",
			count[doctor.OK]+count[doctor.Info], count[doctor.Skipped], r.took.Round(10*time.Millisecond))
	if r.calledOff {
		text += d.lang.Say("; bị ngừng giữa chừng", "; called off")
	}
	fmt.Fprintf(b, "\n%s %s\n", d.out.paint(worst, stateMarks[worst]), text)
}

// progress tells on the standard error what is done so far: one line that is
// written over on a terminal, a line each elsewhere.
type progress struct {
	to   *paper
	lang doctor.Language
	n    int
}

func newProgress(to *paper, lang doctor.Language) *progress { return &progress{to: to, lang: lang} }

func (p *progress) found(f doctor.Finding) {
	p.n++
	line := p.to.paint(f.State, stateMarks[f.State]) + " " + p.lang.Title(f.Part)
	if f.Name != "" {
		line += ", " + p.lang.Name(f.Name)
	}
	if p.to.terminal {
		fmt.Fprintf(p.to, "\r\x1b[K%d %s", p.n, line)
		return
	}
	fmt.Fprintln(p.to, strings.TrimSpace(line+" "+string(f.Code)))
}

func (p *progress) end() {
	if p.to.terminal {
		fmt.Fprint(p.to, "\r\x1b[K")
	}
}
