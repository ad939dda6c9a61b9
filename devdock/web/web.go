// Package web is the dock's page: the kiosk's screen, live and touchable, and
// beside it the cards, codes, paper and cables of the simulated world. It
// serves the loopback only, since what it shows and does is nobody else's.
package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed static
var static embed.FS

// maxAction bounds the body of an action; the longest is a scanned text.
const maxAction = 64 << 10

// sendTime is how long a page may leave its events unread before it is dropped;
// a page that is still there comes back by itself.
const sendTime = 10 * time.Second

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
	mux.HandleFunc("GET /api/screen.png", func(rw http.ResponseWriter, _ *http.Request) { perhaps(rw, w.Frame) })
	mux.HandleFunc("GET /api/portrait/{id}", func(rw http.ResponseWriter, r *http.Request) {
		picture(rw, func() ([]byte, error) { return w.Portrait(r.PathValue("id")) })
	})
	mux.HandleFunc("GET /api/paper/0", func(rw http.ResponseWriter, _ *http.Request) {
		perhaps(rw, func() ([]byte, error) { return w.Paper(0) })
	})
	mux.HandleFunc("GET /api/paper/{n}", func(rw http.ResponseWriter, r *http.Request) {
		picture(rw, func() ([]byte, error) {
			n, err := strconv.Atoi(r.PathValue("n"))
			if err != nil {
				return nil, fmt.Errorf("paper: %w", ErrNone)
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
	post(mux, "scan", func(a struct{ ID, Text string }) error {
		if a.ID == "" && a.Text == "" {
			return errors.New("there is no text to scan")
		}
		return w.Scan(a.ID, a.Text)
	})
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
	post(mux, "portal", func(a struct{ Mode string }) error { return w.Portal(a.Mode) })
	post(mux, "contact", func(a struct{ ID string }) error { return w.Contact(a.ID) })
	post(mux, "heat", func(a struct{ Celsius float64 }) error { return w.Heat(a.Celsius) })
	post(mux, "clock", func(a struct{ Mode string }) error { return w.Clock(a.Mode) })
	post(mux, "key", func(a struct {
		Button, Kind string
	}) error {
		return w.Key(a.Button, a.Kind)
	})
	post(mux, "issuer", func(a struct{ Mode string }) error { return w.Issuer(a.Mode) })
	post(mux, "cable", func(a struct{ ID string }) error { return w.Cable(a.ID) })
	post(mux, "power", func(a struct{ ID string }) error { return w.Power(a.ID) })
	return guard(mux)
}

// guard refuses other hosts' names (a page elsewhere that rebinds its own name
// to the loopback) and lets nothing but this page's own parts in. Pictures may
// also come from blob:, which the page makes of a frame that it fetched.
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
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
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
		dec := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxAction))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&a); err != nil {
			http.Error(rw, "this is not what "+name+" takes: "+err.Error(), http.StatusBadRequest)
			return
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			http.Error(rw, "this is more than "+name+" takes", http.StatusBadRequest)
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

// perhaps sends a picture of what comes and goes: that it went while the page
// asked is no fault.
func perhaps(rw http.ResponseWriter, get func() ([]byte, error)) {
	b, err := get()
	if errors.Is(err, ErrNone) {
		rw.WriteHeader(http.StatusNoContent)
		return
	}
	picture(rw, func() ([]byte, error) { return b, err })
}

// parts gives the fields of a view, each by itself.
func parts(v View) (map[string]json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var m map[string]json.RawMessage
	return m, json.Unmarshal(b, &m)
}

// events streams the view: first whole, then the fields that changed. A lamp
// that blinks must not send all cards anew.
func events(w World, rw http.ResponseWriter, r *http.Request) {
	changed, stop := w.Watch()
	defer stop()
	rw.Header().Set("Content-Type", "text/event-stream")
	rc := http.NewResponseController(rw)
	var known map[string]json.RawMessage
	for {
		now, err := parts(w.View())
		if err != nil {
			return
		}
		news := map[string]json.RawMessage{}
		for field, b := range now {
			if !bytes.Equal(known[field], b) {
				news[field] = b
			}
		}
		known = now
		if len(news) == 0 {
			select {
			case <-changed:
				continue
			case <-r.Context().Done():
				return
			}
		}
		b, err := json.Marshal(news)
		if err != nil {
			return
		}
		if rc.SetWriteDeadline(time.Now().Add(sendTime)) != nil {
			return
		}
		if _, err := fmt.Fprintf(rw, "data: %s\n\n", b); err != nil || rc.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}
