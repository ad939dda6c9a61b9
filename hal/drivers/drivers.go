// Package drivers joins all drivers into one registry. It is the only package
// that imports every one of them, and belongs to the kiosk's main; which of
// them is used is the board file's choice.
package drivers

import (
	"time"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/evdev"
	"tram06/hal/pcsc"
	"tram06/hal/serialscan"
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

// Registry knows the schemes pcsc, serial, escpos+tcp, escpos+usb,
// escpos+serial and evdev.
func Registry(o Options) hal.Registry {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Printer.Now == nil {
		o.Printer.Now = o.Now
	}
	printer := escpos.Opener(o.Printer)
	return hal.Registry{
		"pcsc":          pcsc.Opener(o.Now),
		"serial":        serialscan.Opener(o.Now),
		"escpos+tcp":    printer,
		"escpos+usb":    printer,
		"escpos+serial": printer,
		"evdev":         evdev.Opener(o.Panel, o.Now),
	}
}
