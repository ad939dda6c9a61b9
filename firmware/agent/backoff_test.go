package agent

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	full := func() float64 { return 1 }
	for _, c := range []struct {
		base, top time.Duration
		failures  int
		want      time.Duration
	}{
		{0, 0, 0, time.Second},
		{0, 0, 1, 2 * time.Second},
		{0, 0, 5, 32 * time.Second},
		{0, 0, 6, time.Minute},
		{0, 0, 1 << 30, time.Minute}, // after a long night
		{time.Millisecond, 4 * time.Millisecond, 0, time.Millisecond},
		{time.Millisecond, 4 * time.Millisecond, 9, 4 * time.Millisecond},
		{time.Minute, time.Second, 0, time.Second},
	} {
		if got := (Backoff{c.base, c.top, full}).Wait(c.failures); got != c.want {
			t.Errorf("base %v, cap %v, %d failures: up to %v, want %v", c.base, c.top, c.failures, got, c.want)
		}
	}
	if got := (Backoff{Rand: func() float64 { return 0 }}).Wait(6); got != 0 {
		t.Errorf("the jitter is not full: at least %v", got)
	}
	if got := (Backoff{Rand: func() float64 { return 0.25 }}).Wait(6); got != 15*time.Second {
		t.Errorf("a quarter of a minute is %v", got)
	}
}
