// Package chipauth is Chip Authentication version 1, ICAO Doc 9303-11 section
// 6.2: terminal and chip agree on new keys for secure messaging, by a public
// key of the chip that the document's signer vouches for. Whoever copies a
// chip's data has not the private key to it.
//
// Authenticate alone proves nothing. The proof is the first protected answer
// under the new keys, and it is worth as much as the proof that EF.DG14 is
// authentic. Verdict says what that first answer means.
package chipauth

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/secinfo"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

var (
	// ErrRefused: the chip does not run the protocol. The session before it
	// goes on, unless sm.Broken says otherwise of the same error.
	ErrRefused = errors.New("chipauth: refused")
	// ErrChip: the chip broke the protocol.
	ErrChip = errors.New("chipauth: the chip breaks the protocol")
	// ErrClone: the chip answered and does not have the private key.
	ErrClone = errors.New("chipauth: the chip has not the private key of its data")
)

const (
	tagTemplate  tlv.Tag = 0x7C
	tagProtocol  tlv.Tag = 0x80
	tagEphemeral tlv.Tag = 0x80 // inside the template
	tagKeyID     tlv.Tag = 0x84
	tagKATPublic tlv.Tag = 0x91

	classChained byte = 0x10
	// longestShort is the most data that a protected short command carries,
	// whichever the cipher.
	longestShort = 223
)

// Authenticate agrees on new keys over the sender of the present session and
// returns the session that follows it, with its counter at zero. From its
// success on, the chip takes nothing under the present session any more, whose
// keys are the caller's to wipe.
//
// Where a chip offers several variants and refuses the chosen one, the others
// are tried: what a chip cannot do is no sign of a copy, but looks like one.
func Authenticate(ctx context.Context, s apdu.Sender, c Choice, random io.Reader) (*sm.Session, error) {
	session, refusal := authenticate(ctx, s, c, random)
	err := refusal
	for _, other := range c.others {
		if !errors.Is(err, ErrRefused) || sm.Broken(err) {
			break
		}
		other.Extended = c.Extended
		session, err = authenticate(ctx, s, other, random)
	}
	if errors.Is(err, ErrRefused) && !sm.Broken(err) {
		return nil, refusal
	}
	return session, err
}

// authenticate runs one variant.
func authenticate(ctx context.Context, s apdu.Sender, c Choice, random io.Reader) (*sm.Session, error) {
	if c.Key.Group == nil {
		return nil, fmt.Errorf("%w: %v", ErrUnsupported, c.Key)
	}
	private, err := c.Key.Group.Scalar(random)
	if err != nil {
		return nil, fmt.Errorf("chipauth: %w", err)
	}
	defer clear(private)
	// Before the chip hears anything, so that an error costs no session.
	public, secret, err := c.Key.agree(private)
	if err != nil {
		return nil, fmt.Errorf("chipauth: %w", err)
	}
	defer clear(secret)
	if err := run(ctx, s, c, public); err != nil {
		return nil, err
	}
	kenc, kmac := keys.Derive(c.Suite, secret, keys.Enc), keys.Derive(c.Suite, secret, keys.Mac)
	defer clear(kenc)
	defer clear(kmac)
	return sm.New(c.Suite, kenc, kmac, nil)
}

// Restart is Authenticate through a channel: the channel's session becomes the
// new one, and the keys of the old one are wiped.
func Restart(ctx context.Context, ch *sm.Channel, c Choice, random io.Reader) error {
	session, err := Authenticate(ctx, ch, c, random)
	if err != nil {
		return err
	}
	ch.Session.Close()
	ch.Session = session
	return nil
}

// run sends our public key. 3DES has a command of its own, which knows no
// other cipher: section 6.2.4.1. The standard lets a chip with 3DES do without
// it, so that a refusal is asked again in the general way.
func run(ctx context.Context, s apdu.Sender, c Choice, public []byte) error {
	if c.Suite != keys.TDES {
		return generally(ctx, s, c, public)
	}
	data := c.appendKeyID(tlv.Append(nil, tagKATPublic, public))
	_, err := send(ctx, s, c, apdu.Command{INS: apdu.InsManageEnvironment, P1: 0x41, P2: 0xA6, Data: data})
	refusal := explain("set the key agreement", err)
	if !errors.Is(refusal, ErrRefused) || sm.Broken(refusal) {
		return refusal
	}
	if err := generally(ctx, s, c, public); !errors.Is(err, ErrRefused) || sm.Broken(err) {
		return err
	}
	return refusal
}

// generally is MSE:Set AT and GENERAL AUTHENTICATE: section 6.2.4.2.
func generally(ctx context.Context, s apdu.Sender, c Choice, public []byte) error {
	oid, err := secinfo.OIDBytes(c.Protocol)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	data := c.appendKeyID(tlv.Append(nil, tagProtocol, oid))
	if _, err := s.Send(ctx, apdu.Command{INS: apdu.InsManageEnvironment, P1: 0x41, P2: 0xA4, Data: data}); err != nil {
		return explain("announce", err)
	}
	data = tlv.Append(nil, tagTemplate, tlv.Append(nil, tagEphemeral, public))
	r, err := send(ctx, s, c, apdu.Command{INS: apdu.InsGeneralAuthenticate, Data: data, Ne: apdu.MaxShort})
	if err != nil {
		return explain("general authenticate", err)
	}
	// The standard has an empty template; chips that leave it out, or say more
	// in it, exist. Anything else is no answer to this command.
	if len(r.Data) > 0 {
		if _, err := tlv.ParseOne(r.Data, tagTemplate); err != nil {
			return fmt.Errorf("%w: %w", ErrChip, err)
		}
	}
	return nil
}

// appendKeyID names the key when the chip has numbered it.
func (c Choice) appendKeyID(dst []byte) []byte {
	if c.KeyID < 0 {
		return dst
	}
	id := []byte{byte(c.KeyID)}
	for v := c.KeyID >> 8; v > 0; v >>= 8 {
		id = append([]byte{byte(v)}, id...)
	}
	return tlv.Append(dst, tagKeyID, id)
}

// send sends a command, in a chain of short ones if the card or its reader
// takes no long ones: ISO/IEC 7816-4 section 5.3.3.
func send(ctx context.Context, s apdu.Sender, c Choice, cmd apdu.Command) (apdu.Response, error) {
	if c.Extended {
		if r, err := s.Send(ctx, cmd); !apdu.IsTooLong(err) {
			return r, err
		}
	}
	for rest := cmd.Data; len(rest) > longestShort; {
		part := apdu.Command{CLA: cmd.CLA | classChained, INS: cmd.INS, P1: cmd.P1, P2: cmd.P2, Data: rest[:longestShort]}
		if r, err := s.Send(ctx, part); err != nil {
			return r, err
		}
		rest = rest[longestShort:]
		cmd.Data = rest
	}
	return s.Send(ctx, cmd)
}

func explain(step string, err error) error {
	switch {
	case err == nil:
		return nil
	case apdu.IsStatus(err):
		return fmt.Errorf("%w: %s: %w", ErrRefused, step, err)
	}
	return fmt.Errorf("chipauth: %s: %w", step, err)
}

// Verdict says what the first answer under the new keys means, from the error
// that came with it: nil for a chip that has proven itself, ErrClone for one
// that answered and was wrong. Other errors are passed through: a card torn
// off, or one that turned the command down for another reason, is no clone and
// not proven either.
func Verdict(err error) error {
	var se *apdu.StatusError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sm.ErrUnprotected):
		// A chip with other keys finds our authentication code wrong. A length
		// that it cannot take, or a fault of its own, says nothing.
		if errors.As(err, &se) && saysWrongKeys(se.SW) {
			return fmt.Errorf("%w: %w", ErrClone, err)
		}
		return err
	case errors.Is(err, sm.ErrMAC), errors.Is(err, sm.ErrMissing), errors.Is(err, sm.ErrFormat), errors.Is(err, keys.ErrPadding):
		return fmt.Errorf("%w: %w", ErrClone, err)
	case errors.As(err, &se):
		return nil // refused, but under the new keys
	}
	return err
}

func saysWrongKeys(sw uint16) bool {
	switch sw {
	case apdu.SWMissingSM, apdu.SWWrongSM, apdu.SWSecurityStatus, apdu.SWConditions, apdu.SWAuthFailed:
		return true
	}
	return false
}
