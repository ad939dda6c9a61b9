// Package bac is Basic Access Control, ICAO Doc 9303-11 section 4.3: terminal
// and chip prove to each other that they know what is printed in the machine-
// readable zone, and agree on keys for secure messaging.
//
// Its protection is as strong as the printed data is hard to guess, and no
// stronger: it keeps passers-by out, not those who saw the card.
package bac

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/sm"
)

var (
	// ErrAccess: the chip does not accept these keys. Another set may be tried.
	ErrAccess = errors.New("bac: the chip refuses these keys")
	// ErrChip: the chip did not prove that it knows the keys.
	ErrChip = errors.New("bac: the chip's answer does not fit the keys")
)

const (
	nonceLen = 8
	keyLen   = 16
	proofLen = 2*nonceLen + keyLen
)

// Keys are the document basic access keys.
type Keys struct{ enc, mac []byte }

// NewKeys derives the keys from the MRZ information (keys.MRZInformation).
func NewKeys(mrzInformation string) Keys {
	seed := keys.Seed(mrzInformation)
	defer clear(seed)
	return fromSeed(seed)
}

func fromSeed(seed []byte) Keys {
	return Keys{keys.Derive(keys.TDES, seed, keys.Enc), keys.Derive(keys.TDES, seed, keys.Mac)}
}

// Wipe overwrites the keys.
func (k Keys) Wipe() {
	clear(k.enc)
	clear(k.mac)
}

// String keeps keys out of every log by accident.
func (Keys) String() string { return "bac.Keys" }

// GoString does the same for %#v.
func (Keys) GoString() string { return "bac.Keys" }

// Authenticate runs the protocol over a plain sender, with the document's
// application selected, and returns the terminal's end of secure messaging.
func Authenticate(ctx context.Context, s apdu.Sender, k Keys, random io.Reader) (*sm.Session, error) {
	r, err := s.Send(ctx, apdu.Command{INS: apdu.InsGetChallenge, Ne: nonceLen})
	if err != nil {
		return nil, fmt.Errorf("bac: get challenge: %w", err)
	}
	if len(r.Data) != nonceLen {
		return nil, fmt.Errorf("%w: challenge of %d bytes", ErrChip, len(r.Data))
	}
	secret := make([]byte, nonceLen+keyLen)
	defer clear(secret)
	if _, err := io.ReadFull(random, secret); err != nil {
		return nil, fmt.Errorf("bac: draw a nonce: %w", err)
	}
	rndIC, rndIFD, kIFD := r.Data, secret[:nonceLen], secret[nonceLen:]

	proof, err := seal(k, rndIFD, rndIC, kIFD)
	if err != nil {
		return nil, err
	}
	r, err = s.Send(ctx, apdu.Command{INS: apdu.InsExternalAuth, Data: proof, Ne: len(proof)})
	if apdu.IsStatus(err) {
		return nil, fmt.Errorf("%w: %w", ErrAccess, err)
	}
	if err != nil {
		return nil, fmt.Errorf("bac: external authenticate: %w", err)
	}
	answer, err := open(k, r.Data)
	if err != nil {
		return nil, err
	}
	defer clear(answer)
	if !bytes.Equal(answer[:nonceLen], rndIC) || !bytes.Equal(answer[nonceLen:2*nonceLen], rndIFD) {
		return nil, fmt.Errorf("%w: other nonces", ErrChip)
	}
	return session(kIFD, answer[2*nonceLen:], rndIC, rndIFD)
}

// seal encrypts first || second || key and appends the MAC.
func seal(k Keys, first, second, key []byte) ([]byte, error) {
	text := make([]byte, 0, proofLen+keys.MACLen)
	text = append(append(append(text, first...), second...), key...)
	block, err := keys.NewCipher(keys.TDES, k.enc)
	if err != nil {
		return nil, fmt.Errorf("bac: %w", err)
	}
	defer keys.WipeCipher(block)
	if err := keys.EncryptCBC(block, nil, text); err != nil {
		return nil, fmt.Errorf("bac: %w", err)
	}
	mac, err := keys.NewMAC(keys.TDES, k.mac)
	if err != nil {
		return nil, fmt.Errorf("bac: %w", err)
	}
	defer mac.Wipe()
	sum := mac.Sum(text)
	return append(text, sum[:]...), nil
}

// open checks the MAC and decrypts.
func open(k Keys, proof []byte) ([]byte, error) {
	if len(proof) != proofLen+keys.MACLen {
		return nil, fmt.Errorf("%w: %d bytes", ErrChip, len(proof))
	}
	mac, err := keys.NewMAC(keys.TDES, k.mac)
	if err != nil {
		return nil, fmt.Errorf("bac: %w", err)
	}
	defer mac.Wipe()
	if !mac.Verify(proof[proofLen:], proof[:proofLen]) {
		return nil, fmt.Errorf("%w: wrong authentication code", ErrChip)
	}
	block, err := keys.NewCipher(keys.TDES, k.enc)
	if err != nil {
		return nil, fmt.Errorf("bac: %w", err)
	}
	defer keys.WipeCipher(block)
	text := bytes.Clone(proof[:proofLen])
	if err := keys.DecryptCBC(block, nil, text); err != nil {
		return nil, fmt.Errorf("bac: %w", err)
	}
	return text, nil
}

// session derives the session keys from both halves.
func session(kIFD, kIC, rndIC, rndIFD []byte) (*sm.Session, error) {
	seed := make([]byte, keyLen)
	defer clear(seed)
	subtle.XORBytes(seed, kIFD, kIC)
	k := fromSeed(seed)
	defer k.Wipe()
	ssc := append(bytes.Clone(rndIC[nonceLen/2:]), rndIFD[nonceLen/2:]...)
	return sm.New(keys.TDES, k.enc, k.mac, ssc)
}
