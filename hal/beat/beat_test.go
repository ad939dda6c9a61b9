package beat_test

import (
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal/beat"
)

func TestTickersTickTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now() // a whole second, in a bubble
		slow := beat.New(500 * time.Millisecond)
		defer slow.Stop()
		<-time.After(130 * time.Millisecond)
		fast := beat.New(250 * time.Millisecond)
		defer fast.Stop()
		for _, want := range []time.Duration{250, 500, 750, 1000} {
			want *= time.Millisecond
			<-fast.C
			if at := time.Since(began); at != want {
				t.Errorf("the fast one ticks after %v, want %v", at, want)
			}
			if want%(500*time.Millisecond) != 0 {
				continue
			}
			<-slow.C
			if at := time.Since(began); at != want {
				t.Errorf("the slow one ticks after %v, want %v", at, want)
			}
		}
	})
}

func TestATickThatNobodyTookIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := beat.New(100 * time.Millisecond)
		defer b.Stop()
		<-time.After(350 * time.Millisecond)
		<-b.C // one of the three
		before := time.Now()
		<-b.C
		if passed := time.Since(before); passed != 50*time.Millisecond {
			t.Errorf("the next comes after %v, want 50 ms", passed)
		}
	})
}

func TestStopEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := beat.New(100 * time.Millisecond)
		b.Stop()
		b.Stop()
		select {
		case <-b.C:
			t.Error("a stopped ticker ticks")
		case <-time.After(time.Second):
		}
	})
}

func TestAPeriodOfNothingIsRefused(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a period of zero is taken")
		}
	}()
	beat.New(0)
}
