package main

import (
	"testing"

	"tram06/firmware/cccd"
)

func TestLengthsOfAReader(t *testing.T) {
	good := cccd.Report{APDUs: 13, Extended: true}
	short := cccd.Report{APDUs: 90}
	lost := cccd.Report{APDUs: 6, ExtendedLost: true}
	torn := cccd.Report{APDUs: 3}
	tests := []struct {
		name     string
		readings []cccd.Report
		want     []bool // short APDUs, before each reading and at the end
	}{
		{"a good reader", []cccd.Report{good, good}, []bool{false, false, false}},
		{"torn off somewhere else", []cccd.Report{torn, good}, []bool{false, false, false}},
		{"torn off just there", []cccd.Report{lost, short, good, lost, short, good}, []bool{false, true, false, false, true, false, false}},
		{"a reader without them", []cccd.Report{lost, short, lost, short, short}, []bool{false, true, false, true, true, true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var l lengths
			for i, r := range tt.readings {
				if l.short() != tt.want[i] {
					t.Fatalf("before reading %d: short %v", i, !tt.want[i])
				}
				l.note(r, l.short())
			}
			if l.short() != tt.want[len(tt.readings)] {
				t.Error("at the end")
			}
		})
	}
}
