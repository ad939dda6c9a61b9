package calendar

import (
	"fmt"
	"strconv"
	"time"
)

var weekdaysVI = [...]string{"Chủ nhật", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy"}

// Date says the day of t: "thứ Hai 23/11/2026", "Monday 23/11/2026".
func Date(t time.Time, lang string) string {
	t = t.In(Zone())
	if lang == "en" {
		return t.Weekday().String() + t.Format(" 02/01/2006")
	}
	return weekdaysVI[t.Weekday()] + t.Format(" 02/01/2006")
}

// Part says the part of the day and the day: "chiều thứ Hai 23/11/2026",
// "afternoon of Monday 23/11/2026". It begins with a small letter.
func Part(t time.Time, lang string) string {
	vi, en := "sáng", "morning"
	switch h := t.In(Zone()).Hour(); {
	case h >= 18 || h < 4:
		vi, en = "tối", "evening"
	case h >= 12:
		vi, en = "chiều", "afternoon"
	}
	if lang == "en" {
		return en + " of " + Date(t, lang)
	}
	return vi + " " + Date(t, lang)
}

// Moment says time and day: "9 giờ 42, thứ Hai 23/11/2026",
// "9:42, Monday 23/11/2026".
func Moment(t time.Time, lang string) string { return Time(t, lang) + ", " + Date(t, lang) }

// Time says the time of day: "9 giờ 42", "9 giờ", "9:42".
func Time(t time.Time, lang string) string {
	t = t.In(Zone())
	if lang == "en" {
		return fmt.Sprintf("%d:%02d", t.Hour(), t.Minute())
	}
	if t.Minute() == 0 {
		return strconv.Itoa(t.Hour()) + " giờ"
	}
	return fmt.Sprintf("%d giờ %02d", t.Hour(), t.Minute())
}
