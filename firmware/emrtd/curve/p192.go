package curve

import (
	"crypto/elliptic"
	"math/big"
	"sync"
)

// p192 is the curve P-192 of FIPS 186-4 section D.1.2.1. Its 96 bits of
// strength are what such a chip has; PACE takes it only if there is no other
// curve.
var p192 = sync.OnceValue(func() *elliptic.CurveParams {
	number := func(hex string) *big.Int {
		v, ok := new(big.Int).SetString(hex, 16)
		if !ok {
			panic("curve: a parameter of P-192 is no number") // all are constants of this file
		}
		return v
	}
	return &elliptic.CurveParams{
		Name: "P-192", BitSize: 192,
		P:  number("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFFFFFFFFFF"),
		N:  number("FFFFFFFFFFFFFFFFFFFFFFFF99DEF836146BC9B1B4D22831"),
		B:  number("64210519E59C80E70FA7E9AB72243049FEB8DEECC146B9B1"),
		Gx: number("188DA80EB03090F67CBF20EB43A18800F4FF0AFD82FF1012"),
		Gy: number("07192B95FFC8DA78631011ED6B24CDD573F977A11E794811"),
	}
})

// p192A is its coefficient of x, −3.
func p192A() *big.Int { return new(big.Int).Sub(p192().P, big.NewInt(3)) }
