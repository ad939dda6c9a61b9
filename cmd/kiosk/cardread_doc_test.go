package main

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// manual reads one of the manuals.
func manual(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The keys of the JSON and those of its manual are the same, in the same order.
func TestManualHasEveryKey(t *testing.T) {
	var documented []string
	_, section, ok := strings.Cut(manual(t, "card-reading.md"), "\n## JSON\n")
	if !ok {
		t.Fatal("the manual has no section on JSON")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\|").FindAllStringSubmatch(section, -1) {
		documented = append(documented, m[1])
	}
	if keys := jsonKeys(reflect.TypeFor[cardJSON](), ""); !slices.Equal(keys, documented) {
		t.Errorf("the answer has\n%q\nthe manual\n%q", keys, documented)
	}
}

// jsonKeys lists the keys of a struct and of what it holds.
func jsonKeys(typ reflect.Type, prefix string) []string {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct {
		return nil
	}
	var keys []string
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		keys = append(keys, prefix+name)
		keys = append(keys, jsonKeys(typ.Field(i).Type, prefix+name+".")...)
	}
	return keys
}

func TestManualHasEveryFlagAndCode(t *testing.T) {
	text := manual(t, "card-reading.md")
	cmd := cardReadCommand()
	for _, name := range []string{"can", "mrz", "qr", "reader", "trust", "timeout", "json", "show-personal", "photo"} {
		if cmd.Flags().Lookup(name) == nil || !strings.Contains(text, "--"+name) {
			t.Errorf("--%s is missing in the command or in its manual", name)
		}
	}
	for _, code := range []string{"| 0 |", "| 3 |", "| 4 |", "| 5 |", "| 6 |", "| 1 |", codeNoCard, codeCalledOff, codeUsage, codeFailed} {
		if !strings.Contains(text, code) {
			t.Errorf("the manual does not tell of %s", code)
		}
	}
}
