package group

import (
	"crypto/elliptic"
	"math/big"

	"tram06/firmware/emrtd/brainpool"
)

// define makes the group of a number; nil for one that is not defined. The
// numbers of most curves are those of crypto/elliptic and brainpool; the
// arithmetic is not. The others are typed in here, apart from the reader's.
func define(id int) *Group {
	switch id {
	case 0, 1, 2:
		c := primes[id]
		return &Group{ID: id, Name: []string{"1024/160", "2048/224", "2048/256"}[id], P: number(c.p), Gx: number(c.g), N: number(c.q)}
	case 8: // SEC 2, section 2.2.2
		return &Group{ID: id, Name: "P-192",
			P:  number("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFFFFFFFFFF"),
			A:  number("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFFFFFFFFFC"),
			B:  number("64210519E59C80E70FA7E9AB72243049FEB8DEECC146B9B1"),
			Gx: number("188DA80EB03090F67CBF20EB43A18800F4FF0AFD82FF1012"),
			Gy: number("07192B95FFC8DA78631011ED6B24CDD573F977A11E794811"),
			N:  number("FFFFFFFFFFFFFFFFFFFFFFFF99DEF836146BC9B1B4D22831")}
	case 9:
		return rfc5639(id, brainpool.P192r1())
	case 10:
		return nist(id, elliptic.P224())
	case 11:
		return rfc5639(id, brainpool.P224r1())
	case 12:
		return nist(id, elliptic.P256())
	case 13:
		return rfc5639(id, brainpool.P256r1())
	case 14:
		return rfc5639(id, brainpool.P320r1())
	case 15:
		return nist(id, elliptic.P384())
	case 16:
		return rfc5639(id, brainpool.P384r1())
	case 17:
		return rfc5639(id, brainpool.P512r1())
	case 18:
		return nist(id, elliptic.P521())
	}
	return nil
}

// IDs are the numbers of all groups.
func IDs() []int { return []int{0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18} }

func nist(id int, c elliptic.Curve) *Group {
	p := c.Params()
	return &Group{ID: id, Name: p.Name, P: p.P, A: new(big.Int).Sub(p.P, big.NewInt(3)), B: p.B, Gx: p.Gx, Gy: p.Gy, N: p.N}
}

func rfc5639(id int, c *brainpool.Curve) *Group {
	p := c.Params()
	return &Group{ID: id, Name: p.Name, P: p.P, A: c.A(), B: p.B, Gx: p.Gx, Gy: p.Gy, N: p.N}
}

func number(hex string) *big.Int {
	v, ok := new(big.Int).SetString(hex, 16)
	if !ok {
		panic("group: a parameter is no number") // all are constants of this package
	}
	return v
}
