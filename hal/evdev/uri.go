package evdev

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tram06/hal"
	"tram06/hal/evdev/calibrate"
	"tram06/hal/evdev/input"
	"tram06/hal/params"
)

// Opener opens panels of this machine. panel is the board's; now stamps
// touches, nil is time.Now.
func Opener(panel Panel, now func() time.Time) hal.Opener {
	return OpenerOn(input.System{}, panel, now)
}

// OpenerOn opens panels of another system, such as simulated ones.
func OpenerOn(sys input.System, panel Panel, now func() time.Time) hal.Opener {
	return func(_ context.Context, u *url.URL) (hal.Device, error) {
		p, err := parseURI(u, panel)
		if err != nil {
			return nil, err
		}
		dev, err := sys.Find(p.query, func(i input.Info) error {
			_, err := configure(i, p.panel)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("touch panel: %w", err)
		}
		s, err := p.start(dev, u.String(), now)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("touch panel: %w", err), dev.Close())
		}
		return s, nil
	}
}

// maxPixels is more than any screen has along a side.
const maxPixels = 1 << 15

// flips turn axes where they are, before the picture's rotation.
var flips = map[string]calibrate.Matrix{"x": {-1, 0, 1, 0, 1, 0}, "y": {1, 0, 0, 0, -1, 1}, "xy": {-1, 0, 1, 0, -1, 1}}

// touch is what a URI says.
type touch struct {
	query       input.Query
	panel       Panel
	turn        calibrate.Matrix // swap and flip
	calibration calibrate.Matrix
	file        string
	jitter      float64
	millimetres bool
}

func (p touch) start(dev input.Device, uri string, now func() time.Time) (*Screen, error) {
	c, err := configure(dev.Info(), p.panel)
	if err != nil {
		return nil, err
	}
	calibration := p.calibration
	if p.file != "" {
		// A panel that is askew still leads a technician to the calibration,
		// one that is off leads nobody anywhere.
		if calibration, c.Uncalibrated = calibrate.Load(p.file); c.Uncalibrated != nil {
			calibration = calibrate.Identity
		}
	}
	c.Calibration = calibration.After(p.turn)
	c.Jitter = int(p.jitter)
	if p.millimetres {
		if c.Jitter, err = c.pixels(p.jitter); err != nil {
			return nil, err
		}
	}
	return New(uri, dev, c, now), nil
}

func parseURI(u *url.URL, panel Panel) (touch, error) {
	p := params.New("touch panel", u)
	t := touch{query: input.ParseQuery(u, p, false), turn: calibrate.Identity, calibration: calibrate.Identity}
	t.panel = Panel{
		Width:  p.Number("w", panel.Width, 1, maxPixels),
		Height: p.Number("h", panel.Height, 1, maxPixels),
		Rotate: p.Number("rotate", panel.Rotate, 0, 270),
	}
	if t.panel.Width <= 0 || t.panel.Height <= 0 {
		p.Failf("screen of %d x %d pixels: give w and h", t.panel.Width, t.panel.Height)
	}
	if !slices.Contains([]int{0, 90, 180, 270}, t.panel.Rotate) {
		p.Failf("rotate=%d: want 0, 90, 180 or 270", t.panel.Rotate)
	}
	if v, ok := p.Take("flip"); ok {
		if t.turn, ok = flips[v]; !ok {
			p.Failf("flip=%s: want x, y or xy", v)
		}
	}
	var err error
	v, given := p.Take("calibration")
	if given {
		if t.calibration, err = calibrate.Parse(v); err != nil {
			p.Failf("calibration=%s: %w", v, err)
		}
	}
	if t.file, _ = p.Take("calibration-file"); t.file != "" && given {
		p.Failf("give either calibration or calibration-file")
	}
	if v, ok := p.Take("jitter"); ok {
		text, mm := strings.CutSuffix(v, "mm")
		if t.jitter, err = strconv.ParseFloat(text, 64); err != nil || !(t.jitter >= 0 && t.jitter < 1000) {
			p.Failf("jitter=%s: want pixels, or millimetres such as 0.5mm", v)
		}
		t.millimetres = mm
	}
	return t, p.End()
}
