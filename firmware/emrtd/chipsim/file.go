package chipsim

import (
	"bytes"
	"slices"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/tlv"
)

// aid is the application identifier of Doc 9303-10, 3.1.
var aid = []byte{0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01}

const (
	byName       = 0x04
	byFile       = 0x02
	noAnswer     = 0x0C
	sfiFlag      = 0x80
	masterFile   = 0x3F00
	largestFrame = 0xFFFF - 2 // what the virtual reader carries, without SW
)

func (c *Chip) selectFile(cmd apdu.Command) apdu.Response {
	switch {
	case c.who.RefuseLe && cmd.Ne > 0:
		return sw(apdu.SWWrongLength)
	case c.who.Fault == NoApplication:
		return sw(apdu.SWFileNotFound)
	case cmd.P1 == 0 && (len(cmd.Data) == 0 || len(cmd.Data) == 2 && fid(cmd.Data) == masterFile):
		if !c.who.MasterFile {
			return sw(apdu.SWInsNotSupported)
		}
		c.inside, c.current = false, 0
		return sw(apdu.SWOK)
	case cmd.P2 != noAnswer:
		return sw(apdu.SWWrongP1P2)
	case cmd.P1 == byName:
		if !bytes.Equal(cmd.Data, aid) {
			return sw(apdu.SWFileNotFound)
		}
		c.inside, c.current = true, 0
		return sw(apdu.SWOK)
	case cmd.P1 != byFile:
		return sw(apdu.SWWrongP1P2)
	case len(cmd.Data) != 2:
		return sw(apdu.SWWrongLength)
	}
	id := c.here(fid(cmd.Data))
	if _, code := c.open(id); code != apdu.SWOK {
		return sw(code)
	}
	c.current = id
	return sw(apdu.SWOK)
}

func fid(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }

// here turns an identifier into a file of the application or, outside of it,
// of the master file.
func (c *Chip) here(id uint16) uint16 {
	if c.inside || id == FileCardAccess {
		return id
	}
	return id | master
}

// open gives the contents of a file if the reader may have them now.
func (c *Chip) open(id uint16) ([]byte, uint16) {
	if !slices.Contains(c.asked, id) {
		c.asked = append(c.asked, id)
	}
	if id == FileCardAccess {
		switch {
		case c.inside && !c.who.CardAccessInside:
			return nil, apdu.SWSecurityStatus
		case c.who.CardAccess == nil || c.who.HideCardAccess:
			return nil, apdu.SWFileNotFound
		}
		return c.who.CardAccess, apdu.SWOK
	}
	b, ok := c.files[id]
	if id&master != 0 {
		// Of the master file, only what the chip proves of itself is closed.
		switch {
		case !ok:
			return nil, apdu.SWFileNotFound
		case id == FileCardSecurity && !c.granted:
			return nil, apdu.SWSecurityStatus
		}
		return b, apdu.SWOK
	}
	// Before access nobody learns even which files there are.
	if !c.granted || slices.Contains(c.who.Closed, int(id)-int(fileDG)) {
		return nil, apdu.SWSecurityStatus
	}
	if !ok {
		return nil, apdu.SWFileNotFound
	}
	return b, apdu.SWOK
}

// shortID turns a short file identifier into the file: Doc 9303-10, tables 38
// and 39.
func (c *Chip) shortID(sfi byte) uint16 {
	switch {
	case c.inside || sfi == 0x1C:
		return fileDG + uint16(sfi)
	case sfi == 0x01:
		return FileATRInfo
	case sfi == 0x1E:
		return FileDIR
	}
	return master | fileDG | uint16(sfi)
}

func (c *Chip) readBinary(cmd apdu.Command) apdu.Response {
	if len(cmd.Data) > 0 || cmd.Ne == 0 {
		return sw(apdu.SWWrongLength)
	}
	id, offset := c.current, int(cmd.P1)<<8|int(cmd.P2)
	if cmd.P1&sfiFlag != 0 {
		if cmd.P1&0x60 != 0 || cmd.P1&0x1F == 0 {
			return sw(apdu.SWWrongP1P2)
		}
		id, offset = c.shortID(cmd.P1&0x1F), int(cmd.P2)
	}
	if id == 0 {
		if c.inside && !c.granted {
			return sw(apdu.SWSecurityStatus)
		}
		return sw(0x6986) // no current file
	}
	b, code := c.open(id)
	if code != apdu.SWOK {
		return sw(code)
	}
	c.current = id
	return c.part(cmd, b, offset, c.room(cmd))
}

// part is what a reader gets of a file.
func (c *Chip) part(cmd apdu.Command, b []byte, offset, room int) apdu.Response {
	if offset >= len(b) {
		return sw(apdu.SWWrongOffset)
	}
	want, open := cmd.Ne, cmd.Ne == apdu.MaxShort || cmd.Ne == apdu.MaxExtended
	if want > room {
		if !open {
			return sw(apdu.SWWrongLength)
		}
		want = room
	}
	rest := b[offset:]
	switch {
	case want <= len(rest):
		return apdu.Response{Data: rest[:want], SW: apdu.SWOK}
	case c.who.ExactLe && len(rest) < apdu.MaxShort:
		return sw(0x6C00 | uint16(len(rest)))
	case open:
		return apdu.Response{Data: rest, SW: apdu.SWOK}
	}
	return apdu.Response{Data: rest, SW: apdu.SWEndOfFile}
}

// readBinaryOdd is READ BINARY with an offset in the data, for what lies behind
// 32 767 bytes: ISO/IEC 7816-4, 11.2.3. The answer is wrapped in a data object.
func (c *Chip) readBinaryOdd(cmd apdu.Command) apdu.Response {
	n, err := tlv.ParseOne(cmd.Data, 0x54)
	if err != nil || len(n.Value) == 0 || len(n.Value) > 4 {
		return sw(apdu.SWWrongData)
	}
	if cmd.Ne == 0 {
		return sw(apdu.SWWrongLength)
	}
	offset := 0
	for _, v := range n.Value {
		offset = offset<<8 | int(v)
	}
	id := c.current
	switch p := uint16(cmd.P1)<<8 | uint16(cmd.P2); {
	case p > 0x1F:
		return sw(apdu.SWWrongP1P2)
	case p != 0:
		id = c.shortID(cmd.P2)
	}
	if id == 0 {
		return sw(0x6986)
	}
	b, code := c.open(id)
	if code != apdu.SWOK {
		return sw(code)
	}
	c.current = id
	// Four bytes are the most that tag and length of the object need.
	r := c.part(cmd, b, offset, c.room(cmd)-4)
	if len(r.Data) > 0 {
		r.Data = tlv.Append(nil, 0x53, r.Data)
	}
	return r
}

// room is how much data one answer may hold.
func (c *Chip) room(cmd apdu.Command) int {
	limit := apdu.MaxShort
	if cmd.Extended {
		limit = largestFrame
	}
	if c.session != nil {
		return c.session.MaxRead(limit)
	}
	return limit
}
