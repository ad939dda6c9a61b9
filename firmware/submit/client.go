// Package submit carries sealed dossiers from the outbox to the gateway: one
// HTTP client of the gateway's contract (docs/gateway-api.yaml), and one loop
// that tries again for as long as it takes.
//
// Delivery is at least once and the gateway is idempotent, so the outcome is
// exactly once. What is unclear counts as not delivered: only an answer that
// is whole, and that echoes the id and the digest of what was sent, moves a
// dossier to accepted.
package submit

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"tram06/firmware/dossier"
	"tram06/firmware/health"
	"tram06/firmware/outbox"
)

// DefaultTimeout is how long one attempt may take from dialling to the last
// byte of the answer.
const DefaultTimeout = 10 * time.Second

// maxAnswer is far above what the gateway answers.
const maxAnswer = 64 << 10

// problemPrefix begins the type of every problem the gateway itself reports. A
// 4xx without it comes from something in between, such as the log-in page of a
// captive portal, and decides nothing.
const problemPrefix = "urn:tram06:problem:"

// Failure is an attempt that brought no receipt.
type Failure struct {
	Code health.Code
	// Final: the gateway will never take this dossier as it is.
	Final bool
	// RetryAfter is the gateway's wish, zero if it had none.
	RetryAfter time.Duration
	Status     int    // of the HTTP answer, 0 if there was none
	Problem    string // the problem's type, without the common prefix
	cause      error
}

func (f *Failure) Error() string {
	s := "submit dossier: " + string(f.Code)
	if f.Status != 0 {
		s += fmt.Sprintf(" (HTTP %d %s)", f.Status, f.Problem)
	}
	if f.cause != nil {
		s += ": " + f.cause.Error()
	}
	return s
}

// Unwrap gives what the network said.
func (f *Failure) Unwrap() error { return f.cause }

// Client speaks to one gateway.
type Client struct {
	base    *url.URL
	http    *http.Client
	timeout time.Duration
}

// NewClient makes a client for the gateway at base ("https://host:port"). The
// TLS configuration carries the device's certificate. A zero timeout means
// DefaultTimeout.
func NewClient(base string, conf *tls.Config, timeout time.Duration) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("gateway address: want https://host[:port]")
	}
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	t := &http.Transport{
		// Half of the time for dialling, so that a network that swallows
		// packets is told from a gateway that is slow.
		DialContext: (&net.Dialer{Timeout: timeout / 2}).DialContext,
		// HTTP/1.1: one request now and then, and a dead connection is dropped
		// with its request instead of being tried again.
		TLSClientConfig:     conf,
		TLSHandshakeTimeout: timeout / 2,
		MaxIdleConns:        2,
		IdleConnTimeout:     30 * time.Second,
		DisableCompression:  true,
	}
	return &Client{base: u, timeout: timeout, http: &http.Client{
		Transport: t,
		// A redirect would come from a captive portal.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// answer is the gateway's receipt on the wire.
type answer struct {
	ID         string    `json:"id"`
	Digest     string    `json:"digest"`
	Number     string    `json:"number"`
	ReceivedAt time.Time `json:"received_at"`
}

// Put hands one dossier to the gateway. Its error is always a *Failure, unless
// ctx ended.
func (c *Client) Put(ctx context.Context, it outbox.Item) (outbox.Receipt, error) {
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	r, err := c.put(within, it)
	if err != nil && ctx.Err() != nil {
		return outbox.Receipt{}, ctx.Err()
	}
	return r, err
}

func (c *Client) put(ctx context.Context, it outbox.Item) (outbox.Receipt, error) {
	target := c.base.JoinPath("v1", "dossiers", it.ID).String()
	// A line that breaks before the request is out was never up; one that breaks
	// later leaves open whether the dossier arrived.
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, target, bytes.NewReader(it.Envelope))
	if err != nil {
		return outbox.Receipt{}, &Failure{Code: health.NetDown, cause: err}
	}
	req.Header.Set("Content-Type", dossier.MediaType)
	req.Header.Set("Content-Digest", it.Digest.Field())
	req.Header.Set("Idempotency-Key", `"`+it.ID+`"`)
	req.Header.Set("Accept", "application/json, application/problem+json")
	req.Header.Set("User-Agent", "tram06-kiosk")
	resp, err := c.http.Do(req)
	if err != nil {
		f := netFailure(err)
		if f.Code == health.GatewayHalf && !sent.Load() {
			f.Code = health.NetDown
		}
		return outbox.Receipt{}, f
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		f := netFailure(err)
		f.Status = resp.StatusCode
		return outbox.Receipt{}, f
	}
	if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusCreated {
		return parseAnswer(resp, body, it)
	}
	return outbox.Receipt{}, statusFailure(resp, body)
}

func parseAnswer(resp *http.Response, body []byte, it outbox.Item) (outbox.Receipt, error) {
	half := func(why string) error {
		return &Failure{Code: health.GatewayHalf, Status: resp.StatusCode, cause: errors.New(why)}
	}
	if !hasType(resp, "application/json") {
		return outbox.Receipt{}, half("answer is no JSON")
	}
	a, err := decodeAnswer(body)
	if err != nil {
		return outbox.Receipt{}, half(err.Error())
	}
	if a.ID != it.ID || a.Digest != it.Digest.Field() {
		return outbox.Receipt{}, half("answer is about another dossier")
	}
	return outbox.Receipt{Number: a.Number, At: a.ReceivedAt}, nil
}

// decodeAnswer reads a receipt. Members it does not know are a newer gateway's
// and are passed over.
func decodeAnswer(body []byte) (answer, error) {
	var a answer
	switch {
	case len(body) > maxAnswer:
		return answer{}, errors.New("answer is too long")
	case json.Unmarshal(body, &a) != nil:
		return answer{}, errors.New("answer is cut short or no JSON")
	case a.Number == "" || len(a.Number) > 64 || strings.ContainsFunc(a.Number, func(r rune) bool { return r <= ' ' || r > '~' }):
		return answer{}, errors.New("answer has no usable receipt number")
	case a.ReceivedAt.IsZero():
		return answer{}, errors.New("answer has no time")
	}
	return a, nil
}

// statusFailure reads an answer that is no receipt.
func statusFailure(resp *http.Response, body []byte) *Failure {
	f := &Failure{Status: resp.StatusCode, RetryAfter: retryAfter(resp)}
	if hasType(resp, "application/problem+json") {
		var p struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(body, &p) == nil {
			if name, ok := strings.CutPrefix(p.Type, problemPrefix); ok && len(name) < 64 {
				f.Problem = name
			}
		}
	}
	switch s := resp.StatusCode; {
	case s >= 500:
		f.Code = health.GatewayError
	case s == http.StatusRequestTimeout, s == http.StatusConflict, s == http.StatusTooEarly, s == http.StatusTooManyRequests:
		f.Code = health.NetSlow
	case s >= 400 && f.Problem != "":
		f.Code, f.Final = health.Refused, true
	default:
		f.Code = health.GatewayHalf
	}
	return f
}

// netFailure says which condition an error of the network is.
func netFailure(err error) *Failure {
	// The URL in the error adds nothing but the dossier's id.
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	f := &Failure{cause: err, Code: health.GatewayHalf}
	var op *net.OpError
	var dns *net.DNSError
	var verify *tls.CertificateVerificationError
	var alert tls.AlertError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &dns), errors.As(err, &op) && op.Op == "dial", errors.As(err, &verify), errors.As(err, &alert):
		f.Code = health.NetDown
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		f.Code = health.NetSlow
	}
	return f
}

func hasType(resp *http.Response, want string) bool {
	t, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return err == nil && t == want
}

// retryAfter reads the delay in seconds; a date would be the gateway's clock
// against this board's, and is passed over.
func retryAfter(resp *http.Response) time.Duration {
	n, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || n <= 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, maxRetryAfter)
}
