// Package input reads the kernel's input devices, /dev/input/event*: what
// touch panels, keypads and scanners that play a keyboard have in common.
//
// It is pure Go over the interface of <linux/input.h>: records, the device's
// description, its present state, and exclusive use. Device is that interface;
// Open gives a real one, package sim simulated ones. Stream is the part of a
// driver that is the same for all: the reading goroutine, the queue, the
// health, the end.
package input

import "time"

// Event is one record of an input device.
type Event struct {
	// Time is the kernel's monotonic clock; only differences mean something.
	Time       time.Duration
	Type, Code uint16
	Value      int32
}

// Device is one open input device.
type Device interface {
	// Info describes the device, as it was when it was opened.
	Info() Info
	// Read blocks for at least one event and gives whole ones. A pulled plug
	// is an error, and so is Close.
	Read(events []Event) (int, error)
	// State is the device's present state, which is what its events have led
	// to whether they were read or not.
	State() (State, error)
	// Grab takes the device away from everyone else, until Close.
	Grab() error
	// Close ends a Read that waits.
	Close() error
}
