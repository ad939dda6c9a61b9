package hal

import (
	"context"
	"fmt"
	"time"
)

// Fittings are what a terminal has beside the devices that a visit needs:
// lamps, switches, what keeps the machine well. A kiosk works without any.

// Button is a key of a tactile keypad for use without sight.
type Button uint8

// The buttons. Their shapes and places are those of EN 301 549 and of ticket
// machines: four ways and a round one in the middle, two beside it.
const (
	ButtonUp Button = iota + 1
	ButtonDown
	ButtonLeft
	ButtonRight
	ButtonOK
	ButtonBack
	ButtonHelp
	ButtonRepeat // say that again
	ButtonLouder
	ButtonSofter
	ButtonDigit0 // ButtonDigit0+9 is nine
)

// KeyPress is one press of one button. Held says that the button is held and
// the press repeats.
type KeyPress struct {
	Button Button
	Held   bool
	At     time.Time
}

// Keypad yields presses.
type Keypad interface {
	Device
	Next(ctx context.Context) (KeyPress, error)
}

// Pattern is what a lamp does. It runs in the driver, so that a busy kiosk does
// not blink unevenly. The zero value is dark, a zero Period steady.
type Pattern struct {
	On     time.Duration // lit at the start of each period
	Period time.Duration
}

// The patterns that the kiosk uses.
var (
	Dark   = Pattern{}
	Steady = Pattern{On: time.Second}
	// Invite draws the eye to a place: here goes the card. Well below the three
	// flashes a second that WCAG 2.3.1 allows.
	Invite = Pattern{On: 500 * time.Millisecond, Period: time.Second}
	// Alarm is for whoever looks after the machine.
	Alarm = Pattern{On: 250 * time.Millisecond, Period: 500 * time.Millisecond}
)

// Lamps are lamps by name: "reader", "scanner", "printer", "status". Close puts
// them out.
type Lamps interface {
	Device
	Names() []string
	// Set changes one lamp; one that is not there gives ErrUnsupported.
	Set(lamp string, p Pattern) error
}

// Buzzer makes plain sounds.
type Buzzer interface {
	Device
	// Beep returns when the sound has ended, or with ctx.
	Beep(ctx context.Context, hertz int, d time.Duration) error
}

// Switch is a debounced contact: a door, a tamper contact, a presence sensor.
type Switch interface {
	Device
	// On is the present state.
	On() bool
	// Next blocks until the state changes and gives the new one.
	Next(ctx context.Context) (on bool, err error)
}

// Fan is a fan with a speed. Close gives it back to whoever ruled it before, or
// leaves it at full speed.
type Fan interface {
	Device
	SetSpeed(percent int) error
	// RPM is 0 when the fan stands, and ErrUnsupported when it does not tell.
	RPM() (int, error)
}

// Backlight is the panel's brightness as the eye takes it, 0 to 100.
type Backlight interface {
	Device
	Level() (percent int, err error)
	SetLevel(percent int) error
}

// Temperature is one measured place.
type Temperature struct {
	Name    string  // "cpu", or the sensor's own label
	Celsius float64 // −40 to 125
}

// Thermometer measures.
type Thermometer interface {
	Device
	Read() ([]Temperature, error)
}

// Clock is a clock with a battery of its own.
type Clock interface {
	Device
	Read() (time.Time, error)
	Set(t time.Time) error
}

// Watchdog restarts the machine when nobody kicks it. Close leaves it running,
// as a crash would; Disarm ends it and closes.
type Watchdog interface {
	Device
	Timeout() time.Duration
	Kick() error
	Disarm() error
}

// Sound plays prompts: 16-bit mono samples.
type Sound interface {
	Device
	// Play returns when all of it was heard, or with ctx.
	Play(ctx context.Context, samples []int16, hertz int) error
	SetVolume(percent int) error
}

// String names a button for logs; what was typed with it is never logged.
func (b Button) String() string {
	names := [...]string{"", "up", "down", "left", "right", "ok", "back", "help", "repeat", "louder", "softer"}
	switch {
	case b > 0 && int(b) < len(names):
		return names[b]
	case b >= ButtonDigit0 && b <= ButtonDigit0+9:
		return "digit"
	}
	return fmt.Sprintf("Button(%d)", uint8(b))
}
