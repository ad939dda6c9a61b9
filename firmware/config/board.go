package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"tram06/firmware/config/strict"
	"tram06/firmware/health"
)

// Board is board.yaml: one kind of terminal.
type Board struct {
	// Name is the name of the board's folder, in small letters: rpi4.
	Name string `yaml:"name" example:"rpi4"`
	// Display is the panel that citizens look at.
	Display Display `yaml:"display"`
	// Placement says where the devices are as seen by the citizen, so that
	// pictures on the screen point at the right place.
	Placement Placement `yaml:"placement"`
	// Devices names the driver and the address of each device.
	Devices Devices `yaml:"devices"`
	// Pins are lines of the board's GPIO chips, where something is wired there.
	Pins Pins `yaml:"pins,omitempty"`
}

// Display describes the panel. Pixels alone are not enough: targets and letters
// are sized in millimetres, for the distance of the eye.
type Display struct {
	// Width and Height of the upright picture, after rotation: 1080px, 1920px.
	Width  Pixels `yaml:"width" example:"1080px"`
	Height Pixels `yaml:"height" example:"1920px"`
	// PanelWidth is the visible width of the upright panel: 268mm.
	PanelWidth Length `yaml:"panel_width" example:"268mm"`
	// ViewingDistance is from the eye to the panel: 600mm.
	ViewingDistance Length `yaml:"viewing_distance" example:"600mm"`
	// Rotate turns the picture clockwise on its way to the panel: 0deg, 90deg,
	// 180deg or 270deg.
	Rotate Degrees `yaml:"rotate,omitempty"`
}

// Pitch is the size of one pixel in millimetres.
func (d Display) Pitch() float64 { return d.PanelWidth.Millimetres() / float64(d.Width) }

// Side is a place around the panel as the citizen sees it.
type Side string

// The sides.
const (
	Left  Side = "left"
	Right Side = "right"
	Below Side = "below"
)

// ParseScalar reads a side.
func (s *Side) ParseScalar(text string) error {
	sides := []string{string(Left), string(Right), string(Below)}
	if !slices.Contains(sides, text) {
		return fmt.Errorf("unknown place %q: write one of %s", text, strings.Join(sides, ", "))
	}
	*s = Side(text)
	return nil
}

// Placement is where things are around the panel: left, right or below.
type Placement struct {
	Reader  Side `yaml:"reader" example:"right"`
	Scanner Side `yaml:"scanner" example:"left"`
	Printer Side `yaml:"printer" example:"below"`
}

// Device is the URI of a device, or "" for one that the board does not have
// (written as none).
type Device string

// ParseScalar reads a device's URI.
func (d *Device) ParseScalar(text string) error {
	if text == "none" {
		*d = ""
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" {
		return fmt.Errorf(`%q is no device address: write a URI such as "pcsc:///", or none`, text)
	}
	*d = Device(text)
	return nil
}

// None tells that the board has no such device.
func (d Device) None() bool { return d == "" }

// Devices are the URIs of the devices. Each must be stated; one that is not
// there is written as none, and the kiosk does without it.
type Devices struct {
	// Reader of chip cards: pcsc:/// or pcsc:///?reader=<part of its name>.
	Reader Device `yaml:"reader" example:"pcsc:///"`
	// Scanner of QR codes: serial:///dev/kiosk/scanner?baud=115200.
	Scanner Device `yaml:"scanner" example:"serial:///dev/kiosk/scanner?baud=115200"`
	// Printer of receipts: escpos+usb:///dev/usb/lp0?width=576,
	// escpos+tcp://192.168.1.50:9100?width=576 or
	// escpos+serial:///dev/ttyS0?baud=115200&width=576.
	Printer Device `yaml:"printer" example:"escpos+usb:///dev/usb/lp0?width=576"`
	// Touch is the touch panel: evdev:///dev/kiosk/touch. A board with a window
	// system has none, since the window brings the pointer.
	Touch Device `yaml:"touch" example:"evdev:///dev/kiosk/touch"`
}

// Pin is one line of a GPIO chip.
type Pin struct {
	// Chip is the chip's label, as "gpiodetect" shows it: pinctrl-bcm2711.
	Chip string `yaml:"chip" example:"pinctrl-bcm2711"`
	// Offset is the line's number on that chip.
	Offset int `yaml:"offset" example:"17"`
	// ActiveLow says that a low level means "on".
	ActiveLow bool `yaml:"active_low,omitempty"`
}

// Pins are the lines that the kiosk knows what to do with.
type Pins struct {
	// DoorOpen is on while the service door is open.
	DoorOpen *Pin `yaml:"door_open,omitempty"`
}

// overlay is a second board file: what it states replaces the board's devices.
type overlay struct {
	Devices struct {
		Reader  *Device `yaml:"reader,omitempty"`
		Scanner *Device `yaml:"scanner,omitempty"`
		Printer *Device `yaml:"printer,omitempty"`
		Touch   *Device `yaml:"touch,omitempty"`
	} `yaml:"devices"`
}

// LoadBoard reads a board file. Each overlay may replace addresses of devices
// and nothing else: that is how a development stack plugs in its own.
func LoadBoard(file File, overlays ...File) (Board, error) {
	var b Board
	doc, err := file.read()
	if err != nil {
		return Board{}, err
	}
	doc.Decode(&b, time.UTC)
	checkBoard(doc, &b)
	if err := doc.Err(); err != nil {
		return Board{}, err
	}
	for _, f := range overlays {
		if err := overlayBoard(&b, f); err != nil {
			return Board{}, err
		}
	}
	return b, nil
}

func overlayBoard(b *Board, file File) error {
	doc, err := file.read()
	if err != nil {
		return err
	}
	var o overlay
	doc.Decode(&o, time.UTC)
	for _, x := range []struct {
		key  string
		from *Device
		to   *Device
	}{
		{"reader", o.Devices.Reader, &b.Devices.Reader},
		{"scanner", o.Devices.Scanner, &b.Devices.Scanner},
		{"printer", o.Devices.Printer, &b.Devices.Printer},
		{"touch", o.Devices.Touch, &b.Devices.Touch},
	} {
		if x.from != nil {
			checkDevice(doc, x.key, *x.from)
			*x.to = *x.from
		}
	}
	return doc.Err()
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func checkBoard(doc *strict.Doc, b *Board) {
	if b.Name != "" && !nameForm.MatchString(b.Name) {
		doc.Reject("name", health.ConfigValue, `%q cannot be a board's name: write small letters, digits and "-", for example "rpi4"`, b.Name)
	}
	if d := b.Display; d.Width > 0 && d.PanelWidth > 0 {
		// Below and above, somebody measured something else.
		if p := d.Pitch(); p < 0.05 || p > 1.5 {
			doc.Reject("display.panel_width", health.ConfigValue,
				"%d pixels on %gmm make pixels of %.2fmm, which cannot be: measure the visible width of the upright panel", d.Width, d.PanelWidth.Millimetres(), p)
		}
	}
	if v := b.Display.ViewingDistance; v > 0 && (v < 200 || v > 3000) {
		doc.Reject("display.viewing_distance", health.ConfigValue, "write a distance between 200mm and 3m")
	}
	if p := b.Pins.DoorOpen; p != nil && (p.Offset < 0 || p.Offset > 1023) {
		doc.Reject("pins.door_open.offset", health.ConfigValue, "write the line's number on its chip, 0 to 1023")
	}
	checkDevice(doc, "reader", b.Devices.Reader)
	checkDevice(doc, "scanner", b.Devices.Scanner)
	checkDevice(doc, "printer", b.Devices.Printer)
	checkDevice(doc, "touch", b.Devices.Touch)
}

// schemes of the drivers, by device.
func schemes(device string) []string {
	switch device {
	case "reader":
		return []string{"pcsc"}
	case "scanner":
		return []string{"serial"}
	case "printer":
		return []string{"escpos+usb", "escpos+tcp", "escpos+serial"}
	}
	return []string{"evdev"}
}

func checkDevice(doc *strict.Doc, key string, d Device) {
	if d.None() {
		return
	}
	u, err := url.Parse(string(d))
	if err != nil {
		return // Device.ParseScalar has told so
	}
	known := schemes(key)
	if slices.Contains(known, u.Scheme) {
		return
	}
	instead := strict.Closest(u.Scheme, known)
	if instead == "" {
		instead = known[0]
	}
	doc.Reject("devices."+key, health.ConfigValue, "no driver for %q: a %s is one of %s; write, for example, %q",
		u.Scheme+":", key, strings.Join(known, ", "), instead+strings.TrimPrefix(string(d), u.Scheme))
}
