package wedge

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/evdev/input"
	evsim "tram06/hal/evdev/sim"
	"tram06/hal/wedge/sim"
)

const (
	made  = "001090000638||NGUYỄN VĂN MẪU|01011990|Nam|Số 1, Phường Mẫu, Hà Nội|01072021"
	plain = "001090000638||NGUYEN VAN MAU|01011990|Nam|So 1, Phuong Mau, Ha Noi|01072021"
)

// bare is what a keyboard has of a text.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0x7E {
			return -1
		}
		return r
	}, s)
}

func still() time.Duration { return time.Hour }

func open(t *testing.T, d *evsim.Device, query string) *Scanner {
	t.Helper()
	reg := hal.Registry{"wedge": OpenerOn(input.System{Open: d.Open}, nil)}
	s, err := hal.Open[hal.Scanner](t.Context(), reg, "wedge:///sim"+query)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s.(*Scanner)
}

// bubble is a scanner in a bubble of time, armed.
func bubble(t *testing.T, query string, f func(t *testing.T, s *Scanner, gun *sim.Scanner)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		gun := sim.New(func() time.Duration { return time.Hour + time.Since(begin) })
		s := open(t, gun.Device, query)
		s.Arm(true)
		f(t, s, gun)
		_ = s.Close()
	})
}

func expect(t *testing.T, s *Scanner, want string, lossy bool) {
	t.Helper()
	scan, err := s.Next(t.Context())
	if err != nil || string(scan.Data) != want || scan.Lossy != lossy || scan.At.IsZero() {
		t.Fatalf("%q, lossy %v, %v; want %q, %v", scan.Data, scan.Lossy, err, want, lossy)
	}
}

// nothing asks for a scan that is not there.
func nothing(t *testing.T, s *Scanner) {
	t.Helper()
	synctest.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if scan, err := s.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("%d bytes, %v: nothing was to come", len(scan.Data), err)
	}
}

func TestScans(t *testing.T) {
	every := " !\"#$%&'()*+,-./0123456789:;<=>?@ABCXYZ[\\]^_`abcxyz{|}~"
	bubble(t, "", func(t *testing.T, s *Scanner, gun *sim.Scanner) {
		if is := s.Identity(); is.Model != "Simulated Barcode Scanner" {
			t.Errorf("%+v", is)
		}
		for _, code := range []string{plain, every, made} {
			gun.Scan([]byte(code))
			expect(t, s, bare(code), true)
		}
		gun.Alt = true
		for _, code := range []string{made, every, "\xE1\xFF\x80", "a\x1Db"} {
			gun.Scan([]byte(code))
			expect(t, s, code, false)
		}
		for _, r := range "Nguyễn" { // a scanner that types code points
			gun.Number(int(r))
		}
		gun.Tap("KPENTER")
		expect(t, s, "Nguyễn", false)
		// One that types numbers only for what keyboards lack: who knows what
		// else it left out.
		gun.Alt, gun.Suffix = false, "-"
		gun.Scan([]byte("M"))
		gun.Number('\xE2')
		gun.Suffix = ""
		gun.Scan([]byte("u"))
		expect(t, s, "M\xE2u", true)
		// But one whose numbers make letters that only UTF-8 or Unicode has leaves
		// none out.
		for _, numbers := range [][]int{{0xC3, 0xA2, 0xE1, 0xBB, 0x85}, {'â', 'ễ'}} {
			gun.Suffix = "-"
			gun.Scan([]byte("M"))
			for _, n := range numbers {
				gun.Number(n)
			}
			gun.Suffix = ""
			gun.Scan([]byte("u"))
			expect(t, s, "Mâễu", false)
		}
	})
}

func TestSuffixes(t *testing.T) {
	bubble(t, "?suffix=tab", func(t *testing.T, s *Scanner, gun *sim.Scanner) {
		gun.Scan([]byte("one"))
		gun.Suffix = "TAB"
		gun.Scan([]byte("two"))
		expect(t, s, "one\ntwo", true)
		gun.Alt, gun.Suffix = true, "-"
		gun.Scan([]byte("x\t"))
		expect(t, s, "x", false)
	})
	bubble(t, "?suffix=none&gap=100ms", func(t *testing.T, s *Scanner, gun *sim.Scanner) {
		gun.Suffix = "-"
		for range 3 {
			gun.Scan([]byte(plain))
			expect(t, s, plain, true)
		}
		gun.Step = 90 * time.Millisecond
		gun.Scan([]byte("slow"))
		expect(t, s, "slow", true)
	})
	bubble(t, "", func(t *testing.T, s *Scanner, gun *sim.Scanner) {
		gun.Alt, gun.Suffix = true, "-"
		gun.Scan([]byte("a\r\nb\n"))
		expect(t, s, "a", false)
		expect(t, s, "b", false)
		gun.Alt, gun.Suffix = false, ""
		gun.Scan(nil)
		gun.Scan([]byte("c"))
		expect(t, s, "c", true)
	})
}

func TestACodeThatWasLeftOffIsDropped(t *testing.T) {
	bubble(t, "?gap=200ms", func(t *testing.T, s *Scanner, gun *sim.Scanner) {
		gun.Suffix = "-"
		gun.Scan([]byte("half a co"))
		<-time.After(201 * time.Millisecond)
		gun.Suffix = ""
		gun.Scan([]byte("whole"))
		expect(t, s, "whole", true)
	})
}

func TestWhatPeopleTypeIsNoScan(t *testing.T) {
	bubble(t, "?pace=30ms&gap=1s", func(t *testing.T, s *Scanner, gun *sim.Scanner) {
		gun.Step = 80 * time.Millisecond
		gun.Scan([]byte("001090000638"))
		nothing(t, s)
		gun.Step = 2 * time.Millisecond
		gun.Scan([]byte("scanned"))
		expect(t, s, "scanned", true)
		// A finger that rests on a key.
		a := input.Event{Type: input.Key, Code: 30, Value: input.Pressed}
		gun.Send(a, input.Event{})
		for range 3 {
			a.Value = input.Repeated
			gun.Send(a, input.Event{})
		}
		a.Value = input.Released
		gun.Send(a, input.Event{})
		gun.Tap("ENTER")
		nothing(t, s)
		gun.Scan([]byte("scanned"))
		expect(t, s, "scanned", true)
		// One that rests between two codes is no part of either.
		gun.Send(input.Event{Type: input.Key, Code: keyEnter, Value: input.Pressed}, input.Event{})
		gun.Send(input.Event{Type: input.Key, Code: keyEnter, Value: input.Repeated}, input.Event{})
		gun.Send(input.Event{Type: input.Key, Code: keyEnter, Value: input.Released}, input.Event{})
		gun.Scan([]byte("scanned"))
		expect(t, s, "scanned", true)
	})
}

func TestFlood(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *Scanner, gun *sim.Scanner) {
		gun.Scan(bytes.Repeat([]byte("x"), 3*limit))
		if _, err := s.Next(t.Context()); !errors.Is(err, hal.ErrOverlong) {
			t.Fatalf("got %v, want ErrOverlong", err)
		}
		gun.Scan(bytes.Repeat([]byte("y"), limit))
		expect(t, s, strings.Repeat("y", limit), true)
		for _, c := range "0123456789" {
			gun.Scan([]byte(string(c)))
		}
		synctest.Wait()
		for _, c := range "23456789" { // the oldest went
			expect(t, s, string(c), true)
		}
		nothing(t, s)
	})
}

func TestArm(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *Scanner, gun *sim.Scanner) {
		part := func(text string) {
			gun.Suffix = "-"
			gun.Scan([]byte(text))
			gun.Suffix = ""
			synctest.Wait()
		}
		s.Arm(false)
		gun.Scan([]byte("between two citizens"))
		synctest.Wait()
		s.Arm(true)
		nothing(t, s)
		gun.Scan([]byte("waiting"))
		synctest.Wait()
		s.Arm(false)
		s.Arm(true)
		nothing(t, s)
		part("begun before ")
		s.Arm(false)
		s.Arm(true)
		gun.Scan([]byte("and ended after"))
		nothing(t, s)
		s.Arm(true) // no change
		part("on")
		s.Arm(true)
		gun.Scan([]byte("ward"))
		expect(t, s, "onward", true)
	})
}

// Neither of a code that was given out, nor of one that was dropped.
func TestNothingOfACodeStays(t *testing.T) {
	for what, do := range map[string]func(s *Scanner, gun *sim.Scanner){
		"given out": func(_ *Scanner, gun *sim.Scanner) { gun.Scan([]byte(plain)) },
		"too long":  func(_ *Scanner, gun *sim.Scanner) { gun.Suffix = "-"; gun.Scan(bytes.Repeat([]byte("x"), limit+1)) },
		"disarmed": func(s *Scanner, gun *sim.Scanner) {
			gun.Suffix = "-"
			gun.Scan([]byte(plain))
			synctest.Wait()
			s.Arm(false)
		},
		"pulled": func(_ *Scanner, gun *sim.Scanner) { gun.Suffix = "-"; gun.Scan([]byte(plain)); gun.Unplug() },
	} {
		bubble(t, "", func(t *testing.T, s *Scanner, gun *sim.Scanner) {
			do(s, gun)
			synctest.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			if all := s.d.f.chars[:cap(s.d.f.chars)]; slices.ContainsFunc(all, func(c rune) bool { return c != 0 }) {
				t.Errorf("%s: %.20q", what, string(all))
			}
		})
	}
}

// The first letter of a code takes several keys: a shift, or Alt and a number.
func TestArmInTheFirstLetter(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *Scanner, gun *sim.Scanner) {
		press := func(name string, v int32) {
			code, err := input.KeyCode(name)
			if err != nil {
				t.Fatal(err)
			}
			gun.Send(input.Event{Type: input.Key, Code: code, Value: v}, input.Event{})
		}
		for _, held := range []string{"LEFTSHIFT", "LEFTALT"} {
			for _, digits := range []string{"", "004"} {
				press(held, input.Pressed)
				for _, d := range digits {
					gun.Tap("KP" + string(d))
				}
				synctest.Wait()
				s.Arm(false)
				s.Arm(true)
				gun.Tap("KP8")
				press(held, input.Released)
				gun.Scan([]byte("01090000638"))
				nothing(t, s)
				gun.Scan([]byte("whole"))
				expect(t, s, "whole", true)
			}
		}
	})
}

// A code whose beginning came while the scanner was being opened ends as none:
// its rest alone would be somebody's number with a hole.
func TestBegunWhileOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		gun := sim.New(func() time.Duration { return time.Hour + time.Since(begin) })
		part := func(text string) {
			gun.Suffix = "-"
			gun.Scan([]byte(text))
			gun.Suffix = ""
		}
		dev, err := gun.Open("sim")
		if err != nil {
			t.Fatal(err)
		}
		part("0010")
		s := New("wedge:///sim", dev, Options{})
		synctest.Wait()
		s.Arm(true)
		gun.Scan([]byte("90000638"))
		nothing(t, s)
		gun.Scan([]byte("whole"))
		expect(t, s, "whole", true)
		_ = s.Close()
	})
}

func TestLostEvents(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *Scanner, gun *sim.Scanner) {
		feed := func(es ...input.Event) {
			for i := range es {
				es[i].Time = time.Hour
			}
			s.events(es)
		}
		key := func(code uint16, v int32) input.Event { return input.Event{Type: input.Key, Code: code, Value: v} }
		// The answer of the device while events are lost: shift is down.
		gun.Send(key(keyRightShift, input.Pressed), input.Event{})
		synctest.Wait()
		feed(key(30, 1), key(30, 0), input.Event{Code: input.SynDropped}, key(48, 1), input.Event{}, key(46, 1), key(keyEnter, 1))
		nothing(t, s)
		feed(key(30, 1), key(30, 0), key(keyEnter, 1))
		expect(t, s, "A", true)
		feed(key(keyRightShift, 0), key(keyCapsLock, 1), key(30, 1), key(2, 1), key(keyCapsLock, 1), key(30, 1))
		feed(key(keyLeftCtrl, 1), key(27, 1), key(36, 1), key(keyLeftCtrl, 0)) // GS, and the suffix
		expect(t, s, "A1a\x1D", true)
		// Numbers that are none.
		feed(key(keyLeftAlt, 1), key(77, 1), key(33, 1), key(76, 1), key(keyLeftAlt, 0), key(keyEnter, 1)) // an A, but for a letter in it
		feed(key(keyLeftAlt, 1))
		for range 12 {
			feed(key(73, 1))
		}
		feed(key(keyLeftAlt, 0), key(keyEnter, 1))
		feed(key(30, 1), key(keyLeftAlt, 1), key(33, 1), key(keyLeftAlt, 0), key(30, 1), key(keyEnter, 1)) // a hole between two letters
		nothing(t, s)
		feed(key(keyLeftAlt, 1), key(keyLeftAlt, 0), key(59, 1), key(30, 1), key(700, 1), key(keyEnter, 1))
		expect(t, s, "a", true)
	})
}

func TestPulled(t *testing.T) {
	gun := sim.New(still)
	s := open(t, gun.Device, "?grab=0")
	gun.Unplug()
	if _, err := s.Next(t.Context()); !errors.Is(err, hal.ErrGone) || !errors.Is(err, unix.ENODEV) {
		t.Fatalf("after the plug was pulled: %v", err)
	}
	if h := s.Health(); h.State != hal.Absent || h.Key != hal.KeyScannerGone {
		t.Fatalf("health %+v", h)
	}
}

// A code that waits for its pause when the plug is pulled is nobody's.
func TestPulledInACode(t *testing.T) {
	bubble(t, "?suffix=none", func(t *testing.T, s *Scanner, gun *sim.Scanner) {
		gun.Suffix = "-"
		gun.Scan([]byte("half a co"))
		synctest.Wait()
		gun.Unplug()
		if _, err := s.Next(t.Context()); !errors.Is(err, hal.ErrGone) {
			t.Fatalf("got %v, want ErrGone", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.d.f.empty() || slices.ContainsFunc(s.d.f.chars[:cap(s.d.f.chars)], func(c rune) bool { return c != 0 }) {
			t.Error("the code is still in memory")
		}
	})
}

func TestGrab(t *testing.T) {
	gun := sim.New(still)
	console, err := gun.Open("console")
	if err != nil {
		t.Fatal(err)
	}
	defer console.Close()
	s := open(t, gun.Device, "")
	if err := console.Grab(); !errors.Is(err, unix.EBUSY) {
		t.Errorf("the scanner is not grabbed: %v", err)
	}
	reg := hal.Registry{"wedge": OpenerOn(input.System{Open: gun.Open}, nil)}
	if _, err := hal.Open[hal.Scanner](t.Context(), reg, "wedge:///sim"); !errors.Is(err, unix.EBUSY) {
		t.Errorf("grabbed twice: %v", err)
	}
	_ = s.Close()
	if n := gun.Readers(); n != 1 {
		t.Errorf("%d have the scanner open, want the console alone", n)
	}
}

func TestRefused(t *testing.T) {
	media := evsim.New(input.Info{Name: "Scanner Consumer Control"}, still)
	for uri, want := range map[string]string{
		"wedge:///sim":                "without letters",
		"wedge:///":                   "give a device",
		"wedge:///sim?layout=de":      "want us",
		"wedge:///sim?suffix=lf":      "want enter or tab or none",
		"wedge:///sim?gap=0":          "want a time",
		"wedge:///sim?gap=5":          "want a time",
		"wedge:///sim?gap=10s":        "from 1ms to 5s",
		"wedge:///sim?pace=1h":        "from 0s to 5s",
		"wedge:///sim?pace=-1s":       "want a time",
		"wedge:///sim?grab=x":         "want 0 or 1",
		"wedge:///sim?baud=9600":      "known: name, phys, uniq, id, grab, layout",
		"wedge:///sim?name=both+ways": "either",
	} {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenerOn(input.System{Open: media.Open}, nil)(t.Context(), u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", uri, err, want)
		}
	}
}

func FuzzKeys(f *testing.F) {
	flat := func(codes ...uint16) (b []byte) {
		for _, c := range codes {
			b = input.Layout32.Append(b, input.Event{Type: input.Key, Code: c &^ 0x8000, Value: int32(1 - c>>15)})
		}
		return b
	}
	f.Add(flat(30, 48, keyEnter), uint8(0))
	f.Add(flat(keyLeftAlt, 82, 80, 80, 73, keyLeftAlt|0x8000, keyEnter), uint8(1))
	f.Add(flat(keyCapsLock, keyLeftShift, 30, keyLeftShift|0x8000, keyLeftCtrl, 50), uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, suffix uint8) {
		d := decoder{o: Options{Suffix: Suffix(suffix % 3), Gap: defaultGap, Pace: time.Duration(suffix) * time.Millisecond}, keys: us,
			ask: func() (input.State, error) { return input.State{}, unix.ENODEV },
			emit: func(r result) {
				if r.over == (len(r.data) > 0) || len(r.data) > 4*limit {
					t.Fatalf("%d bytes, over %v", len(r.data), r.over)
				}
			}}
		for len(data) >= int(input.Layout32) {
			d.feed(input.Layout32.Parse(data))
			data = data[input.Layout32:]
			if len(d.f.chars) > limit {
				t.Fatalf("%d characters are kept", len(d.f.chars))
			}
		}
	})
}
