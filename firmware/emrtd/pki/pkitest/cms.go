package pkitest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"

	"tram06/firmware/emrtd/tlv"
)

// OID is an object identifier, DER.
func OID(arcs ...int) []byte {
	b, err := asn1.Marshal(asn1.ObjectIdentifier(arcs))
	if err != nil {
		panic("pkitest: " + err.Error()) // arcs are written out in tests
	}
	return b
}

// Content types.
var (
	LDSContent        = OID(2, 23, 136, 1, 1, 1)
	MasterListContent = OID(2, 23, 136, 1, 1, 2)
)

// Signed says how to sign something.
type Signed struct {
	Type         []byte // content type, an OID
	Content      []byte
	Certificates [][]byte  // that come along; the signer's own if nil
	At           time.Time // signing time, left out if zero
	Plain        bool      // no signed attributes
	KeyID        bool      // name the signer by key identifier
	Disorder     bool      // signed attributes signed and sent out of DER's order
	Resort       bool      // signed in DER's order and sent out of it
	Digest       []byte    // names another digest algorithm
	Algorithm    []byte    // names another signature algorithm
	Attributes   [][]byte  // further signed attributes
	ContentType  []byte    // another content type in the signed attributes
}

var (
	sha256ID = OID(2, 16, 840, 1, 101, 3, 4, 2, 1)
	ecdsaID  = OID(1, 2, 840, 10045, 4, 3, 2)
)

// Sign makes SignedData by h; several signers may be joined with Join.
func (h Holder) Sign(t TB, s Signed) []byte {
	t.Helper()
	certificates := s.Certificates
	if certificates == nil {
		certificates = [][]byte{h.Raw()}
	}
	return Join(s.Type, s.Content, certificates, h.SignerInfo(t, s))
}

// Join makes SignedData with these SignerInfos.
func Join(kind, content []byte, certificates [][]byte, signers ...[]byte) []byte {
	var certs []byte
	if len(certificates) > 0 {
		certs = tlv.Append(nil, 0xA0, certificates...)
	}
	signed := tlv.Append(nil, 0x30,
		[]byte{2, 1, 3},
		tlv.Append(nil, 0x31, tlv.Append(nil, 0x30, sha256ID)),
		tlv.Append(nil, 0x30, kind, tlv.Append(nil, 0xA0, tlv.Append(nil, 0x04, content))),
		certs,
		tlv.Append(nil, 0x31, signers...))
	return tlv.Append(nil, 0x30, OID(1, 2, 840, 113549, 1, 7, 2), tlv.Append(nil, 0xA0, signed))
}

// SignerInfo is h's signature with what belongs to it.
func (h Holder) SignerInfo(t TB, s Signed) []byte {
	t.Helper()
	digest, algorithm, kind := s.Digest, s.Algorithm, s.ContentType
	if digest == nil {
		digest = sha256ID
	}
	if algorithm == nil {
		algorithm = ecdsaID
	}
	if kind == nil {
		kind = s.Type
	}
	sum := sha256.Sum256(s.Content)
	attributes := append([][]byte{
		tlv.Append(nil, 0x30, OID(1, 2, 840, 113549, 1, 9, 3), tlv.Append(nil, 0x31, kind)),
		tlv.Append(nil, 0x30, OID(1, 2, 840, 113549, 1, 9, 4), tlv.Append(nil, 0x31, tlv.Append(nil, 0x04, sum[:]))),
	}, s.Attributes...)
	if !s.At.IsZero() {
		at := tlv.Append(nil, 0x17, []byte(s.At.UTC().Format("060102150405Z")))
		attributes = append(attributes, tlv.Append(nil, 0x30, OID(1, 2, 840, 113549, 1, 9, 5), tlv.Append(nil, 0x31, at)))
	}
	slices.SortFunc(attributes, bytes.Compare)
	disordered := slices.Clone(attributes)
	slices.Reverse(disordered)
	signed, sent := attributes, attributes
	if s.Disorder {
		signed, sent = disordered, disordered
	}
	if s.Resort {
		sent = disordered
	}
	message, field := tlv.Append(nil, 0x31, signed...), tlv.Append(nil, 0xA0, sent...)
	if s.Plain {
		message, field = s.Content, nil
	}
	sum = sha256.Sum256(message)
	signature, err := ecdsa.SignASN1(rand.Reader, h.Key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	number, err := asn1.Marshal(h.Cert.SerialNumber)
	if err != nil {
		t.Fatal(err)
	}
	who := tlv.Append(nil, 0x30, h.Cert.RawIssuer, number)
	version := []byte{2, 1, 1}
	if s.KeyID {
		who, version = tlv.Append(nil, 0x80, h.Cert.SubjectKeyId), []byte{2, 1, 3}
	}
	return tlv.Append(nil, 0x30, version, who, tlv.Append(nil, 0x30, digest), field,
		tlv.Append(nil, 0x30, algorithm), tlv.Append(nil, 0x04, signature))
}

// SOD is EF.SOD over these data groups, whole files by number, signed as s says.
func (h Holder) SOD(t TB, groups map[int][]byte, s Signed) []byte {
	t.Helper()
	s.Type, s.Content = LDSContent, LDS(groups)
	return tlv.Append(nil, 0x77, h.Sign(t, s))
}

// LDS is the LDS security object of data groups.
func LDS(groups map[int][]byte) []byte {
	var hashes []byte
	for n := range 17 {
		if b, ok := groups[n]; ok {
			sum := sha256.Sum256(b)
			hashes = tlv.Append(hashes, 0x30, []byte{2, 1, byte(n)}, tlv.Append(nil, 0x04, sum[:]))
		}
	}
	return tlv.Append(nil, 0x30, []byte{2, 1, 0}, tlv.Append(nil, 0x30, sha256ID), tlv.Append(nil, 0x30, hashes))
}

// MasterList is a CscaMasterList of certificates: Doc 9303-12 section 9.
func MasterList(certificates ...[]byte) []byte {
	return tlv.Append(nil, 0x30, []byte{2, 1, 0}, tlv.Append(nil, 0x31, certificates...))
}

// Number is an INTEGER, DER.
func Number(n int64) []byte {
	b, err := asn1.Marshal(big.NewInt(n))
	if err != nil {
		panic("pkitest: " + err.Error()) // every number can be written
	}
	return b
}
