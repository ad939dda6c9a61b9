package cccd

import (
	"slices"
	"time"

	"tram06/firmware/emrtd/keys"
)

const dateLayout = "02/01/2006"

// noExpiry is what is tried in the MRZ of a card without expiry. What such
// cards really hold there is not public.
const noExpiry = "991231"

// lawOf2024 brought cards for children, with an expiry at 14.
var lawOf2024 = time.Date(2024, time.July, 1, 0, 0, 0, 0, time.UTC)

// Expiries gives the expiry dates that a card may carry in its MRZ (YYMMDD),
// likeliest first. The QR does not hold the expiry, but the law does: a card
// runs until the holder reaches the next of 25, 40 and 60 years (14 too, since
// July 2024), and one issued less than two years before such a birthday runs
// until the one after. After 60 there is none.
//
// It returns nil if a date is not dd/mm/yyyy.
func Expiries(birth, issued string) []string {
	b, err1 := time.Parse(dateLayout, birth)
	i, err2 := time.Parse(dateLayout, issued)
	if err1 != nil || err2 != nil || i.Before(b) {
		return nil
	}
	ages := []int{25, 40, 60}
	if !i.Before(lawOf2024) {
		ages = []int{14, 25, 40, 60}
	}
	next := len(ages) // index of the age the law names
	for k, age := range ages {
		if i.Before(b.AddDate(age-2, 0, 0)) {
			next = k
			break
		}
	}
	var out []string
	add := func(dates ...string) {
		for _, d := range dates {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	at := func(k int) []string {
		if k < 0 || k >= len(ages) {
			return nil
		}
		return birthday(b, ages[k], i)
	}
	if next == len(ages) {
		add(noExpiry)
	}
	add(at(next)...)
	add(at(next + 1)...)
	add(at(next - 1)...) // an office that did not apply the rule of two years
	add(noExpiry)
	return out
}

// birthday gives the day on which someone reaches an age, both readings of it
// for those born on 29 February, and nothing if that was before the issue.
func birthday(b time.Time, age int, issued time.Time) []string {
	days := []time.Time{b.AddDate(age, 0, 0)} // 29 February rolls on to 1 March
	if days[0].Day() != b.Day() {
		days = []time.Time{days[0].AddDate(0, 0, -1), days[0]}
	}
	var out []string
	for _, d := range days {
		if d.After(issued) {
			out = append(out, d.Format("060102"))
		}
	}
	return out
}

// MRZInformation gives the keys for Basic Access Control that follow from a QR,
// likeliest first: document number, birth and expiry, each with its check
// digit. The document number is the last nine digits of the personal number.
func (q QR) MRZInformation() []string {
	if len(q.Number) != 12 {
		return nil
	}
	birth, err := time.Parse(dateLayout, q.Birth)
	if err != nil {
		return nil
	}
	doc, day := q.Number[3:], birth.Format("060102")
	var out []string
	for _, exp := range Expiries(q.Birth, q.Issued) {
		if info, err := keys.MRZInformation(doc, day, exp); err == nil {
			out = append(out, info)
		}
	}
	return out
}
