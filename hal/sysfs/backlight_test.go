package sysfs_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/sysfs"
	"tram06/hal/sysfs/sim"
)

func open[D hal.Device](t *testing.T, f sysfs.FS, uri string) (D, error) {
	t.Helper()
	return hal.Open[D](t.Context(), sysfs.Registry(f, nil), uri)
}

func mustOpen[D hal.Device](t *testing.T, f sysfs.FS, uri string) D {
	t.Helper()
	d, err := open[D](t, f, uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func light(t *testing.T, b hal.Backlight, level int) {
	t.Helper()
	if err := b.SetLevel(level); err != nil {
		t.Fatal(err)
	}
}

func TestLevelsAreThoseOfTheEye(t *testing.T) {
	tree := sim.New()
	p := tree.AddPanel("10-0045", 1000)
	b := mustOpen[hal.Backlight](t, tree, "backlight:///")
	// CIE 1976: a lightness of 50 is 18.4 % of the light.
	for level, want := range map[int]int{0: 0, 8: 10, 25: 45, 50: 185, 75: 483, 100: 1000} {
		light(t, b, level)
		if got := p.Step(); got != want {
			t.Errorf("level %d is step %d of 1000, want %d", level, got, want)
		}
	}
	last := 0
	for level := 1; level <= 100; level++ {
		light(t, b, level)
		if p.Step() < last || p.Step() == 0 {
			t.Errorf("level %d is step %d after %d: darker, or dark", level, p.Step(), last)
		}
		last = p.Step()
	}
}

func TestADarkPanelIsSwitchedOff(t *testing.T) {
	tree := sim.New()
	p := tree.AddPanel("panel", 100)
	b := mustOpen[hal.Backlight](t, tree, "backlight:///panel?least=10")
	light(t, b, 0)
	if s, err := tree.Read(p.Dir + "/bl_power"); err != nil || s != "4" {
		t.Errorf("bl_power is %s, %v", s, err)
	}
	if l, err := b.Level(); err != nil || l != 0 {
		t.Errorf("Level gives %d, %v", l, err)
	}
	light(t, b, 1)
	if p.Step() != 10 {
		t.Errorf("the least light is step %d, want 10", p.Step())
	}
}

func TestALevelThatSomebodyElseSetIsTold(t *testing.T) {
	tree := sim.New()
	p := tree.AddPanel("panel", 1000)
	b := mustOpen[hal.Backlight](t, tree, "backlight:///panel")
	light(t, b, 90)
	for step, want := range map[string]int{"1000": 100, "185": 50, "1": 1, "0": 0} {
		if err := tree.Write(p.Dir+"/brightness", step); err != nil {
			t.Fatal(err)
		}
		if got, err := b.Level(); err != nil || got != want {
			t.Errorf("step %s is level %d, %v, want %d", step, got, err, want)
		}
	}
}

func TestBacklightsThatCannotBeOpened(t *testing.T) {
	tree := sim.New()
	tree.AddPanel("panel", 100)
	tree.AddPanel("broken", 100).Break("max_brightness", "very", nil)
	tree.AddPanel("none", 0)
	for uri, want := range map[string]struct {
		is   error
		says string
	}{
		"backlight:///other":           {hal.ErrGone, "there: broken, none, panel"},
		"backlight:///broken":          {hal.ErrFault, `"very" is no number`},
		"backlight:///none":            {hal.ErrUnsupported, "steps up to 0"},
		"backlight:///panel?least=101": {hal.ErrUnsupported, "least is 101"},
	} {
		if _, err := open[hal.Backlight](t, tree, uri); !errors.Is(err, want.is) || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%s gives %v, want %v with %q", uri, err, want.is, want.says)
		}
	}
	if _, err := open[hal.Backlight](t, sim.New(), "backlight:///"); !errors.Is(err, hal.ErrGone) {
		t.Errorf("a machine without any gives %v", err)
	}
	for _, uri := range []string{"backlight://panel", "backlight:///panel?least=0", "backlight:///panel?most=5"} {
		if _, err := open[hal.Backlight](t, tree, uri); err == nil {
			t.Errorf("%s opens", uri)
		}
	}
}

func TestABadAnswerIsNoUnplugging(t *testing.T) {
	tree := sim.New()
	p := tree.AddPanel("panel", 100)
	b := mustOpen[hal.Backlight](t, tree, "backlight:///panel")
	p.Break("brightness", "", unix.EIO)
	if err := b.SetLevel(50); !errors.Is(err, unix.EIO) || errors.Is(err, hal.ErrGone) {
		t.Errorf("SetLevel gives %v", err)
	}
	p.Break("brightness", "bright", nil)
	if _, err := b.Level(); !errors.Is(err, hal.ErrFault) {
		t.Errorf("Level gives %v", err)
	}
	p.Break("brightness", "", nil)
	light(t, b, 50)
	p.Break("brightness", "", unix.ENODEV)
	if err := b.SetLevel(50); !errors.Is(err, hal.ErrGone) {
		t.Errorf("SetLevel gives %v, want ErrGone", err)
	}
}
