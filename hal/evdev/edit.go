package evdev

import (
	"fmt"
	"net/url"
	"strings"

	"tram06/hal/evdev/calibrate"
)

// A calibration screen opens the panel as it is, and writes down how it should
// be opened from then on: these functions rewrite a panel's URI for it.

// Raw opens the same panel without calibration and without the filter of a
// trembling finger.
func Raw(uri string) (string, error) {
	return edit(uri, nil, "calibration", "calibration-file", "jitter")
}

// PanelOf is the screen that a URI speaks about: the board's, or what the URI
// says instead.
func PanelOf(uri string, board Panel) (Panel, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return board, fmt.Errorf("touch panel URI: %w", err)
	}
	p, err := parseURI(u, board)
	return p.panel, err
}

// CalibrationFile is the file that a URI names, "" if none.
func CalibrationFile(uri string) (string, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", fmt.Errorf("touch panel URI: %w", err)
	}
	return u.Query().Get("calibration-file"), nil
}

// WithCalibration opens the same panel with these six numbers.
func WithCalibration(uri string, m calibrate.Matrix) (string, error) {
	return edit(uri, map[string]string{"calibration": strings.ReplaceAll(m.String(), " ", ",")}, "calibration-file")
}

// WithCalibrationFile opens the same panel with what the file says by then.
func WithCalibrationFile(uri, path string) (string, error) {
	return edit(uri, map[string]string{"calibration-file": path}, "calibration")
}

// edit changes parameters and leaves the others as they are, in their order:
// a person compares the two.
func edit(uri string, set map[string]string, drop ...string) (string, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", fmt.Errorf("touch panel URI: %w", err)
	}
	var kept []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		key, _, _ := strings.Cut(part, "=")
		key, err := url.QueryUnescape(key)
		if err != nil {
			return "", fmt.Errorf("touch panel URI: %w", err)
		}
		gone := part == ""
		for _, d := range drop {
			gone = gone || key == d
		}
		if _, new := set[key]; !gone && !new {
			kept = append(kept, part)
		}
	}
	for key, v := range set {
		// Slashes and commas mean nothing in a query, and are easier to read.
		v = strings.NewReplacer("%2F", "/", "%2C", ",").Replace(url.QueryEscape(v))
		kept = append(kept, key+"="+v)
	}
	u.RawQuery = strings.Join(kept, "&")
	return u.String(), nil
}
