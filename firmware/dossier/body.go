package dossier

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"
	"unicode"
	"unicode/utf8"

	"tram06/firmware/person"
)

// Format is the version of the body that this package writes.
const Format = 1

// Limits of a body. They are far above what a form asks for, and keep one
// dossier from filling a board's disk or a gateway's memory.
const (
	MaxBody    = 64 << 10 // bytes of canonical JSON
	maxField   = 2000     // bytes of one applicant field or answer
	maxAnswers = 200
)

// ErrBody is a body that breaks the rules of this package. The error names the
// field and never its value.
var ErrBody = errors.New("dossier body is not valid")

// Stamp is what the outbox adds to a draft in the transaction that makes it
// durable.
type Stamp struct {
	ID     string // UUIDv7
	Number string // receipt number of this kiosk
	Site   string
	Kiosk  string // must be the name in the kiosk's certificate
	At     time.Time
}

// Applicant is the person without the portrait.
type Applicant struct {
	Number      string
	Name        string
	Birth       string
	Sex         string
	Nationality string
	Ethnicity   string
	Religion    string
	Origin      string
	Residence   string
	Issued      string
	Expires     string
	OldNumber   string
}

// Body is a dossier as it is signed, sealed and handed in. Times are UTC with
// whole milliseconds.
type Body struct {
	ID        string
	Number    string
	Service   string
	Version   string // of the service's file
	Procedure string // administrative procedure code
	Lang      string
	Site      string
	Kiosk     string
	CreatedAt time.Time
	ConsentAt time.Time
	Applicant Applicant
	// Assurance says how surely the applicant was identified, Proofs why; the
	// four proofs are never merged into one.
	Assurance person.Assurance
	Proofs    person.Proofs
	Answers   map[string]string
}

// String keeps a body out of every log by accident, as do GoString and
// LogValue.
func (b Body) String() string { return "dossier(" + b.ID + ")" }

// GoString does the same for %#v.
func (b Body) GoString() string { return b.String() }

// LogValue does the same for slog.
func (b Body) LogValue() slog.Value { return slog.StringValue(b.String()) }

// NewBody joins a draft with its stamp and checks the result.
func NewBody(d Draft, s Stamp) (Body, error) {
	p := d.Person
	b := Body{
		ID: s.ID, Number: s.Number, Site: s.Site, Kiosk: s.Kiosk,
		Service: d.Service, Version: d.ServiceVersion, Procedure: d.Procedure, Lang: d.Lang,
		CreatedAt: instant(s.At), ConsentAt: instant(d.ConsentAt),
		Applicant: Applicant{
			Number: p.Number, Name: p.Name, Birth: p.Birth, Sex: p.Sex, Nationality: p.Nationality,
			Ethnicity: p.Ethnicity, Religion: p.Religion, Origin: p.Origin, Residence: p.Residence,
			Issued: p.Issued, Expires: p.Expires, OldNumber: p.OldNumber,
		},
		Assurance: p.Assurance, Proofs: p.Proofs,
		Answers: make(map[string]string, len(d.Answers)),
	}
	for k, v := range d.Answers {
		b.Answers[k] = v
	}
	if err := b.Check(); err != nil {
		return Body{}, err
	}
	return b, nil
}

// instant is t as a body holds it.
func instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

var (
	uuid7    = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	token    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	answerID = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)
	personal = regexp.MustCompile(`^[0-9]{12}$`)
	language = regexp.MustCompile(`^[a-z]{2}$`)
)

// ValidID says whether s is a dossier id: a UUIDv7 in its one written form.
func ValidID(s string) bool { return uuid7.MatchString(s) }

// ValidKiosk says whether s can name a kiosk.
func ValidKiosk(s string) bool { return token.MatchString(s) }

// Check verifies everything that can be verified without the service's form.
// A body that claims more assurance than its proofs carry is refused here, so
// that neither side can pass it on.
func (b Body) Check() error {
	bad := func(field string) error { return fmt.Errorf("%w: %s", ErrBody, field) }
	switch {
	case !uuid7.MatchString(b.ID):
		return bad("id")
	case !token.MatchString(b.Number):
		return bad("number")
	case !token.MatchString(b.Service):
		return bad("service")
	case !token.MatchString(b.Version):
		return bad("version")
	case !token.MatchString(b.Procedure):
		return bad("procedure")
	case !language.MatchString(b.Lang):
		return bad("lang")
	case !token.MatchString(b.Kiosk):
		return bad("kiosk")
	case b.Site == "" || !plain(b.Site):
		return bad("site")
	case !sane(b.CreatedAt):
		return bad("created_at")
	case !sane(b.ConsentAt):
		return bad("consent_at")
	case !personal.MatchString(b.Applicant.Number):
		return bad("applicant.number")
	case b.Applicant.Name == "":
		return bad("applicant.name")
	case b.Assurance == person.Nobody || b.Assurance > person.ChipGenuine:
		return bad("assurance")
	case b.Assurance >= person.ChipRead && b.Proofs.Assess() != b.Assurance:
		return bad("assurance against proofs")
	case b.Assurance < person.ChipRead && b.Proofs != person.Proofs{}:
		return bad("proofs without a chip")
	case b.Proofs.Hashes > person.Unknown || b.Proofs.Signature > person.Unknown ||
		b.Proofs.Chain > person.Unknown || b.Proofs.Chip > person.Unknown:
		return bad("proofs")
	case len(b.Answers) > maxAnswers:
		return bad("answers: too many")
	}
	for _, f := range b.Applicant.fields() {
		if !plain(*f.value) {
			return bad("applicant." + f.key)
		}
	}
	for k, v := range b.Answers {
		if !answerID.MatchString(k) {
			return bad("answers: key")
		}
		if !plain(v) {
			return bad("answers." + k)
		}
	}
	return nil
}

type field struct {
	key   string
	value *string
}

// fields lists the applicant's fields by their key in the canonical form.
func (a *Applicant) fields() []field {
	return []field{
		{"birth", &a.Birth}, {"ethnicity", &a.Ethnicity}, {"expires", &a.Expires}, {"issued", &a.Issued},
		{"name", &a.Name}, {"nationality", &a.Nationality}, {"number", &a.Number}, {"old_number", &a.OldNumber},
		{"origin", &a.Origin}, {"religion", &a.Religion}, {"residence", &a.Residence}, {"sex", &a.Sex},
	}
}

// plain says whether s is short, valid text without control characters.
func plain(s string) bool {
	if len(s) > maxField || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return false
		}
	}
	return true
}

// sane says whether t can be written in the one form of the canonical body.
func sane(t time.Time) bool {
	y := t.Year()
	return y >= 1970 && y <= 9999 && t.Location() == time.UTC && t.Equal(t.Truncate(time.Millisecond))
}
