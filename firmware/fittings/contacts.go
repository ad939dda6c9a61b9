package fittings

import (
	"context"

	"tram06/hal"
)

// Keys of what fittings show of the machine.
const (
	KeyDoorOpen   = "door.open"
	KeyTampered   = "tamper.open"
	KeyWarm       = "machine.warm"
	KeyHot        = "machine.hot"
	KeyClockWrong = "clock.wrong"
)

// watch calls say with the state of a contact, now and whenever it changes.
func watch(ctx context.Context, d hal.Switch, say func(on bool)) error {
	say(d.On())
	for {
		on, err := d.Next(ctx)
		if err != nil {
			return err
		}
		say(on)
	}
}

// door: somebody is at work inside. The kiosk goes on serving.
func (f *Fittings) door(ctx context.Context, d hal.Switch) error {
	return watch(ctx, d, func(on bool) {
		if on {
			f.found("door", hal.Degraded, KeyDoorOpen)
		} else {
			f.found("door", hal.Ready, hal.KeyOK)
		}
	})
}

// tamper: the case was opened. That it was closed again is no reason to forget
// it: somebody must look at the machine, and starting the kiosk anew is how one
// says to have done so.
func (f *Fittings) tamper(ctx context.Context, d hal.Switch) error {
	return watch(ctx, d, func(on bool) {
		f.opened = f.opened || on
		switch {
		case on:
			f.found("tamper", hal.Fault, KeyTampered)
		case f.opened:
			f.found("tamper", hal.Degraded, KeyTampered)
		}
	})
}

// presence: somebody stands before the machine, as far as anything looks.
func (f *Fittings) presence(ctx context.Context, d hal.Switch) error {
	defer f.light.near(false)
	return watch(ctx, d, f.light.near)
}
