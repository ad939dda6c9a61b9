package rest

import (
	"errors"
	"testing"
	"time"

	"tram06/gateway/portal"
)

const fuzzKey = "019aa8f2-0c00-7abc-8def-0123456789ab"

// Whatever a portal answers, it is a receipt in full or a failure that is
// known here, and no word of it that could be personal gets in.
func FuzzAnswer(f *testing.F) {
	good := `{"key":"` + fuzzKey + `","digest":"sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:","number":"MP-1"}`
	f.Add(200, "application/json", "", []byte(good))
	f.Add(201, "application/json; charset=utf-8", "", []byte(good[:50]))
	f.Add(422, "application/problem+json", "", []byte(`{"type":"urn:tram06:portal:refused"}`))
	f.Add(422, "application/problem+json", "", []byte(`{"type":"urn:tram06:portal:Nguyễn"}`))
	f.Add(409, "application/problem+json", "1", []byte(`{"type":"urn:tram06:portal:in-progress"}`))
	f.Add(503, "text/html", "Mon, 23 Nov 2026 05:10:00 GMT", []byte("<h1>bảo trì"))
	f.Add(503, "text/html", "99999999999999999999", []byte(nil))
	f.Add(429, "", "-5", []byte("null"))
	f.Fuzz(func(t *testing.T, status int, media, retry string, body []byte) {
		a := answer{status: status, media: media, body: body}
		r, err := a.receipt(fuzzKey)
		var fail *portal.Failure
		switch {
		case err == nil && (!number.MatchString(r.Number) || !digest.MatchString(r.Digest)):
			t.Fatalf("took %+v", r)
		case err != nil && (!errors.As(err, &fail) || !errors.Is(err, portal.ErrUnclear)):
			t.Fatalf("a receipt that is none: %v", err)
		}
		wait := retryAfter(retry, time.Unix(1795410000, 0))
		no := a.failure(wait)
		switch {
		case wait < 0, no.Kind == nil, portal.Means(no.Code).Text == "":
			t.Fatalf("%+v", no)
		case no.Reason != "" && !reason.MatchString(no.Reason):
			t.Fatalf("reason %q", no.Reason)
		case errors.Is(no, portal.ErrRefused) && (status < 400 || status > 499 || no.Reason == "" || !no.Only):
			t.Fatalf("refused by %+v", no)
		case errors.Is(no, portal.ErrMaintenance) && wait == 0:
			t.Fatalf("maintenance without an end: %+v", no)
		}
	})
}
