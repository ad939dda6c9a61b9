package doctor

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tram06/firmware/config"
	"tram06/firmware/health"
	"tram06/hal"
)

// DefaultLimit is how long one examination may take. All of them together stay
// below ten seconds with it.
const DefaultLimit = 6 * time.Second

// Options say what is to be examined, and with what.
type Options struct {
	// Board and Site are nil if they could not be read; Problems says why.
	Board    *config.Board
	Site     *config.Site
	Problems error
	Registry hal.Registry
	// State is the kiosk's folder, "" if it is not known.
	State string
	// Running: a kiosk serves with that folder, and holds its devices.
	Running bool
	// Health is what a running kiosk knows of its devices, by their names in
	// board.yaml. What is in it is not opened.
	Health map[string]hal.Health
	// Fleet connects to the fleet as the kiosk and goes away again; Credentials
	// reads the fleet's file. Both are nil where nobody can.
	Fleet       func(context.Context) error
	Credentials func(path string) error

	Only  []string      // parts; all of them if empty
	Limit time.Duration // of each examination; DefaultLimit if zero
	Lang  Language      // "vi" or "en"
	// Progress is told each finding as soon as it is there, from one goroutine.
	Progress func(Finding)
	System   System
}

// task is one examination.
type task struct {
	part string
	code health.Code // when it does not end
	// run must heed ctx, and is left behind if it does not.
	run func(ctx context.Context) []Finding
}

// examiner is one examination of a terminal.
type examiner struct {
	Options
	Language
}

// Examine runs all examinations and gives their findings in the order of Parts.
// When ctx ends before them, it returns at once: what was not finished is told
// as skipped.
func Examine(ctx context.Context, o Options) []Finding {
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	x := &examiner{o, o.Lang}
	var tasks []task
	for _, t := range x.tasks() {
		if len(o.Only) == 0 || slices.Contains(o.Only, t.part) {
			tasks = append(tasks, t)
		}
	}
	type done struct {
		i        int
		findings []Finding
	}
	results := make(chan done, len(tasks))
	for i, t := range tasks {
		go func() { results <- done{i, x.bounded(ctx, t)} }()
	}
	all := make([][]Finding, len(tasks))
	for range tasks {
		d := <-results
		all[d.i] = d.findings
		if o.Progress != nil {
			for _, f := range d.findings {
				o.Progress(f)
			}
		}
	}
	findings := slices.Concat(all...)
	// Some tell of another part too: the gateway's answer of the time.
	order := Parts()
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Compare(slices.Index(order, a.Part), slices.Index(order, b.Part))
	})
	return findings
}

// bounded runs one examination within its limit.
func (x *examiner) bounded(ctx context.Context, t task) []Finding {
	began := time.Now()
	within, cancel := context.WithTimeout(ctx, x.Limit)
	defer cancel()
	ended := make(chan []Finding, 1)
	go func() { ended <- t.run(within) }()
	var findings []Finding
	select {
	case findings = <-ended:
	case <-within.Done():
		// Most examinations end by themselves now, and have more to say.
		grace := time.NewTimer(graceTime)
		defer grace.Stop()
		select {
		case findings = <-ended:
		case <-grace.C:
		}
	}
	if ctx.Err() != nil && !finished(findings) {
		findings = []Finding{x.Left(t.part, "", x.Say("bị ngừng giữa chừng", "called off"))}
	}
	if findings == nil {
		text := x.Say("không trả lời trong %s", "no answer within %s", brief(x.Limit))
		if t.code == "" {
			findings = []Finding{x.Left(t.part, "", text)}
		} else {
			findings = []Finding{x.Found(t.part, "", t.code, text)}
		}
	}
	for i := range findings {
		if findings[i].Took == 0 {
			findings[i].Took = time.Since(began)
		}
	}
	return findings
}

// graceTime is for closing what was opened.
const graceTime = 200 * time.Millisecond

// finished tells findings that stand by themselves from those that came of a
// call that was called off.
func finished(findings []Finding) bool {
	return findings != nil && !slices.ContainsFunc(findings, func(f Finding) bool { return f.State == Warn || f.State == Error })
}

// brief writes a duration for people.
func brief(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return max(d.Round(time.Millisecond), time.Millisecond).String()
}

// tasks lists the examinations of this terminal in the order of Parts.
func (x *examiner) tasks() []task {
	var all []task
	all = append(all, x.devices()...)
	all = append(all,
		task{PartConfig, "", x.config},
		task{PartKiosk, "", x.kiosk},
	)
	all = append(all, x.machine()...)
	return all
}
