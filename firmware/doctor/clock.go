package doctor

import (
	"context"
	"strconv"
	"time"

	"tram06/firmware/health"
)

// born is before any terminal was set up: an earlier date is a clock that starts
// from nothing.
var born = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// time looks at the system's clock by itself. How far it is off, the gateway's
// finding says.
func (x *examiner) time(context.Context) []Finding {
	now := x.System.Now()
	details := map[string]string{"time": now.Format(time.RFC3339)}
	if now.Before(born) {
		return []Finding{x.Found(PartTime, "", health.ClockWrong, x.Say("máy cho rằng bây giờ là %s", "the machine believes it is %s", now.Format("02/01/2006 15:04"))).with(details)}
	}
	ok, err := x.System.Synchronised()
	if err != nil {
		return []Finding{x.Left(PartTime, "", x.Say("nhân không cho biết có đồng bộ không: %v", "the kernel does not say whether it is synchronised: %v", err)).with(details)}
	}
	if !ok {
		details["synchronised"] = no
		return []Finding{x.Found(PartTime, "", health.ClockUnsynced, x.Say("%s, chưa đồng bộ", "%s, not synchronised", now.Format("02/01/2006 15:04:05"))).with(details)}
	}
	details["synchronised"] = yes
	return []Finding{x.Fine(PartTime, "", x.Say("%s, đã đồng bộ", "%s, synchronised", now.Format("02/01/2006 15:04:05"))).with(details)}
}

// How far the system's clock may be off the gateway's. The signatures' dates and
// the certificates do not mind seconds.
const (
	offLittle = 5 * time.Second
	offMuch   = 2 * time.Minute
)

// offset judges the system's clock by the date of an answer that was asked for
// at sent and came at got. Such a date has whole seconds.
func (x *examiner) offset(date, sent, got time.Time) Finding {
	middle := sent.Add(got.Sub(sent) / 2)
	off := date.Add(500 * time.Millisecond).Sub(middle)
	unsure := got.Sub(sent)/2 + 500*time.Millisecond
	seconds := func(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) }
	details := map[string]string{"offset_s": seconds(off), "unsure_s": seconds(unsure)}
	text := x.Say("lệch %s (± %s)", "%s off (± %s)", off.Round(100*time.Millisecond), unsure.Round(100*time.Millisecond))
	switch away := off.Abs() - unsure; {
	case away > offMuch:
		return x.Found(PartTime, "offset", health.ClockWrong, text).with(details)
	case away > offLittle:
		return x.Found(PartTime, "offset", health.ClockUnsynced, text).with(details)
	}
	return x.Fine(PartTime, "offset", text).with(details)
}
