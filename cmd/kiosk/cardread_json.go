package main

import (
	"encoding/json"
	"io"

	"tram06/firmware/cccd"
	"tram06/firmware/person"
)

// cardJSON is the answer of "card read --json". docs/card-reading.md describes
// it, and a test holds the two together. A value that is not known is null.
type cardJSON struct {
	Access   *string            `json:"access"`
	Password *string            `json:"password"`
	Proofs   proofsJSON         `json:"proofs"`
	Groups   []groupJSON        `json:"groups"`
	APDUs    int                `json:"apdus"`
	Bytes    int                `json:"bytes"`
	Phases   map[string]float64 `json:"phases"`
	Error    *errorJSON         `json:"error"`

	// What follows is beside what the command promises to every caller.
	Reader      *string     `json:"reader"`
	Variant     *string     `json:"variant"`
	Downgraded  bool        `json:"downgraded"`
	ChipBy      []string    `json:"chip_by"`
	Wrong       []int       `json:"wrong"`
	Reasons     []string    `json:"reasons"`
	Extended    bool        `json:"extended"`
	Tries       int         `json:"tries"`
	Sent        int         `json:"sent"`
	Received    int         `json:"received"`
	Differences []string    `json:"differences"`
	Assurance   *string     `json:"assurance"`
	Person      *personJSON `json:"person,omitempty"` // with --show-personal only
}

type proofsJSON struct {
	Hashes    *string `json:"hashes"`
	Signature *string `json:"signature"`
	Chain     *string `json:"chain"`
	Chip      *string `json:"chip"`
}

type groupJSON struct {
	Name string `json:"name"`
	Size int    `json:"size"`
}

type errorJSON struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

type personJSON struct {
	Number      string        `json:"number"`
	Name        string        `json:"name"`
	Birth       string        `json:"birth"`
	Sex         string        `json:"sex"`
	Nationality string        `json:"nationality"`
	Ethnicity   string        `json:"ethnicity"`
	Religion    string        `json:"religion"`
	Origin      string        `json:"origin"`
	Residence   string        `json:"residence"`
	Issued      string        `json:"issued"`
	Expires     string        `json:"expires"`
	OldNumber   string        `json:"old_number"`
	Portrait    *portraitJSON `json:"portrait"`
}

type portraitJSON struct {
	Type   string `json:"type"`
	Bytes  int    `json:"bytes"`
	Width  int    `json:"width"` // 0 if it cannot be shown
	Height int    `json:"height"`
}

func writeJSON(w io.Writer, f readFlags, got *reading, v verdict) error {
	rep := got.result.Report
	out := cardJSON{
		Access: known(rep.Access), Password: known(rep.Password),
		Proofs: proofsJSON{
			Hashes: knownIf(rep.Hashes, cccd.OK, cccd.Failed), Signature: knownIf(rep.Signature, cccd.OK, cccd.Failed),
			Chain: known(string(rep.Chain)), Chip: known(string(rep.Chip)),
		},
		Groups: []groupJSON{}, APDUs: rep.APDUs, Bytes: rep.Sent + rep.Received, Phases: map[string]float64{},
		Reader: known(got.reader), Variant: known(rep.Variant), Downgraded: rep.Downgraded,
		ChipBy: list(rep.ChipBy), Wrong: list(rep.Wrong), Reasons: list(rep.Reasons),
		Extended: rep.Extended, Tries: rep.Tries, Sent: rep.Sent, Received: rep.Received, Differences: list(rep.Differences),
	}
	for _, g := range rep.Groups {
		out.Groups = append(out.Groups, groupJSON{g.Name, g.Size})
	}
	for _, p := range rep.Phases {
		out.Phases[p.Name] = milliseconds(p.Took)
	}
	if v.err != nil {
		out.Error = &errorJSON{v.code, v.err.Error()}
	}
	p := got.result.Person
	if p.Assurance != person.Nobody {
		out.Assurance = known(p.Assurance.String())
	}
	if f.personal && named(p) {
		out.Person = personOf(p)
	}
	return json.NewEncoder(w).Encode(out)
}

// named tells whether the chip named somebody, proven or not.
func named(p person.Person) bool { return p.Number != "" || p.Name != "" }

func personOf(p person.Person) *personJSON {
	out := &personJSON{
		Number: p.Number, Name: p.Name, Birth: p.Birth, Sex: p.Sex, Nationality: p.Nationality, Ethnicity: p.Ethnicity,
		Religion: p.Religion, Origin: p.Origin, Residence: p.Residence, Issued: p.Issued, Expires: p.Expires, OldNumber: p.OldNumber,
	}
	if len(p.Portrait.Data) > 0 {
		out.Portrait = &portraitJSON{Type: p.Portrait.MediaType, Bytes: len(p.Portrait.Data)}
		if m := p.Portrait.Image; m != nil {
			out.Portrait.Width, out.Portrait.Height = m.Bounds().Dx(), m.Bounds().Dy()
		}
	}
	return out
}

// known gives null for what is not.
func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// knownIf gives null for a verdict that is none of these.
func knownIf(v cccd.Verdict, these ...cccd.Verdict) *string {
	for _, t := range these {
		if v == t {
			return known(string(v))
		}
	}
	return nil
}

// list is never null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
