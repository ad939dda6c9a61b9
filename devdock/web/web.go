// Package web is the dock's page: the kiosk's screen, live and touchable, and
// beside it the cards, codes, paper and cables of the simulated world. It
// serves the loopback only, since what it shows and does is nobody else's.
package web

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

//go:embed static
var static embed.FS

// View is the world as the page draws it.
type View struct {
	Screen  Screen   `json:"screen"`
	People  []Person `json:"people"`
	Codes   []Choice `json:"codes"` // other things to hold before the scanner
	Reader  string   `json:"reader"`
	Printer []Choice `json:"printer"`
	Papers  []Paper  `json:"papers"`
	Network []Choice `json:"network"`
	Links   []Link   `json:"links"`
}

// Screen is the newest frame of the kiosk.
type Screen struct {
	Live bool   `json:"live"`
	Seq  uint64 `json:"seq"`
	Name string `json:"name"`
	Note string `json:"note,omitempty"` // why there is none
}

// Person is somebody, or something, with a card or a code.
type Person struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Note     string `json:"note"`
	Portrait bool   `json:"portrait"`
	Card     bool   `json:"card"`
	QR       bool   `json:"qr"`
	Laid     bool   `json:"laid"`
}

// Choice is a button, on if it says how things are now.
type Choice struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	On   bool   `json:"on"`
}

// Paper is one piece that came out of the printer.
type Paper struct {
	N    int    `json:"n"`
	Note string `json:"note"`
}

// Link leads to another page of the running product.
type Link struct {
	URL  string `json:"url"`
	Text string `json:"text"`
}

// ErrNone: there is no such thing.
var ErrNone = errors.New("no such thing")

// World is what the page steers.
type World interface {
	View() View
	// Watch gives a channel that gets a value whenever View may have changed,
	// until stop is called.
	Watch() (changed <-chan struct{}, stop func())
	Frame() ([]byte, error) // PNG
	Portrait(id string) ([]byte, error)
	Paper(n int) ([]byte, error) // PNG
	Touch(kind string, x, y int) error
	Scan(id, text string) error
	Lay(id string) error
	Lift() error
	Tear(apdus int) error
	Printer(do string) error
	Network(mode string) error
}

// New gives the handler of the page.
func New(w World) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.FileServerFS(static))
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(rw, r, static, "static/index.html")
	})
	mux.HandleFunc("GET /api/view", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		json.NewEncoder(rw).Encode(w.View())
	})
	mux.HandleFunc("GET /api/events", func(rw http.ResponseWriter, r *http.Request) { events(w, rw, r) })
	mux.HandleFunc("GET /api/screen.png", func(rw http.ResponseWriter, _ *http.Request) { picture(rw, w.Frame) })
	mux.HandleFunc("GET /api/portrait/{id}", func(rw http.ResponseWriter, r *http.Request) {
		picture(rw, func() ([]byte, error) { return w.Portrait(r.PathValue("id")) })
	})
	mux.HandleFunc("GET /api/paper/{n}", func(rw http.ResponseWriter, r *http.Request) {
		picture(rw, func() ([]byte, error) {
			n, err := strconv.Atoi(r.PathValue("n"))
			if err != nil {
				return nil, ErrNone
			}
			return w.Paper(n)
		})
	})
	post(mux, "touch", func(a struct {
		Kind string
		X, Y int
	}) error {
		return w.Touch(a.Kind, a.X, a.Y)
	})
	post(mux, "scan", func(a struct{ ID, Text string }) error { return w.Scan(a.ID, a.Text) })
	post(mux, "card", func(a struct {
		Lay  string
		Lift bool
		Tear int
	}) error {
		switch {
		case a.Lay != "":
			return w.Lay(a.Lay)
		case a.Tear > 0:
			return w.Tear(a.Tear)
		case a.Lift:
			return w.Lift()
		}
		return errors.New(`say "lay", "lift" or "tear"`)
	})
	post(mux, "printer", func(a struct{ Do string }) error { return w.Printer(a.Do) })
	post(mux, "network", func(a struct{ Mode string }) error { return w.Network(a.Mode) })
	return guard(mux)
}

// guard refuses other hosts' names (a page elsewhere that rebinds its own name
// to the loopback) and lets nothing but this page's own parts in.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(rw, "the dock answers on the loopback only", http.StatusForbidden)
			return
		}
		h := rw.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(rw, r)
	})
}

// post registers an action. The header is one that no form of another page can
// send.
func post[A any](mux *http.ServeMux, name string, do func(A) error) {
	mux.HandleFunc("POST /api/"+name, func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Tram06") != "dock" {
			http.Error(rw, "the header X-Tram06: dock is missing", http.StatusForbidden)
			return
		}
		var a A
		dec := json.NewDecoder(http.MaxBytesReader(rw, r.Body, 64<<10))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&a); err != nil {
			http.Error(rw, "this is not what "+name+" takes: "+err.Error(), http.StatusBadRequest)
			return
		}
		switch err := do(a); {
		case errors.Is(err, ErrNone):
			http.Error(rw, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(rw, err.Error(), http.StatusConflict)
		default:
			rw.WriteHeader(http.StatusNoContent)
		}
	})
}

func picture(rw http.ResponseWriter, get func() ([]byte, error)) {
	b, err := get()
	if err != nil {
		http.Error(rw, err.Error(), http.StatusNotFound)
		return
	}
	rw.Header().Set("Content-Type", http.DetectContentType(b))
	rw.Write(b)
}

// events streams the view, whole, whenever it changed.
func events(w World, rw http.ResponseWriter, r *http.Request) {
	changed, stop := w.Watch()
	defer stop()
	rw.Header().Set("Content-Type", "text/event-stream")
	rc := http.NewResponseController(rw)
	for {
		b, err := json.Marshal(w.View())
		if err != nil {
			return
		}
		if _, err := io.WriteString(rw, fmt.Sprintf("data: %s\n\n", b)); err != nil {
			return
		}
		if rc.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}
