package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"tram06/firmware/health"
	"tram06/fleet/api"
	"tram06/fleet/wire"
)

func listTable(w io.Writer, l api.List) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tPRESENCE\tLAST HEARD\tTROUBLE\tOUTBOX\tLAST SESSION\tVERSION\tSITE")
	for _, k := range l.Kiosks {
		trouble, outbox, last, version, site := "-", "-", "-", "-", "-"
		if s := k.Status; s != nil {
			trouble, outbox, version, site = troubles(s), fmt.Sprint(s.Outbox.Depth), s.Version, s.Site
			if s.LastSession != nil {
				last = past(k, s.LastSession.EndedAt) + " " + s.LastSession.Outcome
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, presence(k), heard(k), trouble, outbox, last, version, site)
	}
	return t.Flush()
}

func showTable(w io.Writer, k api.Kiosk) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, value string) { fmt.Fprintf(t, "%s\t%s\n", name, value) }
	line("id", k.ID)
	line("presence", presence(k))
	line("last heard", heard(k))
	s := k.Status
	if s == nil {
		return t.Flush()
	}
	line("site", s.Site)
	line("board", s.Board)
	line("version", s.Version)
	line("up for", millis(s.UptimeMS))
	line("reports every", millis(s.IntervalMS))
	line("clock", fmt.Sprintf("%+.1f s", float64(k.SkewMS)/1000))
	if s.Outbox.Depth > 0 {
		line("outbox", fmt.Sprintf("%d, oldest %s", s.Outbox.Depth, millis(s.Outbox.OldestMS)))
	} else {
		line("outbox", "0")
	}
	if l := s.LastSession; l != nil {
		line("last session", fmt.Sprintf("%s ago, %s, took %s", past(k, l.EndedAt), l.Outcome, millis(l.DurationMS)))
	} else {
		line("last session", "-")
	}
	line("sessions today", fmt.Sprint(s.SessionsToday))
	for _, d := range s.Devices {
		line("device "+d.Name, strings.TrimSpace(fmt.Sprintf("%s for %s  %s", d.State, past(k, d.Since), d.Code)))
		if c, ok := health.Lookup(health.Code(d.Code)); ok {
			line("", c.Remedy.EN)
		}
	}
	return t.Flush()
}

func presence(k api.Kiosk) string {
	switch {
	case k.Revoked:
		return "revoked"
	case k.LastSeen == nil:
		return string(k.Presence) + " (never connected)"
	case k.Bye:
		return string(k.Presence) + " (switched off)"
	}
	return string(k.Presence)
}

func heard(k api.Kiosk) string {
	if k.LastSeen == nil {
		return "-"
	}
	return millis(k.AgeMS) + " ago"
}

// troubles names the devices that are not ready.
func troubles(s *wire.Status) string {
	var bad []string
	for _, d := range s.Devices {
		switch {
		case d.State == "ready":
		case d.Code != "":
			bad = append(bad, d.Code)
		default:
			bad = append(bad, d.Name+" "+d.State)
		}
	}
	if bad == nil {
		return "none"
	}
	return strings.Join(bad, ",")
}

// past says how long ago something was, by the kiosk's own clock until it
// spoke and by the server's since.
func past(k api.Kiosk, at time.Time) string {
	return millis(max(0, k.Status.SentAt.Sub(at).Milliseconds()+k.AgeMS))
}

func millis(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d >= time.Second:
		return d.Truncate(time.Second).String()
	}
	return d.String()
}
