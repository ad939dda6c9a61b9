package main

import (
	"fmt"
	"strings"

	"tram06/e2e/bench/figure"
)

// Markdown is the answer as docs/performance.md holds it.
func (a *answer) Markdown() string {
	var b strings.Builder
	b.WriteString(a.Report.Markdown())
	b.WriteString(`
On the radio model, in milliseconds. "Alone" is what the bytes need on air, "chip" the chip's share of the whole, "access" of
that until the chip is open, "name" when the name is on the screen. × is the whole without the chip's time against the bytes
alone; ×× without its time until it is open.

| reading | kbit/s | APDUs | bytes | whole | alone | chip | access | name | × | ×× |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
`)
	for _, r := range a.Radio {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %.0f | %.0f | %.0f | %.0f | %.0f | %.2f | %.2f |\n",
			r.Kind, r.Rate, r.APDUs, r.Bytes, r.Whole, r.Alone, r.Chip, r.Access, r.Name, r.Ratio, r.Strict)
	}
	b.WriteString(`
The host's processor time for a protocol, in milliseconds, by group:

| group | PACE-GM | PACE-IM | PACE-CAM | Chip Authentication | Active Authentication |
|---|---:|---:|---:|---:|---:|
`)
	cell := func(v *float64) string {
		if v == nil {
			return "–"
		}
		return figure.Number(*v)
	}
	for _, w := range a.Work {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", w.Group, cell(w.GM), cell(w.IM), cell(w.CAM), cell(w.CA), cell(w.AA))
	}
	return b.String()
}
