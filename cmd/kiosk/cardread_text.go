package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"tram06/firmware/cccd"
	"tram06/firmware/health"
	"tram06/firmware/person"
)

// writeText tells a reading to a person at a terminal.
func writeText(w io.Writer, f readFlags, got *reading, v verdict) error {
	rep := got.result.Report
	if rep.APDUs == 0 {
		return nil // nothing was read; the error says why
	}
	var t table
	t.row("reader", got.reader)
	t.row("access", accessText(rep))
	if rep.Downgraded {
		t.row("", "✗ downgraded: signed data offer a stronger access than the chip gave")
	}
	proofRows(&t, rep, got.trusting)
	personRows(&t, got.result.Person, f.personal)
	if len(rep.Differences) > 0 {
		t.row("QR", "differs from the chip in: "+strings.Join(rep.Differences, ", "))
	}
	for i, g := range rep.Groups {
		t.row(first(i, "files"), fmt.Sprintf("%-14s %9s bytes", g.Name, grouped(g.Size)))
	}
	length := "short length"
	if rep.Extended {
		length = "extended length"
	}
	t.row("APDUs", fmt.Sprintf("%d, %s", rep.APDUs, length))
	t.row("bytes", fmt.Sprintf("%s (%s sent, %s received)", grouped(rep.Sent+rep.Received), grouped(rep.Sent), grouped(rep.Received)))
	phaseRows(&t, rep)
	if c, ok := health.Lookup(health.Code(v.code)); ok {
		t.row("error", v.code+" "+c.Key)
		remedy := c.Remedy.In("en")
		if got.keyless && v.exit == exitRefused {
			remedy = sayWhatOpens
		}
		t.row("to do", remedy)
	}
	_, err := w.Write(t.Bytes())
	return err
}

// table is lines of a label and a text.
type table struct{ bytes.Buffer }

func (t *table) row(label, text string) { fmt.Fprintf(t, "%-10s %s\n", label, text) }

// first is label on the first line of a block only.
func first(i int, label string) string {
	if i > 0 {
		return ""
	}
	return label
}

var accessWords = map[string]string{
	cccd.AccessBAC:     "BAC",
	cccd.AccessPACEGM:  "PACE, generic mapping",
	cccd.AccessPACEIM:  "PACE, integrated mapping",
	cccd.AccessPACECAM: "PACE, chip authentication mapping",
}

var passwordWords = map[string]string{cccd.PasswordCAN: "by CAN", cccd.PasswordMRZ: "by MRZ"}

func accessText(r cccd.Report) string {
	tried := plural(r.Tries, "key") + " tried"
	if r.Access == "" {
		return "none, " + tried
	}
	parts := []string{accessWords[r.Access], r.Variant, passwordWords[r.Password], tried}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

var marks = map[cccd.Verdict]string{
	cccd.OK: "✓", cccd.Trusted: "✓", cccd.Genuine: "✓",
	cccd.Failed: "✗", cccd.Expired: "✗", cccd.Revoked: "✗", cccd.Clone: "✗",
	cccd.Unknown: "?", cccd.Absent: "–", cccd.NotMade: "–",
}

var chipWords = map[string]string{
	cccd.ByChipAuthentication:   "Chip Authentication",
	cccd.ByActiveAuthentication: "Active Authentication",
	cccd.ByPACE:                 "PACE with chip authentication mapping",
}

// proofRows has a line for each proof: what it is, how it ended, what it
// rests on.
func proofRows(t *table, r cccd.Report, trusting bool) {
	row := func(label, proof string, v cccd.Verdict, more string) {
		word := string(v)
		if v == cccd.NotMade {
			word = "not made"
		}
		t.row(label, strings.TrimRight(fmt.Sprintf("%s %-10s %-9s %s", marks[v], proof, word, more), " "))
	}
	wrong := ""
	if len(r.Wrong) > 0 {
		var names []string
		for _, n := range r.Wrong {
			names = append(names, "DG"+strconv.Itoa(n))
		}
		wrong = "not as signed: " + strings.Join(names, ", ")
	}
	chain := ""
	if r.Chain == cccd.Unknown && !trusting {
		chain = "no --trust folder given"
	}
	var by []string
	for _, b := range r.ChipBy {
		by = append(by, chipWords[b])
	}
	row("proofs", "hashes", r.Hashes, wrong)
	row("", "signature", r.Signature, "")
	row("", "chain", r.Chain, chain)
	row("", "chip", r.Chip, strings.Join(by, ", "))
	for i, reason := range r.Reasons {
		t.row(first(i, "reasons"), reason)
	}
}

// personRows shows whose card it is: enough to tell two cards apart, or all.
func personRows(t *table, p person.Person, personal bool) {
	if !named(p) {
		return
	}
	if personal {
		for i, f := range [][2]string{
			{"number", p.Number}, {"name", p.Name}, {"birth", p.Birth}, {"sex", p.Sex}, {"nationality", p.Nationality},
			{"ethnicity", p.Ethnicity}, {"religion", p.Religion}, {"origin", p.Origin}, {"residence", p.Residence},
			{"issued", p.Issued}, {"expires", p.Expires}, {"old number", p.OldNumber},
		} {
			if f[1] != "" || i == 0 {
				t.row(first(i, "person"), fmt.Sprintf("%-11s %s", f[0], f[1]))
			}
		}
	} else {
		t.row("person", fmt.Sprintf("%-11s %s", "number", p.Masked()))
		t.row("", fmt.Sprintf("%-11s %s", "name", maskName(p.Name)))
	}
	if d := p.Portrait; len(d.Data) > 0 {
		size := "cannot be shown"
		if d.Image != nil {
			size = fmt.Sprintf("%d × %d", d.Image.Bounds().Dx(), d.Image.Bounds().Dy())
		}
		t.row("", fmt.Sprintf("%-11s %s, %s", "portrait", d.MediaType, size))
	}
	assurance := p.Assurance.String()
	if p.Assurance == person.Nobody {
		assurance += ": what the chip says must not be used"
	}
	t.row("assurance", assurance)
}

// maskName leaves the first letter of each word. The number of the others is
// not told either: with three letters there are not many names.
func maskName(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		initial := strings.IndexFunc(w, unicode.IsLetter)
		if initial < 0 {
			words[i] = "•"
			continue
		}
		for _, r := range w[initial:] {
			words[i] = string(r) + "•••"
			break
		}
	}
	return strings.Join(words, " ")
}

const barLen = 24

// phaseRows has a bar for each phase, the longest of full length.
func phaseRows(t *table, r cccd.Report) {
	var longest time.Duration
	for _, p := range r.Phases {
		longest = max(longest, p.Took)
	}
	for i, p := range r.Phases {
		t.row(first(i, "time"), strings.TrimRight(fmt.Sprintf("%-10s %8.1f ms %s", p.Name, milliseconds(p.Took), bar(p.Took, longest)), " "))
	}
	t.row("", fmt.Sprintf("%-10s %8.1f ms", "together", milliseconds(r.Total())))
}

// bar is in eighths of a character.
func bar(d, longest time.Duration) string {
	if longest <= 0 || d <= 0 {
		return ""
	}
	eighths := int(max(1, int64(d)*barLen*8/int64(longest)))
	s := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return s
}

// milliseconds to a tenth.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// grouped writes 15012 as "15,012".
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
