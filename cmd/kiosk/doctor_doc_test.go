package main

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tram06/firmware/doctor"
	"tram06/firmware/health"
)

// The keys of the JSON and those of its manual are the same, in the same order.
func TestDoctorsManualHasEveryKey(t *testing.T) {
	_, section, ok := strings.Cut(manual(t, "doctor.md"), "\n## JSON\n")
	if !ok {
		t.Fatal("the manual has no section on JSON")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\|").FindAllStringSubmatch(section, -1) {
		documented = append(documented, m[1])
	}
	if keys := jsonKeys(reflect.TypeFor[doctorJSON](), ""); !slices.Equal(keys, documented) {
		t.Errorf("the answer has\n%q\nthe manual\n%q", keys, documented)
	}
}

func TestDoctorsManualHasEveryFlagPartAndCode(t *testing.T) {
	text := manual(t, "doctor.md")
	cmd := doctorCommand()
	for _, name := range []string{"board", "site", "state", "lang", "only", "timeout", "json", "wait", "print", "print-to", "dots", "card", "can",
		"scan", "touch", "keypad", "lamps", "sound", "all-tests"} {
		if cmd.Flags().Lookup(name) == nil || !strings.Contains(text, "--"+name) {
			t.Errorf("--%s is missing in the command or in its manual", name)
		}
	}
	for _, p := range doctor.Parts() {
		if !doctor.IsDevice(p) && !strings.Contains(text, "| `"+p+"` |") {
			t.Errorf("the manual does not tell of %s", p)
		}
	}
	for _, code := range []string{"| 0 |", "| 10 |", "| 11 |", "| 3 |", "| 2 |", "| 1 |"} {
		if !strings.Contains(text, code) {
			t.Errorf("the manual does not tell of exit code %s", code)
		}
	}
	// Every code that it names is one.
	for _, code := range regexp.MustCompile(`\b(?:QUET|THE|IN|MANG|HS|CH|MAY)-\d{3}\b`).FindAllString(text, -1) {
		if _, ok := health.Lookup(health.Code(code)); !ok {
			t.Errorf("the manual tells of %s, which there is not", code)
		}
	}
}
