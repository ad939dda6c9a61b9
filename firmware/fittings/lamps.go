package fittings

import (
	"context"
	"slices"

	"tram06/firmware/session"
	"tram06/hal"
)

// The lamps that the kiosk knows; a terminal may have any of them.
const (
	lampReader  = "reader"
	lampScanner = "scanner"
	lampPrinter = "printer"
	lampStatus  = "status"
)

// pattern of each lamp that is not dark.
type pattern map[string]hal.Pattern

// lampsFor says what the lamps show at a state: the place where the next thing
// happens invites, one that is at work is lit. Two places never invite at once,
// except that whoever leaves is called back to card and receipt alike. That a
// device is not ready is an alarm, but for those that the terminal is without.
func lampsFor(s session.State, without ...session.Device) pattern {
	p := pattern{lampStatus: hal.Steady}
	for _, d := range []session.Device{session.Reader, session.Scanner, session.Printer} {
		if !s.Devices[d].Ready && !slices.Contains(without, d) {
			p[lampStatus] = hal.Alarm
		}
	}
	ready := func(d session.Device, lamp string, what hal.Pattern) {
		if s.Devices[d].Ready {
			p[lamp] = what
		}
	}
	switch s.Phase {
	case session.Identify:
		switch {
		case s.Stage != session.NotReading:
			ready(session.Reader, lampReader, hal.Steady)
		case s.NeedLift:
			// The page says so; a lamp that invites would say "stay".
		case s.QR != nil || len(s.Digits) > 0 || !s.Devices[session.Scanner].Ready:
			ready(session.Reader, lampReader, hal.Invite)
		default:
			ready(session.Scanner, lampScanner, hal.Invite)
		}
	case session.Submitting, session.Done:
		switch s.Print {
		case session.Printing:
			ready(session.Printer, lampPrinter, hal.Steady)
		case session.PrintDone, session.PrintUnclear:
			ready(session.Printer, lampPrinter, hal.Invite)
		}
		if s.Phase == session.Done && s.CardThere {
			ready(session.Reader, lampReader, hal.Invite)
		}
	case session.Goodbye:
		if s.CardThere {
			ready(session.Reader, lampReader, hal.Invite)
		}
	case session.Closed:
		p[lampStatus] = hal.Alarm
	}
	return p
}

// lamps keeps the lamps as they are wanted. What is wanted outlives the device.
type lamps struct{ *wish[pattern] }

func newLamps() *lamps { return &lamps{newWish(pattern{})} }

func (l *lamps) use(ctx context.Context, d hal.Lamps) error {
	shown := pattern(nil)
	for {
		p := l.get()
		if err := show(d, shown, p); err != nil {
			return err
		}
		shown = p
		select {
		case <-l.changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// show changes the lamps that are there from one pattern to another; nil is not
// known.
func show(d hal.Lamps, from, to pattern) error {
	for _, name := range d.Names() {
		if from != nil && from[name] == to[name] {
			continue
		}
		if err := d.Set(name, to[name]); err != nil {
			return err
		}
	}
	return nil
}
