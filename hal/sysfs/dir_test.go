package sysfs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tram06/hal"
	"tram06/hal/sysfs"
)

// lay writes files into a tree as the kernel's looks: folders of hardware, and
// links to them by class.
func lay(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func link(t *testing.T, root, to, from string) {
	t.Helper()
	path := filepath.Join(root, from)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.Symlink(to, path)); err != nil {
		t.Fatal(err)
	}
}

func TestDriversOverRealFiles(t *testing.T) {
	root := t.TempDir()
	lay(t, root, map[string]string{
		"sys/devices/i2c-10/10-0045/backlight/10-0045/max_brightness": "255\n",
		"sys/devices/i2c-10/10-0045/backlight/10-0045/brightness":     "255\n",
		"sys/devices/i2c-10/10-0045/backlight/10-0045/scale":          "non-linear\n",
		"sys/devices/i2c-10/10-0045/backlight/10-0045/type":           "raw\n",
		"sys/devices/virtual/thermal/thermal_zone0/type":              "cpu-thermal\n",
		"sys/devices/virtual/thermal/thermal_zone0/temp":              "48312\n",
	})
	link(t, root, "../../devices/i2c-10/10-0045/backlight/10-0045", "sys/class/backlight/10-0045")
	link(t, root, "../../devices/virtual/thermal/thermal_zone0", "sys/class/thermal/thermal_zone0")
	files := sysfs.Dir(root)

	th := mustOpen[hal.Thermometer](t, files, "hwmon+thermometer:///")
	if got := measure(t, th); got != "cpu=48.312" {
		t.Errorf("it measures %s", got)
	}
	b := mustOpen[hal.Backlight](t, files, "backlight:///10-0045")
	light(t, b, 50)
	text, err := os.ReadFile(filepath.Join(root, "sys/class/backlight/10-0045/brightness"))
	if err != nil || string(text) != "128" {
		t.Errorf("half the light of a panel with even steps is %q, %v, want 128", text, err)
	}

	// Pulled out: the link and the folder go.
	if err := errors.Join(
		os.Remove(filepath.Join(root, "sys/class/backlight/10-0045")),
		os.RemoveAll(filepath.Join(root, "sys/devices/i2c-10")),
		os.Remove(filepath.Join(root, "sys/class/thermal/thermal_zone0")),
	); err != nil {
		t.Fatal(err)
	}
	if err := b.SetLevel(60); !errors.Is(err, hal.ErrGone) {
		t.Errorf("SetLevel gives %v, want ErrGone", err)
	}
	if _, err := th.Read(); !errors.Is(err, hal.ErrGone) {
		t.Errorf("Read gives %v, want ErrGone", err)
	}
}

func TestDir(t *testing.T) {
	root := t.TempDir()
	files := sysfs.Dir(root)
	lay(t, root, map[string]string{"sys/a/x": " 12 \n", "sys/b/x": "", "sys/c/x": strings.Repeat("9", 1<<20)})
	link(t, root, "../../../soc/fe20c000.pwm", "sys/a/device")
	if s, err := files.Read("sys/a/x"); err != nil || s != "12" {
		t.Errorf("Read gives %q, %v", s, err)
	}
	if s, err := files.Read("sys/b/x"); err != nil || s != "" {
		t.Errorf("an empty file gives %q, %v", s, err)
	}
	if s, err := files.Read("sys/c/x"); err != nil || len(s) != 4096 {
		t.Errorf("an endless file gives %d bytes, %v", len(s), err)
	}
	if got, err := files.Glob("sys/*/x"); err != nil || strings.Join(got, " ") != "sys/a/x sys/b/x sys/c/x" {
		t.Errorf("Glob gives %v, %v", got, err)
	}
	if to, err := files.Leads("sys/a/device"); err != nil || to != "fe20c000.pwm" {
		t.Errorf("Leads gives %q, %v", to, err)
	}
	if err := files.Write("sys/a/new", "1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("writing what is not there gives %v", err)
	}
	if _, err := os.Stat(filepath.Join(root, "sys/a/new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
}
