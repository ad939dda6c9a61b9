package tether

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
)

func TestTheEndComesOnce(t *testing.T) {
	x := New("test:///", "lamp", hal.KeyLampsGone, nil)
	if err := x.Err(); err != nil {
		t.Fatalf("a new device gives %v", err)
	}
	pulled := errors.New("pulled")
	var wg sync.WaitGroup
	ended := make(chan bool, 8)
	for range cap(ended) {
		wg.Go(func() { ended <- x.Cut(pulled) })
	}
	wg.Wait()
	close(ended)
	n := 0
	for first := range ended {
		if first {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d calls of Cut were the first", n)
	}
	if err := x.Err(); !errors.Is(err, hal.ErrGone) || !errors.Is(err, pulled) {
		t.Errorf("Err gives %v", err)
	}
	x.Set(hal.Ready, hal.KeyOK, nil)
	if h := x.Health(); h.State != hal.Absent || h.Key != hal.KeyLampsGone || !errors.Is(h.Err, pulled) {
		t.Errorf("health is %v %q %v: a state after the end was taken", h.State, h.Key, h.Err)
	}
}

func TestClosedIsGoneWithoutACause(t *testing.T) {
	x := New("test:///", "lamp", hal.KeyLampsGone, nil)
	if err := x.Lost(nil); !errors.Is(err, hal.ErrGone) || err.Error() != "lamp: device gone" {
		t.Errorf("Lost gives %v", err)
	}
}

func TestWaitEndsByWhateverComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := New("test:///", "lamp", hal.KeyLampsGone, nil)
		if err := x.Wait(t.Context(), time.After(time.Second)); err != nil {
			t.Errorf("after its time Wait gives %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := x.Wait(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with its context Wait gives %v", err)
		}
		go func() {
			<-time.After(time.Second)
			x.Cut(nil)
		}()
		if err := x.Wait(t.Context(), nil); !errors.Is(err, hal.ErrGone) {
			t.Errorf("with the device Wait gives %v", err)
		}
		gone := make(chan time.Time)
		close(gone)
		if err := x.Wait(t.Context(), gone); !errors.Is(err, hal.ErrGone) {
			t.Errorf("after the device Wait gives %v: a timer that fired too must not win", err)
		}
	})
}
