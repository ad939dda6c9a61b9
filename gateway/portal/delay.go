package portal

import (
	"time"

	"github.com/cenkalti/backoff/v5"
)

// The delays between tries. A portal that fails is spared for maxPause at most
// unless it wishes for more; one dossier that fails again and again steps back
// behind the others for up to maxDelay.
const (
	firstDelay    = time.Second
	minDelay      = 200 * time.Millisecond
	maxPause      = 30 * time.Second
	maxDelay      = 5 * time.Minute
	maxRetryAfter = time.Hour
)

// delay is the time after so many failures: exponential with full jitter, that
// is evenly between almost nothing and the growing bound. The dice are the
// caller's, so that a run can be replayed.
func (f *forwarder) delay(failures int, ceiling time.Duration) time.Duration {
	b := backoff.ExponentialBackOff{InitialInterval: firstDelay, Multiplier: 2, MaxInterval: ceiling}
	b.Reset()
	bound := b.NextBackOff()
	for i := 1; i < failures && bound < ceiling; i++ {
		bound = b.NextBackOff()
	}
	return minDelay + time.Duration(f.Rand.Int64N(int64(bound-minDelay)))
}
