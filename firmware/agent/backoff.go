package agent

import "time"

// Backoff is exponential with full jitter: the wait before attempt n is random
// between nothing and Base·2ⁿ, at most Cap. When a fleet of ten thousand
// restarts, its kiosks come back spread out and not all at once.
type Backoff struct {
	Base time.Duration  // 1 s if zero
	Cap  time.Duration  // 60 s if zero
	Rand func() float64 // in [0, 1); math/rand if nil
}

// Wait gives the wait after so many failures in a row.
func (b Backoff) Wait(failures int) time.Duration {
	base, top := b.Base, b.Cap
	if base <= 0 {
		base = time.Second
	}
	if top <= 0 {
		top = time.Minute
	}
	span := top
	// Shifted step by step: 1<<failures would overflow after a long night.
	for d, i := base, 0; ; d, i = d*2, i+1 {
		if d >= top {
			break
		}
		if i >= failures {
			span = d
			break
		}
	}
	return time.Duration(b.Rand() * float64(span))
}
