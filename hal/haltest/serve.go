package haltest

import (
	"errors"
	"net"
	"testing"
)

// Serve has a simulation served on the loopback until the test ends, which it
// must end well, and gives its address.
func Serve(t testing.TB, serve func(net.Listener) error) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- serve(ln) }()
	t.Cleanup(func() {
		if err := errors.Join(ln.Close(), <-served); err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}
