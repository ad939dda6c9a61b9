package sm

import (
	"encoding/binary"
	"errors"
	"fmt"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/tlv"
)

// UnwrapCommand checks and opens a protected command: the chip's end. It
// decrypts in place: c.Data is used up. After an error the session is over and
// the chip answers StatusWord(err) in plain.
func (s *Session) UnwrapCommand(c apdu.Command) (apdu.Command, error) {
	if s.closed {
		return apdu.Command{}, ErrClosed
	}
	if c.CLA&classSM != classSM {
		return apdu.Command{}, s.fail(fmt.Errorf("%w: class %02X is not protected", ErrMissing, c.CLA))
	}
	s.step()
	s.ins, s.odd = c.INS, c.INS&1 == 1
	o, err := split(c.Data)
	if err != nil {
		return apdu.Command{}, s.fail(err)
	}
	if !s.mac.Verify(o.mac.Value, s.ssc, s.paddedHeader(c), o.before, s.padding(len(o.before))) {
		return apdu.Command{}, s.fail(ErrMAC)
	}
	if o.status.Raw != nil {
		return apdu.Command{}, s.fail(fmt.Errorf("%w: %v in a command", ErrFormat, tagStatus))
	}
	out := apdu.Command{CLA: c.CLA &^ classSM, INS: c.INS, P1: c.P1, P2: c.P2, Extended: c.Extended}
	if o.le.Raw != nil {
		if out.Ne, err = parseLe(o.le.Value); err != nil {
			return apdu.Command{}, s.fail(err)
		}
	}
	if o.cryptogram.Raw != nil {
		if (o.cryptogram.Tag == tagCryptogramOdd) != s.odd {
			return apdu.Command{}, s.fail(fmt.Errorf("%w: %v with INS %02X", ErrFormat, o.cryptogram.Tag, s.ins))
		}
		if out.Data, err = s.open(o.cryptogram); err != nil {
			return apdu.Command{}, s.fail(err)
		}
	}
	return out, nil
}

func parseLe(b []byte) (int, error) {
	switch len(b) {
	case 1:
		if b[0] == 0 {
			return apdu.MaxShort, nil
		}
		return int(b[0]), nil
	case 2:
		if n := int(binary.BigEndian.Uint16(b)); n > 0 {
			return n, nil
		}
		return apdu.MaxExtended, nil
	}
	return 0, fmt.Errorf("%w: %v of %d bytes", ErrFormat, tagLe, len(b))
}

// WrapResponse protects the answer to the last unwrapped command.
func (s *Session) WrapResponse(r apdu.Response) (apdu.Response, error) {
	if s.closed {
		return apdu.Response{}, ErrClosed
	}
	s.step()
	body := make([]byte, 0, len(r.Data)+2*longestOverhead)
	var err error
	if len(r.Data) > 0 {
		if body, err = s.appendCryptogram(body, r.Data); err != nil {
			return apdu.Response{}, s.fail(err)
		}
	}
	body = tlv.Append(body, tagStatus, binary.BigEndian.AppendUint16(nil, r.SW))
	mac := s.mac.Sum(s.ssc, body, s.padding(len(body)))
	return apdu.Response{Data: tlv.Append(body, tagMAC, mac[:]), SW: r.SW}, nil
}

// StatusWord is what a chip answers, in plain, when UnwrapCommand failed:
// 6987 for a missing data object, 6988 for a wrong one.
func StatusWord(err error) uint16 {
	if errors.Is(err, ErrMissing) || errors.Is(err, ErrClosed) {
		return apdu.SWMissingSM
	}
	return apdu.SWWrongSM
}
