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
	e := ear{looked: begin}
	for i, c := range []struct {
		at, want time.Duration
		info     unix.TCPInfo
	}{
		{250 * ms, 0, unix.TCPInfo{Last_data_sent: 10, Last_ack_recv: 9}},
		{500 * ms, 20 * ms, unix.TCPInfo{Unacked: 1, Last_data_sent: 20, Last_ack_recv: 260}}, // just sent
		{750 * ms, 5 * ms, unix.TCPInfo{Unacked: 1, Last_data_sent: 20, Last_ack_recv: 5}},    // acknowledged, sent again
		{1000 * ms, 0, unix.TCPInfo{Last_data_sent: 20, Last_ack_recv: 9}},
		{4000 * ms, 30 * ms, unix.TCPInfo{Unacked: 1, Last_data_sent: 30, Last_ack_recv: 3009}}, // after long idleness
		{4250 * ms, 280 * ms, unix.TCPInfo{Unacked: 1, Total_retrans: 1, Last_data_sent: 70, Last_ack_recv: 3259}},
		{4500 * ms, 0, unix.TCPInfo{Total_retrans: 1, Last_data_sent: 320, Last_ack_recv: 100}},
		// Sent and sent once more since the last look.
		{4750 * ms, 250 * ms, unix.TCPInfo{Unacked: 1, Total_retrans: 2, Last_data_sent: 10, Last_ack_recv: 350}},
		{5000 * ms, 500 * ms, unix.TCPInfo{Unacked: 2, Total_retrans: 3, Last_data_sent: 10, Last_ack_recv: 600}},
		// It has no room, for long, and says so when it is asked.
		{5250 * ms, 0, unix.TCPInfo{Notsent_bytes: 900, Total_retrans: 3, Last_data_sent: 250, Last_ack_recv: 100}},
		{9000 * ms, 0, unix.TCPInfo{Notsent_bytes: 900, Total_retrans: 3, Last_data_sent: 4000, Last_ack_recv: 1600}},
		{9250 * ms, 250 * ms, unix.TCPInfo{Notsent_bytes: 900, Total_retrans: 3, Last_data_sent: 4250, Last_ack_recv: 1850, Probes: 1}},
		{9500 * ms, 40 * ms, unix.TCPInfo{Notsent_bytes: 900, Total_retrans: 3, Last_data_sent: 4500, Last_ack_recv: 40, Probes: 1}},
	} {
		c.info.Snd_wnd = 4096
		if c.info.Notsent_bytes > 0 {
			c.info.Snd_wnd = 0
		}
		if got := e.quiet(&c.info, begin.Add(c.at)); got != c.want {
			t.Errorf("look %d: quiet for %v, want %v", i, got, c.want)
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
