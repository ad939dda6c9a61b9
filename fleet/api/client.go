package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Errors of the client.
var (
	ErrUnreachable = errors.New("fleet server not reached")
	ErrUnknown     = errors.New("no such kiosk")
	ErrSilent      = errors.New("kiosk does not answer")
	ErrBusy        = errors.New("kiosk is being examined already")
	ErrUnable      = errors.New("kiosk's firmware is too old for that")
	ErrAnswer      = errors.New("answer of the fleet server not understood")
)

// maxAnswer bounds what the client reads: 20,000 kiosks with room to spare.
const maxAnswer = 256 << 20

// Client asks a fleet server.
type Client struct {
	base string
	http *http.Client
}

// NewClient asks the server at base, such as http://127.0.0.1:4206.
func NewClient(base string, c *http.Client) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("server url: want one such as http://127.0.0.1:4206")
	}
	return &Client{strings.TrimRight(base, "/"), c}, nil
}

// List gives the whole fleet.
func (c *Client) List(ctx context.Context) (List, error) {
	var l List
	return l, c.do(ctx, http.MethodGet, "/api/v1/kiosks", &l)
}

// Kiosk gives one kiosk.
func (c *Client) Kiosk(ctx context.Context, id string) (Kiosk, error) {
	var k Kiosk
	return k, c.do(ctx, http.MethodGet, "/api/v1/kiosks/"+url.PathEscape(id), &k)
}

// Ping asks a kiosk for a sign of life.
func (c *Client) Ping(ctx context.Context, id string) (Ping, error) {
	var p Ping
	return p, c.do(ctx, http.MethodPost, "/api/v1/kiosks/"+url.PathEscape(id)+"/ping", &p)
}

// Examine has a kiosk examine itself, which takes it some seconds.
func (c *Client) Examine(ctx context.Context, id string) (Examination, error) {
	var e Examination
	return e, c.do(ctx, http.MethodPost, "/api/v1/kiosks/"+url.PathEscape(id)+"/examine", &e)
}

func (c *Client) do(ctx context.Context, method, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, nil)
	if err != nil {
		return fmt.Errorf("ask fleet server: %w", err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if res.StatusCode != http.StatusOK {
		var p Problem
		if json.Unmarshal(body, &p) != nil || p.Type == "" {
			return fmt.Errorf("%s: %w", res.Status, ErrAnswer)
		}
		switch p.Type {
		case TypeUnknown:
			return ErrUnknown
		case TypeSilent:
			return ErrSilent
		case TypeBusy:
			return ErrBusy
		case TypeUnable:
			return ErrUnable
		}
		return fmt.Errorf("%s: %w", p.Title, ErrAnswer)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return nil
}
