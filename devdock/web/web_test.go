package web

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fake is a world that notes what it is told.
type fake struct {
	mu       sync.Mutex
	view     View
	calls    []string
	err      error
	watchers chan chan struct{}
	left     chan struct{} // closed when the watcher left
}

func newFake() *fake {
	return &fake{watchers: make(chan chan struct{}, 1), left: make(chan struct{}),
		view: View{Screen: Screen{Live: true, Seq: 1, Name: "attract", W: 1080, H: 1920}}}
}

func (f *fake) note(format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
	return f.err
}

func (f *fake) View() View {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.view
}

func (f *fake) Watch() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	f.watchers <- c
	return c, func() { close(f.left) }
}

var png = []byte("\x89PNG\r\n\x1a\nrest")

func (f *fake) picture(ok bool) ([]byte, error) {
	if !ok {
		return nil, ErrNone
	}
	return png, nil
}

func (f *fake) Frame() ([]byte, error)             { return f.picture(f.View().Screen.Live) }
func (f *fake) Portrait(id string) ([]byte, error) { return f.picture(id == "mau") }
func (f *fake) Paper(n int) ([]byte, error) {
	return f.picture(n == 1 || n == 0 && f.View().Roll.Hanging > 0)
}
func (f *fake) Touch(kind string, x, y int) error { return f.note("touch %s %d %d", kind, x, y) }
func (f *fake) Scan(id, text string) error        { return f.note("scan %q %q", id, text) }
func (f *fake) Lay(id string) error               { return f.note("lay %s", id) }
func (f *fake) Lift() error                       { return f.note("lift") }
func (f *fake) Tear(n int) error                  { return f.note("tear %d", n) }
func (f *fake) Printer(do string) error           { return f.note("printer %s", do) }
func (f *fake) Network(mode string) error         { return f.note("network %s", mode) }
func (f *fake) Portal(mode string) error          { return f.note("portal %s", mode) }
func (f *fake) Contact(id string) error           { return f.note("contact %s", id) }
func (f *fake) Heat(celsius float64) error        { return f.note("heat %g", celsius) }
func (f *fake) Clock(mode string) error           { return f.note("clock %s", mode) }
func (f *fake) Key(button, kind string) error     { return f.note("key %s %s", button, kind) }
func (f *fake) Issuer(mode string) error          { return f.note("issuer %s", mode) }
func (f *fake) Cable(id string) error             { return f.note("cable %s", id) }
func (f *fake) Power(id string) error             { return f.note("power %s", id) }

func request(h http.Handler, method, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:6006"+path, strings.NewReader(body))
	r.Header.Set("X-Tram06", "dock")
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPages(t *testing.T) {
	h := New(newFake())
	for path, kind := range map[string]string{
		"/": "text/html", "/static/dock.js": "text/javascript", "/static/paper.js": "text/javascript", "/static/dock.css": "text/css", "/static/icon.svg": "image/svg+xml",
		"/api/view": "application/json", "/api/screen.png": "image/png", "/api/portrait/mau": "image/png", "/api/paper/1": "image/png",
	} {
		w := request(h, "GET", path, "")
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), kind) || w.Body.Len() == 0 {
			t.Errorf("%s: %d %s, %d bytes", path, w.Code, w.Header().Get("Content-Type"), w.Body.Len())
		}
		csp := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", path, w.Header())
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	f := newFake()
	h := New(f)
	f.view.Screen.Live = false
	for _, path := range []string{"/other", "/api/", "/api/portrait/nobody", "/api/paper/2", "/api/paper/x", "/api/paper/-1", "/static/none"} {
		if w := request(h, "GET", path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, path := range []string{"/api/paper/0", "/api/screen.png"} { // they come and go
		if w := request(h, "GET", path, ""); w.Code != http.StatusNoContent || w.Body.Len() > 0 {
			t.Errorf("%s while it is not there: %d", path, w.Code)
		}
	}
	f.view.Roll.Hanging = 7
	if w := request(h, "GET", "/api/paper/0", ""); w.Code != http.StatusOK || w.Body.Len() == 0 {
		t.Errorf("paper that hangs out: %d", w.Code)
	}
	if w := request(h, "GET", "/api/touch", ""); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET of an action: %d", w.Code)
	}
}

func TestActions(t *testing.T) {
	for _, x := range []struct{ path, body, call string }{
		{"touch", `{"kind":"down","x":3,"y":4}`, "touch down 3 4"},
		{"scan", `{"id":"mau"}`, `scan "mau" ""`},
		{"scan", `{"text":"a|b"}`, `scan "" "a|b"`},
		{"card", `{"lay":"mau"}`, "lay mau"},
		{"card", `{"lift":true}`, "lift"},
		{"card", `{"tear":6}`, "tear 6"},
		{"printer", `{"do":"empty"}`, "printer empty"},
		{"network", `{"mode":"down"}`, "network down"},
		{"portal", `{"mode":"lost"}`, "portal lost"},
		{"contact", `{"id":"door"}`, "contact door"},
		{"heat", `{"celsius":81.5}`, "heat 81.5"},
		{"key", `{"button":"ok","kind":"press"}`, "key ok press"},
		{"key", `{"button":"down","kind":"repeat"}`, "key down repeat"},
		{"issuer", `{"mode":"unknown"}`, "issuer unknown"},
		{"cable", `{"id":"reader"}`, "cable reader"},
		{"power", `{"id":"kiosk"}`, "power kiosk"},
	} {
		f := newFake()
		h := New(f)
		if w := request(h, "POST", "/api/"+x.path, x.body); w.Code != http.StatusNoContent {
			t.Errorf("%s %s: %d %s", x.path, x.body, w.Code, w.Body)
		}
		if len(f.calls) != 1 || f.calls[0] != x.call {
			t.Errorf("%s %s: the world was told %q, want %q", x.path, x.body, f.calls, x.call)
		}
		for err, code := range map[error]int{fmt.Errorf("x: %w", ErrNone): http.StatusNotFound, errors.New("paper jam"): http.StatusConflict} {
			f.err = err
			if w := request(h, "POST", "/api/"+x.path, x.body); w.Code != code || !strings.Contains(w.Body.String(), err.Error()) {
				t.Errorf("%s after %v: %d %s", x.path, err, w.Code, w.Body)
			}
		}
	}
}

func TestBadActions(t *testing.T) {
	for _, x := range []struct {
		name, path, body string
		code             int
		change           func(*http.Request)
	}{
		{"no header", "card", `{"lift":true}`, http.StatusForbidden, func(r *http.Request) { r.Header.Del("X-Tram06") }},
		{"foreign name", "card", `{"lift":true}`, http.StatusForbidden, func(r *http.Request) { r.Host = "rebound.example:6006" }},
		{"foreign address", "card", `{"lift":true}`, http.StatusForbidden, func(r *http.Request) { r.Host = "192.0.2.1:6006" }},
		{"no name", "card", `{"lift":true}`, http.StatusForbidden, func(r *http.Request) { r.Host = "" }},
		{"nothing", "card", ``, http.StatusBadRequest, nil},
		{"no JSON", "card", `lift=true`, http.StatusBadRequest, nil},
		{"wrong type", "touch", `{"kind":"down","x":"3","y":4}`, http.StatusBadRequest, nil},
		{"no number of a pixel", "touch", `{"kind":"down","x":3.5,"y":4}`, http.StatusBadRequest, nil},
		{"unknown key", "card", `{"lift":true,"fast":true}`, http.StatusBadRequest, nil},
		{"two things", "card", `{"lift":true}{"lift":true}`, http.StatusBadRequest, nil},
		{"too long", "scan", `{"text":"` + strings.Repeat("x", maxAction) + `"}`, http.StatusBadRequest, nil},
		{"no choice", "card", `{}`, http.StatusConflict, nil},
		{"tear after none", "card", `{"tear":-1}`, http.StatusConflict, nil},
		{"empty scan", "scan", `{"text":""}`, http.StatusConflict, nil},
		{"unknown action", "eject", `{}`, http.StatusNotFound, nil},
	} {
		f := newFake()
		change := x.change
		if change == nil {
			change = func(*http.Request) {}
		}
		if w := request(New(f), "POST", "/api/"+x.path, x.body, change); w.Code != x.code {
			t.Errorf("%s: %d %s, want %d", x.name, w.Code, w.Body, x.code)
		}
		if len(f.calls) > 0 {
			t.Errorf("%s: the world was told %q", x.name, f.calls)
		}
	}
}

func TestNamesOfTheLoopback(t *testing.T) {
	h := New(newFake())
	for _, host := range []string{"localhost", "localhost:6006", "127.0.0.1", "127.3.2.1:80", "[::1]:6006", "[::1]"} {
		if w := request(h, "GET", "/", "", func(r *http.Request) { r.Host = host }); w.Code != http.StatusOK {
			t.Errorf("%s: %d", host, w.Code)
		}
	}
	for _, host := range []string{"localhost.example", "10.0.0.1", "[2001:db8::1]:6006", "0.0.0.0:6006"} {
		if w := request(h, "GET", "/api/screen.png", "", func(r *http.Request) { r.Host = host }); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", host, w.Code)
		}
	}
}

func TestEventsTellOfEveryChange(t *testing.T) {
	f := newFake()
	srv := httptest.NewServer(New(f))
	defer srv.Close()
	resp, err := srv.Client().Get(srv.URL + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if kind := resp.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("content type %q", kind)
	}
	lines := bufio.NewReader(resp.Body)
	next := func() (v View, fields []string) {
		t.Helper()
		l, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		data, ok := strings.CutPrefix(l, "data: ")
		if empty, err := lines.ReadString('\n'); !ok || empty != "\n" || err != nil {
			t.Fatalf("no event: %q %q %v", l, empty, err)
		}
		var m map[string]json.RawMessage
		if err := errors.Join(json.Unmarshal([]byte(data), &v), json.Unmarshal([]byte(data), &m)); err != nil {
			t.Fatal(err)
		}
		return v, slices.Sorted(maps.Keys(m))
	}
	if v, fields := next(); v.Screen.Name != "attract" || len(fields) < 20 {
		t.Errorf("at first %+v, %q", v.Screen, fields)
	}
	changed := <-f.watchers
	f.mu.Lock()
	f.view.Screen.Name = "consent\n\ndata: {}" // no text can end an event
	f.mu.Unlock()
	changed <- struct{}{}
	if v, fields := next(); v.Screen.Name != "consent\n\ndata: {}" || !slices.Equal(fields, []string{"screen"}) {
		t.Errorf("then %+v, %q", v.Screen, fields)
	}
	changed <- struct{}{} // nothing did, so nothing is sent
	f.mu.Lock()
	f.view.Buzzer, f.view.Celsius = true, 81
	f.mu.Unlock()
	changed <- struct{}{}
	if v, fields := next(); v.Celsius != 81 || !slices.Equal(fields, []string{"buzzer", "celsius"}) {
		t.Errorf("at last %g, %q", v.Celsius, fields)
	}
	resp.Body.Close()
	<-f.left
	if _, err := io.ReadAll(lines); err == nil {
		t.Error("the stream goes on")
	}
}
