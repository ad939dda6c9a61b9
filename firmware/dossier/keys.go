package dossier

import (
	"crypto"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// The names of the PEM blocks that hold the gateway's sealing keys. The content
// is the key encapsulation mechanism's identifier, two bytes big endian, and
// the key as RFC 9180 serialises it.
const (
	pemPublic  = "TRAM06 HPKE PUBLIC KEY"
	pemPrivate = "TRAM06 HPKE PRIVATE KEY"
)

// ErrKey is a key file that cannot be used. The error never quotes the file.
var ErrKey = errors.New("key file is not valid")

// MarshalPublicKey writes the public key that kiosks seal to.
func MarshalPublicKey(k hpke.PublicKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemPublic, Bytes: withKEM(k.KEM(), k.Bytes())})
}

// MarshalPrivateKey writes the key that opens what was sealed.
func MarshalPrivateKey(k hpke.PrivateKey) ([]byte, error) {
	raw, err := k.Bytes()
	if err != nil {
		return nil, fmt.Errorf("marshal hpke key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: withKEM(k.KEM(), raw)}), nil
}

// ParsePublicKey reads what MarshalPublicKey wrote.
func ParsePublicKey(data []byte) (hpke.PublicKey, error) {
	kem, raw, err := parseKey(data, pemPublic)
	if err != nil {
		return nil, err
	}
	k, err := kem.NewPublicKey(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: not a public key of its mechanism", ErrKey)
	}
	return k, nil
}

// ParsePrivateKey reads what MarshalPrivateKey wrote.
func ParsePrivateKey(data []byte) (hpke.PrivateKey, error) {
	kem, raw, err := parseKey(data, pemPrivate)
	if err != nil {
		return nil, err
	}
	k, err := kem.NewPrivateKey(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: not a private key of its mechanism", ErrKey)
	}
	return k, nil
}

func withKEM(k hpke.KEM, raw []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, k.ID()), raw...)
}

func parseKey(data []byte, kind string) (hpke.KEM, []byte, error) {
	block, _ := pem.Decode(data)
	if block == nil || block.Type != kind || len(block.Bytes) < 3 {
		return nil, nil, fmt.Errorf("%w: no PEM block %q", ErrKey, kind)
	}
	kem, err := newKEM(binary.BigEndian.Uint16(block.Bytes))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return kem, block.Bytes[2:], nil
}

// newKEM admits the mechanisms that an envelope may use: the hybrid that stays
// closed to tomorrow's quantum computers, and plain X25519.
func newKEM(id uint16) (hpke.KEM, error) {
	switch id {
	case 0x647a, 0x0020: // MLKEM768-X25519, DHKEM(X25519, HKDF-SHA256)
		return hpke.NewKEM(id)
	}
	return nil, fmt.Errorf("%w: key encapsulation 0x%04x", ErrSuite, id)
}

// GenerateKey makes a key pair for a gateway: MLKEM768-X25519, because a sealed
// dossier may be copied today and attacked in twenty years.
func GenerateKey() (hpke.PrivateKey, error) { return hpke.MLKEM768X25519().GenerateKey() }

// recipientID names a gateway's public key in an envelope.
func recipientID(k hpke.PublicKey) (id [16]byte) {
	sum := sha256.Sum256(withKEM(k.KEM(), k.Bytes()))
	copy(id[:], sum[:])
	return id
}

// KeyID names a device's public key as the signature's header does: the RFC
// 7638 thumbprint, SHA-256, base64url.
func KeyID(pub crypto.PublicKey) (string, error) {
	jwk := jose.JSONWebKey{Key: pub}
	sum, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("%w: no thumbprint for a key of type %T", ErrKey, pub)
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}
