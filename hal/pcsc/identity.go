package pcsc

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/ebfe/scard"

	"tram06/hal"
)

var _ hal.Identified = (*Reader)(nil)

// identifier is a session that can ask a reader what it is.
type identifier interface {
	identify(reader string) hal.Identity
}

// identify asks the reader's driver, without touching a card: a direct
// connection powers none. A reader that another program has for itself tells
// nothing.
func (s *libSession) identify(reader string) hal.Identity {
	c, err := s.Context.Connect(reader, scard.ShareDirect, scard.ProtocolUndefined)
	if err != nil {
		return hal.Identity{}
	}
	defer c.Disconnect(scard.LeaveCard)
	return identity(reader, func(a scard.Attrib) []byte {
		v, err := c.GetAttrib(a)
		if err != nil {
			return nil // many drivers know only some
		}
		return v
	})
}

// identity makes it of the reader's name in PC/SC and of its attributes.
func identity(name string, attribute func(scard.Attrib) []byte) hal.Identity {
	id := hal.Identity{
		Maker:  text(attribute(scard.AttrVendorName)),
		Model:  text([]byte(name)),
		Serial: text(attribute(scard.AttrVendorIfdSerialNo)),
	}
	// 0xMMmmbbbb: major, minor, build.
	if v := attribute(scard.AttrVendorIfdVersion); len(v) == 4 {
		n := binary.NativeEndian.Uint32(v)
		id.Firmware = fmt.Sprintf("%d.%02d", n>>24, n>>16&0xFF)
		if build := n & 0xFFFF; build != 0 {
			id.Firmware += fmt.Sprintf(".%d", build)
		}
	}
	return id
}

// text reads what C calls a string.
func text(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return hal.IdentityText(string(b))
}

// Identity is what the reader told when it was opened.
func (r *Reader) Identity() hal.Identity { return r.id }
