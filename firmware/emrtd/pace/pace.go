// Package pace is Password Authenticated Connection Establishment, ICAO Doc
// 9303-11 section 4.4: terminal and chip prove to each other that they know a
// short password, without letting an eavesdropper try passwords later, and
// agree on keys for secure messaging. All three mappings are here, over
// elliptic curves and over integers; with chip authentication mapping the chip
// also proves that it is no copy.
//
// A run asks the chip to check the password once, whatever happens, and never
// starts again by itself: chips may count.
package pace

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/group"
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
	tagProof    tlv.Tag = 0x8A
	chained     byte    = 0x10
)

// Result is what a run gives.
type Result struct {
	Session *sm.Session // the terminal's end of secure messaging
	// CAM is the chip's proof in chip authentication mapping, else nil.
	CAM *CAMProof
}

// run is what the steps share.
type run struct {
	s     apdu.Sender
	info  Info
	oid   []byte
	suite keys.Suite
	g     group.Group
	rand  io.Reader
	exact bool // the chip has asked for an exact length before
}

// Authenticate is Run for callers that need no proof of the chip.
func Authenticate(ctx context.Context, s apdu.Sender, info Info, pw Password, random io.Reader) (*sm.Session, error) {
	result, err := Run(ctx, s, info, pw, random)
	return result.Session, err
}

// Run runs the protocol over a plain sender.
func Run(ctx context.Context, s apdu.Sender, info Info, pw Password, random io.Reader) (Result, error) {
	v, g, err := info.resolve()
	if err != nil {
		return Result{}, err
	}
	oid, err := info.oid()
	if err != nil {
		return Result{}, err
	}
	r := &run{s: s, info: info, oid: oid, suite: v.suite, g: g, rand: random}
	if err := r.announce(ctx, pw); err != nil {
		return Result{}, err
	}
	nonce, err := r.nonce(ctx, pw)
	if err != nil {
		return Result{}, err
	}
	defer clear(nonce)
	var generator, mapping group.Element
	if v.mapping == Integrated {
		generator, err = r.mapIntegrated(ctx, nonce)
	} else {
		generator, mapping, err = r.mapGeneric(ctx, nonce)
	}
	if err != nil {
		return Result{}, err
	}
	defer clear(generator)
	a, err := r.agree(ctx, generator)
	if err != nil {
		return Result{}, err
	}
	defer clear(a.secret)
	kenc, kmac := keys.Derive(r.suite, g.Secret(a.secret), keys.Enc), keys.Derive(r.suite, g.Secret(a.secret), keys.Mac)
	defer clear(kenc)
	defer clear(kmac)
	answer, err := r.tokens(ctx, kmac, a)
	if err != nil {
		return Result{}, err
	}
	var result Result
	if v.mapping == ChipAuthentication {
		encrypted, ok := find(answer, tagProof)
		if !ok {
			return Result{}, fmt.Errorf("%w: no chip authentication data", ErrChip)
		}
		if result.CAM, err = newProof(r, kenc, mapping, encrypted); err != nil {
			return Result{}, err
		}
	}
	result.Session, err = sm.New(r.suite, kenc, kmac, nil)
	return result, err
}

// keyPair draws an ephemeral key over a generator. A public key that would be
// shorter on the wire than others is drawn again, one in 256 over integers:
// section 9.4.1 drops its leading zeros, and not every chip agrees on that.
func (r *run) keyPair(generator group.Element) (private []byte, public group.Element, err error) {
	for {
		private, err := r.g.Scalar(r.rand)
		if err != nil {
			return nil, nil, fmt.Errorf("pace: %w", err)
		}
		public, err := r.g.Mul(generator, private)
		if err != nil {
			return nil, nil, fmt.Errorf("pace: %w", err)
		}
		if len(r.g.Encode(public)) == len(public) {
			return private, public, nil
		}
		clear(private)
	}
}

// agreement is what the key agreement gives: both public keys as they went
// over the wire, and the shared element.
type agreement struct {
	own, theirs []byte
	secret      group.Element
}

// agree is the key agreement over the mapped generator.
func (r *run) agree(ctx context.Context, generator group.Element) (agreement, error) {
	private, own, err := r.keyPair(generator)
	if err != nil {
		return agreement{}, err
	}
	defer clear(private)
	theirs, sent, err := r.exchange(ctx, "key agreement", own, 0x83, 0x84)
	if err != nil {
		return agreement{}, err
	}
	k, err := r.g.Mul(theirs, private)
	if err != nil {
		return agreement{}, fmt.Errorf("%w: key agreement: %w", ErrChip, err)
	}
	return agreement{r.g.Encode(own), sent, k}, nil
}

// tokens is the mutual check that both derived the same keys. The answer may
// hold more than the chip's token.
func (r *run) tokens(ctx context.Context, kmac []byte, a agreement) ([]tlv.Node, error) {
	mac, err := keys.NewMAC(r.suite, kmac)
	if err != nil {
		return nil, fmt.Errorf("pace: %w", err)
	}
	defer mac.Wipe()
	ours := mac.Sum(r.tokenInput(a.theirs))
	answer, err := r.step(ctx, 0, 0x85, ours[:])
	switch {
	case apdu.IsStatus(err, apdu.SWBlocked, noTriesLeft):
		return nil, fmt.Errorf("%w: %w", ErrBlocked, err)
	case apdu.IsStatus(err):
		return nil, fmt.Errorf("%w: %w", ErrPassword, err)
	case err != nil:
		return nil, explain("tokens", err)
	}
	token, ok := find(answer, 0x86)
	if !ok {
		return nil, fmt.Errorf("%w: no token in the answer", ErrChip)
	}
	if !mac.Verify(token, r.tokenInput(a.own)) {
		return nil, fmt.Errorf("%w: the chip's token is wrong", ErrPassword)
	}
	return answer, nil
}

// tokenInput is what the authentication token of section 4.4.3.4 covers: the
// public key of the other end.
func (r *run) tokenInput(public []byte) []byte {
	return tlv.Append(nil, tagPublic, tlv.Append(nil, 0x06, r.oid), tlv.Append(nil, r.g.Tag(), public))
}
