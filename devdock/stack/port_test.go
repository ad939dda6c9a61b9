package stack

import (
	"net"
	"os"
	"strings"
	"testing"
)

// The page's port is on the loopback, and nobody else's.
func TestTakePort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for listen, want := range map[string]string{
		"127.0.0.1:0":           "",
		"localhost:0":           "",
		taken.Addr().String():   "takes a free one",
		"127.0.0.1:http-x":      "unknown port",
		"127.0.0.1":             "missing port",
		"0.0.0.0:0":             "not on the loopback",
		":0":                    "not on the loopback",
		"dock.example:6006":     "not on the loopback",
		"[2001:db8::1]:6006":    "not on the loopback",
		"127.0.0.1.example:600": "not on the loopback",
	} {
		s := &Stack{o: Options{Dir: t.TempDir(), Listen: listen}, cancel: func() {}}
		err := s.takePort(t.Context(), t.Context())
		if want == "" {
			if b, readErr := os.ReadFile(s.path("address")); err != nil || readErr != nil || strings.TrimSpace(string(b)) != s.URL {
				t.Errorf("%s: %v; told at %q, %v", listen, err, b, readErr)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) || want != "takes a free one" && strings.Contains(err.Error(), "another program") {
			t.Errorf("%s gives %v, want %q", listen, err, want)
		}
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}
}
