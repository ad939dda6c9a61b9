package radio_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipsim/radio"
)

// The files that the published figures were computed for: DG1, a portrait of
// 15 KB with its headers, DG13 and the SOD.
var files = []int{95, 15_000, 560, 1_850}

// What secure messaging adds: to a READ BINARY its Le and MAC objects with Lc
// and Le, to an answer status, MAC, the header of the cryptogram and padding.
func read(m radio.Model, n, block int, extended bool) radio.Report {
	command := 4 + 1 + 3 + 10 + 1
	if extended {
		command += 2 + 1 + 1
	}
	answer := n + 1
	answer += block - answer%block
	return m.Cost(0xB0, command, answer+4+4+10+2)
}

// The table of reading ways: SELECT, header and blocks; by short identifier in
// blocks; by short identifier in one piece. Figures in seconds.
func TestPublishedFigures(t *testing.T) {
	ways := []struct {
		name  string
		apdus int
		at    map[int]float64
		run   func(m radio.Model) radio.Report
	}{
		{"SELECT, header, 231 bytes", 85, map[int]float64{106: 2.57, 424: 1.17, 848: 0.94}, func(m radio.Model) (r radio.Report) {
			for _, n := range files {
				r = r.Add(m.Cost(0xA4, 4+1+11+10+1, 4+10+2)).Add(read(m, 4, 8, false))
				for left := n - 4; left > 0; left -= 231 {
					r = r.Add(read(m, min(left, 231), 8, false))
				}
			}
			return r
		}},
		{"by identifier, 223 bytes", 81, map[int]float64{106: 2.52, 424: 1.14, 848: 0.91}, func(m radio.Model) (r radio.Report) {
			for _, n := range files {
				for left := n; left > 0; left -= 223 {
					r = r.Add(read(m, min(left, 223), 16, false))
				}
			}
			return r
		}},
		{"by identifier, whole file", 4, map[int]float64{106: 1.75, 424: 0.57, 848: 0.38}, func(m radio.Model) (r radio.Report) {
			for _, n := range files {
				r = r.Add(read(m, n, 16, true))
			}
			return r
		}},
	}
	for _, way := range ways {
		for kbit, want := range way.at {
			r := way.run(radio.Type(kbit))
			if got := r.Total().Seconds(); math.Abs(got-want) > 0.05*want {
				t.Errorf("%s at %d kbit/s: %.2f s, published %.2f", way.name, kbit, got, want)
			}
			if math.Abs(float64(r.APDUs-way.apdus)) > 1 {
				t.Errorf("%s: %d APDUs, published %d", way.name, r.APDUs, way.apdus)
			}
			t.Logf("%s, %d kbit/s: %v", way.name, kbit, r)
		}
	}
	sum := 0
	for _, n := range files {
		sum += n
	}
	for kbit, want := range map[int]float64{106: 1.49, 424: 0.37, 848: 0.19} {
		if got := radio.Type(kbit).Bytes(sum).Seconds(); math.Abs(got-want) > 0.006 {
			t.Errorf("bytes alone at %d kbit/s: %.3f s, published %.2f", kbit, got, want)
		}
	}
}

func TestFrames(t *testing.T) {
	m := radio.Type(106)
	m.FSD, m.FSC, m.Turn = 64, 32, 0
	for _, tt := range []struct{ command, answer, frames, onAir int }{
		{5, 2, 2, 5 + 3 + 2 + 3},
		{29, 61, 2, 29 + 3 + 61 + 3},
		{30, 2, 4, 30 + 3*3 + 2 + 3},
		{5, 62, 4, 5 + 3 + 62 + 3*3},
		{5, 61*3 + 1, 1 + 7, 5 + 3 + 184 + 7*3},
		{5, 0, 2, 5 + 3 + 3},
	} {
		r := m.Cost(0xB0, tt.command, tt.answer)
		if r.Frames != tt.frames || r.Air != m.Bytes(tt.onAir) {
			t.Errorf("%d and %d bytes: %d frames, %v on air; want %d, %v", tt.command, tt.answer, r.Frames, r.Air, tt.frames, m.Bytes(tt.onAir))
		}
	}
}

func TestBitRates(t *testing.T) {
	// 13.56 MHz / 128: a byte of nine bits lasts 84.96 µs.
	if d := radio.Type(106).Bytes(1000); d < 84950*time.Microsecond || d > 84960*time.Microsecond {
		t.Errorf("1000 bytes at 106 kbit/s: %v", d)
	}
	for _, kbit := range []int{106, 212, 424} {
		if one, two := radio.Type(kbit).Bytes(1<<20), radio.Type(2*kbit).Bytes(1<<20); (one - 2*two).Abs() > 2 {
			t.Errorf("%d kbit/s: %v, twice as fast %v", kbit, one, two)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := radio.Type(424).Check(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*radio.Model){
		"bit rate": func(m *radio.Model) { m.BitRate = 100 },
		"FSD":      func(m *radio.Model) { m.FSD = 3 },
		"FSC":      func(m *radio.Model) { m.FSC = 0 },
		"bits":     func(m *radio.Model) { m.BitsPerByte = 7 },
		"time":     func(m *radio.Model) { m.Chip = -1 },
		"work":     func(m *radio.Model) { m.Work = map[byte]time.Duration{0x86: -1} },
	} {
		m := radio.Type(106)
		spoil(&m)
		if m.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

type echo struct{ err error }

func (e echo) Transmit(_ context.Context, cmd []byte) ([]byte, error) { return cmd, e.err }

func (e echo) answer(cmd []byte) []byte { return cmd }

var _ apdu.Transmitter = (*radio.Link)(nil)

func TestLink(t *testing.T) {
	m := radio.Type(424)
	m.Work = map[byte]time.Duration{0x86: 80 * time.Millisecond}
	l := m.Wrap(echo{})
	start := l.Now()
	out, err := l.Transmit(t.Context(), []byte{0x10, 0x86, 0, 0, 2, 0x7C, 0, 0})
	if err != nil || len(out) != 8 {
		t.Fatalf("%X, %v", out, err)
	}
	want := m.Cost(0x86, 8, 8)
	if want.Work != 80*time.Millisecond || l.Report() != want || l.Now().Sub(start) != want.Total() {
		t.Errorf("report %v, clock %v; want %v", l.Report(), l.Now().Sub(start), want)
	}
	l.Pause(time.Second)
	if l.Now().Sub(start) != want.Total()+time.Second || l.Report() != want {
		t.Error("a pause is not on the clock alone")
	}
	before := l.Report()
	if _, err := l.Transmit(t.Context(), []byte{1}); err != nil {
		t.Fatal(err)
	}
	if d := l.Report().Sub(before); d != m.Cost(-1, 1, 1) || d.Work != 0 {
		t.Errorf("a byte that is no command: %v", d)
	}
	if s := l.Report().String(); !strings.Contains(s, "2 APDUs, 9 + 9 bytes") {
		t.Error(s)
	}
}

func TestLinkPassesErrors(t *testing.T) {
	torn := errors.New("torn off")
	l := radio.Type(106).Wrap(echo{torn})
	if _, err := l.Transmit(t.Context(), []byte{0, 0xA4, 0, 0}); !errors.Is(err, torn) || l.Report().APDUs != 1 {
		t.Errorf("%v, %v", err, l.Report())
	}
}

type chip struct {
	echo
	resets int
}

func (c *chip) ATR() []byte              { return []byte{0x3B} }
func (c *chip) Reset()                   { c.resets++ }
func (c *chip) Transmit(b []byte) []byte { return c.answer(b) }

func TestLiveSleeps(t *testing.T) {
	var slept []time.Duration
	c := &chip{}
	m := radio.Type(106)
	l := m.Live(c, func(d time.Duration) { slept = append(slept, d) })
	if l.Reset(); c.resets != 1 || len(l.ATR()) != 1 {
		t.Error("reset or ATR do not reach the chip")
	}
	l.Transmit([]byte{0, 0xB0, 0, 0, 0})
	want := m.Cost(0xB0, 5, 5)
	if len(slept) != 1 || slept[0] != want.Total()-want.Host {
		t.Errorf("slept %v, want the cost without the host, %v", slept, want.Total()-want.Host)
	}
	if l.Report().APDUs != 1 {
		t.Error(l.Report())
	}
}

func BenchmarkLink(b *testing.B) {
	l := radio.Type(424).Wrap(echo{})
	cmd := make([]byte, 24)
	for b.Loop() {
		if _, err := l.Transmit(b.Context(), cmd); err != nil {
			b.Fatal(err)
		}
	}
}
