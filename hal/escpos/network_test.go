package escpos

import (
	"testing"
	"time"

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

// What the far end owes counts from when it was sent, or from the last word of it.
func TestSilenceIsMeasured(t *testing.T) {
	const ms = time.Millisecond
	begin := time.Unix(1_800_000_000, 0)
	var o owing
	for i, c := range []struct {
		at    time.Duration
		write bool // or look
		first bool
		quiet time.Duration
		info  unix.TCPInfo
	}{
		{at: 250 * ms, write: true, first: true, info: unix.TCPInfo{Last_ack_recv: 240}},
		{at: 300 * ms, write: true, info: unix.TCPInfo{Unacked: 1, Last_ack_recv: 290}},
		{at: 550 * ms, quiet: 300 * ms, info: unix.TCPInfo{Unacked: 2, Last_ack_recv: 540}},
		{at: 650 * ms, quiet: 20 * ms, info: unix.TCPInfo{Unacked: 1, Last_ack_recv: 20}}, // not all of it
		{at: 900 * ms, info: unix.TCPInfo{Last_ack_recv: 100}},
		{at: 4000 * ms, write: true, first: true, info: unix.TCPInfo{Last_ack_recv: 3200}}, // after long idleness
		{at: 4010 * ms, quiet: 10 * ms, info: unix.TCPInfo{Unacked: 1, Last_ack_recv: 3210}},
		{at: 4020 * ms, info: unix.TCPInfo{Last_ack_recv: 2}},
		// The kernel asks whether it is there: when, is not known.
		{at: 5030 * ms, info: unix.TCPInfo{Probes: 1, Last_ack_recv: 1012}},
		{at: 5330 * ms, quiet: 300 * ms, info: unix.TCPInfo{Probes: 1, Last_ack_recv: 1312}},
		{at: 5500 * ms, info: unix.TCPInfo{Last_ack_recv: 80}},
		// It has no room, for long, and says so when it is asked.
		{at: 6000 * ms, write: true, first: true, info: unix.TCPInfo{Notsent_bytes: 900, Last_ack_recv: 500}},
		{at: 9000 * ms, info: unix.TCPInfo{Notsent_bytes: 900, Last_ack_recv: 1600}},
		{at: 9500 * ms, info: unix.TCPInfo{Notsent_bytes: 900, Last_ack_recv: 2100, Probes: 1}},
		{at: 9900 * ms, quiet: 40 * ms, info: unix.TCPInfo{Notsent_bytes: 900, Last_ack_recv: 40, Probes: 1}},
	} {
		if c.info.Snd_wnd = 4096; c.info.Notsent_bytes > 0 {
			c.info.Snd_wnd = 0
		}
		now := begin.Add(c.at)
		if c.write {
			if first := o.write(&c.info, now); first != c.first {
				t.Errorf("step %d: first %v", i, first)
			}
		} else if got := o.quiet(&c.info, now); got != c.quiet {
			t.Errorf("step %d: quiet for %v, want %v", i, got, c.quiet)
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
