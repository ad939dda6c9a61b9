// Package scenetest is what the tests of pages share: the contrast of colours,
// and goldens, the texts that pages are compared with.
package scenetest

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"tram06/ui/scene"
)

// Contrast is the ratio of WCAG 2.2: 1 of a colour with itself, 21 of black with
// white.
func Contrast(a, b scene.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c scene.Color) float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// ErrDiffers: a page is not as its golden says.
var ErrDiffers = errors.New("differs from its golden")

// Golden compares a text with the file at path, or with update writes it there.
// Its error names the file, and the first line that differs.
func Golden(path, got string, update bool) error {
	if update {
		return os.WriteFile(path, []byte(got), 0o644)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w; write it with -update", err)
	}
	w, g := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		if a, b := line(w, i), line(g, i); a != b {
			return fmt.Errorf("%s: %w in line %d\n  want %s\n  got  %s", path, ErrDiffers, i+1, a, b)
		}
	}
	return nil
}

// line is line i of a text, or a word for that there is none.
func line(text []string, i int) string {
	if i < len(text) {
		return text[i]
	}
	return "nothing"
}
