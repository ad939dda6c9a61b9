package pace_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/pace"
)

// keeper remembers where its randomness went.
type keeper struct{ filled [][]byte }

func (k *keeper) Read(b []byte) (int, error) {
	k.filled = append(k.filled, b)
	return io.ReadFull(rand.Reader, b)
}

// After a run, good or bad, the private keys that were drawn are overwritten.
func TestPrivateKeysAreWiped(t *testing.T) {
	for _, info := range kinds {
		for at := announced; at <= tokens+1; at++ {
			c := newChip(t, info, rand.Reader)
			c.static = []byte{1}
			c.spoil = func(step int, answer []byte) []byte {
				if step == at {
					return []byte{0x6A, 0x80}
				}
				return answer
			}
			k := &keeper{}
			_, err := pace.Run(t.Context(), apdu.Plain{Transmitter: c}, info, can(t, "000638"), k)
			if (err == nil) != (at > tokens) {
				t.Fatalf("%v: %v", info, err)
			}
			for i, b := range k.filled {
				if info.Mapping() == pace.Integrated && i == 0 {
					continue // a nonce that goes over the wire
				}
				if !bytes.Equal(b, make([]byte, len(b))) {
					t.Errorf("%v, ended after answer %d: key %d of %d is left", info, at, i+1, len(k.filled))
				}
			}
		}
	}
}

// No error of any kind tells the password, a key or the nonce.
func TestErrorsTellNoSecrets(t *testing.T) {
	for _, info := range kinds {
		for at := announced; at <= tokens; at++ {
			for _, answer := range [][]byte{{0x63, 0xC2}, {0x69, 0x83}, {0x90, 0}, object(0x80, make([]byte, 7)), object(0x82, []byte{9}), object(0x84, []byte{9}), object(0x86, make([]byte, 8))} {
				var secrets [][]byte
				_, err := spoiled(t, info, at, func(c *chip, _ []byte) []byte {
					secrets = [][]byte{c.secret, c.nonce, c.generator, c.shared, c.kmac, c.own}
					return answer
				})
				if err == nil {
					continue
				}
				for _, s := range secrets {
					for _, form := range []string{string(s), fmt.Sprintf("%x", s), fmt.Sprint(s)} {
						if len(s) > 0 && strings.Contains(strings.ToLower(err.Error()), form) {
							t.Errorf("%v, answer %d: the error tells a secret", info, at)
						}
					}
				}
			}
		}
	}
}
