// Package gateway is the server that kiosks hand dossiers to.
//
// It belongs to the province or the hospital: it opens sealed dossiers, checks
// them against the same form definition as the kiosk, and keeps them until the
// authority's systems have them. Its contract is docs/gateway-api.yaml:
//
//	PUT /v1/dossiers/{id}   take a dossier in, idempotently; device certificate required
//	GET /healthz            whether the server and its store answer
package gateway

import (
	"context"
	"crypto/hpke"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tram06/firmware/dossier"
	"tram06/gateway/intake"
	"tram06/gateway/problem"
	"tram06/gateway/store"
)

// Options of the handler.
type Options struct {
	Store store.Store
	Key   hpke.PrivateKey // opens the envelopes
	Check intake.Checker
	// Taken is called when a dossier was taken in for the first time; it must
	// not block. nil if nobody waits for it.
	Taken func()
	Now   func() time.Time
	Log   *slog.Logger
}

// Answer is the gateway's receipt. It is the same for every repetition.
type Answer struct {
	ID         string    `json:"id"`
	Digest     string    `json:"digest"` // as in Content-Digest
	Number     string    `json:"number"`
	ReceivedAt time.Time `json:"received_at"`
	Status     string    `json:"status"` // "accepted"
}

type server struct {
	in    *intake.Intake
	st    store.Store
	taken func()
	log   *slog.Logger
}

// Route is a method and a path of the contract.
type Route struct{ Method, Path string }

// Routes lists what the handler serves.
func Routes() []Route {
	return []Route{{http.MethodPut, "/v1/dossiers/{id}"}, {http.MethodGet, "/healthz"}}
}

// New makes the handler. It must be served over TLS that verifies client
// certificates against the authority of the devices (TLSConfig).
func New(o Options) (http.Handler, error) {
	if o.Store == nil || o.Key == nil || o.Check == nil || o.Now == nil || o.Log == nil {
		return nil, errors.New("gateway needs Store, Key, Check, Now and Log")
	}
	s := &server{in: intake.New(o.Store, o.Key, o.Check, o.Now), st: o.Store, taken: o.Taken, log: o.Log}
	handlers := map[string]http.HandlerFunc{"/v1/dossiers/{id}": s.put, "/healthz": s.healthz}
	mux := http.NewServeMux()
	for _, r := range Routes() {
		mux.HandleFunc(r.Method+" "+r.Path, handlers[r.Path])
		mux.HandleFunc(r.Path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", r.Method)
			(&problem.Error{Type: problem.BadMethod}).Write(w)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		(&problem.Error{Type: problem.NotFound}).Write(w)
	})
	return s.guard(mux), nil
}

// guard keeps a fault in one request from ending the server, and sets what
// every answer carries. What was being handled is not printed.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			s.log.Error("handler failed", "method", r.Method)
			(&problem.Error{Type: problem.Internal}).Write(w)
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *server) healthz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.st.Ping(ctx); err != nil {
		s.log.Error("store does not answer", "err", err)
		(&problem.Error{Type: problem.StoreFailed, RetryAfter: 5 * time.Second}).Write(w)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (s *server) put(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	log := s.log
	if dossier.ValidID(id) { // anything else came from outside and is not repeated
		log = log.With("dossier", id)
	}
	refuse := func(p *problem.Error) {
		level := slog.LevelWarn
		if p.Type.Status >= 500 {
			level = slog.LevelError
		}
		log.Log(r.Context(), level, "dossier not taken", "problem", p.Type.Name, "detail", p.Detail, "cause", p.Cause)
		p.Write(w)
	}
	device, p := peer(r)
	if p != nil {
		refuse(p)
		return
	}
	log = log.With("device", device.Name)
	if p := s.in.Admit(r.Context(), device); p != nil {
		refuse(p)
		return
	}
	digest, envelope, p := read(w, r, id)
	if p != nil {
		refuse(p)
		return
	}
	rec, created, p := s.in.Take(r.Context(), device.Name, id, digest, envelope)
	if p != nil {
		refuse(p)
		return
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
		if s.taken != nil {
			s.taken()
		}
	}
	log.Info("dossier taken", "number", rec.Number, "service", rec.Service, "again", !created)
	writeJSON(w, status, Answer{
		ID: rec.ID, Digest: rec.Digest.Field(), Number: rec.Number, ReceivedAt: rec.ReceivedAt, Status: "accepted",
	})
}

// peer gives the device from the verified client certificate.
func peer(r *http.Request) (intake.Device, *problem.Error) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return intake.Device{}, &problem.Error{Type: problem.NoCertificate}
	}
	leaf := r.TLS.VerifiedChains[0][0]
	return intake.Device{Name: leaf.Subject.CommonName, Key: leaf.PublicKey}, nil
}

// read checks the request's fields and reads its content.
func read(w http.ResponseWriter, r *http.Request, id string) (dossier.Digest, []byte, *problem.Error) {
	no := func(t problem.Type) (dossier.Digest, []byte, *problem.Error) {
		return dossier.Digest{}, nil, &problem.Error{Type: t}
	}
	if !dossier.ValidID(id) {
		return no(problem.BadID)
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != dossier.MediaType {
		return no(problem.BadMediaType)
	}
	if k := r.Header.Values("Idempotency-Key"); len(k) != 1 || k[0] != `"`+id+`"` {
		return no(problem.BadKey)
	}
	fields := r.Header.Values("Content-Digest")
	if len(fields) != 1 {
		return no(problem.BadDigest)
	}
	want, err := parseDigest(fields[0])
	if err != nil {
		return no(problem.BadDigest)
	}
	if r.ContentLength > dossier.MaxEnvelope {
		return no(problem.TooLarge)
	}
	envelope, err := io.ReadAll(http.MaxBytesReader(w, r.Body, dossier.MaxEnvelope))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return no(problem.TooLarge)
	case err != nil:
		return no(problem.Incomplete)
	case dossier.DigestOf(envelope) != want:
		return no(problem.DigestMismatch)
	}
	return want, envelope, nil
}

// parseDigest reads the one form of Content-Digest that the contract admits:
// sha-256=:base64:
func parseDigest(field string) (d dossier.Digest, err error) {
	v, ok := strings.CutPrefix(field, "sha-256=:")
	if !ok {
		return d, errors.New("no sha-256")
	}
	v, ok = strings.CutSuffix(v, ":")
	if !ok {
		return d, errors.New("no end")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(v)
	if err != nil || len(raw) != len(d) {
		return d, errors.New("no 32 bytes of base64")
	}
	copy(d[:], raw)
	if d.Field() != field {
		return d, errors.New("not in its one form")
	}
	return d, nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		(&problem.Error{Type: problem.Internal}).Write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
