package escpos_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
)

// Clones that do not answer status: pages are printed, never called done, and
// nobody waits on a real clock here.
func TestClones(t *testing.T) {
	for name, c := range map[string]struct {
		kind  sim.Answers
		state hal.State
		key   string
	}{
		"silent":             {sim.Silent, hal.Degraded, hal.KeyPrinterUnknown},
		"zeros":              {sim.Zeros, hal.Degraded, hal.KeyPrinterUnknown},
		"no ordered answers": {sim.NoOrder, hal.Ready, hal.KeyOK},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pages := 0
				s := sim.New(sim.Options{Answers: c.kind, OnPage: func(sim.Page) { pages++ }, OnError: func(err error) { t.Error(err) }})
				ours, theirs := net.Pipe()
				done := make(chan error, 1)
				go func() { done <- s.Attach(context.Background(), theirs) }()
				p := escpos.New("pipe", ours, escpos.Options{})
				for i := range 2 {
					if err := p.Print(t.Context(), fmt.Sprint("job ", i), receipt(576, 500, 1)); !errors.Is(err, hal.ErrJobUnknown) || errors.Is(err, hal.ErrAlreadyPrinted) {
						t.Fatalf("got %v, want ErrJobUnknown", err)
					}
					synctest.Wait()
					if pages != i+1 {
						t.Fatalf("%d pages out after %d jobs", pages, i+1)
					}
				}
				if h := p.Health(); h.State != c.state || h.Key != c.key {
					t.Fatalf("health %+v", h)
				}
				if err := p.Close(); err != nil {
					t.Fatal(err)
				}
				<-done
			})
		})
	}
}

func TestPrinterThatStopsAnswering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		go func() { // answers one status, then only listens
			b := make([]byte, 3)
			for range 4 {
				if _, err := io.ReadFull(theirs, b); err != nil {
					return
				}
				_, _ = theirs.Write([]byte{0x12})
			}
			_, _ = io.Copy(io.Discard, theirs)
		}()
		p := escpos.New("pipe", ours, escpos.Options{})
		synctest.Wait()
		if h := p.Health(); h.State != hal.Ready {
			t.Fatalf("health %+v", h)
		}
		<-p.HealthChanged()
		<-p.HealthChanged()
		if h := p.Health(); h.State != hal.Absent || h.Key != hal.KeyPrinterGone || !errors.Is(h.Err, hal.ErrGone) {
			t.Fatalf("health %+v", h)
		}
		if err := p.Print(t.Context(), "job", receipt(576, 100, 1)); !errors.Is(err, hal.ErrGone) {
			t.Fatal(err)
		}
		_ = p.Close()
	})
}

func TestPrinterThatTakesNoMoreData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		go func() { // answers questions, and stops reading inside the page
			b := make([]byte, 1)
			var tail []byte
			for n := 0; n < 3000; n++ {
				if _, err := io.ReadFull(theirs, b); err != nil {
					return
				}
				tail = append(tail, b[0])
				switch {
				case len(tail) >= 3 && tail[len(tail)-3] == 0x10 && tail[len(tail)-2] == 4:
					_, _ = theirs.Write([]byte{0x12})
				case len(tail) >= 3 && tail[len(tail)-3] == 0x1D && tail[len(tail)-2] == 'r':
					_, _ = theirs.Write([]byte{0})
				}
			}
		}()
		p := escpos.New("pipe", ours, escpos.Options{})
		err := p.Print(t.Context(), "job", receipt(576, 1600, 1))
		if !errors.Is(err, hal.ErrJobUnknown) {
			t.Fatalf("got %v, want ErrJobUnknown", err)
		}
		_ = p.Close()
		_ = theirs.Close()
	})
}
