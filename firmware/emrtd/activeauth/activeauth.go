// Package activeauth is Active Authentication, ICAO Doc 9303-11 section 6.1:
// the chip signs a challenge with a private key that cannot be read out of it.
// The public key is in EF.DG15, and the proof is worth as much as the proof
// that this file is authentic.
package activeauth

import (
	"context"
	"crypto"
	_ "crypto/sha1" // what the chips of the first years sign with
	_ "crypto/sha256"
	_ "crypto/sha512"
	"errors"
	"fmt"
	"io"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/sm"
)

var (
	// ErrFormat: the file is no EF.DG15.
	ErrFormat = errors.New("activeauth: malformed EF.DG15")
	// ErrUnsupported: a key that is not known here.
	ErrUnsupported = errors.New("activeauth: unsupported key")
	// ErrRefused: the chip does not sign.
	ErrRefused = errors.New("activeauth: refused")
	// ErrClone: the chip answered, and not with a signature by its key.
	ErrClone = errors.New("activeauth: the chip has not the private key of its data")
)

// ChallengeLen is the length of RND.IFD.
const ChallengeLen = 8

// longestShort is the longest signature that fits in a short protected answer,
// whichever the cipher.
const longestShort = 223

// Authenticate draws a challenge, has the chip sign it, and checks. hint comes
// from FindHint; nil when EF.DG14 has no such entry, or was not read.
func Authenticate(ctx context.Context, s apdu.Sender, key PublicKey, hint *Hint, random io.Reader) error {
	if key.signatureLen() == 0 {
		return fmt.Errorf("%w: %v", ErrUnsupported, key)
	}
	challenge := make([]byte, ChallengeLen)
	if _, err := io.ReadFull(random, challenge); err != nil {
		return fmt.Errorf("activeauth: draw a challenge: %w", err)
	}
	cmd := apdu.Command{INS: apdu.InsInternalAuth, Data: challenge, Ne: apdu.MaxShort}
	if n := key.signatureLen(); n > longestShort && !key.Short {
		cmd.Extended, cmd.Ne = true, max(n, apdu.MaxShort)
	}
	r, err := s.Send(ctx, cmd)
	if cmd.Extended && (apdu.IsTooLong(err) || apdu.IsStatus(err, apdu.SWWrongLength) && !sm.Broken(err)) {
		// The reader, or the chip, has no room for that; nothing was signed.
		cmd.Extended, cmd.Ne = false, apdu.MaxShort
		r, err = s.Send(ctx, cmd)
	}
	switch {
	case apdu.IsStatus(err):
		return fmt.Errorf("%w: %w", ErrRefused, err)
	case err != nil:
		return fmt.Errorf("activeauth: internal authenticate: %w", err)
	}
	return Verify(key, hint, challenge, r.Data)
}

// Verify checks the chip's answer to a challenge. It serves tests with
// published values, too.
func Verify(key PublicKey, hint *Hint, challenge, signature []byte) error {
	verified := false
	if n, e, ok := key.RSA(); ok {
		verified = verifyRSA(n, e, challenge, signature)
	} else if c, p, ok := key.Point(); ok {
		verified = verifyECDSA(c, p, hint, challenge, signature)
	} else {
		return fmt.Errorf("%w: %v", ErrUnsupported, key)
	}
	if !verified {
		return fmt.Errorf("%w: wrong signature of %d bytes by %v", ErrClone, len(signature), key)
	}
	return nil
}

func digest(h crypto.Hash, parts ...[]byte) []byte {
	f := h.New()
	for _, p := range parts {
		f.Write(p)
	}
	return f.Sum(nil)
}
