package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"tram06/hal/evdev"
	"tram06/ui/setup"
)

// touchReport is what a touch test has found. Its JSON is part of what the
// command promises; docs/touch.md describes it.
type touchReport struct {
	Passed bool   `json:"passed"` // every tile was touched
	Ended  string `json:"ended"`  // "done", "timeout", "stopped"
	Device string `json:"device"` // URI, "" for the window's mouse or the remote panel

	Cells  int          `json:"cells"`
	Cols   int          `json:"cols"`
	Rows   int          `json:"rows"`
	Hit    int          `json:"touched"`
	Missed []touchCell  `json:"missed"`
	Edges  touchMargins `json:"edges_px"` // how much stayed untouched along each edge

	Touches   int      `json:"touches"`
	Events    int      `json:"events"`
	PerSecond float64  `json:"events_per_second"` // at best
	GapPixels float64  `json:"worst_gap_px"`      // largest step within one touch
	GapMM     float64  `json:"worst_gap_mm"`
	Jitter    *float64 `json:"jitter_px"`   // null: too little was touched to tell
	Lost      *uint64  `json:"lost"`        // times that the kernel dropped events; null: the driver does not count
	Fingers   *int     `json:"fingers"`     // most at once; null: the driver does not count
	Multi     *bool    `json:"multi_touch"` // more than one at once was seen
}

type touchCell struct {
	Col int `json:"col"`
	Row int `json:"row"`
}

type touchMargins struct {
	Left   int `json:"left"`
	Top    int `json:"top"`
	Right  int `json:"right"`
	Bottom int `json:"bottom"`
}

func reportTouch(f setup.Findings, device, ended string) touchReport {
	tenth := func(v float64) float64 { return math.Round(v*10) / 10 }
	r := touchReport{
		Passed: f.Passed(), Ended: ended, Device: device,
		Cells: f.Cols * f.Rows, Cols: f.Cols, Rows: f.Rows, Hit: f.Touched, Missed: []touchCell{},
		Edges:   touchMargins{f.Edges[0], f.Edges[1], f.Edges[2], f.Edges[3]},
		Touches: f.Touches, Events: f.Events, PerSecond: tenth(f.PerSecond), GapPixels: tenth(f.GapPixels), GapMM: tenth(f.GapMM),
	}
	for _, c := range f.Missed {
		r.Missed = append(r.Missed, touchCell(c))
	}
	if f.JitterKnown {
		j := tenth(f.Jitter)
		r.Jitter = &j
	}
	if f.Counted {
		multi := f.Fingers > 1
		r.Lost, r.Fingers, r.Multi = &f.Lost, &f.Fingers, &multi
	}
	return r
}

// Write tells the report to a person at a terminal.
func (r touchReport) Write(w io.Writer) error {
	var t table
	verdict := "✓ passed: every tile answers"
	if !r.Passed {
		verdict = fmt.Sprintf("✗ not passed: %d of %d tiles were not touched", r.Cells-r.Hit, r.Cells)
	}
	t.row("touch", verdict)
	if r.Device != "" {
		t.row("device", r.Device)
	}
	if r.Touches > 0 {
		t.row("events", fmt.Sprintf("%d in %s, %.0f a second at best", r.Events, plural(r.Touches, "touch"), r.PerSecond))
		t.row("gap", fmt.Sprintf("%.1f mm (%.0f px) at most between two places of one touch", r.GapMM, r.GapPixels))
		t.row("edges", fmt.Sprintf("left %d, top %d, right %d, bottom %d px stayed untouched", r.Edges.Left, r.Edges.Top, r.Edges.Right, r.Edges.Bottom))
	}
	if r.Jitter != nil {
		t.row("jitter", fmt.Sprintf("%.1f px", *r.Jitter))
	}
	if r.Lost != nil {
		t.row("lost", fmt.Sprintf("events were dropped %d times", *r.Lost))
		t.row("fingers", fmt.Sprintf("%d at once", *r.Fingers))
	}
	t.row("ended", r.Ended)
	_, err := w.Write(t.Bytes())
	return err
}

// JSON tells it as one object.
func (r touchReport) JSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

var _ counter = (*evdev.Screen)(nil)
