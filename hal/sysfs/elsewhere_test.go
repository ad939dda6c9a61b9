package sysfs_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tram06/hal"
	"tram06/hal/sysfs"
)

// tree writes files into a folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestTreeElsewhere(t *testing.T) {
	root := tree(t, map[string]string{
		"sys/class/backlight/panel/type":           "raw",
		"sys/class/backlight/panel/max_brightness": "255",
		"sys/class/backlight/panel/brightness":     "10",
		"sys/class/backlight/panel/bl_power":       "0",
		"sys/class/hwmon/hwmon0/name":              "cpu_thermal",
		"sys/class/hwmon/hwmon0/temp1_input":       "61500",
	})
	reg := sysfs.Elsewhere(nil)
	query := "?root=" + url.QueryEscape(root)
	light, err := hal.Open[hal.Backlight](t.Context(), reg, "sim+backlight:///panel"+query)
	if err != nil {
		t.Fatal(err)
	}
	defer light.Close()
	if err := light.SetLevel(100); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(root, "sys/class/backlight/panel/brightness")); err != nil || strings.TrimSpace(string(b)) != "255" {
		t.Errorf("brightness %q, %v", b, err)
	}
	therm, err := hal.Open[hal.Thermometer](t.Context(), reg, "sim+thermometer:///"+query)
	if err != nil {
		t.Fatal(err)
	}
	defer therm.Close()
	if got, err := therm.Read(); err != nil || len(got) != 1 || got[0].Celsius != 61.5 {
		t.Errorf("%v, %v", got, err)
	}
	for _, uri := range []string{"sim+backlight:///panel", "sim+thermometer:///?root=here"} {
		if _, err := hal.Open[hal.Device](t.Context(), reg, uri); err == nil || !strings.Contains(err.Error(), "root=/") {
			t.Errorf("%s: %v", uri, err)
		}
	}
	if _, err := hal.Open[hal.Device](t.Context(), reg, "sim+thermometer:///?root="+url.QueryEscape(t.TempDir())); !errors.Is(err, hal.ErrGone) {
		t.Errorf("an empty tree: %v", err)
	}
}
