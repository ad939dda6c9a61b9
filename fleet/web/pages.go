package web

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tram06/firmware/health"
	"tram06/fleet/registry"
	"tram06/fleet/transport"
	"tram06/fleet/wire"
)

// page is what every template is given.
type page struct {
	Lang   string
	Other  string // the address of this page in the other language
	Count  map[string]int
	Kiosks []row
	Kiosk  row
	Pong   string // what a ping or an examination brought
	PongOK bool
	// Findings of an examination that were not well.
	Findings []device
}

// T gives a word of the page.
func (p page) T(key string) string { return words[key].In(p.Lang) }

// Href keeps a language that was chosen by hand.
func (p page) Href(path string) string { return path + "?lang=" + p.Lang }

// row is one kiosk in words.
type row struct {
	ID, Site, Board, Version string
	Class                    string // online, late, offline, off: icon and colour
	Edge                     string // the class again, or its worst device's if it is online
	Word                     string
	Seen                     string
	Reported                 bool
	Stale                    bool // what it said may no longer hold
	Devices                  []device
	Troubles                 []device // those that are not ready
	Outbox                   int
	Oldest                   string
	Last, LastSpan           string
	Today                    int
	Uptime, Interval         string
	Skew                     string
	SkewBad                  bool
	urgency                  int
}

// device is one device in words.
type device struct {
	Name, Class, Word, Code, Title, Remedy, Since string
}

// skewAllowed is what networks and lazy clocks make of themselves.
const skewAllowed = 30 * time.Second

func (s *site) fleet(w http.ResponseWriter, r *http.Request) {
	p := page{Lang: language(r), Other: other(r), Count: map[string]int{"online": 0, "late": 0, "offline": 0, "trouble": 0}}
	now := s.Now()
	for _, k := range s.Registry.Kiosks() {
		x := describe(k, p, now)
		p.Count[x.Class]++
		if x.Class == "online" && len(x.Troubles) > 0 {
			p.Count["trouble"]++
		}
		p.Kiosks = append(p.Kiosks, x)
	}
	// Trouble first: a person looks at the top of a long list.
	slices.SortStableFunc(p.Kiosks, func(a, b row) int { return cmp.Compare(b.urgency, a.urgency) })
	s.render(w, http.StatusOK, "fleet.html", p)
}

func (s *site) kiosk(w http.ResponseWriter, r *http.Request) {
	p := page{Lang: language(r), Other: other(r)}
	k, err := s.Registry.Kiosk(r.PathValue("id"))
	if err != nil {
		s.render(w, http.StatusNotFound, "unknown.html", p)
		return
	}
	if r.Method == http.MethodPost {
		p.Other = (&url.URL{Path: "/kiosk/" + k.ID, RawQuery: "lang=" + otherLang(p.Lang)}).String()
		if strings.HasSuffix(r.URL.Path, "/examine") {
			s.examined(r, k.ID, &p)
		} else {
			s.pinged(r, k.ID, &p)
		}
	}
	p.Kiosk = describe(k, p, s.Now())
	s.render(w, http.StatusOK, "kiosk.html", p)
}

// pinged puts a ping's answer on the page.
func (s *site) pinged(r *http.Request, id string, p *page) {
	took, err := s.ping(r.Context(), id)
	switch {
	case err == nil:
		p.Pong, p.PongOK = p.T("ping_ok")+" "+took.Round(100*time.Microsecond).String(), true
	case errors.Is(err, transport.ErrSilent):
		p.Pong = p.T("ping_silent")
	default:
		s.Log.Warn("ping", "kiosk", id, "err", err)
		p.Pong = p.T("ping_silent")
	}
}

// examined puts on the page what the kiosk found of itself.
func (s *site) examined(r *http.Request, id string, p *page) {
	reply, err := s.examine(r.Context(), id)
	switch {
	case errors.Is(err, transport.ErrBusy):
		p.Pong = p.T("examine_busy")
	case errors.Is(err, transport.ErrUnable):
		p.Pong = p.T("examine_unable")
	case err != nil:
		s.Log.Warn("examine", "kiosk", id, "err", err)
		p.Pong = p.T("ping_silent")
	default:
		for _, f := range reply.Findings {
			if f.State == "warn" || f.State == "error" {
				p.Findings = append(p.Findings, describeFinding(f, *p))
			}
		}
		p.PongOK = len(p.Findings) == 0
		if p.Pong = p.T("examine_ok"); !p.PongOK {
			p.Pong = p.T("examine_found") + " " + strconv.Itoa(len(p.Findings))
		}
	}
}

// describeFinding puts a finding that is not well into words.
func describeFinding(f wire.Finding, p page) device {
	v := device{Name: health.PartName(f.Part).In(p.Lang), Class: "warn", Word: p.T("state.degraded"), Code: f.Code}
	if f.Name != "" {
		v.Name += ", " + health.ExaminationName(f.Name).In(p.Lang)
	}
	if f.State == "error" {
		v.Class, v.Word = "bad", p.T("state.fault")
	}
	v.explain(p)
	return v
}

// explain adds the words of the code.
func (v *device) explain(p page) {
	if v.Code == "" {
		return
	}
	c, ok := health.Lookup(health.Code(v.Code))
	if !ok {
		v.Title = p.T("unexplained")
		return
	}
	v.Title, v.Remedy = c.Title.In(p.Lang), c.Remedy.In(p.Lang)
}

// render writes a page whole or, if its template fails, not at all.
func (s *site) render(w http.ResponseWriter, status int, name string, p page) {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, p); err != nil {
		s.Log.Error("page", "name", name, "err", err)
		http.Error(w, "this page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", p.Lang)
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	if _, err := b.WriteTo(w); err != nil {
		s.Log.Debug("page", "err", err) // the asker has left
	}
}

func other(r *http.Request) string { return r.URL.Path + "?lang=" + otherLang(language(r)) }

func otherLang(l string) string {
	if l == "en" {
		return "vi"
	}
	return "en"
}

// describe puts a kiosk into words.
func describe(k registry.Kiosk, p page, now time.Time) row {
	x := row{ID: k.ID, Class: string(k.Presence), Word: p.T(string(k.Presence)), urgency: urgency(k)}
	switch {
	case k.Revoked:
		x.Class, x.Word = "off", p.T("revoked")
	case k.LastSeen.IsZero():
		x.Class, x.Word = "off", p.T("never")
	case k.Bye:
		x.Class, x.Word = "off", p.T("off")
	}
	if !k.LastSeen.IsZero() {
		x.Seen = ago(p.Lang, now.Sub(k.LastSeen))
	}
	x.Edge = x.Class
	st := k.Status
	if st == nil {
		return x
	}
	x.Reported, x.Stale = true, x.Class != "online"
	x.Site, x.Board, x.Version, x.Today = st.Site, st.Board, st.Version, st.SessionsToday
	x.Outbox = st.Outbox.Depth
	// The kiosk's instants are compared with its own clock; what passed since
	// it spoke is ours.
	past := func(t time.Time) time.Duration { return max(0, st.SentAt.Sub(t)+max(0, now.Sub(k.LastSeen))) }
	if x.Outbox > 0 {
		x.Oldest = span(p.Lang, time.Duration(st.Outbox.OldestMS)*time.Millisecond)
	}
	if l := st.LastSession; l != nil {
		x.Last = ago(p.Lang, past(l.EndedAt)) + " · " + p.T("outcome."+l.Outcome)
		x.LastSpan = span(p.Lang, time.Duration(l.DurationMS)*time.Millisecond)
	}
	x.Uptime, x.Interval = span(p.Lang, time.Duration(st.UptimeMS)*time.Millisecond), span(p.Lang, st.Interval())
	x.Skew = p.T("skew_ok")
	if k.Skew.Abs() > skewAllowed {
		x.SkewBad = true
		if x.Skew = p.T("skew_ahead"); k.Skew < 0 {
			x.Skew = p.T("skew_behind")
		}
		x.Skew += " " + span(p.Lang, k.Skew.Abs())
	}
	for _, d := range st.Devices {
		v := describeDevice(d, p)
		v.Since = since(p, past(d.Since))
		x.Devices = append(x.Devices, v)
		if d.State != "ready" {
			x.Troubles = append(x.Troubles, v)
		}
	}
	byWorst := func(a, b device) int { return cmp.Compare(rank[b.Class], rank[a.Class]) }
	slices.SortStableFunc(x.Devices, byWorst)
	slices.SortStableFunc(x.Troubles, byWorst)
	if x.Class == "online" && len(x.Troubles) > 0 {
		x.Edge = x.Troubles[0].Class
	}
	return x
}

// rank orders devices, worst highest.
var rank = map[string]int{"ok": 0, "warn": 1, "bad": 2}

// since says how long something has been so.
func since(p page, d time.Duration) string {
	if d < 2*time.Second {
		return ago(p.Lang, d)
	}
	return p.T("since") + " " + span(p.Lang, d)
}

func describeDevice(d wire.Device, p page) device {
	// A kiosk may know more devices than this server.
	v := device{Name: health.DeviceName(d.Name).In(p.Lang), Word: p.T("state." + d.State), Code: d.Code}
	switch d.State {
	case "ready":
		v.Class = "ok"
	case "degraded":
		v.Class = "warn"
	default:
		v.Class = "bad"
	}
	v.explain(p)
	return v
}

// urgency orders the list.
func urgency(k registry.Kiosk) int {
	switch {
	case k.Revoked:
		return 0
	case k.LastSeen.IsZero(), k.Bye:
		return 1
	case k.Presence == registry.Offline:
		return 6
	case k.Presence == registry.Late:
		return 5
	}
	worst := 2
	if k.Status == nil {
		return worst
	}
	for _, d := range k.Status.Devices {
		switch d.State {
		case "fault", "absent":
			worst = max(worst, 4)
		case "degraded":
			worst = max(worst, 3)
		}
	}
	return worst
}
