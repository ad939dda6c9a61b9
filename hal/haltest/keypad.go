package haltest

import (
	"context"
	"testing"

	"tram06/hal"
)

// Keypad runs the suite on a keypad that nobody presses.
func Keypad(t *testing.T, open func(t *testing.T) hal.Keypad) {
	suite(t, open, func(d hal.Keypad) []wait {
		return []wait{{"Next", func(ctx context.Context) error { _, err := d.Next(ctx); return err }}}
	})
}
