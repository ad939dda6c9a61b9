// Package uevent hears from the kernel what is plugged in and pulled out, so
// that a device is opened again at once rather than at the end of a pause.
//
// It reads the kernel's own messages, not udev's: they need no daemon and no
// rights. A message comes before udev has made links and set permissions: whoever
// hears it and finds nothing looks again soon.
//
//	src, err := uevent.Listen()
//	hub := uevent.NewHub(src)
//	supervisor.Options{URI: uri, Wake: hub.Wake(uri), …}
package uevent

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Actions of an event; there are rarer ones.
const (
	Add    = "add"
	Remove = "remove"
	Change = "change"
	Bind   = "bind" // a driver took the device
)

// Event is one message of the kernel.
type Event struct {
	Action    string
	Path      string // below /sys
	Subsystem string // "input", "tty", "usb", "usbmisc" …
	DevName   string // below /dev, of devices that have a node
	Vars      map[string]string
}

// ErrFormat: a message is none of the kernel's.
var ErrFormat = errors.New("not a kernel event")

// largest is more than a message may have: the kernel's own buffer is 2 KB.
const largest = 8 << 10

// Parse reads a message: "action@path" and variables, each ended by a NUL.
func Parse(b []byte) (Event, error) {
	var e Event
	if len(b) > largest {
		return e, fmt.Errorf("%w: %d bytes", ErrFormat, len(b))
	}
	b, ended := bytes.CutSuffix(b, []byte{0})
	if !ended {
		return e, fmt.Errorf("%w: it has no end", ErrFormat)
	}
	head, rest, _ := strings.Cut(string(b), "\x00")
	var ok bool
	if e.Action, e.Path, ok = strings.Cut(head, "@"); !ok || e.Action == "" || !strings.HasPrefix(e.Path, "/") {
		// udev's messages begin with "libudev".
		return Event{}, fmt.Errorf("%w: it has no action@path", ErrFormat)
	}
	e.Vars = map[string]string{}
	for v := range strings.SplitSeq(rest, "\x00") {
		if v == "" {
			continue
		}
		key, value, ok := strings.Cut(v, "=")
		if !ok || key == "" {
			return Event{}, fmt.Errorf("%w: a variable has no name or value", ErrFormat)
		}
		e.Vars[key] = value
	}
	for key, want := range map[string]string{"ACTION": e.Action, "DEVPATH": e.Path} {
		if got, ok := e.Vars[key]; ok && got != want {
			return Event{}, fmt.Errorf("%w: %s contradicts the head", ErrFormat, key)
		}
	}
	e.Subsystem, e.DevName = e.Vars["SUBSYSTEM"], e.Vars["DEVNAME"]
	return e, nil
}
