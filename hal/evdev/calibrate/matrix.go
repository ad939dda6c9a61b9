// Package calibrate fits what a touch panel says to where people touched.
//
// A resistive panel, or one that was glued on askew, needs an affine map: six
// numbers, in the form that libinput and its udev property
// LIBINPUT_CALIBRATION_MATRIX have. They map the panel's own coordinates, from
// 0 to 1 along each axis, before the picture's rotation is thought of.
//
// The package is pure: a calibration screen shows Targets, collects touches,
// and calls Fit.
package calibrate

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Point is a place, from 0 to 1 along each axis if it is on the panel.
type Point struct{ X, Y float64 }

// Matrix maps x to m[0]x+m[1]y+m[2] and y to m[3]x+m[4]y+m[5].
type Matrix [6]float64

// Identity changes nothing.
var Identity = Matrix{1, 0, 0, 0, 1, 0}

// ErrMatrix: text is no matrix that a panel could have.
var ErrMatrix = errors.New("not a calibration")

// Apply maps a point.
func (m Matrix) Apply(p Point) Point {
	return Point{m[0]*p.X + m[1]*p.Y + m[2], m[3]*p.X + m[4]*p.Y + m[5]}
}

// After is the map that does first and then m.
func (m Matrix) After(first Matrix) Matrix {
	f := first
	return Matrix{
		m[0]*f[0] + m[1]*f[3], m[0]*f[1] + m[1]*f[4], m[0]*f[2] + m[1]*f[5] + m[2],
		m[3]*f[0] + m[4]*f[3], m[3]*f[1] + m[4]*f[4], m[3]*f[2] + m[4]*f[5] + m[5],
	}
}

// Inverse undoes m. A map that squeezes the panel to a line has none.
func (m Matrix) Inverse() (Matrix, error) {
	det := m[0]*m[4] - m[1]*m[3]
	if math.Abs(det) < flat {
		return Matrix{}, fmt.Errorf("%w: it maps the panel to a line", ErrMatrix)
	}
	a, b, d, e := m[4]/det, -m[1]/det, -m[3]/det, m[0]/det
	return Matrix{a, b, -(a*m[2] + b*m[5]), d, e, -(d*m[2] + e*m[5])}, nil
}

const (
	// flat is the area that remains of the panel in a map that is none.
	flat = 1e-3
	// reach bounds the numbers: a panel uses at least a tenth of its axes.
	reach = 20
)

func (m Matrix) check() error {
	for _, v := range m {
		if math.IsNaN(v) || math.Abs(v) > reach {
			return fmt.Errorf("%w: %v is out of reason", ErrMatrix, v)
		}
	}
	_, err := m.Inverse()
	return err
}

// Parse reads six numbers between blanks or commas. Lines that begin with #
// are comments.
func Parse(text string) (Matrix, error) {
	var m Matrix
	n := 0
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			continue
		}
		for f := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
			v, err := strconv.ParseFloat(f, 64)
			if err != nil {
				return Matrix{}, fmt.Errorf("%w: %.20q is no number", ErrMatrix, f)
			}
			if n == len(m) {
				return Matrix{}, fmt.Errorf("%w: more than six numbers", ErrMatrix)
			}
			m[n] = v
			n++
		}
	}
	if n != len(m) {
		return Matrix{}, fmt.Errorf("%w: %d numbers, want six", ErrMatrix, n)
	}
	return m, m.check()
}

// String writes what Parse reads.
func (m Matrix) String() string {
	parts := make([]string, len(m))
	for i, v := range m {
		parts[i] = strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strings.Join(parts, " ")
}
