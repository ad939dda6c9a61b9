package main

import (
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"tram06/firmware/health"
	"tram06/hal"
)

// The manual of the touch commands names every key of their answers, every
// flag and the codes.
func TestTouchManual(t *testing.T) {
	text := manual(t, "touch.md")
	calibrating, testing, ok := strings.Cut(text, "\n## Test\n")
	if !ok {
		t.Fatal("the manual has no section on the test")
	}
	for section, answer := range map[string]reflect.Type{calibrating: reflect.TypeFor[calibration](), testing: reflect.TypeFor[touchReport]()} {
		for _, key := range jsonKeys(answer, "") {
			if strings.Contains(key, ".") {
				continue // columns, rows and edges need no words
			}
			if !strings.Contains(section, "`"+key+"`") && !strings.Contains(section, `"`+key+`":`) {
				t.Errorf("%s is not in the manual", key)
			}
		}
	}
	for _, cmd := range []*cobra.Command{calibrateCommand(), touchTestCommand()} {
		for _, name := range []string{"board", "board-overlay", "device", "timeout", "json"} {
			if cmd.Flags().Lookup(name) == nil || !strings.Contains(text, "--"+name) {
				t.Errorf("--%s is missing in %s or in its manual", name, cmd.Name())
			}
		}
	}
	if c, ok := health.ByKey(hal.KeyTouchUncalibrated); !ok || !strings.Contains(text, string(c.Code)) || !strings.Contains(c.Remedy.EN, "touch calibrate") {
		t.Errorf("%+v is not what the manual says", c)
	}
}
