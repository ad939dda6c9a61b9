package escpos_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
)

// tail tells whether a piece of paper ends with the page.
func tail(got, want hal.Raster) bool {
	if got.Height < want.Height {
		return false
	}
	from := got.Height - want.Height
	for y := range want.Height {
		for x := range want.Stride {
			g, w := got.Bits[(from+y)*got.Stride+x], want.Bits[y*want.Stride+x]
			if g != w && !(w == 0x10 && g == 0x18) {
				return false
			}
		}
	}
	return true
}

// Printers in every mood, their plugs pulled at any time, and somebody who asks
// for each page again under the same job id until it is printed or refused:
// none ever comes out whole twice, each that is called printed is, and each that
// is certainly not is not.
func TestNoPageTwiceByChance(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) { chance(t, seed, seen) })
	}
	t.Log(seen)
	for _, how := range []string{"printed", "unclear", "certainly not", "refused"} {
		if seen[how] < 5 {
			t.Errorf("only %d pages were %s", seen[how], how)
		}
	}
}

func chance(t *testing.T, seed uint64, seen map[string]int) {
	r := rand.New(rand.NewPCG(seed, 6))
	var mu sync.Mutex
	var papers []hal.Raster
	kind := []sim.Answers{sim.Full, sim.Full, sim.Nameless, sim.Simple}[r.IntN(4)]
	buffer := 4<<10 + r.IntN(30<<10)
	if kind == sim.Simple {
		buffer = 32 << 10 // with a full one it cannot even be asked
	}
	head := sim.New(sim.Options{
		Answers: kind, Speed: 60 + r.IntN(100), Buffer: buffer,
		OnPage: func(p sim.Page) {
			mu.Lock()
			defer mu.Unlock()
			if p.Cut {
				papers = append(papers, p.Raster)
			}
		},
		OnError: func(err error) { t.Errorf("seed %d: the printer objects: %v", seed, err) },
	})
	whole := func(page hal.Raster) (n int) {
		mu.Lock()
		defer mu.Unlock()
		for _, p := range papers {
			if tail(p, page) {
				n++
			}
		}
		return n
	}
	// One Opener, and pipes instead of sockets, which a bubble does not know.
	open := escpos.OverPipes(escpos.Options{}, func() net.Conn {
		ours, theirs := net.Pipe()
		go func() { _ = head.Attach(context.Background(), theirs) }()
		return ours
	})
	u, _ := url.Parse("pipe:")
	var p hal.Device
	defer func() {
		if p != nil {
			_ = p.Close()
		}
	}()
	for job := range 4 {
		id, page := fmt.Sprint("job ", job), receipt(384, 500+r.IntN(500), seed*10+uint64(job))
		for range 4 {
			for p == nil || p.Health().State == hal.Absent {
				if p != nil {
					_ = p.Close()
				}
				head.On()
				var err error
				if p, err = open(t.Context(), u); err != nil {
					t.Fatal(err)
				}
				<-time.After(time.Duration(r.IntN(5000)) * time.Millisecond)
			}
			// Something happens in the next seconds, and passes again.
			do, undo := mood(r, head)
			began := time.Duration(r.IntN(2000)) * time.Millisecond
			lasts := time.Duration(r.IntN(5000)) * time.Millisecond
			if kind == sim.Simple {
				lasts += 1500 * time.Millisecond // it does not tell, and is asked at times
			}
			over := make(chan struct{})
			time.AfterFunc(began, do)
			time.AfterFunc(began+lasts, func() {
				undo()
				close(over)
			})
			before := whole(page)
			err := p.(hal.Printer).Print(t.Context(), id, page)
			n := whole(page)
			switch {
			case err == nil:
				seen["printed"]++
				if n != 1 {
					t.Errorf("seed %d, %s: printed, and %d came out", seed, id, n)
				}
			case errors.Is(err, hal.ErrAlreadyPrinted):
				seen["refused"]++
			case errors.Is(err, hal.ErrJobUnknown):
				seen["unclear"]++
			default:
				seen["certainly not"]++
				if n != before {
					t.Errorf("seed %d, %s, printer of kind %d: %v, and %d came out", seed, id, kind, err, n)
				}
			}
			<-over
			<-time.After(40 * time.Second) // whatever it still holds comes out now
			certain := err != nil && !errors.Is(err, hal.ErrJobUnknown) && !errors.Is(err, hal.ErrAlreadyPrinted)
			if n := whole(page); n > 1 || n == 0 && err == nil || n != before && certain {
				t.Errorf("seed %d, %s, printer of kind %d: %v, and %d came out in the end", seed, id, kind, err, n)
			}
			if errors.Is(err, hal.ErrAlreadyPrinted) {
				break
			}
		}
	}
}

// mood is something that happens to a printer, and its end.
func mood(r *rand.Rand, s *sim.Printer) (do, undo func()) {
	switch r.IntN(6) {
	case 0:
		return func() { s.OpenCover(true) }, func() { s.OpenCover(false) }
	case 1:
		return func() { s.SetPaper(0) }, func() { s.SetPaper(240000) }
	case 2:
		return func() { s.Jam(true) }, func() { s.Jam(false) }
	case 3:
		return func() { s.Heat(true) }, func() { s.Heat(false) }
	case 4:
		return s.Off, s.On
	}
	return func() {}, func() {}
}
