package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tram06/firmware/emrtd/trust"
)

// trustAnswer is what became of what was to be added.
type trustAnswer struct {
	Folder  string       `json:"folder"`
	DryRun  bool         `json:"dry_run,omitempty"`
	Signer  *trustSigner `json:"signer,omitempty"` // of a master list
	Added   []trustEntry `json:"added"`
	Known   int          `json:"known"` // were there already
	Refused []trustEntry `json:"refused"`
	Left    int          `json:"left_out"` // of other countries
}

// trustListing is what is in the folder.
type trustListing struct {
	Folder   string         `json:"folder"`
	Entries  []trustEntry   `json:"entries"`
	Problems []trustProblem `json:"problems"`
}

// trustRemoval is what is in the folder no more.
type trustRemoval struct {
	Folder  string     `json:"folder"`
	Removed trustEntry `json:"removed"`
}

type trustEntry struct {
	File        string `json:"file,omitempty"`
	Kind        string `json:"kind"`
	Country     string `json:"country,omitempty"`
	Name        string `json:"name,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	From        string `json:"from,omitempty"`
	Until       string `json:"until,omitempty"`
	Algorithm   string `json:"algorithm,omitempty"`
	Revoked     int    `json:"revoked,omitempty"`
	Problem     string `json:"problem,omitempty"`
}

type trustProblem struct {
	File string `json:"file"`
	Text string `json:"text"`
}

type trustSigner struct {
	Name        string   `json:"name"`
	Fingerprint string   `json:"fingerprint"`
	Issuer      string   `json:"issuer"`
	Signed      string   `json:"signed,omitempty"`
	Accepted    string   `json:"accepted,omitempty"` // on which grounds
	Weak        []string `json:"weak,omitempty"`
}

func newTrustEntry(e trust.Entry) trustEntry {
	out := trustEntry{File: e.File, Kind: string(e.Kind), Country: e.Country, Name: e.Name, Fingerprint: e.Fingerprint,
		From: dayOf(e.From), Until: dayOf(e.Until), Algorithm: e.Algorithm, Revoked: e.Revoked}
	if e.Err != nil {
		out.Problem = e.Err.Error()
	}
	return out
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// short is enough of a fingerprint to tell it from others.
func short(fingerprint string) string { return fingerprint[:min(16, len(fingerprint))] }

func writeList(w io.Writer, a trustListing) {
	used := 0
	for _, e := range a.Entries {
		if e.Problem == "" {
			used++
			writeEntry(w, e)
		}
	}
	if used == 0 {
		fmt.Fprintf(w, "nobody is trusted: there is no authority in %s\n", a.Folder)
	}
	if len(a.Problems) > 0 {
		fmt.Fprintln(w, "\nproblems:")
		for _, p := range a.Problems {
			fmt.Fprintf(w, "  %s: %s\n", p.File, p.Text)
		}
	}
}

func writeEntry(w io.Writer, e trustEntry) {
	fmt.Fprintf(w, "%s  %-9s  %s\n", short(e.Fingerprint), e.Kind, e.Name)
	what := e.Algorithm
	if e.Kind == string(trust.KindList) {
		what = fmt.Sprintf("%d revoked", e.Revoked)
	}
	until := e.Until
	if until == "" {
		until = "…"
	}
	fmt.Fprintf(w, "                  %s to %s, %s, %s\n", e.From, until, what, e.File)
}

func writeChanges(w io.Writer, a trustAnswer) {
	if s := a.Signer; s != nil {
		fmt.Fprintf(w, "signed by %s\n  issued by %s\n  SHA-256 %s\n", s.Name, s.Issuer, s.Fingerprint)
		if s.Signed != "" {
			fmt.Fprintf(w, "  on %s\n", s.Signed)
		}
		if s.Accepted != "" {
			fmt.Fprintf(w, "  accepted: %s\n", s.Accepted)
		}
		if len(s.Weak) > 0 {
			fmt.Fprintf(w, "  weak: %s\n", strings.Join(s.Weak, ", "))
		}
	}
	verb := "added"
	if a.DryRun {
		verb = "would add"
	}
	for _, e := range a.Added {
		fmt.Fprintf(w, "%s %s %s, %s to %s\n  SHA-256 %s\n", verb, e.Kind, e.Name, e.From, e.Until, e.Fingerprint)
	}
	for _, e := range a.Refused {
		what := strings.Trim(e.File+", "+e.Name, ", ")
		if what == "" {
			what = "an entry"
		}
		fmt.Fprintf(w, "refused %s: %s\n", what, e.Problem)
	}
	fmt.Fprintf(w, "%s %d, known %d, refused %d", verb, len(a.Added), a.Known, len(a.Refused))
	if a.Left > 0 {
		fmt.Fprintf(w, ", left out %d of other countries", a.Left)
	}
	fmt.Fprintln(w)
}
