package sim_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal/escpos/sim"
)

// tape feeds fixed bytes and keeps the answers.
type tape struct {
	io.Reader
	answers chan []byte
}

func (t *tape) Write(b []byte) (int, error) {
	t.answers <- bytes.Clone(b)
	return len(b), nil
}

type result struct {
	pages   []sim.Page
	faults  []string
	answers []byte
	state   sim.State
}

// pause separates what the printer gets in one piece: real-time questions are
// answered on arrival, before anything of the same piece is carried out.
const pause = "⏎"

// play runs bytes through a printer in a bubble, so that all answers are in.
func play(t *testing.T, o sim.Options, data string, prepare func(*sim.Printer)) (r result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.OnPage = func(p sim.Page) { r.pages = append(r.pages, p) }
		o.OnError = func(err error) { r.faults = append(r.faults, err.Error()) }
		s := sim.New(o)
		if prepare != nil {
			prepare(s)
		}
		reader, writer := io.Pipe()
		tp := &tape{Reader: reader, answers: make(chan []byte, 1024)}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Attach(ctx, tp) }()
		go func() {
			for part := range strings.SplitSeq(data, pause) {
				_, _ = writer.Write([]byte(part))
			}
		}()
		synctest.Wait()
		r.state = s.State()
		cancel()
		_ = writer.Close()
		<-done
		close(tp.answers)
		for a := range tp.answers {
			r.answers = append(r.answers, a...)
		}
	})
	return r
}

func TestAnswers(t *testing.T) {
	const all = "\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04\x1dr\x01"
	for name, c := range map[string]struct {
		o       sim.Options
		prepare func(*sim.Printer)
		data    string
		want    string
	}{
		"well":            {data: all, want: "\x12\x12\x12\x12\x00"},
		"near end":        {o: sim.Options{Rows: 100}, data: all, want: "\x12\x12\x12\x1e\x03"},
		"no paper":        {prepare: func(s *sim.Printer) { s.SetPaper(0) }, data: all, want: "\x1a\x32\x12\x7e"},
		"cover":           {prepare: func(s *sim.Printer) { s.OpenCover(true) }, data: all, want: "\x1a\x16\x12\x12"},
		"cutter":          {prepare: func(s *sim.Printer) { s.Jam(true) }, data: "\x1dV\x42\x00" + pause + all, want: "\x1a\x52\x1a\x12"},
		"silent":          {o: sim.Options{Answers: sim.Silent}, data: all, want: ""},
		"zeros":           {o: sim.Options{Answers: sim.Zeros}, data: all, want: "\x00\x00\x00\x00\x00"},
		"no order":        {o: sim.Options{Answers: sim.NoOrder}, data: all, want: "\x12\x12\x12\x12"},
		"hot":             {prepare: func(s *sim.Printer) { s.Heat(true) }, data: all, want: "\x1a\x52\x52\x12"},
		"automatic":       {data: "\x1da\x0e", want: "\x10\x00\x00\x0f"},
		"automatic, off":  {data: "\x1da\x0e\x1b@", want: "\x10\x00\x00\x0f"},
		"about":           {o: sim.Options{Is: sim.About{Maker: "M", Serial: "7"}}, data: "\x1dI\x42\x1dI\x43\x1dI\x44\x1dI\x41\x1dI\x01", want: "\x5fM\x00\x5f\x00\x5f7\x00\x5f\x00\x20"},
		"named":           {data: "\x1dV\x00\x1d(H\x06\x0000ab!~\x1dr\x01", want: "\x37\x22ab!~\x00\x00"},
		"simple":          {o: sim.Options{Answers: sim.Simple}, data: "\x1dI\x42\x1b@\x1d(H\x06\x0000abcd\x1b@\x1da\x0e\x1dr\x01", want: "\x00"},
		"clear":           {prepare: func(s *sim.Printer) { s.OpenCover(true) }, data: "\x1dr\x01\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", want: "\x37\x25\x00"},
		"inside pictures": {data: "\x1dv0\x00\x03\x00\x01\x00\x10\x04\x01", want: "\x12"},
	} {
		t.Run(name, func(t *testing.T) {
			r := play(t, c.o, c.data, c.prepare)
			if string(r.answers) != c.want {
				t.Errorf("answers % X, want % X", r.answers, c.want)
			}
			if len(r.faults) > 0 {
				t.Errorf("faults %v", r.faults)
			}
		})
	}
}

func TestProtocolViolationsAreReported(t *testing.T) {
	for data, want := range map[string]string{
		"Xin chao\n":                      "text",
		"\x1bZ":                           "unknown command 1B 5A",
		"\x1d(X\x01\x00a":                 "unknown function",
		"\x07":                            "unknown control code 07",
		"\x1dv0\x09\x01\x00\x01\x00":      "unknown picture",
		"\x1dv1\x00\x01\x00\x01\x00":      "unknown picture",
		"\x1dv0\x00\x00\x00\x01\x00":      "empty picture",
		"\x1dv0\x00\x49\x00\x01\x00":      "73 bytes a row on a head of 72",
		"\x1dr\x09":                       "unknown question",
		"\x1dI\x09":                       "unknown question GS I",
		"\x1d(H\x06\x0000\x01abc":         "name of a page",
		"\x1c.":                           "unknown control code 1C",
		"A\x1dV\x00":                      "text",
		"\x1dV\x09":                       "unknown cut",
		"\x10\x14\x07":                    "unknown command 10 14 07",
		strings.Repeat("\x1bd\xff", 2000): "without a cut",
	} {
		if r := play(t, sim.Options{Width: 576}, data, nil); len(r.faults) == 0 || !strings.Contains(r.faults[0], want) {
			t.Errorf("%.12q: faults %v, want %q", data, r.faults, want)
		}
	}
}

// Without GS P a unit is half a dot on these heads: programs that forget it
// feed half as far, here as on the real ones.
func TestFeeds(t *testing.T) {
	for data, want := range map[string]int{
		"\x1bJ\x64":                       50,
		"\x1dP\xcb\xcb\x1bJd":             100,
		"\n":                              30,
		"\x1bd\x02":                       60,
		"\x1dP\x00\xcb\x1b3\x0a\n\x1b2\n": 40,
		"\x1dP\x00\xcb\x1dVB\x07":         7,
	} {
		if !strings.Contains(data, "V") {
			data += "\x1dV\x00"
		}
		r := play(t, sim.Options{}, data, nil)
		if len(r.pages) != 1 || r.pages[0].Raster.Height != want || !r.pages[0].Cut {
			t.Errorf("%q: %+v, want %d rows", data, r.pages, want)
		}
	}
}

func TestPictureModes(t *testing.T) {
	r := play(t, sim.Options{Width: 64}, "\x1ba\x02\x1dv0\x03\x01\x00\x01\x00\xa0"+"\x1ba\x01\x1dv0\x00\x02\x00\x01\x00\xff\x01\x1dV\x00", nil)
	if len(r.pages) != 1 {
		t.Fatalf("%d pages, faults %v", len(r.pages), r.faults)
	}
	want := []byte{
		0, 0, 0, 0, 0, 0, 0xCC, 0, // twice as wide, at the right
		0, 0, 0, 0, 0, 0, 0xCC, 0, // and twice as high
		0, 0, 0, 0xFF, 0x01, 0, 0, 0, // centred
	}
	if got := r.pages[0].Raster.Bits; !bytes.Equal(got, want) {
		t.Fatalf("printed\n% X, want\n% X", got, want)
	}
}

func TestStopsInMidPageAndGoesOn(t *testing.T) {
	row := "\x1dv0\x00\x01\x00\x01\x00"
	r := play(t, sim.Options{Width: 8, Rows: 2}, row+"\x01"+row+"\x02"+row+"\x03\x1dV\x00", nil)
	if len(r.pages) != 1 || r.pages[0].Cut || !r.pages[0].PaperOut || !bytes.Equal(r.pages[0].Raster.Bits, []byte{1, 2}) {
		t.Fatalf("pages %+v", r.pages)
	}
	if !r.state.PaperOut || r.state.Held == 0 {
		t.Fatalf("state %+v", r.state)
	}
	synctest.Test(t, func(t *testing.T) {
		var pages []sim.Page
		s := sim.New(sim.Options{Width: 8, Rows: 2, OnPage: func(p sim.Page) { pages = append(pages, p) }})
		err := s.Attach(t.Context(), &tape{strings.NewReader(row + "\x01" + row + "\x02" + row + "\x03\x1dV\x00"), make(chan []byte, 9)})
		if err != nil {
			t.Fatal(err)
		}
		s.SetPaper(10)
		if len(pages) != 2 || !pages[1].Cut || !bytes.Equal(pages[1].Raster.Bits, []byte{3}) {
			t.Fatalf("after new paper: %+v", pages)
		}
	})
}

func TestJamAndRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pages := 0
		s := sim.New(sim.Options{OnPage: func(p sim.Page) { pages++ }})
		s.Jam(true)
		if err := s.Attach(t.Context(), &tape{strings.NewReader("\n\x1dV\x00\n"), make(chan []byte, 9)}); err != nil {
			t.Fatal(err)
		}
		if st := s.State(); pages != 0 || st.Held != 1 {
			t.Fatalf("%d pages, %+v: a jammed printer went on", pages, st)
		}
		s.Jam(false)
		if st := s.State(); pages != 1 || !st.Stopped || st.Held != 1 {
			t.Fatalf("%d pages, %+v: it went on before it was told to", pages, st)
		}
		attach(t, s, "\x10\x05\x01")
		if st := s.State(); pages != 1 || st.Stopped || st.Held != 0 || st.Hanging != 30 {
			t.Fatalf("%d pages, %+v: it did not go on with what it held", pages, st)
		}
		s.Jam(true)
		attach(t, s, "\x1dV\x00\n")
		attach(t, s, "\x10\x05\x02")
		if st := s.State(); !st.Stopped || st.Held != 0 {
			t.Fatalf("%+v: told to forget what it holds while it is jammed", st)
		}
		s.Jam(false)
		s.OpenCover(true)
		s.OpenCover(false)
		if st := s.State(); st.Stopped {
			t.Fatalf("%+v: closing the cover ends the stop", st)
		}
	})
}

// attach feeds bytes to a printer, on a line of their own.
func attach(t *testing.T, s *sim.Printer, data string) {
	t.Helper()
	if err := s.Attach(t.Context(), &tape{strings.NewReader(data), make(chan []byte, 99)}); err != nil {
		t.Fatal(err)
	}
}

// Paper hangs out until somebody takes it, cut or not.
func TestTear(t *testing.T) {
	var pages []sim.Page
	s := sim.New(sim.Options{OnPage: func(p sim.Page) { pages = append(pages, p) }})
	attach(t, s, "\n\x1dV\x00\n\n\x1dV\x00\n")
	if st := s.State(); st.Outlet != 2 || st.Hanging != 30 || len(pages) != 2 {
		t.Fatalf("%+v, %d pages", st, len(pages))
	}
	s.Tear()
	if st := s.State(); st.Outlet != 0 || st.Hanging != 0 || len(pages) != 3 || pages[2].Cut || pages[2].Raster.Height != 30 {
		t.Fatalf("%+v, pages %+v", st, pages)
	}
	s.Tear()
	if len(pages) != 3 {
		t.Error("paper out of nothing")
	}
}

// A hot head pauses in mid-page and goes on by itself.
func TestHeat(t *testing.T) {
	var pages []sim.Page
	s := sim.New(sim.Options{OnPage: func(p sim.Page) { pages = append(pages, p) }})
	s.Heat(true)
	attach(t, s, "\n\x1dV\x00")
	if st := s.State(); !st.Hot || st.Held != 4 || len(pages) != 0 {
		t.Fatalf("%+v, %d pages", st, len(pages))
	}
	s.Heat(false)
	if st := s.State(); st.Hot || st.Held != 0 || len(pages) != 1 {
		t.Fatalf("%+v, %d pages", st, len(pages))
	}
}

// At 100 mm a second an inch takes a quarter of one; nothing is cut, and no
// page is named, before the paper stands still.
func TestSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var cut atomic.Int64
		s := sim.New(sim.Options{Speed: 100, OnPage: func(sim.Page) { cut.Store(int64(time.Since(began))) }})
		tp := &tape{strings.NewReader("\x1dP\xcb\xcb\x1bJ\xcb\x1dV\x00\x1d(H\x06\x0000abcd"), make(chan []byte, 9)}
		if err := s.Attach(t.Context(), tp); err != nil {
			t.Fatal(err)
		}
		<-time.After(100 * time.Millisecond)
		if st := s.State(); st.Hanging < 70 || st.Hanging > 100 || cut.Load() != 0 {
			t.Errorf("after 100 ms %d rows hang out", st.Hanging)
		}
		<-time.After(time.Second)
		inch := time.Duration(cut.Load())
		if d := inch - 254*time.Millisecond; d < -time.Millisecond || d > time.Millisecond {
			t.Errorf("an inch took %v", inch)
		}
		s.Off()
		s.On()
		attach(t, s, "\x1bJ\xff")
		s.Off() // in mid-motion
		<-time.After(time.Second)
		if st := s.State(); st.Hanging != 0 {
			t.Errorf("%+v: it moves without power", st)
		}
	})
}

func TestPagePicture(t *testing.T) {
	r := play(t, sim.Options{Width: 16}, "\x1dv0\x00\x02\x00\x01\x00\x80\x01\x1dV\x00", nil)
	b, err := r.pages[0].PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds() != image.Rect(0, 0, 16, 1) {
		t.Fatalf("bounds %v", img.Bounds())
	}
	for x := range 16 {
		red, _, _, _ := img.At(x, 0).RGBA()
		if black := red == 0; black != (x == 0 || x == 15) {
			t.Errorf("dot %d black: %v", x, black)
		}
	}
}

// While it is off nobody listens; when it is on again it is at the same address.
func TestPower(t *testing.T) {
	s := sim.New(sim.Options{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	for range 3 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte("\x10\x04\x01")); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 1)
		if _, err := io.ReadFull(c, b); err != nil || b[0] != 0x12 {
			t.Fatalf("%v, % X", err, b)
		}
		s.Off()
		if _, err := c.Read(b); err == nil {
			t.Fatal("the connection survives the power cut")
		}
		if c, err := net.Dial("tcp", addr); err == nil {
			t.Fatal("a printer that is off accepts", c.Close())
		}
		if err := s.Attach(ctx, &tape{strings.NewReader(""), nil}); !errors.Is(err, sim.ErrOff) {
			t.Fatal(err)
		}
		s.On()
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func FuzzInterpret(f *testing.F) {
	f.Add([]byte("\x1b@\x1dP\xcb\xcb\x1dv0\x00\x02\x00\x02\x00\x01\x02\x03\x04\x1bJ\x20\x1dVB\x00\x1dr\x01"), uint16(100))
	f.Add([]byte("\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08\x10\x04\x01\x10\x05\x02"), uint16(1))
	f.Add([]byte("\x1dv0\x03\xff\xff\xff\xff"), uint16(10))
	f.Add([]byte("\x1bd\xff\x1bd\xff\x1b3\xff\n"), uint16(65535))
	f.Add([]byte("A\x1d!\x77B\x1b\\\xff\xffC\x1dL\x40\x00D\n\x1dI\x42\x1d(H\x06\x0000abcd"), uint16(4999))
	f.Add([]byte("\x1d(k\x03\x001C\x01\x1d(k\x05\x001P0ab\x1d(k\x03\x001Q0\x1d(L\x0b\x000p0\x01\x011\x08\x00\x01\x00\xff\x1d(L\x02\x0002"), uint16(4999))
	f.Fuzz(func(t *testing.T, data []byte, rows uint16) {
		var printed int
		o := sim.Options{Rich: rows%2 == 1, Width: 100, Rows: int(rows) + 1, NearEnd: 5, OnPage: func(p sim.Page) {
			printed += p.Raster.Height
			if p.Raster.Height == 0 || len(p.Raster.Bits) != p.Raster.Height*p.Raster.Stride {
				t.Fatalf("page of %d rows with %d bytes", p.Raster.Height, len(p.Raster.Bits))
			}
		}}
		s := sim.New(o)
		answers := make(chan []byte, len(data)+16)
		// The buffer is larger than the data: a stop must not hang the test.
		if len(data) >= 64<<10 {
			return
		}
		if err := s.Attach(t.Context(), &tape{bytes.NewReader(data), answers}); err != nil {
			t.Fatal(err)
		}
		if left := s.State().RowsLeft; printed > int(rows)+1-left {
			t.Fatalf("%d rows printed of %d, %d left", printed, int(rows)+1, left)
		}
		s.SetPaper(1 << 20) // whatever it holds must come to an end
		if st := s.State(); st.Held != 0 && !st.Jammed {
			t.Fatalf("the printer stopped for no reason: %+v", st)
		}
	})
}
