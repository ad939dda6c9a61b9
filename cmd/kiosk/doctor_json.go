package main

import (
	"encoding/json"
	"time"

	"tram06/firmware/doctor"
)

// doctorJSON is the answer of "doctor --json". docs/doctor.md describes it, and a
// test holds the two together. A value that is not known is null.
type doctorJSON struct {
	Started   string        `json:"started"`
	TookMS    int64         `json:"took_ms"`
	Worst     string        `json:"worst"`
	CalledOff bool          `json:"called_off"`
	Version   string        `json:"version"`
	Board     *string       `json:"board"`
	Site      *string       `json:"site"`
	Running   *bool         `json:"running"`
	Findings  []findingJSON `json:"findings"`
}

type findingJSON struct {
	Part    string            `json:"part"`
	Name    *string           `json:"name"`
	State   string            `json:"state"`
	Code    *string           `json:"code"`
	Text    string            `json:"text"`
	Remedy  *string           `json:"remedy"`
	Details map[string]string `json:"details"`
	TookMS  int64             `json:"took_ms"`
}

func (d *consultation) writeJSON(r report) error {
	out := doctorJSON{
		Started: r.started.Format(time.RFC3339), TookMS: r.took.Milliseconds(), Worst: string(doctor.Worst(r.findings)),
		CalledOff: r.calledOff, Version: version, Findings: []findingJSON{},
	}
	if d.board != nil {
		out.Board = known(d.board.Name)
	}
	if d.site != nil {
		out.Site = known(d.site.ID)
	}
	if d.flags.state != "" {
		out.Running = &d.running
	}
	for _, f := range r.findings {
		details := f.Details
		if details == nil {
			details = map[string]string{}
		}
		out.Findings = append(out.Findings, findingJSON{
			Part: f.Part, Name: known(f.Name), State: string(f.State), Code: known(string(f.Code)), Text: f.Text,
			Remedy: known(f.Remedy), Details: details, TookMS: f.Took.Milliseconds(),
		})
	}
	return json.NewEncoder(d.out).Encode(out)
}
