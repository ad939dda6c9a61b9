package params

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// lamp is what a driver would read.
type lamp struct {
	name  string
	level string
	wait  time.Duration
	count int
	grab  bool
}

func read(t *testing.T, uri string) (l lamp, err error) {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	p := New("lamp", u)
	l.name, _ = p.Take("name")
	l.level = p.OneOf("active", "high", "low")
	l.wait = p.Duration("wait", 30*time.Millisecond, 0, time.Second)
	l.count = p.Number("count", 2, 1, 16)
	l.grab = p.Flag("grab", true)
	return l, p.End()
}

func TestParameters(t *testing.T) {
	for uri, want := range map[string]lamp{
		"x:///":                              {"", "high", 30 * time.Millisecond, 2, true},
		"x:///?name=a%20b&active=low":        {"a b", "low", 30 * time.Millisecond, 2, true},
		"x:///?wait=0s&count=16&active=high": {"", "high", 0, 16, true},
		"x:///?grab=0":                       {"", "high", 30 * time.Millisecond, 2, false},
	} {
		if got, err := read(t, uri); err != nil || got != want {
			t.Errorf("%s gives %+v, %v, want %+v", uri, got, err, want)
		}
	}
	for query, says := range map[string]string{
		"active=":             "want high or low",
		"active=low&active=x": "active is given 2 times",
		"wait=30":             "want a time from 0s to 1s",
		"wait=-1ms":           "want a time",
		"wait=1001ms":         "want a time",
		"count=0":             "want a number from 1 to 16",
		"count=17":            "want a number",
		"count=two":           "want a number",
		"grab=no":             "want 0 or 1",
		"colour=red":          `unknown parameter "colour" (known: name, active, wait, count, grab)`,
		"name=%zz":            "invalid URL escape",
		"name=a;b":            "semicolon",
	} {
		if _, err := read(t, "x:///?"+query); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s gives %v, want something with %q", query, err, says)
		}
	}
}

func TestSockets(t *testing.T) {
	for uri, good := range map[string]bool{
		"sim+lamp://127.0.0.1:9107": true, "sim+lamp://[::1]:9107/": true, "sim+lamp://dock:9107/?x=1": true,
		"sim+lamp:///": false, "sim+lamp://:9107": false, "sim+lamp://dock": false, "sim+lamp://dock:": false, "sim+lamp://dock:1/lamp": false,
	} {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		u.RawQuery = ""
		p := New("lamp", u)
		at := p.Socket(u)
		if err := p.End(); (err == nil) != good || good && at != u.Host {
			t.Errorf("%s is at %q, %v", uri, at, err)
		}
	}
}
