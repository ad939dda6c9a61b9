// Package figure is how the measuring commands report: figures with what they
// should be and how they came about, and the machine that they were taken on.
package figure

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Report is what was measured, and on what.
type Report struct {
	Machine Machine  `json:"machine"`
	Figures []Figure `json:"figures"`
}

// Machine is named by what figures depend on, not by whose it is.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	Arch   string `json:"arch"`
	// Load is how many programs wanted a core before the measuring began: on a
	// busy machine whatever waits takes longer.
	Load float64 `json:"load"`
}

// Figure is one line of the table. Limit is what it must stay below; zero is no
// limit, negative means that the figure must be zero. AtMost is a limit that
// the figure may reach.
type Figure struct {
	What   string  `json:"what"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Limit  float64 `json:"limit,omitempty"`
	AtMost float64 `json:"at_most,omitempty"`
	How    string  `json:"how"`
}

// MustBeZero is the limit of what must not happen.
const MustBeZero = -1

// Add appends a figure that must stay below limit.
func (r *Report) Add(what string, value float64, unit string, limit float64, how string, args ...any) {
	r.Figures = append(r.Figures, Figure{What: what, Value: value, Unit: unit, Limit: limit, How: fmt.Sprintf(how, args...)})
}

// AddAtMost appends a figure that may reach its limit.
func (r *Report) AddAtMost(what string, value float64, unit string, most float64, how string, args ...any) {
	r.Figures = append(r.Figures, Figure{What: what, Value: value, Unit: unit, AtMost: most, How: fmt.Sprintf(how, args...)})
}

// Met tells whether the figure is as it should be.
func (f Figure) Met() bool {
	switch {
	case f.AtMost > 0:
		return f.Value <= f.AtMost
	case f.Limit < 0:
		return f.Value == 0
	case f.Limit > 0:
		return f.Value < f.Limit
	}
	return true
}

func (f Figure) target() string {
	switch {
	case f.AtMost > 0:
		return strings.TrimSpace("≤ " + Number(f.AtMost) + " " + f.Unit)
	case f.Limit < 0:
		return "0"
	case f.Limit > 0:
		return "< " + Number(f.Limit) + " " + f.Unit
	}
	return "–"
}

// Number keeps three digits that count.
func Number(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// Markdown is the report as docs/performance.md holds it.
func (r *Report) Markdown() string {
	var b bytes.Buffer
	m := r.Machine
	fmt.Fprintf(&b, "Measured on: %s, %d cores, Linux %s (%s), %s; load before it began %s.\n\n", m.CPU, m.Cores, m.Kernel, m.Arch, m.Go, Number(m.Load))
	b.WriteString("| what | figure | target | met | how it was measured |\n|---|---:|---:|---|---|\n")
	for _, f := range r.Figures {
		met := "yes"
		switch {
		case f.Limit == 0 && f.AtMost == 0:
			met = "–"
		case !f.Met():
			met = "**no**"
		}
		fmt.Fprintf(&b, "| %s | %s %s | %s | %s | %s |\n", f.What, Number(f.Value), f.Unit, f.target(), met, f.How)
	}
	return b.String()
}

// ThisMachine describes the machine that the program runs on.
func ThisMachine() (Machine, error) {
	m := Machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Arch: runtime.GOARCH}
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return m, err
	}
	m.CPU = cpuName(string(info))
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return m, err
	}
	first, _, _ := strings.Cut(string(load), " ")
	if m.Load, err = strconv.ParseFloat(first, 64); err != nil {
		return m, fmt.Errorf("/proc/loadavg: %w", err)
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return m, err
	}
	m.Kernel = unix.ByteSliceToString(u.Release[:])
	if m.Kernel == "" {
		return m, errors.New("the kernel has no release")
	}
	return m, nil
}

// cpuName takes the model from /proc/cpuinfo, which ARM spells differently.
func cpuName(info string) string {
	for _, key := range []string{"model name", "Model", "Hardware", "CPU part"} {
		for line := range strings.Lines(info) {
			if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == key {
				return strings.TrimSpace(v)
			}
		}
	}
	return "unknown CPU"
}
