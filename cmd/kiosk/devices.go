package main

import (
	"context"
	"net/url"
	"time"

	"tram06/firmware/config"
	"tram06/hal"
	"tram06/hal/drivers"
	"tram06/hal/evdev"
	"tram06/ui/raylib"
)

// devices are the drivers of all that a board may have.
func devices(board config.Board) hal.Registry {
	d := board.Display
	r := drivers.Registry(drivers.Options{
		Panel: evdev.Panel{Width: int(d.Width), Height: int(d.Height), Rotate: int(d.Rotate)},
	})
	r["audio"] = leaving(raylib.OpenSound(time.Now))
	return r
}

// leaving lets go of an opening that cannot be called off: a sound system that
// hangs must not keep a kiosk from its end. What opens after that is closed.
func leaving(open hal.Opener) hal.Opener {
	return func(ctx context.Context, u *url.URL) (hal.Device, error) {
		type outcome struct {
			d   hal.Device
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
