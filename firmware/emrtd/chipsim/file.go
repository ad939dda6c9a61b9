package chipsim

import (
	"bytes"
	"slices"

	"tram06/firmware/emrtd/apdu"
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
	case cmd.P1 == 0 && len(cmd.Data) == 2 && fid(cmd.Data) == masterFile:
		return sw(apdu.SWInsNotSupported)
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
	id := fid(cmd.Data)
	if _, code := c.open(id); code != apdu.SWOK {
		return sw(code)
	}
	c.current = id
	return sw(apdu.SWOK)
}

func fid(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }

// open gives the contents of a file if the reader may have them now.
func (c *Chip) open(id uint16) ([]byte, uint16) {
	if !c.inside {
		if id != FileCardAccess || c.who.CardAccess == nil || c.who.HideCardAccess {
			return nil, apdu.SWFileNotFound
		}
		return c.who.CardAccess, apdu.SWOK
	}
	// Before access nobody learns even which files there are.
	if !c.granted || id == FileCardAccess || slices.Contains(c.who.Closed, int(id)-int(fileDG)) {
		return nil, apdu.SWSecurityStatus
	}
	b, ok := c.files[id]
	if !ok {
		return nil, apdu.SWFileNotFound
	}
	return b, apdu.SWOK
}

// shortID turns a short file identifier into the file: Doc 9303-10, table 38.
func shortID(sfi byte) uint16 { return fileDG + uint16(sfi) }

func (c *Chip) readBinary(cmd apdu.Command) apdu.Response {
	if len(cmd.Data) > 0 || cmd.Ne == 0 {
		return sw(apdu.SWWrongLength)
	}
	id, offset := c.current, int(cmd.P1)<<8|int(cmd.P2)
	if cmd.P1&sfiFlag != 0 {
		if cmd.P1&0x60 != 0 || cmd.P1&0x1F == 0 {
			return sw(apdu.SWWrongP1P2)
		}
		id, offset = shortID(cmd.P1&0x1F), int(cmd.P2)
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
	if offset >= len(b) {
		return sw(apdu.SWWrongOffset)
	}
	room := c.room(cmd)
	want, open := cmd.Ne, cmd.Ne == apdu.MaxShort || cmd.Ne == apdu.MaxExtended
	if want > room {
		if !open {
			return sw(apdu.SWWrongLength)
		}
		want = room
	}
	rest := b[offset:]
	if want <= len(rest) {
		return apdu.Response{Data: rest[:want], SW: apdu.SWOK}
	}
	if open {
		return apdu.Response{Data: rest, SW: apdu.SWOK}
	}
	return apdu.Response{Data: rest, SW: apdu.SWEndOfFile}
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
