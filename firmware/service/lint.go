package service

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"tram06/firmware/config/strict"
	"tram06/firmware/health"
)

// Languages are those that every text must be given in.
func Languages() []string { return []string{"vi", "en"} }

// Fields are the names that Locked.From may take.
func Fields() []string {
	return []string{"name", "birth", "sex", "number", "ethnicity", "origin", "residence"}
}

var (
	idForm   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	codeForm = regexp.MustCompile(`^[0-9]\.[0-9]{6}$`)
)

// lint tells what the decoder cannot see.
func lint(doc *strict.Doc, s *Service) {
	id(doc, "id", s.ID)
	if s.Code != "" && !codeForm.MatchString(s.Code) {
		doc.Reject("code", health.ConfigValue, `write the procedure's code as "1.010041", in quotes`)
	}
	if s.Fee < 0 {
		doc.Reject("fee", health.ConfigValue, "a fee is 0 or more đồng")
	}
	if s.WorkingDays < 0 || s.WorkingDays > 365 {
		doc.Reject("working_days", health.ConfigValue, "write 0 to 365 working days")
	}
	if !s.ValidTo.IsZero() && s.ValidTo.Before(s.ValidFrom) {
		doc.Reject("valid_to", health.ConfigValue, "valid_to lies before valid_from")
	}
	text(doc, "name", s.Name)
	text(doc, "duration", s.Duration)
	if doc.Given("steps") && len(s.Steps) == 0 {
		doc.Reject("steps", health.ConfigMissing, "a service needs at least one step")
	}
	seen := map[string]bool{}
	for i, st := range s.Steps {
		p := fmt.Sprintf("steps[%d]", i)
		id(doc, p+".id", st.ID)
		if st.ID != "" && seen[st.ID] {
			doc.Reject(p+".id", health.ConfigValue, "the step %q is there twice: give each its own id", st.ID)
		}
		seen[st.ID] = true
		step(doc, p, st)
	}
}

func step(doc *strict.Doc, p string, st Step) {
	text(doc, p+".title", st.Title)
	text(doc, p+".note", st.Note)
	text(doc, p+".why", st.Why)
	text(doc, p+".short", st.Short)
	switch st.Kind {
	case Show:
		if len(st.Locked) == 0 {
			doc.Reject(p+".locked", health.ConfigMissing, `a step of kind "show" needs "locked": what it lays before the citizen`)
		}
		if st.Optional {
			doc.Reject(p+".optional", health.ConfigValue, `a step of kind "show" asks nothing: leave "optional" out`)
		}
	case Choice:
		if len(st.Options) < 2 {
			doc.Reject(p+".options", health.ConfigMissing, `a step of kind "choice" needs two "options" or more`)
		}
	case Phone, "":
	default:
		doc.Reject(p+".kind", health.ConfigValue, "unknown kind %q: write show, choice or phone", st.Kind)
	}
	if st.Kind != Show && len(st.Locked) > 0 {
		doc.Reject(p+".locked", health.ConfigValue, `only a step of kind "show" has "locked"`)
	}
	if st.Kind != Choice && len(st.Options) > 0 {
		doc.Reject(p+".options", health.ConfigValue, `only a step of kind "choice" has "options"`)
	}
	for i, l := range st.Locked {
		q := fmt.Sprintf("%s.locked[%d]", p, i)
		text(doc, q+".label", l.Label)
		if l.From != "" && !slices.Contains(Fields(), l.From) {
			doc.Reject(q+".from", health.ConfigValue, "unknown field %q: write one of %s", l.From, strings.Join(Fields(), ", "))
		}
	}
	seen := map[string]bool{}
	for i, o := range st.Options {
		q := fmt.Sprintf("%s.options[%d]", p, i)
		id(doc, q+".value", o.Value)
		if o.Value != "" && seen[o.Value] {
			doc.Reject(q+".value", health.ConfigValue, "the option %q is there twice", o.Value)
		}
		seen[o.Value] = true
		text(doc, q+".label", o.Label)
		text(doc, q+".note", o.Note)
	}
}

func id(doc *strict.Doc, p, v string) {
	if v != "" && !idForm.MatchString(v) {
		doc.Reject(p, health.ConfigValue, "write small letters, digits and _, beginning with a letter: residence_confirmation")
	}
}

// text asks for every language, and for composed letters: a decomposed "ế"
// would be drawn as two glyphs.
func text(doc *strict.Doc, p string, t Text) {
	if t == nil {
		return
	}
	for _, l := range Languages() {
		if t[l] == "" {
			doc.Reject(p+"."+l, health.ConfigMissing, "%q is missing: every text is given in %s", p+"."+l, strings.Join(Languages(), " and "))
		}
	}
	for l, s := range t {
		if !slices.Contains(Languages(), l) {
			doc.Reject(p+"."+l, health.ConfigUnknown, "unknown language %q: known are %s", l, strings.Join(Languages(), ", "))
		} else if !norm.NFC.IsNormalString(s) {
			doc.Reject(p+"."+l, health.ConfigValue, "the text is not in composed form (NFC): type it again")
		}
	}
}
