package sm

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/tlv"
)

// repeatable is how much data a command may carry to be taken back: the offset
// of an odd READ BINARY.
const repeatable = 8

// Wrap protects a command. The result asks for an extended answer only if the
// command itself is too long, or expects too much, for a short one.
func (s *Session) Wrap(c apdu.Command) (apdu.Command, error) {
	if s.closed {
		return apdu.Command{}, ErrClosed
	}
	if c.CLA&classSM != 0 {
		return apdu.Command{}, fmt.Errorf("%w: class %02X is protected already", ErrFormat, c.CLA)
	}
	if c.Ne < 0 || c.Ne > apdu.MaxExtended || len(c.Data) > 65535-longestOverhead {
		return apdu.Command{}, fmt.Errorf("%w: command too long", ErrFormat)
	}
	head := [4]byte{c.CLA, c.INS, c.P1, c.P2}
	if s.again && (head != s.head || !bytes.Equal(c.Data, s.data)) {
		return apdu.Command{}, s.fail(fmt.Errorf("%w: another command after one was taken back", ErrFormat))
	}
	s.head, s.again, s.plain = head, false, false
	s.data = append(s.data[:0], c.Data[:min(len(c.Data), repeatable+1)]...)
	s.step()
	s.ins, s.odd = c.INS, c.INS&1 == 1
	out := c
	out.CLA |= classSM
	body := make([]byte, 0, len(c.Data)+2*longestOverhead)
	var err error
	if len(c.Data) > 0 {
		if body, err = s.appendCryptogram(body, c.Data); err != nil {
			return apdu.Command{}, s.fail(err)
		}
	}
	if c.Ne > 0 {
		body = appendLe(body, c.Ne, c.NeedsExtended())
	}
	mac := s.mac.Sum(s.ssc, s.paddedHeader(out), body, s.padding(len(body)))
	out.Data = append(tlv.AppendHeader(body, tagMAC, len(mac)), mac[:]...)
	out.Ne = apdu.MaxShort
	if out.NeedsExtended() || c.Ne > apdu.MaxShort {
		out.Ne = apdu.MaxExtended
	}
	return out, nil
}

func appendLe(dst []byte, ne int, extended bool) []byte {
	if extended {
		return append(tlv.AppendHeader(dst, tagLe, 2), byte(ne>>8), byte(ne))
	}
	return append(tlv.AppendHeader(dst, tagLe, 1), byte(ne))
}

// Unwrap checks and opens the answer to the last wrapped command. It decrypts
// in place: r.Data is used up. The status word returned is the protected one.
//
// A bare status word is what a chip says that has ended secure messaging, or
// that never got as far: ErrUnprotected. Only 6987 and 6988 are certain to be
// the end; after another one the counter stays where it is, see TakeBack.
func (s *Session) Unwrap(r apdu.Response) (apdu.Response, error) {
	if s.closed {
		return apdu.Response{}, ErrClosed
	}
	if len(r.Data) == 0 {
		err := fmt.Errorf("%w: %w", ErrUnprotected, &apdu.StatusError{SW: r.SW, INS: s.ins})
		if r.SW == apdu.SWMissingSM || r.SW == apdu.SWWrongSM {
			s.Close()
		}
		s.plain = true
		return apdu.Response{SW: r.SW}, err
	}
	s.step()
	o, err := split(r.Data)
	if err != nil {
		return apdu.Response{}, s.fail(err)
	}
	if !s.mac.Verify(o.mac.Value, s.ssc, o.before, s.padding(len(o.before))) {
		return apdu.Response{}, s.fail(ErrMAC)
	}
	if o.status.Raw == nil {
		return apdu.Response{}, s.fail(fmt.Errorf("%w: %v", ErrMissing, tagStatus))
	}
	if len(o.status.Value) != 2 || o.le.Raw != nil {
		return apdu.Response{}, s.fail(fmt.Errorf("%w: status", ErrFormat))
	}
	out := apdu.Response{SW: binary.BigEndian.Uint16(o.status.Value)}
	if o.cryptogram.Raw != nil {
		if (o.cryptogram.Tag == tagCryptogramOdd) != s.odd {
			return apdu.Response{}, s.fail(fmt.Errorf("%w: %v in an answer to INS %02X", ErrFormat, o.cryptogram.Tag, s.ins))
		}
		if out.Data, err = s.open(o.cryptogram); err != nil {
			return apdu.Response{}, s.fail(err)
		}
	}
	return out, nil
}

// TakeBack prepares to repeat the last command with another length, after the
// card refused it with a bare status word: a chip that turns a length down
// before it looks at the protection has not counted the command. It returns
// false when there is nothing to take back.
//
// Only the same header may follow, with the same data. Otherwise whoever sits on the
// wire could hold the first command back and pass off the chip's answer to it
// as the answer to the second, since both carry the same count.
func (s *Session) TakeBack() bool {
	if s.closed || !s.plain || len(s.data) > repeatable {
		return false
	}
	s.plain, s.again = false, true
	s.back()
	return true
}

// unsent takes back a command that did not get as far as the card, whatever
// data it had: nobody on the wire can have kept it.
func (s *Session) unsent() { s.back() }

// back undoes a step of the counter.
func (s *Session) back() {
	for i := len(s.ssc) - 1; i >= 0; i-- {
		s.ssc[i]--
		if s.ssc[i] != 0xFF {
			return
		}
	}
}

// Channel sends commands through a session; it is an apdu.Sender.
type Channel struct {
	Transmitter apdu.Transmitter
	Session     *Session
}

var _ apdu.Sender = (*Channel)(nil)

// Send implements apdu.Sender.
func (c *Channel) Send(ctx context.Context, cmd apdu.Command) (apdu.Response, error) {
	wrapped, err := c.Session.Wrap(cmd)
	if err != nil {
		return apdu.Response{}, err
	}
	raw, err := apdu.Exchange(ctx, c.Transmitter, wrapped)
	if err == nil && raw.SW>>8 == 0x6C && len(raw.Data) == 0 {
		// The chip names the length of its protected answer. The very same
		// bytes are sent again, but for the length outside of the protection.
		wrapped.Ne, wrapped.Extended = apdu.ShortLe(byte(raw.SW)), false
		raw, err = apdu.Exchange(ctx, c.Transmitter, wrapped)
	}
	switch {
	case apdu.IsTooLong(err):
		// It never left the card reader, so nobody counted it.
		c.Session.unsent()
		return apdu.Response{}, err
	case err != nil:
		// Whether the card counted this command is unknown.
		return apdu.Response{}, c.Session.fail(err)
	}
	r, err := c.Session.Unwrap(raw)
	if err != nil {
		return r, err
	}
	return r, apdu.Check(cmd.INS, r)
}

// MaxRead is the most bytes one READ BINARY may ask for when the card answers
// with at most ne bytes.
func (c *Channel) MaxRead(ne int) int { return c.Session.MaxRead(ne) }

// TakeBack is the session's.
func (c *Channel) TakeBack() bool { return c.Session.TakeBack() }

// Broken tells whether err means that the session must be opened anew.
func Broken(err error) bool {
	return errors.Is(err, ErrClosed) || errors.Is(err, ErrMAC) || errors.Is(err, ErrMissing) ||
		errors.Is(err, ErrFormat) || errors.Is(err, ErrUnprotected) || errors.Is(err, keys.ErrPadding)
}
