// Package pace is Password Authenticated Connection Establishment, ICAO Doc
// 9303-11 section 4.4, with generic mapping over elliptic curves: terminal and
// chip prove to each other that they know a short password, without letting an
// eavesdropper try passwords later, and agree on keys for secure messaging.
package pace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/curve"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

var (
	// ErrPassword: the chip says that the password is wrong, or its token
	// shows that it used another one.
	ErrPassword = errors.New("pace: wrong password")
	// ErrBlocked: the chip takes no password of this kind any more.
	ErrBlocked = errors.New("pace: password blocked")
	// ErrRefused: the chip does not run this variant now; another way in, or
	// the same after selecting the application, may work.
	ErrRefused = errors.New("pace: refused")
	// ErrChip: the chip broke the protocol.
	ErrChip = errors.New("pace: the chip breaks the protocol")
)

const (
	tagTemplate tlv.Tag = 0x7C
	tagPublic   tlv.Tag = 0x7F49
	chained     byte    = 0x10
)

// run is what the steps share.
type run struct {
	s     apdu.Sender
	info  Info
	suite keys.Suite
	c     *curve.Curve
	rand  io.Reader
}

// Authenticate runs the protocol over a plain sender and returns the
// terminal's end of secure messaging.
func Authenticate(ctx context.Context, s apdu.Sender, info Info, pw Password, random io.Reader) (*sm.Session, error) {
	suite, ok := info.suite()
	if !ok {
		return nil, fmt.Errorf("%w: %v", ErrUnsupported, info)
	}
	c, err := curve.ByID(info.ParameterID)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	r := run{s, info, suite, c, random}
	if err := r.announce(ctx, pw); err != nil {
		return nil, err
	}
	nonce, err := r.nonce(ctx, pw)
	if err != nil {
		return nil, err
	}
	defer clear(nonce)
	generator, err := r.mapping(ctx, nonce)
	if err != nil {
		return nil, err
	}
	own, theirs, secret, err := r.agree(ctx, generator)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	kenc, kmac := keys.Derive(suite, secret, keys.Enc), keys.Derive(suite, secret, keys.Mac)
	defer clear(kenc)
	defer clear(kmac)
	if err := r.tokens(ctx, kmac, own, theirs); err != nil {
		return nil, err
	}
	return sm.New(suite, kenc, kmac, nil)
}

// announce is MSE:Set AT, section 4.4.4.1. It carries no Le: some cards refuse
// it with one.
func (r run) announce(ctx context.Context, pw Password) error {
	data := tlv.Append(nil, 0x80, r.info.oid())
	data = tlv.Append(data, 0x83, []byte{pw.reference})
	if r.info.Ambiguous {
		data = tlv.Append(data, 0x84, []byte{byte(r.info.ParameterID)})
	}
	_, err := r.s.Send(ctx, apdu.Command{INS: apdu.InsManageEnvironment, P1: 0xC1, P2: 0xA4, Data: data})
	var se *apdu.StatusError
	switch {
	case err == nil:
		return nil
	case apdu.IsStatus(err, apdu.SWBlocked, 0x63C0):
		return fmt.Errorf("%w: %w", ErrBlocked, err)
	case errors.As(err, &se) && se.SW&0xFFF0 == 0x63C0:
		return nil // a warning that tells how many tries are left
	case se != nil:
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return fmt.Errorf("pace: announce: %w", err)
}

// step is one GENERAL AUTHENTICATE: section 4.4.4.2.
func (r run) step(ctx context.Context, cla byte, request []byte, answer tlv.Tag) ([]byte, error) {
	resp, err := r.s.Send(ctx, apdu.Command{CLA: cla, INS: apdu.InsGeneralAuthenticate, Data: tlv.Append(nil, tagTemplate, request), Ne: apdu.MaxShort})
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
	for _, o := range objects {
		if o.Tag == answer {
			return o.Value, nil
		}
	}
	return nil, fmt.Errorf("%w: no %v in the answer", ErrChip, answer)
}

// explain tells what a failed step means before the tokens are compared.
func explain(step string, err error) error {
	switch {
	case apdu.IsStatus(err, apdu.SWBlocked):
		return fmt.Errorf("%w: %w", ErrBlocked, err)
	case apdu.IsStatus(err):
		return fmt.Errorf("%w: %s: %w", ErrRefused, step, err)
	}
	return fmt.Errorf("pace: %s: %w", step, err)
}

// nonce fetches the encrypted nonce and opens it with the password.
func (r run) nonce(ctx context.Context, pw Password) ([]byte, error) {
	z, err := r.step(ctx, chained, nil, 0x80)
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
	s := bytes.Clone(z)
	if err := keys.DecryptCBC(block, nil, s); err != nil {
		return nil, fmt.Errorf("pace: %w", err)
	}
	return s, nil
}

// mapping is the generic mapping, section 4.4.3.3.1: G' = s·G + H.
func (r run) mapping(ctx context.Context, nonce []byte) (curve.Point, error) {
	private, err := r.c.Scalar(r.rand)
	if err != nil {
		return curve.Point{}, fmt.Errorf("pace: %w", err)
	}
	defer clear(private)
	public, err := r.c.MulBase(private)
	if err != nil {
		return curve.Point{}, fmt.Errorf("pace: %w", err)
	}
	theirs, err := r.exchange(ctx, "mapping", public, 0x81, 0x82)
	if err != nil {
		return curve.Point{}, err
	}
	return Map(r.c, nonce, private, theirs)
}

// Map computes the generator that both ends use: s·G + private·public, where s
// is the nonce. It serves both ends.
func Map(c *curve.Curve, nonce, private []byte, public curve.Point) (curve.Point, error) {
	h, err := c.Mul(public, private)
	if err != nil {
		return curve.Point{}, fmt.Errorf("%w: mapping: %w", ErrChip, err)
	}
	g, err := c.MulBase(nonce)
	if err != nil {
		return curve.Point{}, fmt.Errorf("%w: mapping: %w", ErrChip, err)
	}
	if g.Equal(h) {
		g, err = c.Mul(g, []byte{2})
	} else {
		g, err = c.Add(g, h)
	}
	if err != nil {
		return curve.Point{}, fmt.Errorf("%w: mapping: %w", ErrChip, err)
	}
	return g, nil
}

// exchange sends our public key and reads the chip's. The chip may not just
// send ours back: section 4.4.4 step 3.
func (r run) exchange(ctx context.Context, step string, public curve.Point, request, answer tlv.Tag) (curve.Point, error) {
	b, err := r.step(ctx, chained, tlv.Append(nil, request, r.c.Encode(public)), answer)
	if err != nil {
		return curve.Point{}, explain(step, err)
	}
	theirs, err := r.c.Decode(b)
	if err != nil {
		return curve.Point{}, fmt.Errorf("%w: %s: %w", ErrChip, step, err)
	}
	if theirs.Equal(public) {
		return curve.Point{}, fmt.Errorf("%w: %s: our own key came back", ErrChip, step)
	}
	return theirs, nil
}

// agree is the key agreement over the mapped generator.
func (r run) agree(ctx context.Context, generator curve.Point) (own, theirs curve.Point, secret []byte, err error) {
	private, err := r.c.Scalar(r.rand)
	if err != nil {
		return own, theirs, nil, fmt.Errorf("pace: %w", err)
	}
	defer clear(private)
	if own, err = r.c.Mul(generator, private); err != nil {
		return own, theirs, nil, fmt.Errorf("pace: %w", err)
	}
	if theirs, err = r.exchange(ctx, "key agreement", own, 0x83, 0x84); err != nil {
		return own, theirs, nil, err
	}
	k, err := r.c.Mul(theirs, private)
	if err != nil {
		return own, theirs, nil, fmt.Errorf("%w: key agreement: %w", ErrChip, err)
	}
	return own, theirs, r.c.X(k), nil
}

// tokens is the mutual check that both derived the same keys.
func (r run) tokens(ctx context.Context, kmac []byte, own, theirs curve.Point) error {
	ours, err := Token(r.suite, kmac, r.info.oid(), r.c, theirs)
	if err != nil {
		return err
	}
	answer, err := r.step(ctx, 0, tlv.Append(nil, 0x85, ours), 0x86)
	switch {
	case apdu.IsStatus(err, apdu.SWBlocked, 0x63C0):
		return fmt.Errorf("%w: %w", ErrBlocked, err)
	case apdu.IsStatus(err):
		return fmt.Errorf("%w: %w", ErrPassword, err)
	case err != nil:
		return fmt.Errorf("pace: tokens: %w", err)
	}
	mac, err := keys.NewMAC(r.suite, kmac)
	if err != nil {
		return fmt.Errorf("pace: %w", err)
	}
	if !mac.Verify(answer, tokenInput(r.info.oid(), r.c, own)) {
		return fmt.Errorf("%w: the chip's token is wrong", ErrPassword)
	}
	return nil
}

// Token is the authentication token of section 4.4.3.4 over the public key of
// the other end. It serves both ends; oid is the value of the protocol's
// object identifier.
func Token(s keys.Suite, kmac, oid []byte, c *curve.Curve, public curve.Point) ([]byte, error) {
	mac, err := keys.NewMAC(s, kmac)
	if err != nil {
		return nil, fmt.Errorf("pace: %w", err)
	}
	sum := mac.Sum(tokenInput(oid, c, public))
	return sum[:], nil
}

func tokenInput(oid []byte, c *curve.Curve, public curve.Point) []byte {
	return tlv.Append(nil, tagPublic, tlv.Append(nil, 0x06, oid), tlv.Append(nil, 0x86, c.Encode(public)))
}
