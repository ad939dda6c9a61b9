package escpos

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestWhatAFarEndOwes(t *testing.T) {
	for name, c := range map[string]struct {
		info unix.TCPInfo
		want bool
	}{
		"nothing":                       {unix.TCPInfo{Snd_wnd: 4096}, false},
		"data":                          {unix.TCPInfo{Snd_wnd: 4096, Unacked: 1}, true},
		"nothing, it has no room":       {unix.TCPInfo{Notsent_bytes: 3000}, false},
		"nothing, it took room back":    {unix.TCPInfo{Unacked: 2}, false},
		"whether it has room":           {unix.TCPInfo{Notsent_bytes: 3000, Probes: 1}, true},
		"whether it is there":           {unix.TCPInfo{Snd_wnd: 4096, Probes: 1}, true},
		"whether there, and it is shut": {unix.TCPInfo{Unacked: 1, Probes: 2}, true},
	} {
		if got := awaits(&c.info); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCallers(t *testing.T) {
	c := callers{ports: map[string]int{}}
	c.note("a:9100", 40000)
	c.note("b:9100", 50000)
	c.note("a:9100", 0)
	if a, b := c.port("a:9100"), c.port("b:9100"); a != 0 || b != 50000 {
		t.Errorf("ports %d, %d", a, b)
	}
}
