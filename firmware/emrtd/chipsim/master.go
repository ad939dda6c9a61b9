package chipsim

import (
	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/tlv"
)

// atrInfo is EF.ATR/INFO: what the chip can do, in the compact objects that
// historical bytes know, and the longest commands and answers. ISO/IEC 7816-4,
// 12.7; Doc 9303-10, 3.11.1.
func (p Profile) atrInfo() []byte {
	coding, longest := byte(0x40), largestFrame
	if p.Transport.Extended != ExtendedWorks {
		coding, longest = 0, apdu.MaxShort
	}
	if p.Transport.Chaining {
		coding |= 0x80
	}
	return tlv.Append(
		tlv.Append(nil, 0x47, []byte{0x88, 0x01, coding}), // selection by name, short identifiers
		0x7F66, small(longest), small(longest))
}

// dirFile is EF.DIR: the one application.
func dirFile() []byte { return tlv.Append(nil, 0x61, tlv.Append(nil, 0x4F, aid)) }
