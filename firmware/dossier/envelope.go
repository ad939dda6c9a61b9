package dossier

import (
	"bytes"
	"crypto"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// The envelope, version 1. All numbers are big endian.
//
//	0   4  "T06E"
//	4   1  version, 1
//	5   2  KEM of RFC 9180
//	7   2  KDF
//	9   2  AEAD
//	11  16 recipient: first half of SHA-256 over KEM and public key
//	27  16 dossier id
//	43  2  length of the encapsulated key
//	45  …  encapsulated key
//	    …  ciphertext to the end, with everything before it as associated data
//
// The plaintext is the detached signature (two bytes of length, then compact
// JWS with an empty payload) followed by the canonical body.
const (
	magic      = "T06E"
	version    = 1
	headerSize = 45
	info       = "tram06 dossier envelope v1"

	// MaxEnvelope is the longest envelope that is read or written.
	MaxEnvelope = MaxBody + 8<<10
)

// MediaType of an envelope on the wire.
const MediaType = "application/vnd.tram06.dossier"

// What can be wrong with an envelope.
var (
	ErrEnvelope  = errors.New("dossier envelope is malformed")
	ErrVersion   = errors.New("dossier envelope has an unknown version")
	ErrSuite     = errors.New("dossier envelope uses an unknown cipher suite")
	ErrRecipient = errors.New("dossier is sealed to another key")
	ErrSealed    = errors.New("dossier envelope was altered or does not open with this key")
)

// Sealed is a dossier that only the gateway can open.
type Sealed struct {
	ID       string
	Envelope []byte
	Digest   Digest
}

// Digest is the SHA-256 of an envelope.
type Digest [sha256.Size]byte

// DigestOf computes it.
func DigestOf(envelope []byte) Digest { return sha256.Sum256(envelope) }

// Field is the digest as the Content-Digest field of RFC 9530 writes it.
func (d Digest) Field() string {
	return "sha-256=:" + base64.StdEncoding.EncodeToString(d[:]) + ":"
}

// Seal signs the body with the device's key and seals it to the gateway. The
// suite is the gateway key's mechanism, HKDF-SHA256 and ChaCha20-Poly1305: the
// boards this runs on have no AES instructions.
func Seal(b Body, device crypto.Signer, gateway hpke.PublicKey) (Sealed, error) {
	canon, err := b.Canonical()
	if err != nil {
		return Sealed{}, err
	}
	defer clear(canon)
	if _, err := newKEM(gateway.KEM().ID()); err != nil {
		return Sealed{}, err
	}
	id, err := uuid.Parse(b.ID)
	if err != nil {
		return Sealed{}, fmt.Errorf("%w: id", ErrBody)
	}
	to := recipientID(gateway)
	jws, err := sign(canon, device, fmt.Sprintf("%x", to))
	if err != nil {
		return Sealed{}, err
	}
	kdf, aead := hpke.HKDFSHA256(), hpke.ChaCha20Poly1305()
	enc, sender, err := hpke.NewSender(gateway, kdf, aead, []byte(info))
	if err != nil {
		return Sealed{}, fmt.Errorf("seal dossier: %w", err)
	}
	head := append([]byte(magic), version)
	head = binary.BigEndian.AppendUint16(head, gateway.KEM().ID())
	head = binary.BigEndian.AppendUint16(head, kdf.ID())
	head = binary.BigEndian.AppendUint16(head, aead.ID())
	head = append(head, to[:]...)
	head = append(head, id[:]...)
	head = binary.BigEndian.AppendUint16(head, uint16(len(enc)))
	head = append(head, enc...)

	plain := binary.BigEndian.AppendUint16(nil, uint16(len(jws)))
	plain = append(plain, jws...)
	plain = append(plain, canon...)
	sealed, err := sender.Seal(head, plain)
	clear(plain)
	if err != nil {
		return Sealed{}, fmt.Errorf("seal dossier: %w", err)
	}
	envelope := append(head, sealed...)
	return Sealed{ID: b.ID, Envelope: envelope, Digest: DigestOf(envelope)}, nil
}

// Header is what an envelope tells without being opened.
type Header struct {
	ID             string
	KEM, KDF, AEAD uint16
	recipient      [16]byte
	enc            []byte
	size           int
}

// ParseHeader reads the part of an envelope that is not sealed. Nothing in it
// may be trusted before Open succeeds.
func ParseHeader(envelope []byte) (Header, error) {
	if len(envelope) > MaxEnvelope {
		return Header{}, fmt.Errorf("%w: longer than %d bytes", ErrEnvelope, MaxEnvelope)
	}
	if len(envelope) < len(magic)+1 || !bytes.HasPrefix(envelope, []byte(magic)) {
		return Header{}, fmt.Errorf("%w: no envelope at all", ErrEnvelope)
	}
	if v := envelope[4]; v != version {
		return Header{}, fmt.Errorf("%w: %d", ErrVersion, v)
	}
	if len(envelope) < headerSize {
		return Header{}, fmt.Errorf("%w: cut off in its header", ErrEnvelope)
	}
	h := Header{
		KEM:  binary.BigEndian.Uint16(envelope[5:]),
		KDF:  binary.BigEndian.Uint16(envelope[7:]),
		AEAD: binary.BigEndian.Uint16(envelope[9:]),
	}
	copy(h.recipient[:], envelope[11:27])
	h.ID = uuid.UUID(envelope[27:43]).String()
	if !ValidID(h.ID) {
		return Header{}, fmt.Errorf("%w: its id is no UUIDv7", ErrEnvelope)
	}
	n := int(binary.BigEndian.Uint16(envelope[43:]))
	if len(envelope) < headerSize+n {
		return Header{}, fmt.Errorf("%w: cut off in its key", ErrEnvelope)
	}
	h.enc = envelope[headerSize : headerSize+n]
	h.size = headerSize + n
	return h, nil
}

// Opened is what an envelope held.
type Opened struct {
	Body  Body
	KeyID string // of the device's key that signed
}

// Open opens an envelope with the gateway's key, verifies the device's
// signature and reads the body. key finds the public key of a device by its
// id, and refuses with an error of its own what may not sign.
func Open(envelope []byte, gateway hpke.PrivateKey, key func(kid string) (crypto.PublicKey, error)) (Opened, error) {
	h, err := ParseHeader(envelope)
	if err != nil {
		return Opened{}, err
	}
	kem, err := newKEM(h.KEM)
	if err != nil {
		return Opened{}, err
	}
	kdf, aead := hpke.HKDFSHA256(), hpke.ChaCha20Poly1305()
	if h.KDF != kdf.ID() || h.AEAD != aead.ID() {
		return Opened{}, fmt.Errorf("%w: 0x%04x 0x%04x 0x%04x", ErrSuite, h.KEM, h.KDF, h.AEAD)
	}
	if kem.ID() != gateway.KEM().ID() || h.recipient != recipientID(gateway.PublicKey()) {
		return Opened{}, ErrRecipient
	}
	r, err := hpke.NewRecipient(h.enc, gateway, kdf, aead, []byte(info))
	if err != nil {
		return Opened{}, ErrSealed
	}
	plain, err := r.Open(envelope[:h.size], envelope[h.size:])
	if err != nil {
		return Opened{}, ErrSealed
	}
	if len(plain) < 2 || len(plain) < 2+int(binary.BigEndian.Uint16(plain)) {
		return Opened{}, fmt.Errorf("%w: nothing whole inside", ErrEnvelope)
	}
	n := 2 + int(binary.BigEndian.Uint16(plain))
	canon := plain[n:]
	kid, err := verify(string(plain[2:n]), canon, fmt.Sprintf("%x", h.recipient), key)
	if err != nil {
		return Opened{KeyID: kid}, err
	}
	body, err := ParseBody(canon)
	if err != nil {
		return Opened{KeyID: kid}, err
	}
	if body.ID != h.ID {
		return Opened{KeyID: kid}, fmt.Errorf("%w: id differs from the envelope's", ErrBody)
	}
	return Opened{Body: body, KeyID: kid}, nil
}
