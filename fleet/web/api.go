package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"tram06/fleet/api"
	"tram06/fleet/transport"
	"tram06/fleet/wire"
)

// pingTimeout is how long a person looks at a page that does not move.
const pingTimeout = 3 * time.Second

func (s *site) apiList(w http.ResponseWriter, _ *http.Request) {
	now := s.Now()
	l := api.List{Now: now.UTC(), Connections: s.Transport.Connections(), Refused: s.Registry.Refused(), Kiosks: []api.Kiosk{}}
	for _, k := range s.Registry.Kiosks() {
		l.Kiosks = append(l.Kiosks, api.From(k, now))
	}
	s.json(w, http.StatusOK, "application/json", l)
}

func (s *site) apiKiosk(w http.ResponseWriter, r *http.Request) {
	k, err := s.Registry.Kiosk(r.PathValue("id"))
	if err != nil {
		s.problem(w, http.StatusNotFound, api.TypeUnknown, "no such kiosk")
		return
	}
	s.json(w, http.StatusOK, "application/json", api.From(k, s.Now()))
}

func (s *site) apiPing(w http.ResponseWriter, r *http.Request) {
	k, err := s.Registry.Kiosk(r.PathValue("id"))
	if err != nil {
		s.problem(w, http.StatusNotFound, api.TypeUnknown, "no such kiosk")
		return
	}
	took, err := s.ping(r.Context(), k.ID)
	switch {
	case errors.Is(err, transport.ErrSilent):
		s.problem(w, http.StatusGatewayTimeout, api.TypeSilent, "kiosk does not answer")
	case err != nil:
		s.Log.Warn("ping", "kiosk", k.ID, "err", err)
		s.problem(w, http.StatusBadGateway, api.TypeRequest, "kiosk's answer was not understood")
	default:
		s.json(w, http.StatusOK, "application/json", api.Ping{ID: k.ID, TookMS: float64(took.Microseconds()) / 1000})
	}
}

// examineTimeout is beyond what a kiosk takes with something that hangs.
const examineTimeout = 12 * time.Second

func (s *site) apiExamine(w http.ResponseWriter, r *http.Request) {
	k, err := s.Registry.Kiosk(r.PathValue("id"))
	if err != nil {
		s.problem(w, http.StatusNotFound, api.TypeUnknown, "no such kiosk")
		return
	}
	reply, err := s.examine(r.Context(), k.ID)
	switch {
	case errors.Is(err, transport.ErrSilent):
		s.problem(w, http.StatusGatewayTimeout, api.TypeSilent, "kiosk does not answer")
	case errors.Is(err, transport.ErrBusy):
		s.problem(w, http.StatusConflict, api.TypeBusy, "kiosk is being examined already")
	case errors.Is(err, transport.ErrUnable):
		s.problem(w, http.StatusNotImplemented, api.TypeUnable, "kiosk's firmware cannot be asked for that")
	case err != nil:
		s.Log.Warn("examine", "kiosk", k.ID, "err", err)
		s.problem(w, http.StatusBadGateway, api.TypeRequest, "kiosk's answer was not understood")
	default:
		s.json(w, http.StatusOK, "application/json", api.NewExamination(reply))
	}
}

func (s *site) ping(ctx context.Context, id string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	return s.Transport.Ping(ctx, id)
}

func (s *site) examine(ctx context.Context, id string) (wire.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, examineTimeout)
	defer cancel()
	return s.Transport.Examine(ctx, id)
}

func (s *site) problem(w http.ResponseWriter, status int, typ, title string) {
	s.json(w, status, "application/problem+json", api.Problem{Type: typ, Title: title, Status: status})
}

func (s *site) json(w http.ResponseWriter, status int, contentType string, v any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		s.Log.Debug("answer", "err", err) // the asker has left
	}
}
