package drivers_test

import (
	"errors"
	"net/url"
	"testing"

	"tram06/hal"
	"tram06/hal/drivers"
	"tram06/hal/evdev"
)

// absentURIs are devices that are not there, written as on a board. A thermometer
// that is not there cannot be written so that it is nowhere.
var absentURIs = []string{
	"pcsc:///?reader=none+of+them",
	"pn532+i2c:///dev/i2c-99",
	"pn532+spi:///dev/spidev99.0",
	"pn532+serial:///dev/none",
	"serial:///dev/none",
	"wedge:///dev/input/none",
	"wedge:///?name=none+of+them",
	"escpos+tcp://127.0.0.1:1",
	"escpos+usb:///dev/usb/none",
	"escpos+serial:///dev/none",
	"evdev:///dev/input/none",
	"evdev:///?name=none+of+them",
	"evdev+keypad:///dev/input/none",
	"gpio+lamps:///?reader=none/1",
	"gpio+switch:///none/1",
	"gpio+buzzer:///none/1",
	"gpio+fan:///none/1",
	"backlight:///none",
	"hwmon+fan:///none",
	"pwm+fan:///none/1",
	"pwm+buzzer:///none/1",
	"rtc:///dev/none",
	"watchdog:///dev/none",
	"sim+lamps://127.0.0.1:1/?reader=none/1",
	"sim+switch://127.0.0.1:1/none/1",
	"sim+buzzer://127.0.0.1:1/none/1",
	"sim+fan://127.0.0.1:1/none/1",
	"sim+backlight:///?root=/none",
	"sim+thermometer:///?root=/none",
	"sim+rtc://127.0.0.1:1",
	"sim+watchdog://127.0.0.1:1",
}

// What a supervisor pays each second for a device that is not there.
func BenchmarkFailedOpen(b *testing.B) {
	reg := drivers.Registry(drivers.Options{Panel: evdev.Panel{Width: 1080, Height: 1920}})
	for _, uri := range absentURIs {
		u, err := url.Parse(uri)
		if err != nil {
			b.Fatal(err)
		}
		name := u.Scheme
		if u.Query().Has("name") {
			name += " by name"
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				d, err := hal.Open[hal.Device](b.Context(), reg, uri)
				if !errors.Is(err, hal.ErrGone) {
					b.Fatal(d, err)
				}
			}
		})
	}
}
