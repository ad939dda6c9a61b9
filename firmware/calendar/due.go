package calendar

import (
	"fmt"
	"slices"
	"time"
)

// Holiday gives the holiday on the day of t.
func (c *Calendar) Holiday(t time.Time) (Holiday, bool) {
	h, ok := c.holidays[dayOf(t)]
	return h, ok
}

// Working tells whether offices work on the day of t. A Saturday on which only
// counters are open is no working day.
func (c *Calendar) Working(t time.Time) (bool, error) {
	d := dayOf(t)
	if !slices.Contains(c.years, d.y) {
		return false, fmt.Errorf("%w: %d", ErrNoData, d.y)
	}
	if c.worked[d] {
		return true, nil
	}
	if _, free := c.holidays[d]; free {
		return false, nil
	}
	wd := d.at(0).Weekday()
	return wd != time.Saturday && wd != time.Sunday, nil
}

// Reception gives the hours of the day of t in which counters take dossiers.
func (c *Calendar) Reception(t time.Time) ([]Span, error) {
	d := dayOf(t)
	working, err := c.Working(t)
	if err != nil {
		return nil, err
	}
	if working {
		return c.weekdays, nil
	}
	if _, free := c.holidays[d]; !free && d.at(0).Weekday() == time.Saturday {
		return c.saturday, nil
	}
	return nil, nil
}

// Open tells whether counters take dossiers at the time t.
func (c *Calendar) Open(t time.Time) (bool, error) {
	spans, err := c.Reception(t)
	for _, s := range spans {
		if d := dayOf(t); !t.Before(d.at(s.From)) && t.Before(d.at(s.To)) {
			return true, nil
		}
	}
	return false, err
}

// NextOpen gives t when counters are open at t, else the next time they open.
func (c *Calendar) NextOpen(t time.Time) (time.Time, error) {
	for d := dayOf(t); ; d = d.next() {
		spans, err := c.Reception(d.at(12 * 60))
		if err != nil {
			return time.Time{}, err
		}
		for _, s := range spans {
			if t.Before(d.at(s.From)) {
				return d.at(s.From), nil
			}
			if t.Before(d.at(s.To)) {
				return t, nil
			}
		}
	}
}

// AddWorkingDays gives the end of the n-th working day after a dossier arrived
// at t. What arrives while counters are closed counts as arrived when they open
// next; the day of arrival is not counted.
func (c *Calendar) AddWorkingDays(t time.Time, n int) (time.Time, error) {
	arrived, err := c.NextOpen(t)
	if err != nil {
		return time.Time{}, err
	}
	d := dayOf(arrived)
	for n > 0 {
		d = d.next()
		working, err := c.Working(d.at(12 * 60))
		if err != nil {
			return time.Time{}, err
		}
		if working {
			n--
		}
	}
	return d.at(c.weekdays[len(c.weekdays)-1].To), nil
}

// AddHalfDay gives the end of the half working day after a dossier arrived at
// t: the same afternoon for one of the morning, else noon of the next working
// day.
func (c *Calendar) AddHalfDay(t time.Time) (time.Time, error) {
	arrived, err := c.NextOpen(t)
	if err != nil {
		return time.Time{}, err
	}
	working, err := c.Working(arrived)
	if err != nil {
		return time.Time{}, err
	}
	d, morning, evening := dayOf(arrived), c.weekdays[0].To, c.weekdays[len(c.weekdays)-1].To
	if working && arrived.Before(d.at(morning)) {
		return d.at(evening), nil
	}
	end, err := c.AddWorkingDays(arrived, 1)
	if err != nil {
		return time.Time{}, err
	}
	return dayOf(end).at(morning), nil
}
