package escpos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"testing/synctest"

	"tram06/hal"
	"tram06/hal/escpos/sim"
)

func TestLedger(t *testing.T) {
	l := newLedger()
	maybe := unknown(errors.New("line broke"))
	for _, c := range []struct {
		id  string
		end error
		is  []error
	}{
		{"printed", nil, []error{hal.ErrAlreadyPrinted}},
		{"unclear", maybe, []error{hal.ErrAlreadyPrinted, hal.ErrJobUnknown}},
		{"no paper", hal.ErrNoPaper, nil},
		{"gone", hal.ErrGone, nil},
		{"", nil, nil},
		{"", maybe, nil},
	} {
		if err := l.refuse(c.id); err != nil {
			t.Fatalf("%s: refused before it began: %v", c.id, err)
		}
		if _, err := l.begin(c.id); err != nil {
			t.Fatal(err)
		}
		if _, err := l.begin(c.id); c.id != "" && !errors.Is(err, hal.ErrAlreadyPrinted) {
			t.Errorf("%s: begun twice: %v", c.id, err)
		}
		if err := l.refuse(c.id); c.id != "" && !errors.Is(err, hal.ErrAlreadyPrinted) {
			t.Errorf("%s: %v while it is under way", c.id, err)
		}
		l.end(c.id, c.end)
		err := l.refuse(c.id)
		if (err == nil) != (len(c.is) == 0) {
			t.Errorf("%s: %v", c.id, err)
		}
		for _, is := range c.is {
			if !errors.Is(err, is) {
				t.Errorf("%s: %v is no %v", c.id, err, is)
			}
		}
	}
}

// A job that was tried before is as young as its last attempt.
func TestLedgerKeepsWhatWasTriedAgain(t *testing.T) {
	l := newLedger()
	job := func(id string, end error) {
		t.Helper()
		if _, err := l.begin(id); err != nil {
			t.Fatal(err)
		}
		l.end(id, end)
	}
	job("again", hal.ErrNoPaper)
	for i := range maxJobs - 2 {
		job(fmt.Sprint(i), nil)
	}
	job("again", nil)
	job("another", nil)
	if err := l.refuse("again"); !errors.Is(err, hal.ErrAlreadyPrinted) {
		t.Errorf("the last job but one: %v, want ErrAlreadyPrinted", err)
	}
}

func TestLedgerForgetsTheOldest(t *testing.T) {
	l := newLedger()
	names := map[[4]byte]bool{}
	for i := range 3 * maxJobs {
		id := fmt.Sprint(i)
		name, err := l.begin(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range name {
			if c <= ' ' || c > '~' {
				t.Fatalf("name % X", name)
			}
		}
		names[name] = true
		l.end(id, nil)
	}
	if len(l.jobs) != maxJobs || len(l.order) != maxJobs {
		t.Errorf("%d jobs, %d in order", len(l.jobs), len(l.order))
	}
	if l.refuse("0") != nil || l.refuse(fmt.Sprint(3*maxJobs-1)) == nil {
		t.Error("not the oldest are forgotten")
	}
	if len(names) < 3*maxJobs-3 { // of 78 million
		t.Errorf("only %d names for %d pages", len(names), 3*maxJobs)
	}
	once, _ := l.begin("same")
	l.end("same", hal.ErrNoPaper)
	if again, err := l.begin("same"); err != nil || once == again {
		t.Error("two pages of one job have one name")
	}
}

// snapping breaks after so many bytes to the printer, or from it.
type snapping struct {
	net.Conn
	to, from int
}

func (s *snapping) Write(b []byte) (int, error) {
	n, err := s.Conn.Write(b[:min(len(b), s.to)])
	if s.to -= n; s.to <= 0 && err == nil {
		_ = s.Conn.Close()
		return n, net.ErrClosed
	}
	return n, err
}

func (s *snapping) Read(b []byte) (int, error) {
	if s.from <= 0 {
		_ = s.Conn.Close()
		return 0, net.ErrClosed
	}
	n, err := s.Conn.Read(b[:min(len(b), s.from)])
	s.from -= n
	return n, err
}

const never = 1 << 30

// The line breaks at every single byte of a conversation, in either direction.
// Whatever Print said, the same job on the printer that is opened next brings
// the page out at most once, and exactly once when Print said nothing of a page
// that may be out.
func TestUnpluggedAtEveryByte(t *testing.T) {
	for name, cut := range map[string]func(n int) snapping{
		"to the printer":   func(n int) snapping { return snapping{to: n, from: never} },
		"from the printer": func(n int) snapping { return snapping{to: never, from: n} },
	} {
		t.Run(name, func(t *testing.T) { unpluggedAt(t, cut) })
	}
}

func unpluggedAt(t *testing.T, cut func(n int) snapping) {
	page := hal.Raster{Width: 16, Height: 40, Stride: 2, Bits: make([]byte, 80)}
	for i := range page.Bits {
		page.Bits[i] = byte(i) | 0x80
	}
	seen := map[string]int{}
	for n, whole := 0, false; !whole; n++ {
		synctest.Test(t, func(t *testing.T) {
			pieces := 0
			head := sim.New(sim.Options{
				OnPage: func(p sim.Page) {
					if p.Cut {
						pieces++
					}
				},
				OnError: func(err error) { t.Errorf("cut at byte %d: the printer objects: %v", n, err) },
			})
			jobs := newLedger()
			print := func(line snapping) error {
				ours, theirs := net.Pipe()
				ended := make(chan error, 1)
				go func() { ended <- head.Attach(context.Background(), theirs) }()
				line.Conn = ours
				p := New("pipe", &line, Options{jobs: jobs})
				<-p.known
				err := p.Print(t.Context(), "job", page)
				if err != nil && !errors.Is(err, hal.ErrAlreadyPrinted) {
					if h := p.Health(); h.State != hal.Absent || h.Key != hal.KeyPrinterGone {
						t.Errorf("cut at byte %d: health %+v", n, h)
					}
				}
				if err := p.Close(); err != nil {
					t.Errorf("cut at byte %d: %v", n, err)
				}
				<-ended
				return err
			}
			first := print(cut(n))
			out := pieces
			head.Off()
			head.On()
			second := print(snapping{to: never, from: never})
			switch {
			case first == nil:
				seen["printed"]++
				whole = true
				if out != 1 || !errors.Is(second, hal.ErrAlreadyPrinted) || errors.Is(second, hal.ErrJobUnknown) {
					t.Errorf("cut at byte %d: %d pieces, then %v", n, out, second)
				}
			case errors.Is(first, hal.ErrJobUnknown):
				seen["unclear"]++
				if !errors.Is(first, hal.ErrGone) || !errors.Is(second, hal.ErrAlreadyPrinted) || !errors.Is(second, hal.ErrJobUnknown) {
					t.Errorf("cut at byte %d: %v, then %v", n, first, second)
				}
			case errors.Is(first, hal.ErrGone):
				seen["not begun"]++
				if out != 0 || second != nil {
					t.Errorf("cut at byte %d: %d pieces, then %v", n, out, second)
				}
			default:
				t.Errorf("cut at byte %d: %v", n, first)
			}
			if pieces > 1 || second == nil && pieces != 1 {
				t.Errorf("cut at byte %d: %d pieces of paper", n, pieces)
			}
		})
	}
	for _, how := range []string{"not begun", "unclear", "printed"} {
		if seen[how] == 0 {
			t.Errorf("no line ever broke so that the page was %s: %v", how, seen)
		}
	}
	t.Log(seen)
}
