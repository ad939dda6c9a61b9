package chipsim

import (
	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/sm"
)

func sw(code uint16) apdu.Response { return apdu.Response{SW: code} }

// Transmit answers one command APDU with data and status word.
func (c *Chip) Transmit(raw []byte) []byte {
	switch {
	case c.who.Fault == NoInstruction:
		return sw(apdu.SWInsNotSupported).Encode()
	case c.who.Fault == Garbage && c.granted:
		return c.noise(raw)
	}
	// Unwrapping decrypts in place, and the caller keeps its bytes.
	cmd, err := apdu.ParseCommand(append([]byte(nil), raw...))
	if cmd.Extended && c.who.ExtendedEnds {
		c.drop()
	}
	if err != nil || cmd.Extended && (c.who.WithoutExtended || c.who.ExtendedEnds) {
		return sw(apdu.SWWrongLength).Encode()
	}
	if cmd.INS == apdu.InsGetResponse && cmd.CLA == classPlain {
		return c.getResponse(cmd).Encode()
	}
	c.rest = nil
	return c.portion(c.answer(cmd), c.limit(cmd)).Encode()
}

const (
	classPlain   = 0x00
	classSM      = 0x0C
	classChained = 0x10
)

// limit is how much data one response may have.
func (c *Chip) limit(cmd apdu.Command) int {
	limit := apdu.MaxShort
	if cmd.Extended {
		limit = apdu.MaxExtended - 2
	}
	if c.who.Answer > 0 {
		limit = min(limit, c.who.Answer)
	}
	return limit
}

// portion sends what fits and keeps the rest: ISO/IEC 7816-4, 5.3.4.
func (c *Chip) portion(r apdu.Response, limit int) apdu.Response {
	if len(r.Data) <= limit {
		return r
	}
	c.rest = r.Data[limit:]
	left := uint16(min(len(c.rest), 256)) & 0xFF
	return apdu.Response{Data: r.Data[:limit], SW: 0x6100 | left}
}

// getResponse hands out the rest. It leaves secure messaging alone: the answer
// was protected as a whole.
func (c *Chip) getResponse(cmd apdu.Command) apdu.Response {
	rest := c.rest
	c.rest = nil
	switch {
	case c.who.Fault == EndlessAnswer && c.granted:
		c.rest = make([]byte, 256)
		return apdu.Response{Data: make([]byte, 16), SW: 0x6100}
	case rest == nil:
		return sw(apdu.SWConditions)
	case cmd.P1 != 0 || cmd.P2 != 0:
		return sw(apdu.SWWrongP1P2)
	case len(cmd.Data) > 0 || cmd.Ne == 0:
		return sw(apdu.SWWrongLength)
	case cmd.Ne > len(rest) && cmd.Ne != apdu.MaxShort && cmd.Ne != apdu.MaxExtended:
		c.rest = rest
		return sw(0x6C00 | uint16(len(rest)))
	}
	return c.portion(apdu.Response{Data: rest, SW: apdu.SWOK}, min(cmd.Ne, c.limit(cmd)))
}

func (c *Chip) answer(cmd apdu.Command) apdu.Response {
	switch cmd.CLA {
	case classPlain, classChained:
		// Doc 9303-11, 9.8.1: a plain command ends secure messaging.
		if c.session != nil {
			c.drop()
		}
		r := c.execute(cmd)
		if c.next != nil {
			c.session, c.next, c.granted = c.next, nil, true
		}
		return r
	case classSM, classSM | classChained:
		return c.secure(cmd)
	}
	return sw(apdu.SWClaNotSupported)
}

func (c *Chip) secure(cmd apdu.Command) apdu.Response {
	if c.session == nil {
		return sw(apdu.SWWrongSM)
	}
	if cmd.Ne == 0 {
		// A protected answer always has data.
		c.drop()
		return sw(apdu.SWWrongLength)
	}
	plain, err := c.session.UnwrapCommand(cmd)
	if err != nil {
		c.drop()
		return sw(sm.StatusWord(err))
	}
	r := c.execute(plain)
	out, err := c.session.WrapResponse(r)
	if err != nil {
		c.drop()
		return sw(apdu.SWWrongSM)
	}
	if c.spoils() {
		out = c.spoil(r, out)
	}
	c.answers++
	c.last = append([]byte(nil), out.Data...)
	if c.next != nil {
		c.session.Close()
		c.session, c.next = c.next, nil
	}
	return out
}

// execute runs a command that has no protection any more.
func (c *Chip) execute(cmd apdu.Command) apdu.Response {
	if c.session != nil || cmd.INS != apdu.InsGeneralAuthenticate {
		whole, code := c.chain(cmd)
		if code != 0 {
			return sw(code)
		}
		cmd = whole
	}
	if cmd.INS != apdu.InsGeneralAuthenticate && cmd.INS != apdu.InsManageEnvironment {
		c.pace, c.ca = nil, nil
	}
	challenge := c.bac
	c.bac = nil // good for the very next command only
	switch cmd.INS {
	case apdu.InsSelect:
		return c.selectFile(cmd)
	case apdu.InsReadBinary:
		return c.readBinary(cmd)
	case apdu.InsReadBinaryOdd:
		return c.readBinaryOdd(cmd)
	case apdu.InsGetChallenge:
		return c.getChallenge(cmd)
	case apdu.InsExternalAuth:
		return c.mutualAuthenticate(cmd, challenge)
	case apdu.InsManageEnvironment:
		return c.manageEnvironment(cmd)
	case apdu.InsGeneralAuthenticate:
		return c.generalAuthenticate(cmd)
	case apdu.InsInternalAuth:
		return c.internalAuthenticate(cmd)
	}
	return sw(apdu.SWInsNotSupported)
}

// longestChain is how much data the parts of one command may have together.
const longestChain = 2048

// chain puts a command together that came in parts: ISO/IEC 7816-4, 5.3.3. The
// steps of PACE are a chain too, but each of them is a command that is whole.
// A status word other than 0 is the answer to a part.
func (c *Chip) chain(cmd apdu.Command) (apdu.Command, uint16) {
	parts := c.parts
	c.parts = nil
	if parts != nil {
		if parts.INS != cmd.INS || parts.P1 != cmd.P1 || parts.P2 != cmd.P2 {
			return cmd, 0x6883 // the last part was to come
		}
		cmd.Data = append(parts.Data, cmd.Data...)
	}
	switch {
	case cmd.CLA != classChained:
		return cmd, 0
	case !c.who.Chaining:
		return cmd, 0x6884 // command chaining not supported
	case len(cmd.Data) > longestChain:
		return cmd, apdu.SWWrongLength
	}
	cmd.Data = append([]byte(nil), cmd.Data...)
	c.parts = &cmd
	return cmd, apdu.SWOK
}
