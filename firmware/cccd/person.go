package cccd

import (
	"fmt"
	"time"

	"tram06/firmware/emrtd/lds"
	"tram06/firmware/person"
)

// fromMRZ is what DG1 alone tells: no diacritics, no address. today decides the
// century of the birth.
func fromMRZ(m lds.MRZ, today time.Time) person.Person {
	p := person.Person{
		Number: m.Optional1, Name: m.Surname, Birth: mrzDate(m.Birth, today),
		Sex: map[string]string{"M": "Nam", "F": "Nữ"}[m.Sex], Expires: mrzExpiry(m.Expiry),
	}
	if m.Nationality == "VNM" {
		p.Nationality = "Việt Nam"
	}
	if m.Given != "" {
		p.Name += " " + m.Given
	}
	// The optional data hold the whole personal number, two fillers and its
	// check digit; the document number is its end.
	if len(p.Number) > 12 {
		p.Number = p.Number[:12]
	}
	if _, err := ParseNumber(p.Number); err != nil {
		p.Number = ""
	}
	return p
}

// mrzExpiry writes YYMMDD as dd/mm/yyyy. Cards began in 2021, so the century is
// this one. What a card without an end holds there is not known for sure, and
// its likeliest value says nothing.
func mrzExpiry(s string) string {
	t, err := time.Parse("20060102", "20"+s)
	if err != nil || s == noExpiry {
		return ""
	}
	return t.Format(dateLayout)
}

// mrzDate writes YYMMDD as dd/mm/yyyy, or gives nothing for a date that is not
// known in full.
func mrzDate(s string, today time.Time) string {
	t, err := time.Parse("060102", s)
	if err != nil {
		return ""
	}
	// The year has two digits: the last one that is not in the future.
	year := today.Year()/100*100 + t.Year()%100
	t = time.Date(year, t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	if t.After(today) {
		t = t.AddDate(-100, 0, 0)
	}
	return t.Format(dateLayout)
}

// merge puts what DG13 says over what DG1 says, if both are of one person.
func merge(p *person.Person, d DG13) error {
	if d.Number != "" && p.Number != "" && d.Number != p.Number {
		return fmt.Errorf("%w: DG1 and DG13", ErrDiffers)
	}
	for _, f := range []struct {
		to   *string
		from string
	}{
		{&p.Number, d.Number}, {&p.Name, d.Name}, {&p.Birth, d.Birth}, {&p.Sex, d.Sex},
		{&p.Nationality, d.Nationality}, {&p.Ethnicity, d.Ethnicity}, {&p.Religion, d.Religion},
		{&p.Origin, d.Origin}, {&p.Residence, d.Residence},
		{&p.Issued, d.Issued}, {&p.Expires, d.Expires}, {&p.OldNumber, d.OldNumber},
	} {
		if f.from != "" {
			*f.to = f.from
		}
	}
	return nil
}
