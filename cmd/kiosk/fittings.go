package main

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sys/unix"

	"tram06/firmware/config"
	"tram06/firmware/fittings"
	"tram06/firmware/session"
	"tram06/hal"
	"tram06/hal/sound"
	"tram06/hal/uevent"
)

// written is when no copy of this program can have run yet.
var written = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

// newFittings are those of a board. alive is the kiosk's loop, once there is one.
func newFittings(board config.Board, r hal.Registry, wake func(string) <-chan struct{}, tell func(string, hal.Health),
	alive func(context.Context) error, log *slog.Logger) *fittings.Fittings {
	d := board.Devices
	return fittings.New(fittings.Options{
		URIs: fittings.URIs{
			Lamps: string(d.Lamps), Buzzer: string(d.Buzzer), Sound: string(d.Sound),
			Door: string(d.Door), Tamper: string(d.Tamper), Presence: string(d.Presence),
			Backlight: string(d.Backlight), Thermometer: string(d.Thermometer), Fan: string(d.Fan),
			Clock: string(d.Clock), Watchdog: string(d.Watchdog),
		},
		Without:  without(d),
		Tone:     cue,
		Registry: r, Health: tell, Wake: wake, Alive: alive, Synced: synced, Oldest: written, Log: log,
	})
}

// without gives what of a visit the board does without.
func without(d config.Devices) (none []session.Device) {
	for device, uri := range map[session.Device]config.Device{
		session.Reader: d.Reader, session.Scanner: d.Scanner, session.Printer: d.Printer,
	} {
		if uri.None() {
			none = append(none, device)
		}
	}
	return none
}

// cue is how the cues sound.
func cue(c fittings.Cue) ([]int16, int) {
	switch c {
	case fittings.Well:
		return sound.Well(), sound.Hertz
	case fittings.Look:
		return sound.Look(), sound.Hertz
	}
	return sound.Wrong(), sound.Hertz
}

// synced asks the kernel whether somebody keeps its clock right.
func synced() bool {
	var t unix.Timex // with no modes set, it only asks
	_, err := unix.Adjtimex(&t)
	return err == nil && t.Status&unix.STA_UNSYNC == 0
}

// listen hears from the kernel what is plugged in. Without it devices are found
// by looking for them now and then.
func listen(log *slog.Logger) (wake func(string) <-chan struct{}, end func()) {
	src, err := uevent.Listen()
	if err != nil {
		log.Info("the kernel does not tell what is plugged in: devices are looked for", "err", err)
		return nil, func() {}
	}
	hub := uevent.NewHub(src)
	go func() {
		<-hub.Done()
		if err := hub.Err(); err != nil {
			log.Warn("the kernel tells no more what is plugged in: devices are looked for", "err", err)
		}
	}()
	return hub.Wake, func() { _ = hub.Close() } // nothing is left that could be lost
}
