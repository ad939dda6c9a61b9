package hal

import (
	"context"
	"net/url"
)

// Leaving is open for those who cannot wait for one that does not heed its ctx,
// such as a sound system that hangs. When ctx ends it is left behind, and what
// opens after that is closed.
func Leaving(open Opener) Opener {
	return func(ctx context.Context, u *url.URL) (Device, error) {
		type outcome struct {
			d   Device
			err error
		}
		opened := make(chan outcome, 1)
		go func() {
			d, err := open(ctx, u)
			opened <- outcome{d, err}
		}()
		select {
		case o := <-opened:
			return o.d, o.err
		case <-ctx.Done():
			go func() {
				if o := <-opened; o.err == nil {
					_ = o.d.Close() // nobody is left to be told
				}
			}()
			return nil, ctx.Err()
		}
	}
}
