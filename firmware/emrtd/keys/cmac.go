package keys

import (
	"crypto/cipher"
	"crypto/subtle"
)

// cmac is the CMAC of NIST SP 800-38B (RFC 4493) over a cipher with blocks of 16
// bytes. It is written here so that its subkeys can be overwritten.
type cmac struct {
	block cipher.Block
	// A last block that is whole is masked with the first, a padded one with
	// the second.
	whole, padded [cmacBlock]byte
}

const cmacBlock = 16

func newCMAC(block cipher.Block) *cmac {
	m := &cmac{block: block}
	block.Encrypt(m.whole[:], m.whole[:])
	double(&m.whole)
	m.padded = m.whole
	double(&m.padded)
	return m
}

// double multiplies by x in GF(2^128), in constant time.
func double(b *[cmacBlock]byte) {
	const reduction = 0x87
	carry := b[0] >> 7
	for i := range len(b) - 1 {
		b[i] = b[i]<<1 | b[i+1]>>7
	}
	b[len(b)-1] = b[len(b)-1]<<1 ^ byte(subtle.ConstantTimeSelect(int(carry), reduction, 0))
}

// sum is the whole code over the parts put together.
func (m *cmac) sum(parts [][]byte) [cmacBlock]byte {
	var x [cmacBlock]byte // what was chained so far, with the open block in it
	n := 0                // bytes of the open block
	for _, p := range parts {
		for len(p) > 0 {
			if n == cmacBlock { // only now it is known not to be the last
				m.block.Encrypt(x[:], x[:])
				n = 0
			}
			k := subtle.XORBytes(x[n:], x[n:], p[:min(len(p), cmacBlock-n)])
			p, n = p[k:], n+k
		}
	}
	mask := &m.whole
	if n < cmacBlock {
		x[n] ^= 0x80
		mask = &m.padded
	}
	subtle.XORBytes(x[:], x[:], mask[:])
	m.block.Encrypt(x[:], x[:])
	return x
}

func (m *cmac) wipe() {
	WipeCipher(m.block)
	clear(m.whole[:])
	clear(m.padded[:])
}
