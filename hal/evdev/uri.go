package evdev

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tram06/hal"
	"tram06/hal/evdev/calibrate"
	"tram06/hal/evdev/input"
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

// params are what a URI says.
type params struct {
	query       input.Query
	panel       Panel
	grab        bool
	turn        calibrate.Matrix // swap and flip
	calibration calibrate.Matrix
	file        string
	jitter      float64
	millimetres bool
}

func (p params) start(dev input.Device, uri string, now func() time.Time) (*Screen, error) {
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
	if p.grab {
		if err := input.Grab(dev); err != nil {
			return nil, err
		}
	}
	return New(uri, dev, c, now), nil
}

func parseURI(u *url.URL, panel Panel) (params, error) {
	p := params{panel: panel, turn: calibrate.Identity, calibration: calibrate.Identity}
	query, rest, err := input.ParseQuery(u)
	if err != nil {
		return p, fmt.Errorf("touch URI: %w", err)
	}
	p.query = query
	for key, v := range rest {
		if err := p.set(key, v); err != nil {
			return p, fmt.Errorf("touch URI: %s=%s: %w", key, v, err)
		}
	}
	if p.file != "" && p.calibration != calibrate.Identity {
		return p, fmt.Errorf("touch URI: give either calibration or calibration-file")
	}
	if p.panel.Width <= 0 || p.panel.Height <= 0 {
		return p, fmt.Errorf("touch URI: screen of %d x %d pixels: give w and h", p.panel.Width, p.panel.Height)
	}
	switch p.panel.Rotate {
	case 0, 90, 180, 270:
	default:
		return p, fmt.Errorf("touch URI: rotate=%d: want 0, 90, 180 or 270", p.panel.Rotate)
	}
	return p, nil
}

func (p *params) set(key, v string) (err error) {
	number := func(into *int) error {
		if *into, err = strconv.Atoi(v); err != nil {
			return errors.New("want a number")
		}
		return nil
	}
	switch key {
	case "grab":
		if p.grab, err = strconv.ParseBool(v); err != nil {
			return errors.New("want 0 or 1")
		}
	case "w":
		return number(&p.panel.Width)
	case "h":
		return number(&p.panel.Height)
	case "rotate":
		return number(&p.panel.Rotate)
	case "flip":
		// Axes are flipped where they are, before the picture's rotation.
		m, ok := map[string]calibrate.Matrix{"x": {-1, 0, 1, 0, 1, 0}, "y": {1, 0, 0, 0, -1, 1}, "xy": {-1, 0, 1, 0, -1, 1}}[v]
		if !ok {
			return errors.New("want x, y or xy")
		}
		p.turn = m
	case "calibration":
		if p.calibration, err = calibrate.Parse(v); err != nil {
			return err
		}
	case "calibration-file":
		p.file = v
	case "jitter":
		text, mm := strings.CutSuffix(v, "mm")
		if p.jitter, err = strconv.ParseFloat(text, 64); err != nil || !(p.jitter >= 0 && p.jitter < 1000) {
			return errors.New("want pixels, or millimetres such as 0.5mm")
		}
		p.millimetres = mm
	default:
		return fmt.Errorf("unknown parameter (known: %s)",
			input.Known("w", "h", "rotate", "grab", "flip", "calibration", "calibration-file", "jitter"))
	}
	return nil
}
