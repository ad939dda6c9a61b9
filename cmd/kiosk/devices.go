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
	r["audio"] = raylib.OpenSound(time.Now)
	return r
}
