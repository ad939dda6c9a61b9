package chipsim

import "math/big"

// Brainpool is the chip's arithmetic, for the tests' terminal.
func Brainpool() group { return curve() }

// CurveForTest gives the constants a and b of the curve.
func CurveForTest() (a, b *big.Int) {
	a, _ = new(big.Int).SetString(curveA, 16)
	b, _ = new(big.Int).SetString(curveB, 16)
	return a, b
}
