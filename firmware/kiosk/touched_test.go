package kiosk

import (
	"context"
	"testing"

	"tram06/hal"
)

// What a panel says as it goes reaches the loop, and nobody waits for a loop
// that takes nothing.
func TestTheLastTouchArrives(t *testing.T) {
	k := &Kiosk{touch: make(chan hal.Touch, 64)}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for range 64 {
		k.Touched(over, hal.Touch{Kind: hal.TouchCancel})
	}
	if n := len(k.touch); n != 64 {
		t.Errorf("%d of 64 arrived", n)
	}
	k.Touched(over, hal.Touch{Kind: hal.TouchCancel}) // there is no room: it returns
}
