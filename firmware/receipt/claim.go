package receipt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/uuid"
)

// Claim is what the code on a receipt says. It holds nothing personal.
//
// On paper it is the text "T06:" and then, in base32 without padding, a CBOR
// array (RFC 8949, core deterministic encoding) followed by a signature of 64
// bytes. The array is [1, kiosk, number, dossier, outcome, seconds]: version,
// two texts, the dossier's UUID as 16 bytes, 1 accepted, 2 kept, 3 rejected,
// and the Unix time. The signature is Ed25519 or ECDSA P-256 with SHA-256
// (r and s, 32 bytes each) over "tram06 receipt\x00" and the array. All letters
// are in the QR's alphanumeric set, which keeps the symbol small.
type Claim struct {
	Kiosk   string // id of the kiosk whose key signed
	Number  string // receipt number
	Dossier string // UUID of the dossier
	Outcome Outcome
	At      time.Time // whole seconds
}

// Errors of claims.
var (
	// ErrNotReceipt: the text is no code of a receipt.
	ErrNotReceipt = errors.New("not the code of a receipt")
	// ErrSignature: it is one, but this key did not sign it.
	ErrSignature = errors.New("signature of the receipt is not valid")
	// ErrKey: the key is neither Ed25519 nor ECDSA P-256.
	ErrKey = errors.New("key type not supported for receipts")
)

const (
	prefix   = "T06:"
	domain   = "tram06 receipt\x00"
	version  = 1
	sigSize  = 64
	maxText  = 512
	maxField = 32
)

// wire is the array that is signed.
type wire struct {
	_       struct{} `cbor:",toarray"`
	Version uint
	Kiosk   string
	Number  string
	Dossier []byte
	Outcome uint
	At      int64
}

var b32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// codes of the outcomes on paper. A number never gets a second meaning.
func outcomeCode(o Outcome) uint {
	switch o {
	case Accepted:
		return 1
	case Kept:
		return 2
	case Rejected:
		return 3
	}
	return 0
}

func outcomeOf(code uint) Outcome {
	for _, o := range []Outcome{Accepted, Kept, Rejected} {
		if outcomeCode(o) == code {
			return o
		}
	}
	return ""
}

// Sign makes the text of the code. The key is the kiosk's device key; random is
// used by ECDSA only.
func Sign(c Claim, key crypto.Signer, random io.Reader) (string, error) {
	body, err := c.encode()
	if err != nil {
		return "", err
	}
	var sig []byte
	switch pub := key.Public().(type) {
	case ed25519.PublicKey:
		sig, err = key.Sign(random, signed(body), crypto.Hash(0))
	case *ecdsa.PublicKey:
		if pub.Curve != elliptic.P256() {
			return "", ErrKey
		}
		sum := sha256.Sum256(signed(body))
		if sig, err = key.Sign(random, sum[:], crypto.SHA256); err == nil {
			sig, err = plainSignature(sig)
		}
	default:
		return "", ErrKey
	}
	if err != nil {
		return "", fmt.Errorf("sign receipt: %w", err)
	}
	return prefix + b32.EncodeToString(append(body, sig...)), nil
}

// Verify checks the text of a code against a kiosk's public key.
func Verify(text string, pub crypto.PublicKey) (Claim, error) {
	c, body, sig, err := split(text)
	if err != nil {
		return Claim{}, err
	}
	ok := false
	switch k := pub.(type) {
	case ed25519.PublicKey:
		ok = len(k) == ed25519.PublicKeySize && ed25519.Verify(k, signed(body), sig)
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return Claim{}, ErrKey
		}
		sum := sha256.Sum256(signed(body))
		ok = ecdsa.Verify(k, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
	default:
		return Claim{}, ErrKey
	}
	if !ok {
		return Claim{}, ErrSignature
	}
	return c, nil
}

// Kiosk gives the id that a code names, without any check of the signature: to
// find the key to verify with.
func Kiosk(text string) (string, error) {
	c, _, _, err := split(text)
	return c.Kiosk, err
}

func signed(body []byte) []byte { return append([]byte(domain), body...) }

func (c Claim) encode() ([]byte, error) {
	id, err := uuid.Parse(c.Dossier)
	if err != nil || len(c.Dossier) != 36 {
		return nil, fmt.Errorf("%w: dossier id is no UUID", ErrIncomplete)
	}
	w := wire{Version: version, Kiosk: c.Kiosk, Number: c.Number, Dossier: id[:], Outcome: outcomeCode(c.Outcome), At: c.At.Unix()}
	if err := w.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIncomplete, err)
	}
	return marshal(w)
}

func (w *wire) check() error {
	switch {
	case w.Version != version:
		return errors.New("unknown version")
	case !plain(w.Kiosk) || !plain(w.Number):
		return errors.New("kiosk and number are 1 to 32 printable letters")
	case len(w.Dossier) != 16:
		return errors.New("dossier id has a wrong length")
	case outcomeOf(w.Outcome) == "":
		return errors.New("unknown outcome")
	case w.At <= 0 || w.At > 253402300799: // the year 9999
		return errors.New("time out of range")
	}
	return nil
}

// plain keeps what a verifier shows to people free of tricks.
func plain(s string) bool {
	if s == "" || len(s) > maxField || !utf8.ValidString(s) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// split takes a text apart. Only the one canonical form is accepted, so that
// two texts never say the same.
func split(text string) (c Claim, body, sig []byte, err error) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok || len(text) > maxText {
		return c, nil, nil, ErrNotReceipt
	}
	raw, err := b32.DecodeString(rest)
	if err != nil || len(raw) <= sigSize || b32.EncodeToString(raw) != rest {
		return c, nil, nil, ErrNotReceipt
	}
	body, sig = raw[:len(raw)-sigSize], raw[len(raw)-sigSize:]
	var w wire
	if err := cbor.Unmarshal(body, &w); err != nil {
		return c, nil, nil, fmt.Errorf("%w: unreadable", ErrNotReceipt)
	}
	if err := w.check(); err != nil {
		return c, nil, nil, fmt.Errorf("%w: %w", ErrNotReceipt, err)
	}
	if again, err := marshal(w); err != nil || !bytes.Equal(again, body) {
		return c, nil, nil, fmt.Errorf("%w: not in canonical form", ErrNotReceipt)
	}
	id, err := uuid.FromBytes(w.Dossier)
	if err != nil {
		return c, nil, nil, ErrNotReceipt
	}
	return Claim{w.Kiosk, w.Number, id.String(), outcomeOf(w.Outcome), time.Unix(w.At, 0).UTC()}, body, sig, nil
}

func marshal(w wire) ([]byte, error) {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, fmt.Errorf("cbor: %w", err)
	}
	return mode.Marshal(w)
}

// plainSignature turns ASN.1 into r and s of 32 bytes each.
func plainSignature(der []byte) ([]byte, error) {
	var rs struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &rs); err != nil || len(rest) > 0 {
		return nil, errors.New("signer gave no ECDSA signature")
	}
	if rs.R.Sign() <= 0 || rs.S.Sign() <= 0 || rs.R.BitLen() > 256 || rs.S.BitLen() > 256 {
		return nil, errors.New("signer gave a signature out of range")
	}
	out := make([]byte, sigSize)
	rs.R.FillBytes(out[:32])
	rs.S.FillBytes(out[32:])
	return out, nil
}
