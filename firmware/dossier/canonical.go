package dossier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf16"

	"tram06/firmware/person"
)

// timeLayout is the one way a body writes a time.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Canonical gives the body as RFC 8785 would write it: members sorted by the
// UTF-16 code units of their names, no white space, the shortest escapes. The
// device signs these bytes, and a parser accepts no other bytes for the same
// body. Every value is a string but the format, so the rules of RFC 8785 for
// fractions are never needed.
func (b Body) Canonical() ([]byte, error) {
	if err := b.Check(); err != nil {
		return nil, err
	}
	applicant := make(map[string]any, 12)
	for _, f := range b.Applicant.fields() {
		applicant[f.key] = *f.value
	}
	answers := make(map[string]any, len(b.Answers))
	for k, v := range b.Answers {
		answers[k] = v
	}
	var out bytes.Buffer
	writeObject(&out, map[string]any{
		"answers":    answers,
		"applicant":  applicant,
		"assurance":  b.Assurance.String(),
		"consent_at": b.ConsentAt.Format(timeLayout),
		"created_at": b.CreatedAt.Format(timeLayout),
		"format":     Format,
		"id":         b.ID,
		"kiosk":      b.Kiosk,
		"lang":       b.Lang,
		"number":     b.Number,
		"procedure":  b.Procedure,
		"proofs": map[string]any{
			"chain":     b.Proofs.Chain.String(),
			"chip":      b.Proofs.Chip.String(),
			"hashes":    b.Proofs.Hashes.String(),
			"signature": b.Proofs.Signature.String(),
		},
		"service": b.Service,
		"site":    b.Site,
		"version": b.Version,
	})
	if out.Len() > MaxBody {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrBody, MaxBody)
	}
	return out.Bytes(), nil
}

func writeObject(out *bytes.Buffer, m map[string]any) {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
	})
	out.WriteByte('{')
	for i, k := range keys {
		if i > 0 {
			out.WriteByte(',')
		}
		writeString(out, k)
		out.WriteByte(':')
		switch v := m[k].(type) {
		case string:
			writeString(out, v)
		case int:
			fmt.Fprintf(out, "%d", v)
		case map[string]any:
			writeObject(out, v)
		}
	}
	out.WriteByte('}')
}

// writeString escapes as RFC 8785 section 3.2.2.2 wants: only what JSON forces
// to be escaped, and control characters in their short form where one exists.
func writeString(out *bytes.Buffer, s string) {
	out.WriteByte('"')
	for _, r := range s {
		switch r {
		case '"', '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case '\b':
			out.WriteString(`\b`)
		case '\t':
			out.WriteString(`\t`)
		case '\n':
			out.WriteString(`\n`)
		case '\f':
			out.WriteString(`\f`)
		case '\r':
			out.WriteString(`\r`)
		default:
			if r < 0x20 {
				fmt.Fprintf(out, `\u%04x`, r)
			} else {
				out.WriteRune(r)
			}
		}
	}
	out.WriteByte('"')
}

// wire is the body as JSON spells it.
type wire struct {
	Answers   map[string]string `json:"answers"`
	Applicant map[string]string `json:"applicant"`
	Assurance string            `json:"assurance"`
	ConsentAt string            `json:"consent_at"`
	CreatedAt string            `json:"created_at"`
	Format    int               `json:"format"`
	ID        string            `json:"id"`
	Kiosk     string            `json:"kiosk"`
	Lang      string            `json:"lang"`
	Number    string            `json:"number"`
	Procedure string            `json:"procedure"`
	Proofs    map[string]string `json:"proofs"`
	Service   string            `json:"service"`
	Site      string            `json:"site"`
	Version   string            `json:"version"`
}

// ParseBody reads a canonical body. Anything that is not the one form of what
// it says (another order, white space, a member twice, one too many, one
// missing) is refused. Errors of the JSON decoder are not passed on, because
// they can quote the input.
func ParseBody(data []byte) (Body, error) {
	if len(data) > MaxBody {
		return Body{}, fmt.Errorf("%w: longer than %d bytes", ErrBody, MaxBody)
	}
	var w wire
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return Body{}, fmt.Errorf("%w: not the JSON of a dossier", ErrBody)
	}
	if w.Format != Format {
		return Body{}, fmt.Errorf("%w: format %d, this program reads %d", ErrBody, w.Format, Format)
	}
	b := Body{
		ID: w.ID, Number: w.Number, Service: w.Service, Version: w.Version, Procedure: w.Procedure,
		Lang: w.Lang, Site: w.Site, Kiosk: w.Kiosk, Answers: w.Answers,
	}
	var err error
	if b.CreatedAt, err = time.Parse(timeLayout, w.CreatedAt); err != nil {
		return Body{}, fmt.Errorf("%w: created_at", ErrBody)
	}
	if b.ConsentAt, err = time.Parse(timeLayout, w.ConsentAt); err != nil {
		return Body{}, fmt.Errorf("%w: consent_at", ErrBody)
	}
	for _, f := range b.Applicant.fields() {
		*f.value = w.Applicant[f.key]
	}
	var ok bool
	if b.Assurance, ok = parseAssurance(w.Assurance); !ok {
		return Body{}, fmt.Errorf("%w: assurance", ErrBody)
	}
	for name, p := range map[string]*person.Proof{
		"chain": &b.Proofs.Chain, "chip": &b.Proofs.Chip, "hashes": &b.Proofs.Hashes, "signature": &b.Proofs.Signature,
	} {
		if *p, ok = parseProof(w.Proofs[name]); !ok {
			return Body{}, fmt.Errorf("%w: proofs.%s", ErrBody, name)
		}
	}
	again, err := b.Canonical()
	if err != nil {
		return Body{}, err
	}
	if !bytes.Equal(again, data) {
		return Body{}, fmt.Errorf("%w: not in canonical form", ErrBody)
	}
	return b, nil
}

func parseAssurance(s string) (person.Assurance, bool) {
	for a := person.Nobody; a <= person.ChipGenuine; a++ {
		if a.String() == s {
			return a, true
		}
	}
	return 0, false
}

func parseProof(s string) (person.Proof, bool) {
	for p := person.NotMade; p <= person.Unknown; p++ {
		if p.String() == s {
			return p, true
		}
	}
	return 0, false
}

// Indented gives the canonical body as a person reads it, for an operator who
// may see it. It is not what was signed.
func (b Body) Indented() ([]byte, error) {
	canon, err := b.Canonical()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, canon, "", "  "); err != nil {
		return nil, fmt.Errorf("indent dossier: %w", ErrBody)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
