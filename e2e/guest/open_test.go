//go:build guest

package guest

import (
	"context"
	"errors"
	"testing"

	"tram06/hal"
)

// opened gives a device that is there.
func opened[D hal.Device](t *testing.T, open func(context.Context) (D, error)) D {
	t.Helper()
	d, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// missing looks that a device that is not there says so.
func missing[D hal.Device](t *testing.T, open func(context.Context) (D, error)) {
	t.Helper()
	if _, err := open(t.Context()); !errors.Is(err, hal.ErrGone) {
		t.Errorf("opening what is not there gives %v, want ErrGone", err)
	}
}
