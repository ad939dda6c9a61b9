package calendar

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func builtin(t testing.TB) *Calendar {
	t.Helper()
	c, err := Load(Builtin())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	x, err := time.ParseInLocation("2006-01-02 15:04", text, Zone())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestAddWorkingDays(t *testing.T) {
	c := builtin(t)
	for _, x := range []struct {
		name, from string
		days       int
		want       string
	}{
		{"a plain week", "2026-11-09 09:00", 3, "2026-11-12 17:00"},
		{"over a week-end", "2026-11-12 09:00", 3, "2026-11-17 17:00"},
		{"Friday, a minute before closing", "2026-11-13 16:59", 3, "2026-11-18 17:00"},
		// Arrives on Saturday morning when counters open; Saturday is not counted.
		{"Friday, at closing time", "2026-11-13 17:00", 3, "2026-11-18 17:00"},
		{"Saturday at eleven", "2026-11-14 11:00", 3, "2026-11-18 17:00"},
		// After Saturday's reception it arrives on Monday, which is not counted.
		{"Saturday at noon", "2026-11-14 12:00", 3, "2026-11-19 17:00"},
		{"Sunday", "2026-11-15 10:00", 3, "2026-11-19 17:00"},
		{"at lunch time, the same day", "2026-11-09 12:00", 1, "2026-11-10 17:00"},
		{"before opening, the same day", "2026-11-09 05:00", 1, "2026-11-10 17:00"},
		{"over Vietnamese Culture Day", "2026-11-23 09:42", 3, "2026-11-27 17:00"},
		{"the Friday before Tết", "2026-02-13 16:59", 1, "2026-02-23 17:00"},
		{"in the middle of Tết", "2026-02-18 09:00", 1, "2026-02-23 17:00"},
		{"over a Saturday worked in exchange", "2026-08-21 09:00", 1, "2026-08-22 17:00"},
		{"over National Day", "2026-08-28 09:00", 1, "2026-09-03 17:00"},
		{"into the next year", "2026-12-31 09:00", 1, "2027-01-04 17:00"},
		{"no day: the end of the day it arrives", "2026-11-09 09:00", 0, "2026-11-09 17:00"},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, err := c.AddWorkingDays(at(t, x.from), x.days)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(at(t, x.want)) {
				t.Errorf("%s and %d working days give %s, want %s", x.from, x.days, got, x.want)
			}
		})
	}
}

func TestAddHalfDay(t *testing.T) {
	c := builtin(t)
	for _, x := range []struct{ from, want string }{
		{"2026-11-23 09:42", "2026-11-23 17:00"},
		{"2026-11-23 06:00", "2026-11-23 17:00"},
		{"2026-11-23 11:30", "2026-11-25 11:30"}, // noon is not morning; the 24th is a holiday
		{"2026-11-20 16:59", "2026-11-23 11:30"},
		{"2026-11-21 11:00", "2026-11-23 11:30"}, // Saturday takes, but does not work
		{"2026-11-21 12:00", "2026-11-23 17:00"}, // arrives on Monday morning
	} {
		got, err := c.AddHalfDay(at(t, x.from))
		if err != nil || !got.Equal(at(t, x.want)) {
			t.Errorf("half a day after %s is %s (%v), want %s", x.from, got, err, x.want)
		}
	}
}

func TestOpen(t *testing.T) {
	c := builtin(t)
	for when, want := range map[string]bool{
		"2026-11-23 07:29": false, "2026-11-23 07:30": true, "2026-11-23 11:29": true, "2026-11-23 11:30": false,
		"2026-11-23 13:30": true, "2026-11-23 17:00": false,
		"2026-11-21 11:00": true, "2026-11-21 14:00": false, "2026-11-22 09:00": false,
		"2026-11-24 09:00": false, "2026-08-22 14:00": true,
	} {
		if got, err := c.Open(at(t, when)); got != want || err != nil {
			t.Errorf("open at %s is %t (%v), want %t", when, got, err, want)
		}
	}
}

// The clock of a board without a battery may stand in any year.
func TestNoDataIsNoGuess(t *testing.T) {
	c := builtin(t)
	for _, when := range []string{"1970-01-01 00:00", "2025-12-31 18:00", "2028-01-03 09:00"} {
		if got, err := c.AddWorkingDays(at(t, when), 3); !errors.Is(err, ErrNoData) {
			t.Errorf("%s gives %s, %v", when, got, err)
		}
	}
	if _, err := c.AddWorkingDays(at(t, "2027-12-30 09:00"), 3); !errors.Is(err, ErrNoData) {
		t.Errorf("running out of the known years gives %v", err)
	}
}

// Other zones must not move a day: the gateway may run in UTC.
func TestZoneOfTheCallerDoesNotMatter(t *testing.T) {
	c := builtin(t)
	from := at(t, "2026-11-14 05:00").In(time.UTC) // Friday 22:00 in UTC
	got, err := c.AddWorkingDays(from, 1)
	if err != nil || !got.Equal(at(t, "2026-11-16 17:00")) {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestHolidaysOfTheLaborCode(t *testing.T) {
	c := builtin(t)
	for _, y := range []int{2026, 2027} {
		for _, d := range []string{"01-01", "04-30", "05-01", "09-02", "11-24"} {
			when := at(t, time.Date(y, 1, 1, 0, 0, 0, 0, Zone()).Format("2006")+"-"+d+" 10:00")
			if _, ok := c.Holiday(when); !ok {
				t.Errorf("%d-%s is no holiday", y, d)
			}
		}
	}
}

func TestWords(t *testing.T) {
	noon := at(t, "2026-11-23 09:42")
	for got, want := range map[string]string{
		Moment(noon, "vi"):                        "9 giờ 42, thứ Hai 23/11/2026",
		Moment(noon, "en"):                        "9:42, Monday 23/11/2026",
		Part(at(t, "2026-11-23 17:00"), "vi"):     "chiều thứ Hai 23/11/2026",
		Part(at(t, "2026-11-25 11:30"), "vi"):     "sáng thứ Tư 25/11/2026",
		Part(at(t, "2026-11-23 17:00"), "en"):     "afternoon of Monday 23/11/2026",
		Part(at(t, "2026-11-22 20:00"), "vi"):     "tối Chủ nhật 22/11/2026",
		Time(at(t, "2026-11-23 14:00"), "vi"):     "14 giờ",
		Time(at(t, "2026-11-23 14:05"), "vi"):     "14 giờ 05",
		Date(at(t, "2026-11-23 23:30").UTC(), ""): "thứ Hai 23/11/2026",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestBadFiles(t *testing.T) {
	const hours = "source: s\ncheck: c\nweekdays: [{from: \"07:30\", to: \"11:30\"}]\nsaturday: []\n"
	const days = "years: [2026]\nsource: s\ncheck: c\nholidays: []\n"
	for _, x := range []struct{ name, days, hours, want string }{
		{"a year that is not listed", strings.Replace(days, "[]", "[{date: 2027-01-01, name: {vi: a, en: b}}]", 1), hours,
			"holidays.yaml:4:19: CH-503: 2027 is none of years"},
		{"a day twice", strings.Replace(days, "[]", "[{date: 2026-01-01, name: {vi: a, en: b}}, {date: 2026-01-01, name: {vi: a, en: b}}]", 1), hours,
			"this day is there twice"},
		{"one language", strings.Replace(days, "[]", "[{date: 2026-01-01, name: {vi: a}}]", 1), hours, "every name is given in vi and en"},
		{"no date", strings.Replace(days, "[]", "[{date: 1/1/2026, name: {vi: a, en: b}}]", 1), hours, "write year, month, day as 2026-07-01"},
		{"a Monday worked in exchange", days + "worked: [{date: 2026-01-05, for: 2026-01-02}]\n", hours, "only a Saturday or Sunday"},
		{"hours that run backwards", days, strings.Replace(hours, "11:30", "06:30", 1), "hours.yaml:3:12: CH-503: spans run forward"},
		{"a wrong clock", days, strings.Replace(hours, "07:30", "7h30", 1), `"7h30" is no time of day`},
		{"an unknown key", days + "wroked: []\n", hours, `CH-501: unknown key "wroked": write "worked"`},
	} {
		t.Run(x.name, func(t *testing.T) {
			_, err := Load(fstest.MapFS{"holidays.yaml": {Data: []byte(x.days)}, "hours.yaml": {Data: []byte(x.hours)}})
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, want %q in it", err, x.want)
			}
		})
	}
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("no files at all are accepted")
	}
}

func FuzzLoad(f *testing.F) {
	for _, name := range []string{"holidays.yaml", "hours.yaml"} {
		data, err := embedded.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("years: [2026]\nworked: [{date: 2026-01-10, for: 2026-01-02}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		hours, err := embedded.ReadFile("hours.yaml")
		if err != nil {
			t.Fatal(err)
		}
		c, err := Load(fstest.MapFS{"holidays.yaml": {Data: data}, "hours.yaml": {Data: hours}})
		if (c == nil) == (err == nil) {
			t.Fatal("neither or both of calendar and error")
		}
	})
}
