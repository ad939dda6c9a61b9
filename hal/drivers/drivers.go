// Package drivers joins all drivers into one registry. It is the only package
// that imports every one of them, and belongs to the kiosk's main; which of
// them is used is the board file's choice. The sound card is missing, since it
// comes with the screen's library: package ui/raylib has it.
package drivers

import (
	"maps"
	"time"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/evdev"
	"tram06/hal/evdev/input"
	evremote "tram06/hal/evdev/remote"
	"tram06/hal/gpio"
	"tram06/hal/gpio/remote"
	"tram06/hal/keypad"
	"tram06/hal/pcsc"
	"tram06/hal/pn532"
	"tram06/hal/rtc"
	clocks "tram06/hal/rtc/remote"
	"tram06/hal/serialscan"
	speakers "tram06/hal/sound/remote"
	"tram06/hal/sysfs"
	"tram06/hal/watchdog"
	dogs "tram06/hal/watchdog/remote"
	"tram06/hal/wedge"
)

// Options are what drivers need to know beyond a device's URI.
type Options struct {
	// Panel is the board's screen, for touch panels whose URI does not say.
	Panel evdev.Panel
	// Printer tunes the printers; zero values are fine.
	Printer escpos.Options
	// Now stamps events and health; nil is time.Now.
	Now func() time.Time
}

// Registry knows all schemes but that of the sound card.
func Registry(o Options) hal.Registry {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Printer.Now == nil {
		o.Printer.Now = o.Now
	}
	printer := escpos.Opener(o.Printer)
	bare := pn532.Opener(pn532.Options{Now: o.Now})
	r := hal.Registry{
		"pcsc":          pcsc.Opener(o.Now),
		"pn532+i2c":     bare,
		"pn532+spi":     bare,
		"pn532+serial":  bare,
		"serial":        serialscan.Opener(o.Now),
		"wedge":         wedge.Opener(o.Now),
		"escpos+tcp":    printer,
		"escpos+usb":    printer,
		"escpos+serial": printer,
		"evdev":         evdev.Opener(o.Panel, o.Now),
		"sim+evdev":     evremote.Opener(o.Panel, o.Now),
		"evdev+keypad":  keypad.Opener(o.Now),
		"sim+keypad":    keypad.OpenerOn(input.System{Open: evremote.Dial}, o.Now),
		"rtc":           rtc.Opener(o.Now),
		"sim+rtc":       clocks.Opener(o.Now),
		"watchdog":      watchdog.Opener(o.Now),
		"sim+watchdog":  dogs.Opener(o.Now),
	}
	for _, more := range []hal.Registry{
		gpio.Registry(gpio.Linux{}, o.Now), remote.Registry(o.Now), speakers.Registry(o.Now),
		sysfs.Registry(sysfs.Dir("/"), o.Now), sysfs.Elsewhere(o.Now),
	} {
		maps.Copy(r, more)
	}
	return r
}
