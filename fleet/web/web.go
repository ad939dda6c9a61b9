// Package web shows the fleet: pages for people, in Vietnamese and English, and
// the HTTP interface of package api for programs.
//
//	GET  /                   all kiosks
//	GET  /kiosk/{id}         one kiosk
//	POST /kiosk/{id}/ping    the same page, with the answer to a ping
//	POST /kiosk/{id}/examine the same page, with what the kiosk found of itself
//	GET  /events             server-sent events: "change" when anything did
//	GET  /assets/…           style and script
//
// The pages work without script; with it they follow the events. The language
// is ?lang=vi or ?lang=en, else the browser's. Everything the browser loads is
// our own and embedded, which the content security policy says too.
package web

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"tram06/fleet/registry"
	"tram06/fleet/transport"
	"tram06/fleet/wire"
)

//go:embed assets
var assets embed.FS

// Transport reaches the kiosks.
type Transport interface {
	Ping(ctx context.Context, id string) (time.Duration, error)
	Examine(ctx context.Context, id string) (wire.Reply, error)
	Connections() int
}

var _ Transport = (*transport.Broker)(nil)

// Options of New.
type Options struct {
	Registry  *registry.Registry
	Transport Transport
	Hosts     []string // that requests may name, besides loopback
	Now       func() time.Time
	Log       *slog.Logger
}

type site struct {
	Options
	pages *template.Template
}

// New gives the handler of everything.
func New(o Options) (http.Handler, error) {
	pages, err := template.ParseFS(assets, "assets/*.html")
	if err != nil {
		return nil, fmt.Errorf("page templates: %w", err)
	}
	s := &site{o, pages}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.fleet)
	mux.HandleFunc("GET /kiosk/{id}", s.kiosk)
	mux.HandleFunc("POST /kiosk/{id}/ping", s.kiosk)
	mux.HandleFunc("POST /kiosk/{id}/examine", s.kiosk)
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /assets/{file}", s.asset)
	mux.HandleFunc("GET /api/v1/kiosks", s.apiList)
	mux.HandleFunc("GET /api/v1/kiosks/{id}", s.apiKiosk)
	mux.HandleFunc("POST /api/v1/kiosks/{id}/ping", s.apiPing)
	mux.HandleFunc("POST /api/v1/kiosks/{id}/examine", s.apiExamine)
	// Another site's page may neither post here nor, by a name of its own that
	// leads to this machine, read what is here.
	return s.headers(s.ownHost(http.NewCrossOriginProtection().Handler(mux))), nil
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (s *site) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (s *site) ownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = strings.Trim(r.Host, "[]")
		}
		if !transport.Loopback(host) && !slices.Contains(s.Hosts, host) {
			http.Error(w, "this server does not answer to that name", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *site) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	// Templates are not for the browser.
	if strings.HasSuffix(name, ".html") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeFileFS(w, r, assets, "assets/"+name)
}
