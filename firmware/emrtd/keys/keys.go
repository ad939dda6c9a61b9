// Package keys holds the symmetric cryptography that every protocol of ICAO
// Doc 9303 part 11 shares: the key derivation function of section 9.7.1, the
// passwords that a document's printed data give (sections 4.3 and 9.7.3), block
// ciphers in CBC mode, and the two message authentication codes.
//
// 3DES, SHA-1 and the retail MAC are weak by today's measure. They are what
// the chips of Basic Access Control speak; nothing else may use them.
package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrKey says that a key has the wrong length for its suite.
var ErrKey = errors.New("keys: wrong key length")

// ErrPadding says that a text ends without the padding of ISO/IEC 9797-1
// method 2, or is no whole number of blocks.
var ErrPadding = errors.New("keys: wrong padding")

// Suite is a block cipher with its MAC, as secure messaging uses them.
type Suite uint8

// The suites of Doc 9303-11 section 9.8.
const (
	TDES Suite = iota + 1 // two-key 3DES in CBC mode, retail MAC
	AES128
	AES192
	AES256
)

func (s Suite) String() string {
	switch s {
	case TDES:
		return "3DES"
	case AES128:
		return "AES-128"
	case AES192:
		return "AES-192"
	case AES256:
		return "AES-256"
	}
	return fmt.Sprintf("Suite(%d)", uint8(s))
}

// KeyLen is the length of a key in bytes.
func (s Suite) KeyLen() int {
	switch s {
	case AES192:
		return 24
	case AES256:
		return 32
	}
	return 16
}

// BlockSize is the cipher's block length in bytes; the send sequence counter
// is as long.
func (s Suite) BlockSize() int {
	if s == TDES {
		return des.BlockSize
	}
	return aes.BlockSize
}

// Counter tells the key derivation function what a key is for.
type Counter uint32

// The counters of Doc 9303-11 section 9.7.1.
const (
	Enc  Counter = 1 // encryption
	Mac  Counter = 2 // message authentication
	PACE Counter = 3 // encryption of PACE's nonce
)

// Derive is the key derivation function KDF of Doc 9303-11 section 9.7.1.
func Derive(s Suite, secret []byte, c Counter) []byte {
	in := make([]byte, 0, len(secret)+4)
	in = append(in, secret...)
	in = binary.BigEndian.AppendUint32(in, uint32(c))
	defer clear(in)
	if s == AES192 || s == AES256 {
		sum := sha256.Sum256(in)
		return append([]byte(nil), sum[:s.KeyLen()]...)
	}
	sum := sha1.Sum(in)
	key := append([]byte(nil), sum[:16]...)
	if s == TDES {
		AdjustParity(key)
	}
	return key
}

// AdjustParity gives every byte of a DES key odd parity.
func AdjustParity(key []byte) {
	for i, b := range key {
		p := b ^ b>>4
		p ^= p >> 2
		p ^= p >> 1
		// The lowest bit is flipped when the number of ones is even.
		key[i] = b ^ (^p & 1)
	}
}

// NewCipher makes the suite's block cipher. A two-key 3DES key has 16 bytes.
func NewCipher(s Suite, key []byte) (cipher.Block, error) {
	if len(key) != s.KeyLen() {
		return nil, fmt.Errorf("%w: %d bytes for %v", ErrKey, len(key), s)
	}
	if s != TDES {
		return aes.NewCipher(key)
	}
	var k [24]byte
	copy(k[:], key)
	copy(k[16:], key[:8])
	defer clear(k[:])
	return des.NewTripleDESCipher(k[:])
}

// EncryptCBC encrypts whole blocks in place. A nil iv is all zeros.
//
// The mode is run here and not by crypto/cipher, whose modes keep a copy of the
// round keys that nobody can overwrite.
func EncryptCBC(b cipher.Block, iv, text []byte) error {
	iv, err := checkCBC(b, iv, text)
	if err != nil {
		return err
	}
	for n := b.BlockSize(); len(text) > 0; text = text[n:] {
		subtle.XORBytes(text[:n], text[:n], iv)
		b.Encrypt(text[:n], text[:n])
		iv = text[:n]
	}
	return nil
}

// DecryptCBC decrypts whole blocks in place. A nil iv is all zeros.
func DecryptCBC(b cipher.Block, iv, text []byte) error {
	iv, err := checkCBC(b, iv, text)
	if err != nil {
		return err
	}
	// From the end, so that each block still finds the one before it encrypted.
	n := b.BlockSize()
	for at := len(text) - n; at >= 0; at -= n {
		block, before := text[at:at+n], iv
		if at > 0 {
			before = text[at-n : at]
		}
		b.Decrypt(block, block)
		subtle.XORBytes(block, block, before)
	}
	return nil
}

func checkCBC(b cipher.Block, iv, text []byte) ([]byte, error) {
	if len(text)%b.BlockSize() != 0 {
		return nil, fmt.Errorf("%w: %d bytes", ErrPadding, len(text))
	}
	if iv == nil {
		iv = zeros[:b.BlockSize()]
	}
	if len(iv) != b.BlockSize() {
		return nil, fmt.Errorf("%w: initial vector of %d bytes", ErrKey, len(iv))
	}
	return iv, nil
}

// zeros is only read.
var zeros [aes.BlockSize]byte

// AppendPadding appends 80 and zeros until what dst holds from start on is a
// whole number of blocks: ISO/IEC 9797-1 padding method 2.
func AppendPadding(dst []byte, start, block int) []byte {
	dst = append(dst, 0x80)
	for (len(dst)-start)%block != 0 {
		dst = append(dst, 0)
	}
	return dst
}

// Unpad removes the padding of method 2, which may fill at most one block.
func Unpad(b []byte, block int) ([]byte, error) {
	if len(b) == 0 || len(b)%block != 0 {
		return nil, fmt.Errorf("%w: %d bytes", ErrPadding, len(b))
	}
	for i := len(b) - 1; i >= len(b)-block; i-- {
		switch b[i] {
		case 0x80:
			return b[:i], nil
		case 0:
		default:
			return nil, ErrPadding
		}
	}
	return nil, ErrPadding
}

// MACLen is the length of every authentication code here.
const MACLen = 8

// MAC computes authentication codes under one key: ISO/IEC 9797-1 MAC
// algorithm 3 with DES and padding method 2 for TDES, the leading eight bytes
// of CMAC for AES. Not safe for concurrent use.
type MAC struct {
	first, second cipher.Block // DES
	cmac          *cmac        // AES
}

// NewMAC prepares a key.
func NewMAC(s Suite, key []byte) (*MAC, error) {
	if len(key) != s.KeyLen() {
		return nil, fmt.Errorf("%w: %d bytes for %v", ErrKey, len(key), s)
	}
	var m MAC
	var err error
	if s != TDES {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		m.cmac = newCMAC(block)
		return &m, nil
	}
	if m.first, err = des.NewCipher(key[:8]); err != nil {
		return nil, err
	}
	m.second, err = des.NewCipher(key[8:])
	return &m, err
}

// Sum computes the code over the parts put together.
func (m *MAC) Sum(parts ...[]byte) [MACLen]byte {
	var out [MACLen]byte
	if m.cmac != nil {
		whole := m.cmac.sum(parts)
		copy(out[:], whole[:])
		return out
	}
	n := 0
	for _, p := range parts {
		for len(p) > 0 {
			k := subtle.XORBytes(out[n:], out[n:], p[:min(len(p), MACLen-n)])
			if p, n = p[k:], n+k; n == MACLen {
				m.first.Encrypt(out[:], out[:])
				n = 0
			}
		}
	}
	out[n] ^= 0x80 // and zeros, which change nothing
	m.first.Encrypt(out[:], out[:])
	m.second.Decrypt(out[:], out[:])
	m.first.Encrypt(out[:], out[:])
	return out
}

// Verify compares in constant time.
func (m *MAC) Verify(code []byte, parts ...[]byte) bool {
	want := m.Sum(parts...)
	return subtle.ConstantTimeCompare(code, want[:]) == 1
}
