// Package params reads the parameters of a device's URI, so strictly that a slip
// of the pen in a board file is told instead of ignored.
package params

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Params are the parameters of one URI. Each is taken once, with a value for
// when it is not there. The first error is kept until End.
type Params struct {
	what  string
	left  url.Values
	known []string
	err   error
}

// New begins with all parameters of u; what names the device in errors.
func New(what string, u *url.URL) *Params {
	left, err := url.ParseQuery(u.RawQuery)
	p := &Params{what: what, left: left}
	if err != nil {
		p.Failf("%w", err)
	}
	return p
}

// Failf adds an error that somebody else found in the URI.
func (p *Params) Failf(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(p.what+" URI: "+format, args...)
	}
}

// Socket gives the address of a URI that is one with a port, and has no path.
func (p *Params) Socket(u *url.URL) string {
	if u.Hostname() == "" || u.Port() == "" || strings.Trim(u.Path, "/") != "" {
		p.Failf("write an address and its port after two slashes: %s://127.0.0.1:9107", u.Scheme)
	}
	return u.Host
}

// Names gives the parameters that nobody has taken yet, in order.
func (p *Params) Names() []string { return slices.Sorted(maps.Keys(p.left)) }

// Take gives a parameter as it is, and tells whether it is there.
func (p *Params) Take(key string) (string, bool) {
	p.known = append(p.known, key)
	vs, ok := p.left[key]
	delete(p.left, key)
	if len(vs) > 1 {
		p.Failf("%s is given %d times", key, len(vs))
	}
	if !ok {
		return "", false
	}
	return vs[0], true
}

// OneOf takes a word; the first is the default.
func (p *Params) OneOf(key string, words ...string) string {
	v, ok := p.Take(key)
	if !ok {
		return words[0]
	}
	if !slices.Contains(words, v) {
		p.Failf("%s=%s: want %s", key, v, strings.Join(words, " or "))
	}
	return v
}

// Flag takes 0 or 1.
func (p *Params) Flag(key string, fallback bool) bool {
	v, ok := p.Take(key)
	if !ok {
		return fallback
	}
	on, err := strconv.ParseBool(v)
	if err != nil {
		p.Failf("%s=%s: want 0 or 1", key, v)
	}
	return on
}

// Duration takes a time between two others.
func (p *Params) Duration(key string, fallback, least, most time.Duration) time.Duration {
	v, ok := p.Take(key)
	if !ok {
		return fallback
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < least || d > most {
		p.Failf("%s=%s: want a time from %v to %v, written as 30ms, 5s or 1h", key, v, least, most)
	}
	return d
}

// Number takes a number between two others.
func (p *Params) Number(key string, fallback, least, most int) int {
	v, ok := p.Take(key)
	if !ok {
		return fallback
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		p.Failf("%s=%s: want a number from %d to %d", key, v, least, most)
	}
	return n
}

// End gives the first error. A parameter that nobody took is one.
func (p *Params) End() error {
	for _, key := range p.Names() {
		p.Failf("unknown parameter %q (known: %s)", key, strings.Join(p.known, ", "))
	}
	return p.err
}
