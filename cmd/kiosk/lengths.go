package main

import (
	"sync"

	"tram06/firmware/cccd"
)

// lengths remembers whether this kiosk's card reader carries extended APDUs.
// Some do not, and answer the attempt by losing the card, which looks like a
// citizen who tore it off. So one loss there is tried again with short APDUs,
// and a second one without a success in between settles it until the next
// start.
type lengths struct {
	mu    sync.Mutex
	lost  int
	again bool // the next reading is the other half of a lost one
}

const settled = 2

// short tells how the next reading should go.
func (l *lengths) short() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.again || l.lost >= settled
}

// note learns from a reading, and tells whether it has just settled that the
// reader carries short APDUs only.
func (l *lengths) note(r cccd.Report, short bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case r.ExtendedLost:
		l.again = true
		l.lost++
		return l.lost == settled
	case short && r.APDUs > 0:
		l.again = false
	case r.Extended:
		l.lost = 0
	}
	return false
}
