package pace

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/big"

	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
)

// mapGeneric is the generic mapping, section 4.4.3.3.1: G' = s·G + H. The
// chip's public key is what chip authentication mapping proves later.
func (r *run) mapGeneric(ctx context.Context, nonce []byte) (generator, chip group.Element, err error) {
	private, public, err := r.keyPair(r.g.Generator())
	if err != nil {
		return nil, nil, err
	}
	defer clear(private)
	chip, _, err = r.exchange(ctx, "mapping", public, 0x81, 0x82)
	if err != nil {
		return nil, nil, err
	}
	generator, err = mapped(r.g, nonce, private, chip)
	if err != nil {
		return nil, nil, err
	}
	return generator, chip, nil
}

// mapped is s·G + private·public.
func mapped(g group.Group, nonce, private []byte, public group.Element) (group.Element, error) {
	h, err := g.Mul(public, private)
	if err != nil {
		return nil, fmt.Errorf("%w: mapping: %w", ErrChip, err)
	}
	defer clear(h)
	s, err := g.Mul(g.Generator(), nonce)
	if err != nil {
		return nil, fmt.Errorf("%w: mapping: %w", ErrChip, err)
	}
	defer clear(s)
	out, err := g.Add(s, h)
	if err != nil {
		return nil, fmt.Errorf("%w: mapping: %w", ErrChip, err)
	}
	return out, nil
}

// mapIntegrated is the integrated mapping, section 4.4.3.3.2: both nonces, of
// which only ours is sent in clear, give the generator. The chip's answer is
// an empty object, which some leave away.
func (r *run) mapIntegrated(ctx context.Context, nonce []byte) (group.Element, error) {
	if len(nonce) != nonceLen(r.suite) {
		return nil, fmt.Errorf("%w: nonce of %d bytes", ErrChip, len(nonce))
	}
	t := make([]byte, r.suite.KeyLen())
	if _, err := io.ReadFull(r.rand, t); err != nil {
		return nil, fmt.Errorf("pace: draw a nonce: %w", err)
	}
	if _, err := r.step(ctx, chained, 0x81, t); err != nil {
		return nil, explain("mapping", err)
	}
	number, err := pseudorandom(r.suite, nonce, t, r.g.Prime())
	if err != nil {
		return nil, err
	}
	defer clear(number.Bits())
	out, err := r.g.Map(number)
	if err != nil {
		return nil, fmt.Errorf("%w: mapping: %w", ErrChip, err)
	}
	return out, nil
}

// nonceLen is the length of the chip's nonce in integrated mapping: whole
// blocks, as long as the key or longer.
func nonceLen(s keys.Suite) int {
	return (s.KeyLen() + 15) / 16 * 16
}

// The constants of section 4.4.3.3.2, for nonces of 16 and of 32 bytes.
var (
	c0 = map[int]string{
		16: "\xa6\x68\x89\x2a\x7c\x41\xe3\xca\x73\x9f\x40\xb0\x57\xd8\x59\x04",
		32: "\xd4\x63\xd6\x52\x34\x12\x4e\xf7\x89\x70\x54\x98\x6d\xca\x0a\x17\x4e\x28\xdf\x75\x8c\xba\xa0\x3f\x24\x06\x16\x41\x4d\x5a\x16\x76",
	}
	c1 = map[int]string{
		16: "\xa4\xe1\x36\xac\x72\x5f\x73\x8b\x01\xc1\xf6\x02\x17\xc1\x88\xad",
		32: "\x54\xbd\x72\x55\xf0\xaa\xf8\x31\xbe\xc3\x42\x3f\xcf\x39\xd6\x9b\x6c\xbf\x06\x66\x77\xd0\xfa\xae\x5a\xad\xd9\x9d\xf8\xe5\x35\x17",
	}
)

// pseudorandom is R_p(s, t): a number below the prime, out of as many blocks
// as make it 64 bits longer before it is reduced.
func pseudorandom(suite keys.Suite, s, t []byte, prime *big.Int) (*big.Int, error) {
	encrypt := func(key, text []byte) ([]byte, error) {
		block, err := keys.NewCipher(suite, key[:suite.KeyLen()])
		if err != nil {
			return nil, fmt.Errorf("pace: %w", err)
		}
		defer keys.WipeCipher(block)
		out := bytes.Clone(text)
		if err := keys.EncryptCBC(block, nil, out); err != nil {
			return nil, fmt.Errorf("pace: %w", err)
		}
		return out, nil
	}
	key, err := encrypt(t, s)
	if err != nil {
		return nil, err
	}
	var stream []byte
	defer func() { clear(key); clear(stream) }()
	for len(stream)*8 < prime.BitLen()+64 {
		x, err := encrypt(key, []byte(c1[len(s)]))
		if err != nil {
			return nil, err
		}
		stream = append(stream, x...)
		next, err := encrypt(key, []byte(c0[len(s)]))
		if err != nil {
			return nil, err
		}
		clear(key)
		key = next
	}
	n := new(big.Int).SetBytes(stream)
	return n.Mod(n, prime), nil
}
