package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tram06/firmware/health"
	"tram06/fleet/api"
	"tram06/fleet/registry"
	"tram06/fleet/store"
	"tram06/fleet/store/sqlite"
	"tram06/fleet/transport"
	"tram06/fleet/wire"
)

// line plays the way to the kiosks: SM06 answers, the others do not.
type line struct{}

func (line) Connections() int { return 1 }
func (line) Ping(_ context.Context, id string) (time.Duration, error) {
	if id == "SM06" {
		return 1500 * time.Microsecond, nil
	}
	return 0, transport.ErrSilent
}

// Examine: SM06 does, SM07 is too old to know how.
func (line) Examine(_ context.Context, id string) (wire.Reply, error) {
	switch id {
	case "SM06":
		return wire.Reply{V: 1, ID: id, Kind: wire.Diagnosis, TookMS: 700, Findings: []wire.Finding{
			{Part: "reader", State: "ok"}, {Part: "certificates", Name: "gateway.cert", State: "warn", Code: "MAY-635"}}}, nil
	case "SM07":
		return wire.Reply{}, transport.ErrUnable
	}
	return wire.Reply{}, transport.ErrSilent
}

// world is a site with four kiosks: well, out of paper, late, never seen.
type world struct {
	*testing.T
	*registry.Registry
	url string
	now time.Time
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "fleet.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, id := range []string{"SM06", "SM07", "SM08", "SM09"} {
		if err := s.Add(t.Context(), store.Kiosk{ID: id, PublicKey: "U" + id, AddedAt: w.now}); err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	clock := func() time.Time { return w.now }
	if w.Registry, err = registry.New(t.Context(), s, clock, log); err != nil {
		t.Fatal(err)
	}
	w.report("SM08", nil)
	w.now = w.now.Add(2 * time.Minute)
	w.report("SM06", nil)
	w.report("SM07", func(s *wire.Status) {
		s.Site = `Nhà văn hóa "Mẫu" & bạn`
		s.Devices = []wire.Device{{Name: "printer", State: "fault", Code: "IN-202", Since: w.now.Add(-time.Minute)},
			{Name: "lamp", State: "degraded", Code: "DEN-901", Since: w.now}}
		s.Outbox = wire.Outbox{Depth: 3, OldestMS: 720_000}
		s.LastSession = &wire.Session{EndedAt: s.SentAt.Add(-time.Hour), Outcome: "kept", DurationMS: 150_000}
		s.SentAt = s.SentAt.Add(time.Hour)
	})
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	h, err := New(Options{Registry: w.Registry, Transport: line{}, Hosts: []string{"fleet.example"}, Now: clock, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	w.url = srv.URL
	return w
}

func (w *world) report(id string, change func(*wire.Status)) {
	w.Helper()
	s := wire.Status{V: 1, ID: id, Site: "Trạm y tế phường Mẫu", Board: "rpi4", Version: "v0.1.0", StartedAt: w.now, SentAt: w.now, IntervalMS: 30_000,
		Devices: []wire.Device{{Name: "reader", State: "ready", Since: w.now}}}
	if change != nil {
		change(&s)
	}
	b, err := wire.Encode(s)
	if err != nil {
		w.Fatal(err)
	}
	if err := w.Report(wire.StatusSubject(id), b); err != nil {
		w.Fatal(err)
	}
}

func (w *world) do(method, path string, header map[string]string) (*http.Response, string) {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, w.url+path, nil)
	if err != nil {
		w.Fatal(err)
	}
	for k, v := range header {
		if k == "Host" {
			r.Host = v
		}
		r.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.Fatal(err)
	}
	return res, string(body)
}

func TestRequests(t *testing.T) {
	w := newWorld(t)
	en, vi := map[string]string{"Accept-Language": "en-GB,en;q=0.9"}, map[string]string{"Accept-Language": "fr, vi;q=0.5"}
	for _, c := range []struct {
		name, method, path string
		header             map[string]string
		status             int
		has, lacks         []string
	}{
		{"list in Vietnamese", "GET", "/", vi, 200, []string{`lang="vi"`, "Đang chạy", "Chậm tin", "Chưa từng kết nối", "IN-202", "Máy in hết giấy", "Mọi thiết bị đều tốt"}, []string{"Online"}},
		{"list in English", "GET", "/", en, 200, []string{`lang="en"`, "Online", "Late", "Never connected", "The printer is out of paper", "oldest 12 minutes"}, []string{"Đang chạy"}},
		{"chosen by hand", "GET", "/?lang=vi", en, 200, []string{`lang="vi"`}, nil},
		{"neither language", "GET", "/", map[string]string{"Accept-Language": "zh"}, 200, []string{`lang="vi"`}, nil},
		{"nobody is offline", "GET", "/", en, 200, []string{"<b>0</b> Offline"}, nil},
		{"site is escaped", "GET", "/", en, 200, []string{"Nhà văn hóa &#34;Mẫu&#34; &amp; bạn"}, []string{`"Mẫu" & bạn`}},
		{"detail", "GET", "/kiosk/SM07", en, 200, []string{"SM07", "IN-202", "Replace the paper roll", "DEN-901", "newer than this fleet server", "ahead by 1 hour", "kept on the machine", "2 hours ago", "2 minutes"}, nil},
		{"detail of one never seen", "GET", "/kiosk/SM09", en, 200, []string{"Never connected"}, []string{"About this machine"}},
		{"detail of none", "GET", "/kiosk/SM99", en, 404, []string{"There is no such kiosk"}, nil},
		{"markup for an id", "GET", "/kiosk/%3Cscript%3E", en, 404, nil, []string{"<script>"}},
		{"ping on the page", "POST", "/kiosk/SM06/ping?lang=en", nil, 200, []string{"answered after 1.5ms"}, nil},
		{"ping a silent one", "POST", "/kiosk/SM07/ping?lang=en", nil, 200, []string{"does not answer"}, nil},
		{"ping from elsewhere", "POST", "/kiosk/SM06/ping", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, nil, nil},
		{"ping from elsewhere by API", "POST", "/api/v1/kiosks/SM06/ping", map[string]string{"Origin": "https://evil.example"}, 403, nil, nil},
		{"examination on the page", "POST", "/kiosk/SM06/examine?lang=en", nil, 200, []string{"to look at: 1", `id="found"`, "Certificates, gateway.cert", "MAY-635", "A certificate is about to expire"}, []string{"all is well"}},
		{"examination on the page in Vietnamese", "POST", "/kiosk/SM06/examine?lang=vi", nil, 200, []string{"Chứng thư, gateway.cert", "sắp hết hạn"}, nil},
		{"examination of an old one on the page", "POST", "/kiosk/SM07/examine?lang=en", nil, 200, []string{"cannot examine itself yet"}, []string{`id="found"`}},
		{"examination of a silent one", "POST", "/kiosk/SM08/examine?lang=en", nil, 200, []string{"does not answer"}, nil},
		{"examination from elsewhere on the page", "POST", "/kiosk/SM06/examine", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, nil, nil},
		{"ping by link", "GET", "/kiosk/SM06/ping", nil, 405, nil, nil},
		{"another name", "GET", "/", map[string]string{"Host": "evil.example"}, 421, nil, []string{"SM06"}},
		{"another name with a port", "GET", "/api/v1/kiosks", map[string]string{"Host": "evil.example:4206"}, 421, nil, []string{"SM06"}},
		{"a name that was allowed", "GET", "/", map[string]string{"Host": "fleet.example"}, 200, nil, nil},
		{"IPv6 loopback", "GET", "/", map[string]string{"Host": "[::1]"}, 200, nil, nil},
		{"style", "GET", "/assets/fleet.css", nil, 200, []string{"--paper"}, nil},
		{"script", "GET", "/assets/fleet.js", nil, 200, []string{"EventSource"}, nil},
		{"template as an asset", "GET", "/assets/kiosk.html", nil, 404, nil, nil},
		{"out of the assets", "GET", "/assets/..%2Fweb.go", nil, 400, nil, nil},
		{"no page", "GET", "/admin", nil, 404, nil, nil},
		{"API of none", "GET", "/api/v1/kiosks/SM99", nil, 404, []string{api.TypeUnknown}, nil},
		{"API ping of none", "POST", "/api/v1/kiosks/SM99/ping", nil, 404, []string{api.TypeUnknown}, nil},
		{"API examination", "POST", "/api/v1/kiosks/SM06/examine", nil, 200, []string{`"worst":"warn"`, `"took_ms":700`, `"code":"MAY-635"`}, nil},
		{"API examination of none", "POST", "/api/v1/kiosks/SM99/examine", nil, 404, []string{api.TypeUnknown}, nil},
		{"API examination of an old one", "POST", "/api/v1/kiosks/SM07/examine", nil, 501, []string{api.TypeUnable}, nil},
		{"examination from elsewhere", "POST", "/api/v1/kiosks/SM06/examine", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, nil, nil},
		{"examination by link", "GET", "/api/v1/kiosks/SM06/examine", nil, 405, nil, nil},
		{"API ping of a silent one", "POST", "/api/v1/kiosks/SM07/ping", nil, 504, []string{api.TypeSilent}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, body := w.do(c.method, c.path, c.header)
			if res.StatusCode != c.status {
				t.Errorf("status %d, want %d", res.StatusCode, c.status)
			}
			for _, s := range c.has {
				if !strings.Contains(body, s) {
					t.Errorf("lacks %q", s)
				}
			}
			for _, s := range c.lacks {
				if strings.Contains(body, s) {
					t.Errorf("has %q", s)
				}
			}
			if got := res.Header.Get("Content-Security-Policy"); got != policy {
				t.Errorf("policy %q", got)
			}
		})
	}
}

// TestPagesKeepThePolicy: what the policy forbids must not be in a page, or the
// page would be broken in a browser and nowhere else.
func TestPagesKeepThePolicy(t *testing.T) {
	w := newWorld(t)
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:|<script[^>]*>[^<]|(src|href)="(https?:)?//`)
	for _, path := range []string{"/", "/kiosk/SM07", "/kiosk/SM99"} {
		if _, body := w.do("GET", path, nil); inline.MatchString(body) {
			t.Errorf("%s holds %q", path, inline.FindString(body))
		}
	}
}

func TestTroubleComesFirst(t *testing.T) {
	w := newWorld(t)
	_, body := w.do("GET", "/", nil)
	last := -1
	for _, id := range []string{"SM08", "SM07", "SM06", "SM09"} { // late, out of paper, well, never seen
		at := strings.Index(body, `id="k-`+id+`"`)
		if at < last {
			t.Errorf("%s stands too high", id)
		}
		last = at
	}
}

func TestAPI(t *testing.T) {
	w := newWorld(t)
	c, err := api.NewClient(w.url+"/", http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]registry.Presence{"SM06": registry.Online, "SM07": registry.Online, "SM08": registry.Late, "SM09": registry.Offline}
	for _, k := range l.Kiosks {
		if k.Presence != want[k.ID] {
			t.Errorf("%s is %s, want %s", k.ID, k.Presence, want[k.ID])
		}
	}
	if len(l.Kiosks) != 4 || l.Connections != 1 || !l.Now.Equal(w.now) {
		t.Errorf("list: %d kiosks, %d connections, %v", len(l.Kiosks), l.Connections, l.Now)
	}
	k, err := c.Kiosk(t.Context(), "SM08")
	if err != nil || k.AgeMS != 120_000 || k.Status == nil || k.Status.Version != "v0.1.0" {
		t.Errorf("SM08: %+v, %v", k, err)
	}
	if k, err := c.Kiosk(t.Context(), "SM09"); err != nil || k.LastSeen != nil || k.Status != nil {
		t.Errorf("SM09: %+v, %v", k, err)
	}
	if _, err := c.Kiosk(t.Context(), "../x"); !errors.Is(err, api.ErrUnknown) {
		t.Errorf("odd id: %v, want ErrUnknown", err)
	}
	if _, err := c.Ping(t.Context(), "SM07"); !errors.Is(err, api.ErrSilent) {
		t.Errorf("ping SM07: %v, want ErrSilent", err)
	}
	if p, err := c.Ping(t.Context(), "SM06"); err != nil || p.TookMS != 1.5 {
		t.Errorf("ping SM06: %+v, %v", p, err)
	}
}

func TestClientMeetsOthers(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	c, err := api.NewClient(other.URL, http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.List(t.Context()); !errors.Is(err, api.ErrAnswer) {
		t.Errorf("some other server: %v, want ErrAnswer", err)
	}
	other.Close()
	if _, err := c.List(t.Context()); !errors.Is(err, api.ErrUnreachable) {
		t.Errorf("no server: %v, want ErrUnreachable", err)
	}
	for _, base := range []string{"", "127.0.0.1:4206", "ftp://127.0.0.1", "http://"} {
		if _, err := api.NewClient(base, http.DefaultClient); err == nil {
			t.Errorf("NewClient(%q) took it", base)
		}
	}
}

func TestEvents(t *testing.T) {
	w := newWorld(t)
	r, err := http.NewRequestWithContext(t.Context(), "GET", w.url+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if ct := res.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Errorf("Content-Type %q", ct)
	}
	in := bufio.NewScanner(res.Body)
	next := func() string {
		for in.Scan() {
			if name, ok := strings.CutPrefix(in.Text(), "event: "); ok {
				return name
			}
		}
		t.Fatalf("stream ended: %v", in.Err())
		return ""
	}
	if e := next(); e != "hello" {
		t.Errorf("first event %q", e)
	}
	w.report("SM06", nil)
	if e := next(); e != "change" {
		t.Errorf("after a report: %q", e)
	}
}

// TestWords: every word is in both languages and used, and every word that a
// template asks for exists.
func TestWords(t *testing.T) {
	var text strings.Builder
	entries, err := assets.ReadDir("assets")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := assets.ReadFile("assets/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		text.Write(b)
	}
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`\.T "([a-z_.-]+)"`).FindAllStringSubmatch(text.String(), -1) {
		used[m[1]] = true
		if words[m[1]] == (health.Words{}) {
			t.Errorf("no words for %q", m[1])
		}
	}
	for _, w := range []string{"off", "never", "revoked", "ping_ok", "ping_silent", "skew_ok", "skew_ahead", "skew_behind", "unexplained", "since",
		"examine_ok", "examine_found", "examine_busy", "examine_unable"} {
		used[w] = true // by pages.go
	}
	for _, s := range wire.States() {
		used["state."+s] = true
	}
	for _, o := range wire.Outcomes() {
		used["outcome."+o] = true
	}
	for _, p := range []registry.Presence{registry.Online, registry.Late, registry.Offline} {
		used[string(p)] = true
	}
	for key, w := range words {
		if w.VI == "" || w.EN == "" {
			t.Errorf("%q lacks a language", key)
		}
		if !used[key] {
			t.Errorf("%q is not used", key)
		}
	}
	for key := range used {
		if _, ok := words[key]; !ok {
			t.Errorf("no words for %q", key)
		}
	}
}

func TestSpans(t *testing.T) {
	for _, c := range []struct {
		d      time.Duration
		vi, en string
	}{
		{0, "vừa xong", "just now"},
		{-time.Hour, "vừa xong", "just now"},
		{12 * time.Second, "12 giây trước", "12 seconds ago"},
		{time.Minute, "1 phút trước", "1 minute ago"},
		{59*time.Minute + 59*time.Second, "59 phút trước", "59 minutes ago"},
		{25 * time.Hour, "1 ngày trước", "1 day ago"},
		{400 * 24 * time.Hour, "400 ngày trước", "400 days ago"},
	} {
		if vi, en := ago("vi", c.d), ago("en", c.d); vi != c.vi || en != c.en {
			t.Errorf("%v: %q, %q; want %q, %q", c.d, vi, en, c.vi, c.en)
		}
	}
}

func BenchmarkPage1000(b *testing.B) {
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "fleet.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for i := range 1000 {
		id := "SM" + string(rune('A'+i/676)) + string(rune('A'+i/26%26)) + string(rune('A'+i%26))
		if err := s.Add(b.Context(), store.Kiosk{ID: id, PublicKey: "U" + id}); err != nil {
			b.Fatal(err)
		}
	}
	now := time.Now()
	reg, err := registry.New(b.Context(), s, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	for _, k := range reg.Kiosks() {
		body, err := json.Marshal(wire.Status{V: 1, ID: k.ID, Site: "Trạm y tế", Board: "rpi4", Version: "v1", StartedAt: now, SentAt: now, IntervalMS: 30_000,
			Devices: []wire.Device{{Name: "reader", State: "ready", Since: now}, {Name: "printer", State: "fault", Code: "IN-202", Since: now}}})
		if err != nil {
			b.Fatal(err)
		}
		if err := reg.Report(wire.StatusSubject(k.ID), body); err != nil {
			b.Fatal(err)
		}
	}
	h, err := New(Options{Registry: reg, Transport: line{}, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = "localhost"
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
