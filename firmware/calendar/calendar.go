// Package calendar knows when offices work and when something is due: working
// days, reception hours, public holidays, and how a moment is said in words.
//
// The data are two files, holidays.yaml and hours.yaml, each with its source
// and a mark of what a person must compare with the current text. A day of a
// year that holidays.yaml does not cover has no answer: ErrNoData, never a
// guess. The time zone is fixed at +07:00, so no zone data is needed.
package calendar

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"tram06/firmware/config/strict"
	"tram06/firmware/health"
)

//go:embed holidays.yaml hours.yaml
var embedded embed.FS

// Builtin holds holidays.yaml and hours.yaml of this build.
func Builtin() fs.FS { return embedded }

// Zone is the time of Vietnam.
func Zone() *time.Location { return time.FixedZone("+07", 7*60*60) }

// ErrNoData: holidays.yaml says nothing about this year.
var ErrNoData = errors.New("no holidays known for this year")

// Text is a sentence by language.
type Text map[string]string

// Holiday is one day on which offices are closed.
type Holiday struct {
	Date time.Time `yaml:"date"`
	Name Text      `yaml:"name"`
	// Check says what about this day is not certain.
	Check string `yaml:"check,omitempty"`
}

// Worked is a day at a week-end that is worked in exchange for another.
type Worked struct {
	Date time.Time `yaml:"date"`
	For  time.Time `yaml:"for"`
}

type holidays struct {
	Years    []int     `yaml:"years"`
	Source   string    `yaml:"source"`
	Check    string    `yaml:"check"`
	Holidays []Holiday `yaml:"holidays"`
	Worked   []Worked  `yaml:"worked,omitempty"`
}

type hours struct {
	Source   string `yaml:"source"`
	Check    string `yaml:"check"`
	Weekdays []Span `yaml:"weekdays"`
	Saturday []Span `yaml:"saturday"`
}

// Span is a part of a day with open counters.
type Span struct {
	From Clock `yaml:"from"`
	To   Clock `yaml:"to"`
}

// Clock is a time of day in minutes since midnight, written as 07:30.
type Clock int

// ParseScalar reads a time of day.
func (c *Clock) ParseScalar(text string) error {
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != 5 {
		return fmt.Errorf("%q is no time of day: write hours and minutes as 07:30", text)
	}
	*c = Clock(t.Hour()*60 + t.Minute())
	return nil
}

// Calendar answers questions about days. It does not change once it is loaded.
type Calendar struct {
	years    []int
	holidays map[day]Holiday
	worked   map[day]bool
	weekdays []Span
	saturday []Span
}

type day struct {
	y int
	m time.Month
	d int
}

func dayOf(t time.Time) day {
	y, m, d := t.In(Zone()).Date()
	return day{y, m, d}
}

func (d day) at(c Clock) time.Time {
	return time.Date(d.y, d.m, d.d, int(c)/60, int(c)%60, 0, 0, Zone())
}

func (d day) next() day { return dayOf(d.at(12*60).AddDate(0, 0, 1)) }

// Load reads holidays.yaml and hours.yaml from fsys.
func Load(fsys fs.FS) (*Calendar, error) {
	var hs holidays
	var hr hours
	err := errors.Join(
		decode(fsys, "holidays.yaml", &hs, func(doc *strict.Doc) { checkHolidays(doc, &hs) }),
		decode(fsys, "hours.yaml", &hr, func(doc *strict.Doc) { checkHours(doc, &hr) }),
	)
	if err != nil {
		return nil, err
	}
	c := &Calendar{
		years:    hs.Years,
		holidays: map[day]Holiday{},
		worked:   map[day]bool{},
		weekdays: hr.Weekdays,
		saturday: hr.Saturday,
	}
	for _, h := range hs.Holidays {
		c.holidays[dayOf(h.Date)] = h
	}
	for _, w := range hs.Worked {
		c.worked[dayOf(w.Date)] = true
	}
	return c, nil
}

func decode(fsys fs.FS, name string, out any, check func(*strict.Doc)) error {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read calendar: %w", err)
	}
	doc := strict.Parse(name, data)
	doc.Decode(out, Zone())
	check(doc)
	return doc.Err()
}

func checkHolidays(doc *strict.Doc, hs *holidays) {
	seen := map[day]bool{}
	for i, h := range hs.Holidays {
		p := fmt.Sprintf("holidays[%d]", i)
		d := dayOf(h.Date)
		switch {
		case h.Date.IsZero():
		case !slices.Contains(hs.Years, d.y):
			doc.Reject(p+".date", health.ConfigValue, "%d is none of years: a year is listed once it is complete", d.y)
		case seen[d]:
			doc.Reject(p+".date", health.ConfigValue, "this day is there twice")
		}
		seen[d] = true
		for _, l := range []string{"vi", "en"} {
			if h.Name != nil && h.Name[l] == "" {
				doc.Reject(p+".name."+l, health.ConfigMissing, "every name is given in vi and en")
			}
		}
	}
	for i, w := range hs.Worked {
		p := fmt.Sprintf("worked[%d]", i)
		if wd := w.Date.Weekday(); !w.Date.IsZero() && wd != time.Saturday && wd != time.Sunday {
			doc.Reject(p+".date", health.ConfigValue, "only a Saturday or Sunday is worked in exchange")
		}
		if !w.For.IsZero() && !seen[dayOf(w.For)] {
			doc.Reject(p+".for", health.ConfigValue, "the day that is free in exchange must be among holidays")
		}
	}
}

func checkHours(doc *strict.Doc, h *hours) {
	for _, x := range []struct {
		key   string
		spans []Span
	}{{"weekdays", h.Weekdays}, {"saturday", h.Saturday}} {
		last := Clock(-1)
		for i, s := range x.spans {
			if s.From >= s.To || s.From <= last {
				doc.Reject(fmt.Sprintf("%s[%d]", x.key, i), health.ConfigValue, "spans run forward and do not touch: from 07:30 to 11:30, then from 13:30 to 17:00")
			}
			last = s.To
		}
	}
	if doc.Given("weekdays") && len(h.Weekdays) == 0 {
		doc.Reject("weekdays", health.ConfigMissing, "name at least one span")
	}
}
