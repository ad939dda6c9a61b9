package submit

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"tram06/firmware/health"
	"tram06/firmware/outbox"
)

func TestStatusFailure(t *testing.T) {
	ours := `{"type":"urn:tram06:problem:form-invalid","status":422}`
	for _, c := range []struct {
		status int
		media  string
		body   string
		retry  string
		want   Failure
	}{
		{500, "", "", "", Failure{Code: health.GatewayError}},
		{503, "text/plain", "busy", "7", Failure{Code: health.GatewayError, RetryAfter: 7 * time.Second}},
		{408, "", "", "", Failure{Code: health.NetSlow}},
		{409, "application/problem+json", `{"type":"urn:tram06:problem:in-progress"}`, "1", Failure{Code: health.NetSlow, RetryAfter: time.Second, Problem: "in-progress"}},
		{425, "", "", "", Failure{Code: health.NetSlow}},
		{429, "", "", "-3", Failure{Code: health.NetSlow}},
		{429, "", "", "99999999", Failure{Code: health.NetSlow, RetryAfter: time.Hour}},
		{429, "", "", "Mon, 23 Nov 2026 05:00:00 GMT", Failure{Code: health.NetSlow}},
		{422, "application/problem+json", ours, "", Failure{Code: health.Refused, Final: true, Problem: "form-invalid"}},
		{422, "application/problem+json; charset=utf-8", ours, "", Failure{Code: health.Refused, Final: true, Problem: "form-invalid"}},
		{422, "application/json", ours, "", Failure{Code: health.GatewayHalf}},
		{422, "application/problem+json", ours[:20], "", Failure{Code: health.GatewayHalf}},
		{403, "application/problem+json", `{"type":"about:blank"}`, "", Failure{Code: health.GatewayHalf}},
		{404, "text/html", "<html>", "", Failure{Code: health.GatewayHalf}},
		{302, "", "", "", Failure{Code: health.GatewayHalf}},
		{204, "", "", "", Failure{Code: health.GatewayHalf}},
	} {
		h := http.Header{}
		if c.media != "" {
			h.Set("Content-Type", c.media)
		}
		if c.retry != "" {
			h.Set("Retry-After", c.retry)
		}
		c.want.Status = c.status
		got := statusFailure(&http.Response{StatusCode: c.status, Header: h}, []byte(c.body))
		if *got != c.want {
			t.Errorf("HTTP %d %s %s: got %+v, want %+v", c.status, c.media, c.body, *got, c.want)
		}
	}
}

func FuzzDecodeAnswer(f *testing.F) {
	good := `{"id":"019aa8f2-0c00-7abc-8def-0123456789ab","digest":"sha-256=:AAAA:","number":"H00.00-20261123-0000001","received_at":"2026-11-23T05:00:00Z","status":"accepted"}`
	f.Add([]byte(good))
	f.Add([]byte(good[:60]))
	f.Add([]byte(`{"number":"a\u0000b","received_at":"2026-11-23T05:00:00Z"}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, in []byte) {
		a, err := decodeAnswer(in)
		if err != nil {
			return
		}
		if a.Number == "" || len(a.Number) > 64 || a.ReceivedAt.IsZero() {
			t.Fatalf("took %+v", a)
		}
		for _, r := range a.Number {
			if r <= ' ' || r > '~' {
				t.Fatalf("took a number with %q", r)
			}
		}
	})
}

// A line that is cut before the request went out leaves nothing open.
func TestLineCutBeforeTheRequest(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	c, err := NewClient("https://"+ln.Addr().String(), &tls.Config{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Put(t.Context(), outbox.Item{ID: "x"})
	var f *Failure
	if !errors.As(err, &f) || f.Code != health.NetDown || f.Final {
		t.Errorf("got %v, want %s", err, health.NetDown)
	}
}
