package uevent

import "strings"

// Wake gives what rings when the kernel says something that may concern the
// device of a URI: the Wake of its supervisor. It has one reader, rings that
// nobody took are kept as one, and it lives as long as the hub. After lost
// events it rings for every device.
//
// It is nil, which never rings, for devices of which the kernel does not speak:
// those that another program shows over a socket.
func (h *Hub) Wake(uri string) <-chan struct{} {
	subsystems, speaks := subsystemsOf(uri)
	if !speaks {
		return nil
	}
	return h.Alarm(subsystems...).C
}

// byScheme has the subsystems in which a scheme's devices show up, and those
// that they hang on. A path does not tell more: most are links that udev makes.
var byScheme = map[string][]string{
	// pcscd finds a reader by itself, and takes a moment.
	"pcsc":         {"usb", "tty"},
	"pn532+i2c":    {"i2c", "i2c-dev"},
	"pn532+spi":    {"spi", "spidev"},
	"pn532+serial": {"tty"},

	"serial": {"tty"},
	"wedge":  {"input"},

	"escpos+usb":    {"usbmisc", "usb"},
	"escpos+serial": {"tty"},
	"escpos+tcp":    {"net"}, // a network adapter; a cable says nothing here

	"evdev": {"input"},

	"gpio":      {"gpio"},
	"backlight": {"backlight"},
	"hwmon":     {"hwmon", "thermal"},
	"pwm":       {"pwm"},
	"rtc":       {"rtc"},
	"watchdog":  {"watchdog", "misc"},
	"audio":     {"sound"},
}

// subsystemsOf looks for a scheme as a whole and then for what stands before its
// plus. A scheme that nobody entered here is woken by everything.
func subsystemsOf(uri string) (subsystems []string, speaks bool) {
	scheme, _, _ := strings.Cut(uri, ":")
	if s, ok := byScheme[scheme]; ok {
		return s, true
	}
	family, _, _ := strings.Cut(scheme, "+")
	return byScheme[family], family != "sim" && family != ""
}
