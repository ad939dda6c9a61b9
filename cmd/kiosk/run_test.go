//go:build memory

package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestRunScripts starts the kiosk with the display of this build, which is
// memory, and looks at it over the panel.
func TestRunScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/run", Setup: files06})
}
