package pace

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/tlv"
)

// announce is MSE:Set AT, section 4.4.4.1. The parameters are named where there
// is a choice, and to chips that miss them where there is none: passports are
// known that answer 6A87 then. No password has been tried so far.
func (r *run) announce(ctx context.Context, pw Password) error {
	err := r.set(ctx, pw, r.info.Ambiguous)
	if !r.info.Ambiguous && apdu.IsStatus(err, wrongLc, apdu.SWReferenceNotFound) {
		err = r.set(ctx, pw, true)
	}
	var se *apdu.StatusError
	if errors.As(err, &se) && se.SW&0xFFF0 == noTriesLeft && se.SW != noTriesLeft {
		return nil // a warning that tells how many tries are left
	}
	return explain("announce", err)
}

// set sends the command. It carries no Le: some cards refuse it with one.
func (r *run) set(ctx context.Context, pw Password, parameter bool) error {
	data := tlv.Append(nil, 0x80, r.oid)
	data = tlv.Append(data, 0x83, []byte{pw.reference})
	if parameter {
		data = tlv.Append(data, 0x84, []byte{byte(r.info.ParameterID)})
	}
	_, err := r.s.Send(ctx, apdu.Command{INS: apdu.InsManageEnvironment, P1: 0xC1, P2: 0xA4, Data: data})
	return err
}

// wrongLc says that the length does not fit the parameters.
const wrongLc uint16 = 0x6A87

// noTriesLeft is 63Cx with nothing left to count down.
const noTriesLeft uint16 = 0x63C0

// explain tells what a failed step means before the tokens are compared.
func explain(step string, err error) error {
	switch {
	case err == nil:
		return nil
	case apdu.IsStatus(err, apdu.SWBlocked, noTriesLeft):
		return fmt.Errorf("%w: %w", ErrBlocked, err)
	case apdu.IsStatus(err):
		return fmt.Errorf("%w: %s: %w", ErrRefused, step, err)
	case errors.Is(err, ErrChip):
		return fmt.Errorf("%s: %w", step, err)
	}
	return fmt.Errorf("pace: %s: %w", step, err)
}

// step is one GENERAL AUTHENTICATE: section 4.4.4.2. A tag of zero sends an
// empty template. Objects in the answer that nobody asked for do no harm.
func (r *run) step(ctx context.Context, cla byte, tag tlv.Tag, value []byte) ([]tlv.Node, error) {
	var request []byte
	if tag != 0 {
		request = tlv.Append(nil, tag, value)
	}
	c := apdu.Command{CLA: cla, INS: apdu.InsGeneralAuthenticate, Data: tlv.Append(nil, tagTemplate, request), Ne: apdu.MaxShort}
	if len(c.Data) >= apdu.MaxShort {
		// Integers of 2048 bits fit neither way into short fields: 9.3.1.
		c.Ne = apdu.MaxExtended
	}
	// The last step is a try of the password. A chip that wanted an exact
	// length at a step before will want it here too, and look at the token only
	// then; from any other one, a second try is not worth the risk.
	last := cla&chained == 0
	c.Once = true
	resp, err := r.s.Send(ctx, c)
	if wanted, ok := exactLength(err); ok && (!last || r.exact) {
		r.exact = true
		c.Ne, c.Extended = wanted, false
		resp, err = r.s.Send(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	template, err := tlv.ParseOne(resp.Data, tagTemplate)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrChip, err)
	}
	objects, err := template.Children()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrChip, err)
	}
	return objects, nil
}

// exactLength is what a status word of 6Cxx asks for.
func exactLength(err error) (int, bool) {
	var refusal *apdu.StatusError
	if !errors.As(err, &refusal) || refusal.SW>>8 != 0x6C {
		return 0, false
	}
	return apdu.ShortLe(byte(refusal.SW)), true
}

func find(objects []tlv.Node, tag tlv.Tag) ([]byte, bool) {
	for _, o := range objects {
		if o.Tag == tag {
			return o.Value, true
		}
	}
	return nil, false
}

// ask is a step whose answer must have an object.
func (r *run) ask(ctx context.Context, request tlv.Tag, value []byte, answer tlv.Tag) ([]byte, error) {
	objects, err := r.step(ctx, chained, request, value)
	if err != nil {
		return nil, err
	}
	b, ok := find(objects, answer)
	if !ok {
		return nil, fmt.Errorf("%w: no %v in the answer", ErrChip, answer)
	}
	return b, nil
}

// nonce fetches the encrypted nonce and opens it with the password.
func (r *run) nonce(ctx context.Context, pw Password) ([]byte, error) {
	z, err := r.ask(ctx, 0, nil, 0x80)
	if err != nil {
		return nil, explain("nonce", err)
	}
	if len(z) < r.suite.BlockSize() || len(z) > 64 || len(z)%r.suite.BlockSize() != 0 {
		return nil, fmt.Errorf("%w: nonce of %d bytes", ErrChip, len(z))
	}
	key := keys.Derive(r.suite, pw.secret, keys.PACE)
	defer clear(key)
	block, err := keys.NewCipher(r.suite, key)
	if err != nil {
		return nil, fmt.Errorf("pace: %w", err)
	}
	defer keys.WipeCipher(block)
	s := bytes.Clone(z)
	if err := keys.DecryptCBC(block, nil, s); err != nil {
		return nil, fmt.Errorf("pace: %w", err)
	}
	return s, nil
}

// exchange sends our public key and reads the chip's, which also comes back as
// it was sent. The chip may not just send ours back: section 4.4.1, step 3d.
func (r *run) exchange(ctx context.Context, step string, public group.Element, request, answer tlv.Tag) (theirs group.Element, sent []byte, err error) {
	sent, err = r.ask(ctx, request, r.g.Encode(public), answer)
	if err != nil {
		return nil, nil, explain(step, err)
	}
	theirs, err = r.g.Decode(sent)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %s: %w", ErrChip, step, err)
	}
	if bytes.Equal(theirs, public) {
		return nil, nil, fmt.Errorf("%w: %s: our own key came back", ErrChip, step)
	}
	return theirs, sent, nil
}
