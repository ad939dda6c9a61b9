// Package rest is the adapter of portals that speak JSON over HTTPS as
// docs/portal-api.md says:
//
//	POST /dossiers         hand a dossier over, under an Idempotency-Key
//	GET  /dossiers/{key}   what is there under a key
//
// It makes one attempt a call and never repeats a request by itself, so that
// whoever calls knows what may have gone out.
package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"tram06/gateway/portal"
)

// maxAnswer is far above what a portal answers; a page for people may be cut.
const maxAnswer = 64 << 10

// connectTime is how long it may take to reach the portal, so that a network
// that swallows packets is told from a portal that is slow.
const connectTime = 5 * time.Second

// Client speaks to one portal.
type Client struct {
	base *url.URL
	http *http.Client
	now  func() time.Time
}

var _ portal.Portal = (*Client)(nil)

// New makes a client for the portal at base ("https://host:port/path"). roots
// are the authorities of its certificate, the system's if nil.
func New(base string, roots *x509.CertPool, now func() time.Time) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("portal address: want https://host[:port][/path]")
	}
	return &Client{base: u, now: now, http: &http.Client{
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: connectTime}).DialContext,
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: connectTime,
			DisableCompression:  true,
			// Headers are read whole, so they are bounded too.
			MaxResponseHeaderBytes: maxAnswer,
			// One connection a request. On a connection that was used before,
			// net/http repeats a POST with an Idempotency-Key by itself when the
			// answer does not come; here the portal is to be asked first.
			DisableKeepAlives: true,
		},
		// A redirect would come from something in between.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Roots reads the authorities of a portal's certificate, PEM.
func Roots(file string) (*x509.CertPool, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("load portal authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("load portal authority: no certificate in %s", file)
	}
	return pool, nil
}

// Submit implements portal.Portal.
func (c *Client) Submit(ctx context.Context, d portal.Dossier) (portal.Receipt, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.JoinPath("dossiers").String(), bytes.NewReader(d.Body))
	if err != nil {
		return portal.Receipt{}, &portal.Failure{Kind: portal.ErrTemporary, Code: portal.Unreachable, Cause: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Content-Digest", d.Digest)
	req.Header.Set("Idempotency-Key", `"`+d.Key+`"`)
	resp, body, err := c.do(req)
	if err != nil {
		return portal.Receipt{}, err
	}
	a := answer{status: resp.StatusCode, media: resp.Header.Get("Content-Type"), body: body}
	if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusCreated {
		return a.receipt(d.Key)
	}
	return portal.Receipt{}, a.failure(retryAfter(resp.Header.Get("Retry-After"), c.now()))
}

// Ask implements portal.Portal.
func (c *Client) Ask(ctx context.Context, key string) (portal.Receipt, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base.JoinPath("dossiers", key).String(), nil)
	if err != nil {
		return portal.Receipt{}, &portal.Failure{Kind: portal.ErrTemporary, Code: portal.Unreachable, Cause: err}
	}
	resp, body, err := c.do(req)
	if err != nil {
		return portal.Receipt{}, err
	}
	a := answer{status: resp.StatusCode, media: resp.Header.Get("Content-Type"), body: body}
	if resp.StatusCode == http.StatusOK {
		return a.receipt(key)
	}
	f := a.failure(retryAfter(resp.Header.Get("Retry-After"), c.now()))
	switch {
	case resp.StatusCode == http.StatusNotFound && f.Reason == "unknown-key":
		f.Kind, f.Only = portal.ErrUnknown, true
	case errors.Is(f.Kind, portal.ErrRefused):
		// A question is no dossier that could be refused.
		f.Kind, f.Code, f.Only = portal.ErrUnclear, portal.Unexpected, false
	}
	return portal.Receipt{}, f
}

// do sends one request and reads its answer.
func (c *Client) do(req *http.Request) (*http.Response, []byte, error) {
	// A line that breaks before the request is out was never up; one that breaks
	// later leaves open what arrived.
	var connected atomic.Bool
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req = req.WithContext(ctx)
	req.Header.Set("Accept", "application/json, application/problem+json")
	req.Header.Set("User-Agent", "tram06-gateway")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, nil, lineFailure(err, connected.Load(), 0)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, nil, lineFailure(err, true, resp.StatusCode)
	}
	return resp, body, nil
}

// lineFailure says what an error of the network means.
func lineFailure(err error, connected bool, status int) *portal.Failure {
	// The URL in the error adds nothing but the dossier's id.
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	f := &portal.Failure{Kind: portal.ErrUnclear, Code: portal.AnswerLost, Status: status, Cause: err}
	if connected {
		f.Cause = unquoted(err)
	}
	var verify *tls.CertificateVerificationError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &verify):
		f.Kind, f.Code = portal.ErrTemporary, portal.Untrusted
	case !connected:
		f.Kind, f.Code = portal.ErrTemporary, portal.Unreachable
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		f.Code = portal.SlowAnswer
	}
	return f
}

var errUnreadable = errors.New("the answer cannot be read as HTTP")

// unquoted is an error without the words of whoever is at the other end, which
// net/http puts into what it says of a broken answer.
func unquoted(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op
	}
	for _, known := range []error{context.DeadlineExceeded, context.Canceled, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errUnreadable
}
