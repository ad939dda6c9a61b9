package rest

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tram06/gateway/portal"
)

// problemPrefix begins the type of every problem that a portal itself reports.
// A 4xx without it comes from something in between and decides nothing.
const problemPrefix = "urn:tram06:portal:"

// reason is the form of a problem's name; anything else could hold what a
// portal should not have written.
var reason = regexp.MustCompile(`^[a-z]([a-z-]{0,46}[a-z])?$`)

// answer is one answer of a portal, read whole.
type answer struct {
	status int
	media  string
	body   []byte
}

func (a answer) is(media string) bool {
	t, _, err := mime.ParseMediaType(a.media)
	return err == nil && t == media
}

// receipt reads what a portal has taken. What is not exactly that leaves open
// whether the dossier is there.
func (a answer) receipt(key string) (portal.Receipt, error) {
	half := func(code portal.Code, why string) (portal.Receipt, error) {
		return portal.Receipt{}, &portal.Failure{Kind: portal.ErrUnclear, Code: code, Status: a.status, Cause: errors.New(why)}
	}
	var r struct {
		Key    string `json:"key"`
		Digest string `json:"digest"`
		Number string `json:"number"`
	}
	switch {
	case !a.is("application/json"):
		return half(portal.Unexpected, "the answer is no JSON")
	case len(a.body) > maxAnswer:
		return half(portal.Unexpected, "the answer is too long")
	case json.Unmarshal(a.body, &r) != nil:
		return half(portal.AnswerLost, "the answer is cut short or no JSON")
	case r.Key != key:
		return half(portal.Unexpected, "the answer is about another dossier")
	case !digest.MatchString(r.Digest):
		return half(portal.Unexpected, "the answer has no digest")
	case !number.MatchString(r.Number):
		return half(portal.Unexpected, "the answer has no usable number")
	}
	return portal.Receipt{Number: r.Number, Digest: r.Digest}, nil
}

var (
	digest = regexp.MustCompile(`^sha-256=:[A-Za-z0-9+/]{43}=:$`)
	number = regexp.MustCompile(`^[!-~]{1,64}$`)
)

// failure reads an answer that is no receipt.
func (a answer) failure(wait time.Duration) *portal.Failure {
	f := &portal.Failure{Kind: portal.ErrUnclear, Code: portal.Unexpected, Status: a.status, RetryAfter: wait, Reason: a.problem()}
	switch s := a.status; {
	case s == http.StatusServiceUnavailable && wait > 0:
		// Portals in maintenance answer with a page for people; it is the
		// Retry-After that says that nothing was touched.
		f.Kind, f.Code = portal.ErrMaintenance, portal.Maintenance
	case s >= 500:
		f.Code = portal.Failed // before or after it took the dossier
	case s == http.StatusTooManyRequests:
		f.Kind, f.Code = portal.ErrTemporary, portal.Busy
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		f.Kind, f.Code = portal.ErrTemporary, portal.Denied
	case f.Reason == "": // not the portal's own word
	case s == http.StatusConflict:
		f.Code, f.Only = portal.InProgress, true
	case s == http.StatusUnprocessableEntity && f.Reason == "key-conflict":
		f.Kind, f.Code, f.Only = portal.ErrRefused, portal.Conflict, true
	case s == http.StatusBadRequest, s == http.StatusRequestEntityTooLarge, s == http.StatusUnsupportedMediaType,
		s == http.StatusUnprocessableEntity:
		f.Kind, f.Code, f.Only = portal.ErrRefused, portal.Rejected, true
	}
	return f
}

// problem gives the name of the portal's own problem, "" if it is none.
func (a answer) problem() string {
	if !a.is("application/problem+json") || len(a.body) > maxAnswer {
		return ""
	}
	var p struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(a.body, &p) != nil {
		return ""
	}
	name, ok := strings.CutPrefix(p.Type, problemPrefix)
	if !ok || !reason.MatchString(name) {
		return ""
	}
	return name
}

// retryAfter reads a wish in either of its forms; zero for none. It is for the
// caller to bound it.
func retryAfter(field string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(field); err == nil {
		return time.Duration(min(max(n, 0), 1<<30)) * time.Second
	}
	if t, err := http.ParseTime(field); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}
