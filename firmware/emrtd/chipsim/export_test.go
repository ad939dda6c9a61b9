package chipsim

import "math/big"

// CurveForTest gives the constants a and b of the curve.
func CurveForTest() (a, b *big.Int) {
	a, _ = new(big.Int).SetString(curveA, 16)
	b, _ = new(big.Int).SetString(curveB, 16)
	return a, b
}
