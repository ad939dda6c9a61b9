package uevent

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/drivers"
)

// Each device is woken by what it hangs on, by no other, and by lost events.
func TestEachDeviceIsWokenByItsOwn(t *testing.T) {
	for uri, by := range map[string][]string{
		"pcsc:///?reader=ACR":                          {"usb"},
		"pn532+i2c:///dev/i2c-1":                       {"i2c-dev"},
		"pn532+spi:///dev/spidev0.0":                   {"spidev"},
		"pn532+serial:///dev/ttyS0":                    {"tty"},
		"serial:///dev/kiosk/scanner?baud=115200":      {"tty"},
		"wedge:///?name=barcode":                       {"input"},
		"escpos+usb:///dev/usb/lp0?width=576":          {"usbmisc", "usb"},
		"escpos+serial:///dev/ttyS1":                   {"tty"},
		"escpos+tcp://192.0.2.1:9100":                  {"net"},
		"evdev:///dev/kiosk/touch":                     {"input"},
		"evdev+keypad:///?id=1a2b:0001":                {"input"},
		"gpio+lamps:///?reader=pinctrl-bcm2711/17":     {"gpio"},
		"gpio+switch:///pinctrl-bcm2711/22?active=low": {"gpio"},
		"backlight:///":                                {"backlight"},
		"hwmon+thermometer:///":                        {"hwmon"},
		"pwm+fan:///fe20c000.pwm/1":                    {"pwm"},
		"rtc:///dev/rtc0":                              {"rtc"},
		"watchdog:///dev/watchdog":                     {"watchdog"},
		"audio:///":                                    {"sound"},
		"newfangled:///dev/what":                       {"usb", "input", "whatever"},
	} {
		synctest.Test(t, func(t *testing.T) {
			src := newFed()
			h := NewHub(src)
			defer h.Close()
			wake := h.Wake(uri)
			rang := func(m []byte) bool {
				src.in <- m
				synctest.Wait()
				select {
				case <-wake:
					return true
				default:
					return false
				}
			}
			for _, subsystem := range by {
				if !rang(message("add@/devices/x", "SUBSYSTEM="+subsystem)) {
					t.Errorf("%s sleeps on when something of %s comes", uri, subsystem)
				}
				if rang(message("remove@/devices/x", "SUBSYSTEM="+subsystem)) {
					t.Errorf("%s is woken when something of %s goes", uri, subsystem)
				}
			}
			if !rang(nil) {
				t.Errorf("%s sleeps on when events were lost", uri)
			}
			if known(t, uri) && rang(message("add@/devices/x", "SUBSYSTEM=block")) {
				t.Errorf("%s is woken by a disk", uri)
			}
		})
	}
}

func known(t *testing.T, uri string) bool {
	t.Helper()
	subsystems, _ := subsystemsOf(uri)
	return len(subsystems) > 0
}

func TestTheKernelKnowsNothingOfSimulations(t *testing.T) {
	src := newFed()
	h := NewHub(src)
	defer h.Close()
	if h.Wake("sim+lamps://127.0.0.1:9106/?reader=pinctrl-sim/17") != nil {
		t.Error("a simulated lamp waits for the kernel")
	}
}

// A driver that joins says by what it is woken.
func TestEverySchemeIsEntered(t *testing.T) {
	var all hal.Registry = drivers.Registry(drivers.Options{})
	for scheme := range all {
		subsystems, speaks := subsystemsOf(scheme + ":///")
		if speaks && len(subsystems) == 0 {
			t.Errorf("nobody says in which subsystem %s shows up", scheme)
		}
	}
}

// held is a source that nobody reads until the gate opens.
type held struct {
	Source
	gate chan struct{}
}

func (h held) Read(b []byte) (int, error) {
	<-h.gate
	return h.Source.Read(b)
}

// The kernel drops what nobody has room for, and says so: then everybody looks.
// Where it cannot be made to talk that much, its word for it is played.
func TestAnOverflowWakesEverybody(t *testing.T) {
	src, err := Listen()
	if err != nil {
		t.Fatal(err)
	}
	for range 5000 { // a buffer holds some hundreds
		if err = os.WriteFile("/sys/class/net/lo/uevent", []byte("change"), 0); err != nil {
			break
		}
	}
	if err != nil {
		t.Logf("the kernel cannot be asked here: %v", err)
		if err := src.Close(); err != nil {
			t.Error(err)
		}
		f := newFed()
		go func() { f.in <- nil }()
		src = f
	}
	gate := make(chan struct{})
	h := NewHub(held{src, gate})
	wake := h.Wake("serial:///dev/kiosk/scanner") // nothing of it was said
	close(gate)
	select {
	case <-wake:
	case <-time.After(20 * time.Second):
		t.Error("events were lost, and a scanner's supervisor sleeps on")
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}
