package chipauth

import (
	"bytes"

	"tram06/firmware/emrtd/group"
)

// PublicKey is a chip's static key. The element is known to be one.
type PublicKey struct {
	Group   group.Group
	Element group.Element
}

func (k PublicKey) String() string {
	if k.Group == nil {
		return "no key"
	}
	return k.Group.String()
}

// agree gives our public key for the wire and the secret that it shares with
// the chip's: Doc 9303-11 section 9.6.
func (k PublicKey) agree(private []byte) (public, secret []byte, err error) {
	g := k.Group
	own, err := g.Mul(g.Generator(), private)
	if err != nil {
		return nil, nil, err
	}
	shared, err := g.Mul(k.Element, private)
	if err != nil {
		return nil, nil, err
	}
	defer clear(shared)
	return g.Encode(own), bytes.Clone(g.Secret(shared)), nil
}
