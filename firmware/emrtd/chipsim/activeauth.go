package chipsim

import (
	"bytes"
	"crypto"
	"io"
	"math/big"

	"tram06/firmware/emrtd/apdu"
)

// internalAuthenticate is Active Authentication: Doc 9303-11, 6.1.
func (c *Chip) internalAuthenticate(cmd apdu.Command) apdu.Response {
	key := c.who.Keys.AA
	switch {
	case key == nil:
		return sw(apdu.SWInsNotSupported)
	case c.session == nil || !c.inside:
		return sw(apdu.SWSecurityStatus)
	case cmd.P1 != 0 || cmd.P2 != 0:
		return sw(apdu.SWWrongP1P2)
	case len(cmd.Data) != challengeLen || cmd.Ne == 0:
		return sw(apdu.SWWrongLength)
	}
	var out []byte
	var err error
	if key.RSA != nil {
		out, err = key.recoverable(c.rand, cmd.Data)
	} else {
		out, err = key.plain(c.rand, cmd.Data)
	}
	switch {
	case err != nil:
		return sw(0x6F00)
	case len(out) > cmd.Ne:
		return sw(apdu.SWWrongLength)
	}
	return apdu.Response{Data: out, SW: apdu.SWOK}
}

// trailers say in a signature which hash made it: ISO/IEC 9796-2.
var trailers = map[crypto.Hash][]byte{
	crypto.SHA1: {0xBC}, crypto.SHA224: {0x38, 0xCC}, crypto.SHA256: {0x34, 0xCC}, crypto.SHA384: {0x36, 0xCC}, crypto.SHA512: {0x35, 0xCC},
}

// recoverable is a signature of ISO/IEC 9796-2, scheme 1, with partial
// recovery: the challenge is what is not in it.
func (k *AAKey) recoverable(random io.Reader, challenge []byte) ([]byte, error) {
	size := k.RSA.Size()
	trailer := trailers[k.Hash]
	m1 := make([]byte, size-1-k.Hash.Size()-len(trailer))
	if _, err := io.ReadFull(random, m1); err != nil {
		return nil, err
	}
	h := k.Hash.New()
	h.Write(m1)
	h.Write(challenge)
	text := bytes.Join([][]byte{{0x6A}, m1, h.Sum(nil), trailer}, nil)
	v := new(big.Int).SetBytes(text)
	v.Exp(v, k.RSA.D, k.RSA.N)
	if other := new(big.Int).Sub(k.RSA.N, v); k.Smaller && other.Cmp(v) < 0 {
		v = other
	}
	return v.FillBytes(make([]byte, size)), nil
}

// plain is an ECDSA signature with r and s side by side: BSI TR-03111.
func (k *AAKey) plain(random io.Reader, challenge []byte) ([]byte, error) {
	h := k.Hash.New()
	h.Write(challenge)
	r, s, err := signECDSA(random, k.EC, h.Sum(nil))
	if err != nil {
		return nil, err
	}
	n := k.EC.Group.OrderLen()
	out := make([]byte, 2*n)
	r.FillBytes(out[:n])
	s.FillBytes(out[n:])
	return out, nil
}
