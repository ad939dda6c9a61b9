package main

import (
	"testing"

	"tram06/firmware/config"
	"tram06/fleet/wire"
)

// What a board file may say, this program has a driver for.
func TestEverySchemeOfABoardHasADriver(t *testing.T) {
	known := devices(config.Board{})
	if n := len((config.Devices{}).All()); n > wire.MaxDevices {
		t.Errorf("a board may have %d devices, and a status to the fleet holds %d", n, wire.MaxDevices)
	}
	if config.MaxPlace > wire.MaxSite {
		t.Errorf("a place may have %d letters, and a status to the fleet holds %d", config.MaxPlace, wire.MaxSite)
	}
	for _, f := range (config.Devices{}).All() {
		schemes := config.Schemes(f.Name)
		if len(schemes) == 0 {
			t.Errorf("a %s can have no scheme at all", f.Name)
		}
		for _, s := range schemes {
			if known[s] == nil {
				t.Errorf("a %s may be %s:, and there is no driver for it", f.Name, s)
			}
		}
	}
}
