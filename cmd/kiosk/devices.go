package main

import (
	"tram06/firmware/config"
	"tram06/hal"
	"tram06/hal/drivers"
	"tram06/hal/evdev"
)

// devices are the drivers of all that a board may have.
func devices(board config.Board) hal.Registry {
	d := board.Display
	return drivers.Registry(drivers.Options{
		Panel: evdev.Panel{Width: int(d.Width), Height: int(d.Height), Rotate: int(d.Rotate)},
	})
}
