package main

import (
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
	// A sound system that hangs must not keep a kiosk from its end.
	r["audio"] = hal.Leaving(raylib.OpenSound(time.Now))
	return r
}
