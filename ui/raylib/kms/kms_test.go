package kms

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

func tree(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return m
}

func TestFind(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  Mode
	}{
		"preferred mode first": {
			map[string]string{"card0-HDMI-A-1/status": "connected\n", "card0-HDMI-A-1/modes": "1920x1080\n1280x720\n"},
			Mode{"card0-HDMI-A-1", 1920, 1080}},
		"unplugged ones are passed over": {
			map[string]string{
				"card0-DP-1/status": "disconnected\n", "card0-DP-1/modes": "",
				"card0-DSI-1/status": "connected\n", "card0-DSI-1/modes": "800x1280\n",
				"version": "drm 1.1.0"},
			Mode{"card0-DSI-1", 800, 1280}},
		"the second card comes first": {
			map[string]string{
				"card0-HDMI-A-1/status": "connected", "card0-HDMI-A-1/modes": "640x480",
				"card1-HDMI-A-1/status": "connected", "card1-HDMI-A-1/modes": "1080x1920"},
			Mode{"card1-HDMI-A-1", 1080, 1920}},
		"interlaced and broken lines do not count": {
			map[string]string{"card0-HDMI-A-1/status": "connected", "card0-HDMI-A-1/modes": "1920x1080i\nrubbish\n0x0\n99999x1\n1024x600\n"},
			Mode{"card0-HDMI-A-1", 1024, 600}},
	} {
		got, err := Find(tree(c.files))
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}

func TestNone(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		says  string
	}{
		"no card":             {map[string]string{"version": "drm"}, ""},
		"unplugged":           {map[string]string{"card0-HDMI-A-1/status": "disconnected\n"}, `card0-HDMI-A-1: "disconnected"`},
		"connected, no modes": {map[string]string{"card0-HDMI-A-1/status": "connected", "card0-HDMI-A-1/modes": "\n"}, "lists no mode"},
		"no status":           {map[string]string{"card0-HDMI-A-1/modes": "1920x1080"}, "card0-HDMI-A-1"},
	} {
		_, err := Find(tree(c.files))
		if !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1920x1080", "1920x1080i", "x", "-1x5", "+3x4", "9999999999999999999x1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if w, h, ok := parse(s); ok && (w <= 0 || h <= 0 || w > maxSide || h > maxSide) {
			t.Errorf("%q gives %dx%d", s, w, h)
		}
	})
}
