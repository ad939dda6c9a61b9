// Package passive is Passive Authentication, ICAO Doc 9303-11 section 5.1: the
// document security object (EF.SOD) vouches for the data groups by their
// hashes, and a document signer vouches for the security object.
//
// Three questions are answered apart, because they are worth different things.
// Two of them here: do the data groups match their hashes; is the security
// object signed by the certificate that comes with it. Whoever forges a card
// can make these two come out valid. The third, whether that certificate
// chains to a country that somebody trusts, is package trust's.
package passive

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"tram06/firmware/emrtd/cms"
	"tram06/firmware/emrtd/der"
	"tram06/firmware/emrtd/pki"
)

var (
	// ErrFormat: the file is no security object.
	ErrFormat = errors.New("passive: malformed security object")
	// ErrUnsupported: an algorithm that is not known here.
	ErrUnsupported = errors.New("passive: unsupported algorithm")
	// ErrSignature: the signature is wrong.
	ErrSignature = errors.New("passive: wrong signature")
)

// oidLDS is the content of a security object: Doc 9303-10 section 4.6.2.
const oidLDS = "2.23.136.1.1.1"

// SOD is a parsed security object. Nothing in it has been verified.
type SOD struct {
	Version      int            // of the LDS security object, 0 or 1
	Hash         crypto.Hash    // of the data groups
	Hashes       map[int][]byte // by data group
	LDSVersion   string         // of version 1: "0108"
	Certificates [][]byte       // as sent, DER

	signers func() ([]cms.Signer, error)
}

// ParseSOD reads EF.SOD.
func ParseSOD(b []byte) (*SOD, error) {
	s, err := parse(b)
	if err != nil {
		return nil, wrap(err)
	}
	return s, nil
}

func parse(b []byte) (*SOD, error) {
	b, err := der.Definite(b)
	if err != nil {
		return nil, err
	}
	file := der.Inside(b, 0x77)
	if file.Err() != nil {
		return nil, file.Err()
	}
	data, err := cms.Parse(file.Rest())
	if err != nil {
		return nil, err
	}
	if data.ContentType != oidLDS {
		return nil, errors.New("content is no LDS security object")
	}
	s := &SOD{Certificates: data.Certificates}
	// Verified once: the answer is asked for by several, and costs most of a
	// reading's arithmetic.
	s.signers = sync.OnceValues(func() ([]cms.Signer, error) { return data.Verify() })
	return s, s.parseContent(data.Content)
}

// parseContent reads the LDSSecurityObject.
func (s *SOD) parseContent(b []byte) error {
	r := der.Inside(b, der.Sequence)
	s.Version = r.Small(255)
	algorithm, list := r.Next(der.Sequence), r.Next(der.Sequence)
	if r.Err() != nil {
		return r.Err()
	}
	if info := r.Optional(der.Sequence); info.Raw != nil {
		s.LDSVersion = string(der.Read(info.Value).Any().Value)
	}
	var err error
	if s.Hash, err = pki.ParseDigest(algorithm); err != nil {
		return err
	}
	s.Hashes = map[int][]byte{}
	for entries := der.Read(list.Value); entries.More(); {
		e := entries.Enter(der.Sequence)
		number, hash := e.Small(255), e.Next(der.Octets).Value
		switch {
		case e.Err() != nil:
			return fmt.Errorf("no data group hash where one belongs: %w", e.Err())
		case number < 1 || number > 16:
			return errors.New("hash of no data group")
		case len(hash) != s.Hash.Size():
			return fmt.Errorf("hash of %d bytes for %v", len(hash), s.Hash)
		case s.Hashes[number] != nil:
			return fmt.Errorf("two hashes of data group %d", number)
		}
		s.Hashes[number] = hash
	}
	if len(s.Hashes) == 0 {
		return errors.New("no data group hashes")
	}
	return nil
}

// VerifySignature checks the signature of the security object by the document
// signer's certificate that comes with it. It says nothing of trust.
func (s *SOD) VerifySignature() error {
	_, err := s.signers()
	return wrap(err)
}

// Signers are those whose signatures are right, usually one. The error is that
// of VerifySignature.
func (s *SOD) Signers() ([]cms.Signer, error) {
	signers, err := s.signers()
	return signers, wrap(err)
}

// SignerCertificate is the document signer's certificate, DER, once its
// signature was found right. The error is that of VerifySignature.
func (s *SOD) SignerCertificate() ([]byte, error) {
	signers, err := s.Signers()
	if err != nil {
		return nil, err
	}
	return signers[0].Certificate.Raw, nil
}

// Wrong lists the data groups whose hashes are not those of the security object.
// sums are hashes made with s.Hash, by data group number; a data group that the
// security object does not list does not match.
func (s *SOD) Wrong(sums map[int][]byte) []int {
	var wrong []int
	for _, n := range slices.Sorted(maps.Keys(sums)) {
		if want := s.Hashes[n]; want == nil || !bytes.Equal(want, sums[n]) {
			wrong = append(wrong, n)
		}
	}
	return wrong
}

// wrap puts an error of the packages below under this one's.
func wrap(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, cms.ErrUnsupported), errors.Is(err, pki.ErrUnsupported):
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	case errors.Is(err, cms.ErrSignature):
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return fmt.Errorf("%w: %w", ErrFormat, err)
}
