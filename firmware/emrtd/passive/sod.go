// Package passive is Passive Authentication, ICAO Doc 9303-11 section 5.1: the
// document security object (EF.SOD) vouches for the data groups by their
// hashes, and a document signer vouches for the security object.
//
// Three questions are answered apart, because they are worth different things:
// do the data groups match their hashes; is the security object signed by the
// certificate that comes with it; does that certificate chain to a country
// that somebody trusts. The third is not answered here yet: Report.Chain stays
// Unknown, and whoever forges a card can make the other two come out Valid.
package passive

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // old cards' hashes
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/asn1"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tram06/firmware/emrtd/tlv"
)

var (
	// ErrFormat: the file is no security object.
	ErrFormat = errors.New("passive: malformed security object")
	// ErrUnsupported: an algorithm that is not known here.
	ErrUnsupported = errors.New("passive: unsupported algorithm")
	// ErrSignature: the signature is wrong.
	ErrSignature = errors.New("passive: wrong signature")
	// ErrHash: a data group does not match; a *HashError tells which.
	ErrHash = errors.New("passive: data groups do not match the security object")
)

// HashError lists the data groups that do not match, by number.
type HashError struct{ Groups []int }

func (e *HashError) Error() string { return fmt.Sprintf("%v: %v", ErrHash, e.Groups) }

// Unwrap makes it an ErrHash.
func (e *HashError) Unwrap() error { return ErrHash }

// Object identifiers of RFC 5652 and Doc 9303-10 section 4.6.2.
const (
	oidSignedData    = "1.2.840.113549.1.7.2"
	oidContentType   = "1.2.840.113549.1.9.3"
	oidMessageDigest = "1.2.840.113549.1.9.4"
	oidLDS           = "2.23.136.1.1.1"
)

const (
	tagSequence tlv.Tag = 0x30
	tagSet      tlv.Tag = 0x31
	tagInteger  tlv.Tag = 0x02
	tagBits     tlv.Tag = 0x03
	tagOctets   tlv.Tag = 0x04
	tagOID      tlv.Tag = 0x06
	tagContext0 tlv.Tag = 0xA0
	tagContext1 tlv.Tag = 0xA1
	tagKeyID    tlv.Tag = 0x80
)

// SOD is a parsed security object. Nothing in it has been verified.
type SOD struct {
	Hash         crypto.Hash    // of the data groups
	Hashes       map[int][]byte // by data group
	Certificates [][]byte       // as sent, DER

	content []byte // the LDS security object, what is signed
	signer  signerInfo
}

// signerInfo is the one SignerInfo of CMS that counts.
type signerInfo struct {
	issuer, serial, keyID []byte
	digest                crypto.Hash
	attributes            tlv.Node // [0] signedAttrs
	algorithm             tlv.Node
	signature             []byte
}

// ParseSOD reads EF.SOD.
func ParseSOD(b []byte) (*SOD, error) {
	s, err := parse(b)
	if err != nil {
		if errors.Is(err, ErrUnsupported) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return s, nil
}

func parse(b []byte) (*SOD, error) {
	root, err := tlv.ParseOne(b, 0x77)
	if err != nil {
		return nil, err
	}
	info, err := tlv.ParseOne(root.Value, tagSequence)
	if err != nil {
		return nil, err
	}
	r := reader{rest: info.Value}
	if kind := r.oid(); kind != oidSignedData {
		return nil, r.or("content is no SignedData")
	}
	data, err := tlv.ParseOne(r.next(tagContext0).Value, tagSequence)
	if err != nil {
		return nil, r.or("no SignedData")
	}
	r = reader{rest: data.Value}
	r.next(tagInteger)
	r.next(tagSet) // digest algorithms: the signer's counts
	encap := reader{rest: r.next(tagSequence).Value}
	if kind := encap.oid(); kind != oidLDS {
		return nil, encap.or("content is no LDS security object")
	}
	octets, err := tlv.ParseOne(encap.next(tagContext0).Value, tagOctets)
	if err != nil {
		return nil, encap.or("no content")
	}
	s := &SOD{content: octets.Value}
	for n, err := range tlv.All(r.optional(tagContext0).Value) {
		if err != nil {
			return nil, err
		}
		s.Certificates = append(s.Certificates, n.Raw)
	}
	r.optional(tagContext1) // revocation lists
	signers := reader{rest: r.next(tagSet).Value}
	si := signers.next(tagSequence)
	if err := errors.Join(r.err, signers.err); err != nil {
		return nil, err
	}
	if s.signer, err = parseSigner(si.Value); err != nil {
		return nil, err
	}
	return s, s.parseContent()
}

func parseSigner(b []byte) (signerInfo, error) {
	var s signerInfo
	r := reader{rest: b}
	r.next(tagInteger)
	if id := r.optional(tagKeyID); id.Raw != nil {
		s.keyID = id.Value
	} else {
		id := reader{rest: r.next(tagSequence).Value}
		s.issuer, s.serial = id.next(tagSequence).Raw, id.next(tagInteger).Value
		if id.err != nil && r.err == nil {
			return s, id.err
		}
	}
	algorithm := r.next(tagSequence)
	s.attributes = r.optional(tagContext0)
	s.algorithm = r.next(tagSequence)
	s.signature = r.next(tagOctets).Value
	if r.err != nil {
		return s, r.err
	}
	if s.attributes.Raw == nil {
		return s, errors.New("no signed attributes")
	}
	var err error
	s.digest, err = digestAlgorithm(algorithm)
	return s, err
}

// parseContent reads the LDSSecurityObject.
func (s *SOD) parseContent() error {
	root, err := tlv.ParseOne(s.content, tagSequence)
	if err != nil {
		return err
	}
	r := reader{rest: root.Value}
	r.next(tagInteger)
	algorithm, list := r.next(tagSequence), r.next(tagSequence)
	if r.err != nil {
		return r.err
	}
	if s.Hash, err = digestAlgorithm(algorithm); err != nil {
		return err
	}
	s.Hashes = map[int][]byte{}
	for n, err := range tlv.All(list.Value) {
		if err != nil {
			return err
		}
		e := reader{rest: n.Value}
		number, hash := e.next(tagInteger), e.next(tagOctets)
		switch {
		case n.Tag != tagSequence || e.err != nil:
			return errors.New("no data group hash where one belongs")
		case len(number.Value) != 1 || number.Value[0] < 1 || number.Value[0] > 16:
			return errors.New("hash of no data group")
		case len(hash.Value) != s.Hash.Size():
			return fmt.Errorf("hash of %d bytes for %v", len(hash.Value), s.Hash)
		case s.Hashes[int(number.Value[0])] != nil:
			return fmt.Errorf("two hashes of data group %d", number.Value[0])
		}
		s.Hashes[int(number.Value[0])] = hash.Value
	}
	if len(s.Hashes) == 0 {
		return errors.New("no data group hashes")
	}
	return nil
}

// VerifyHashes checks whole files, by data group number. A file that the
// security object does not list does not match. The error is a *HashError.
func (s *SOD) VerifyHashes(files map[int][]byte) error {
	var wrong []int
	for _, n := range slices.Sorted(maps.Keys(files)) {
		h := s.Hash.New()
		h.Write(files[n])
		if want := s.Hashes[n]; want == nil || !bytes.Equal(h.Sum(nil), want) {
			wrong = append(wrong, n)
		}
	}
	if wrong != nil {
		return &HashError{wrong}
	}
	return nil
}

// reader takes data objects one after the other and keeps the first error.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) next(tag tlv.Tag) tlv.Node {
	if r.err != nil {
		return tlv.Node{}
	}
	n, rest, err := tlv.Parse(r.rest)
	if err == nil && n.Tag != tag {
		err = fmt.Errorf("tag %v where %v belongs", n.Tag, tag)
	}
	if err != nil {
		r.err = err
		return tlv.Node{}
	}
	r.rest = rest
	return n
}

// optional takes the next object if it has this tag.
func (r *reader) optional(tag tlv.Tag) tlv.Node {
	if r.err != nil || len(r.rest) == 0 {
		return tlv.Node{}
	}
	if n, rest, err := tlv.Parse(r.rest); err == nil && n.Tag == tag {
		r.rest = rest
		return n
	}
	return tlv.Node{}
}

// oid takes an object identifier, "" if there is none.
func (r *reader) oid() string {
	n := r.next(tagOID)
	if r.err != nil {
		return ""
	}
	var id asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(n.Raw, &id); err != nil {
		r.err = err
		return ""
	}
	return id.String()
}

// or gives the error met, or says what is wrong otherwise.
func (r *reader) or(what string) error {
	if r.err != nil {
		return fmt.Errorf("%s: %w", what, r.err)
	}
	return errors.New(what)
}
