package evdev_test

import (
	"net/url"
	"testing"
	"time"

	"tram06/hal/evdev"
	"tram06/hal/evdev/calibrate"
)

func TestURIsOfACalibration(t *testing.T) {
	turned := calibrate.Matrix{-1, 0, 1, 0, -0.5, 0.75}
	for _, c := range []struct{ uri, raw, numbers, file, has string }{
		{"evdev:///dev/kiosk/touch", "evdev:///dev/kiosk/touch", "evdev:///dev/kiosk/touch?calibration=-1,0,1,0,-0.5,0.75",
			"evdev:///dev/kiosk/touch?calibration-file=/var/lib/tram06/touch.matrix", ""},
		{"evdev:///?name=My+Panel&jitter=0.5mm&calibration=1+0+0+0+1+0&grab=1", "evdev:///?name=My+Panel&grab=1",
			"evdev:///?name=My+Panel&jitter=0.5mm&grab=1&calibration=-1,0,1,0,-0.5,0.75",
			"evdev:///?name=My+Panel&jitter=0.5mm&grab=1&calibration-file=/var/lib/tram06/touch.matrix", ""},
		{"evdev:///?id=0eef:0001&calibration-file=%2Fetc%2Ft.m&flip=x", "evdev:///?id=0eef:0001&flip=x",
			"evdev:///?id=0eef:0001&flip=x&calibration=-1,0,1,0,-0.5,0.75",
			"evdev:///?id=0eef:0001&flip=x&calibration-file=/var/lib/tram06/touch.matrix", "/etc/t.m"},
	} {
		raw, err1 := evdev.Raw(c.uri)
		numbers, err2 := evdev.WithCalibration(c.uri, turned)
		file, err3 := evdev.WithCalibrationFile(c.uri, "/var/lib/tram06/touch.matrix")
		has, err4 := evdev.CalibrationFile(c.uri)
		if raw != c.raw || numbers != c.numbers || file != c.file || has != c.has {
			t.Errorf("%s:\n %s\n %s\n %s\n %s", c.uri, raw, numbers, file, has)
		}
		for _, err := range []error{err1, err2, err3, err4} {
			if err != nil {
				t.Errorf("%s: %v", c.uri, err)
			}
		}
		if got, err := evdev.CalibrationFile(file); err != nil || got != "/var/lib/tram06/touch.matrix" {
			t.Errorf("%s names %q, %v", file, got, err)
		}
		// What comes out opens: nothing is there, but the URI is understood.
		for _, uri := range []string{raw, numbers, file} {
			u, err := url.Parse(uri)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := evdev.Opener(panel, time.Now)(t.Context(), u); err == nil || err.Error()[:len("touch panel")] != "touch panel" {
				t.Errorf("%s: %v", uri, err)
			}
		}
	}
	odd, err := evdev.WithCalibrationFile("evdev:///dev/t", "a b&c=d,é#%")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := evdev.CalibrationFile(odd); err != nil || got != "a b&c=d,é#%" {
		t.Errorf("%s names %q, %v", odd, got, err)
	}
	if p, err := evdev.PanelOf("evdev:///dev/t?rotate=270", panel); err != nil || p != (evdev.Panel{Width: panel.Width, Height: panel.Height, Rotate: 270}) {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := evdev.PanelOf("evdev:///dev/t?rotate=1", panel); err == nil {
		t.Error("a panel is turned by a degree")
	}
	for _, bad := range []string{"evdev:///%zz", "evdev:///x?%zz=1"} {
		if _, err := evdev.Raw(bad); err == nil {
			t.Errorf("%s is a URI", bad)
		}
	}
}

// A calibration that was found for touches without one places them as the
// driver does with it.
func TestCorrectIsWhatTheDriverDoes(t *testing.T) {
	for _, rotate := range []int{0, 90, 180, 270} {
		p := evdev.Panel{Width: 1080, Height: 1920, Rotate: rotate}
		// People touch where the crosses are; the glass tells it askew.
		askew := calibrate.Matrix{0.82, 0.02, 0.1, -0.03, -0.8, 0.9}
		var taps []evdev.Tap
		for _, at := range calibrate.Targets() {
			x, y := int(at.X*1079), int(at.Y*1919)
			tx, ty := p.Correct(askew, x, y)
			taps = append(taps, evdev.Tap{ShownX: x, ShownY: y, ToldX: tx, ToldY: ty})
		}
		r, err := p.Recalibrate(calibrate.Identity, taps)
		if err != nil {
			t.Fatalf("%d: %v", rotate, err)
		}
		for _, tap := range taps {
			x, y := p.Correct(r.Matrix, tap.ToldX, tap.ToldY)
			if dx, dy := x-tap.ShownX, y-tap.ShownY; dx*dx > 4 || dy*dy > 4 {
				t.Errorf("turned by %d: %+v is at %d,%d", rotate, tap, x, y)
			}
		}
	}
}

func FuzzEditURI(f *testing.F) {
	f.Add("evdev:///dev/input/event3?w=1&rotate=90&calibration=1+0+0+0+1+0", "/var/lib/x.matrix")
	f.Add("evdev:///?name=A+%26B&calibration-file=%2Fa&&jitter=1", "a=b&c #%+")
	f.Add("evdev:///x?calibration=;&=%3d", "")
	f.Fuzz(func(t *testing.T, uri, path string) {
		with, err := evdev.WithCalibrationFile(uri, path)
		if err != nil {
			return
		}
		if got, err := evdev.CalibrationFile(with); err != nil || got != path {
			t.Fatalf("%q names %q, %v", with, got, err)
		}
		raw, err := evdev.Raw(with)
		if err != nil {
			t.Fatalf("%q: %v", with, err)
		}
		if again, err := evdev.Raw(raw); err != nil || again != raw {
			t.Fatalf("%q becomes %q, %v", raw, again, err)
		}
		if got, err := evdev.CalibrationFile(raw); err != nil || got != "" {
			t.Fatalf("%q still names %q, %v", raw, got, err)
		}
	})
}
