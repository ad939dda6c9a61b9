// Package evdev drives touch panels through the kernel's input devices, in
// pure Go.
//
//	evdev:///dev/input/event3?w=1080&h=1920&rotate=90
//	evdev:///?name=Goodix&grab=1
//	evdev:///?id=0eef:0001&calibration-file=/var/lib/kiosk/touch.matrix&jitter=0.5mm
//
// A panel is found by its path, or by what it says: name, phys (where it is
// plugged in) and uniq (its serial number) in part, id as vendor:product. One
// finger is followed: a kiosk has buttons, not gestures. Single-touch panels,
// multitouch panels of type B, and absolute pointers such as a virtual
// machine's tablet are understood. How large a finger is does not matter; a
// palm that the panel knows for one presses nothing.
//
// w, h and rotate override the board's. flip=x, y or xy turns axes round that
// run the other way. calibration has the six numbers of package calibrate, and
// calibration-file a file with them, which is read at each opening: without it
// the panel works as it is, and is degraded.
// jitter=3 keeps a finger still that trembles by up to three pixels. grab=1
// takes the panel away from everyone else.
package evdev

import (
	"time"

	"tram06/hal"
	"tram06/hal/evdev/input"
)

// queued touches wait for Next. Moves are merged, so that only a stuck user of
// the device ever fills it.
const queued = 64

// Screen is one open touch panel.
type Screen struct {
	*input.Stream[hal.Touch]
	meter meter
}

var (
	_ hal.TouchScreen = (*Screen)(nil)
	_ hal.Identified  = (*Screen)(nil)
)

// New drives dev, and closes it. now stamps touches, nil is time.Now.
func New(uri string, dev input.Device, c Config, now func() time.Time) *Screen {
	s := &Screen{}
	var d *decoder
	s.Stream = input.NewStream(dev, input.Options[hal.Touch]{
		URI: uri, What: "touch panel", Key: hal.KeyTouchGone, Now: now,
		Add: (&tail{}).add,
		Events: func(events []input.Event) {
			s.meter.count(events)
			for _, e := range events {
				d.feed(e)
				if e.Type == input.Syn {
					s.meter.look(d)
				}
			}
		},
		End: func() { d.end() },
	})
	d = newDecoder(c, dev.State, func(t hal.Touch) {
		t.At = s.Now()
		s.Push(t)
	})
	if c.Uncalibrated != nil {
		s.Set(hal.Degraded, hal.KeyTouchUncalibrated, c.Uncalibrated)
	}
	s.Start()
	return s
}

// tail is the newest end of the queue.
type tail struct {
	mute bool // until the next finger: the beginning of this one was dropped
}

func (l *tail) add(queue []hal.Touch, t hal.Touch) []hal.Touch {
	n := len(queue)
	begins := t.Kind == hal.TouchDown
	l.mute = l.mute && !begins
	switch {
	case l.mute:
	case n > 0 && t.Kind == hal.TouchMove && queue[n-1].Kind == hal.TouchMove:
		queue[n-1] = t
	case n >= queued:
		// Nobody has looked for dozens of taps: they were not meant for what
		// is on the screen by now. A cancel ends the oldest one cleanly.
		l.mute = !begins
		end := t
		end.Kind = hal.TouchCancel
		if queue = append(queue[:0], end); begins {
			queue = append(queue, t)
		}
	default:
		queue = append(queue, t)
	}
	return queue
}
