// Package api is the fleet's HTTP interface as data: what the server answers
// and what the command line reads.
//
//	GET  /api/v1/kiosks            List
//	GET  /api/v1/kiosks/{id}       Kiosk, or 404
//	POST /api/v1/kiosks/{id}/ping  Ping, 404, or 504 if the kiosk is silent
//	POST /api/v1/kiosks/{id}/examine  Examination, 404, 409 while there is one
//	                               already, 501 if it cannot, or 504
//
// Errors are application/problem+json (RFC 9457) with one of the types below.
// Instants are RFC 3339 and the server's clock, durations whole milliseconds.
package api

import (
	"time"

	"tram06/fleet/registry"
	"tram06/fleet/wire"
)

// Types of problems.
const (
	TypeUnknown = "urn:tram06:fleet:unknown-kiosk"
	TypeSilent  = "urn:tram06:fleet:kiosk-silent"
	TypeBusy    = "urn:tram06:fleet:kiosk-busy"
	TypeUnable  = "urn:tram06:fleet:kiosk-unable"
	TypeRequest = "urn:tram06:fleet:request"
)

// List is the whole fleet.
type List struct {
	Now         time.Time      `json:"now"`
	Connections int            `json:"connections"`
	Refused     map[string]int `json:"refused"` // messages since the server began, by reason
	Kiosks      []Kiosk        `json:"kiosks"`
}

// Kiosk is one kiosk as the fleet sees it.
type Kiosk struct {
	ID       string            `json:"id"`
	Presence registry.Presence `json:"presence"`
	// LastSeen is null if the kiosk never reported.
	LastSeen *time.Time `json:"last_seen"`
	AgeMS    int64      `json:"age_ms"`
	Bye      bool       `json:"bye"`
	Revoked  bool       `json:"revoked"`
	// SkewMS is the kiosk's clock minus the server's.
	SkewMS int64        `json:"skew_ms"`
	Status *wire.Status `json:"status"`
}

// Ping is the answer of a kiosk that lives.
type Ping struct {
	ID     string  `json:"id"`
	TookMS float64 `json:"took_ms"`
}

// Examination is what a kiosk found when it examined itself.
type Examination struct {
	ID       string         `json:"id"`
	TookMS   int64          `json:"took_ms"`
	Worst    string         `json:"worst"` // ok, warn, error
	Findings []wire.Finding `json:"findings"`
}

// NewExamination makes the answer of a kiosk's.
func NewExamination(r wire.Reply) Examination {
	e := Examination{ID: r.ID, TookMS: r.TookMS, Worst: "ok", Findings: []wire.Finding{}}
	for _, f := range r.Findings {
		if f.State == "error" || f.State == "warn" && e.Worst == "ok" {
			e.Worst = f.State
		}
		e.Findings = append(e.Findings, f)
	}
	return e
}

// Problem is an error.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// From makes the answer of a snapshot.
func From(k registry.Kiosk, now time.Time) Kiosk {
	a := Kiosk{ID: k.ID, Presence: k.Presence, Bye: k.Bye, Revoked: k.Revoked, SkewMS: k.Skew.Milliseconds(), Status: k.Status}
	if !k.LastSeen.IsZero() {
		seen := k.LastSeen.UTC()
		a.LastSeen, a.AgeMS = &seen, max(0, now.Sub(k.LastSeen).Milliseconds())
	}
	return a
}
