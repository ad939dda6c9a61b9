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

// Devices are the URIs of the devices, with what a visit needs first: each of
// these must be stated, and one that is not there is written as none. The
// fittings behind them may be left out. The kiosk does without any of them.
type Devices struct {
	// Reader of chip cards: pcsc:/// or pcsc:///?reader=<part of its name>, or a
	// bare PN532: pn532+spi:///SPI0.0, pn532+i2c:///I2C1,
	// pn532+serial:///dev/ttyS0.
	Reader Device `yaml:"reader" example:"pcsc:///"`
	// Scanner of QR codes: serial:///dev/kiosk/scanner?baud=115200, or one that
	// plays a keyboard: wedge:///?name=barcode.
	Scanner Device `yaml:"scanner" example:"serial:///dev/kiosk/scanner?baud=115200"`
	// Printer of receipts: escpos+usb:///dev/usb/lp0?width=576,
	// escpos+tcp://192.168.1.50:9100?width=576 or
	// escpos+serial:///dev/ttyS0?baud=115200&width=576.
	Printer Device `yaml:"printer" example:"escpos+usb:///dev/usb/lp0?width=576"`
	// Touch is the touch panel: evdev:///dev/kiosk/touch. A board with a window
	// system has none, since the window brings the pointer.
	Touch Device `yaml:"touch" example:"evdev:///dev/kiosk/touch"`

	// Keypad with keys that can be felt: evdev+keypad:///?name=keypad.
	Keypad Device `yaml:"keypad,omitempty" example:"evdev+keypad:///?name=keypad"`
	// Lamps beside the devices, by the names reader, scanner, printer and status:
	// gpio+lamps:///?reader=pinctrl-bcm2711/17&printer=pinctrl-bcm2711/27,low.
	Lamps Device `yaml:"lamps,omitempty" example:"gpio+lamps:///?reader=pinctrl-bcm2711/17"`
	// Buzzer: gpio+buzzer:///pinctrl-bcm2711/18 or pwm+buzzer:///fe20c000.pwm/0.
	Buzzer Device `yaml:"buzzer,omitempty" example:"gpio+buzzer:///pinctrl-bcm2711/18"`
	// Sound plays tones and prompts: audio:///.
	Sound Device `yaml:"sound,omitempty" example:"audio:///"`
	// Door is on while the service door is open:
	// gpio+switch:///pinctrl-bcm2711/22?active=low&pull=up.
	Door Device `yaml:"door,omitempty" example:"gpio+switch:///pinctrl-bcm2711/22?active=low&pull=up"`
	// Tamper is on while the case is open.
	Tamper Device `yaml:"tamper,omitempty" example:"gpio+switch:///pinctrl-bcm2711/23?pull=up"`
	// Presence is on while somebody stands there.
	Presence Device `yaml:"presence,omitempty" example:"gpio+switch:///pinctrl-bcm2711/24"`
	// Backlight of the panel: backlight:///, or backlight:///10-0045.
	Backlight Device `yaml:"backlight,omitempty" example:"backlight:///"`
	// Thermometer is all temperature sensors: hwmon+thermometer:///.
	Thermometer Device `yaml:"thermometer,omitempty" example:"hwmon+thermometer:///"`
	// Fan that the kiosk rules: gpio+fan:///pinctrl-bcm2711/14,
	// hwmon+fan:///pwmfan or pwm+fan:///fe20c000.pwm/1.
	Fan Device `yaml:"fan,omitempty" example:"hwmon+fan:///pwmfan"`
	// Clock with a battery: rtc:///dev/rtc0.
	Clock Device `yaml:"clock,omitempty" example:"rtc:///dev/rtc0"`
	// Watchdog that restarts a machine whose kiosk is stuck:
	// watchdog:///dev/watchdog?timeout=30s.
	Watchdog Device `yaml:"watchdog,omitempty" example:"watchdog:///dev/watchdog?timeout=30s"`
}

// Fitted is one device of a board.
type Fitted struct {
	Name string // its key in board.yaml
	URI  Device // may be none
}

// All lists the devices in the order of the manual, those that are not there too.
func (d Devices) All() []Fitted {
	return []Fitted{
		{"reader", d.Reader}, {"scanner", d.Scanner}, {"printer", d.Printer}, {"touch", d.Touch},
		{"keypad", d.Keypad}, {"lamps", d.Lamps}, {"buzzer", d.Buzzer}, {"sound", d.Sound},
		{"door", d.Door}, {"tamper", d.Tamper}, {"presence", d.Presence},
		{"backlight", d.Backlight}, {"thermometer", d.Thermometer}, {"fan", d.Fan}, {"clock", d.Clock}, {"watchdog", d.Watchdog},
	}
}

// schemes of the drivers, by device. Those that begin with sim+ are devices that
// another program shows, such as a desk's simulation.
var schemes = map[string][]string{
	"reader":      {"pcsc", "pn532+spi", "pn532+i2c", "pn532+serial"},
	"scanner":     {"serial", "wedge"},
	"printer":     {"escpos+usb", "escpos+tcp", "escpos+serial"},
	"touch":       {"evdev", "sim+evdev"},
	"keypad":      {"evdev+keypad", "sim+keypad"},
	"lamps":       {"gpio+lamps", "sim+lamps"},
	"buzzer":      {"gpio+buzzer", "pwm+buzzer", "sim+buzzer"},
	"sound":       {"audio", "sim+sound"},
	"door":        {"gpio+switch", "sim+switch"},
	"tamper":      {"gpio+switch", "sim+switch"},
	"presence":    {"gpio+switch", "sim+switch"},
	"backlight":   {"backlight", "sim+backlight"},
	"thermometer": {"hwmon+thermometer", "sim+thermometer"},
	"fan":         {"gpio+fan", "hwmon+fan", "pwm+fan", "sim+fan"},
	"clock":       {"rtc", "sim+rtc"},
	"watchdog":    {"watchdog", "sim+watchdog"},
}

// Schemes gives the schemes that a device of the board may have.
func Schemes(device string) []string { return slices.Clone(schemes[device]) }

// overlay is a second board file: what it states replaces the board's devices.
type overlay struct {
	Devices Devices `yaml:"devices,part"`
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
	o := overlay{b.Devices}
	doc.Decode(&o, time.UTC)
	checkDevices(doc, o.Devices)
	if err := doc.Err(); err != nil {
		return err
	}
	b.Devices = o.Devices
	return nil
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
	checkDevices(doc, b.Devices)
}

func checkDevices(doc *strict.Doc, d Devices) {
	for _, f := range d.All() {
		if f.URI.None() {
			continue
		}
		u, err := url.Parse(string(f.URI))
		if err != nil {
			continue // Device.ParseScalar has told so
		}
		known := schemes[f.Name]
		if slices.Contains(known, u.Scheme) {
			if wrong := slip(f.Name, u); wrong != "" {
				doc.Reject("devices."+f.Name, health.ConfigValue, "%s", wrong)
			}
			continue
		}
		instead := strict.Closest(u.Scheme, known)
		if instead == "" {
			instead = known[0]
		}
		doc.Reject("devices."+f.Name, health.ConfigValue, "no driver for %q: a %s is one of %s; write, for example, %q",
			u.Scheme+":", f.Name, strings.Join(known, ", "), instead+strings.TrimPrefix(string(f.URI), u.Scheme))
	}
}
