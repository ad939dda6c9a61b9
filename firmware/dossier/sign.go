package dossier

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
)

// signatureType stands in the protected header, so that a signature made for
// something else (a receipt, a log-in) can never pass as a dossier's.
const signatureType = "tram06-dossier+jws"

// ErrSignature is a signature that does not hold, or not for this purpose.
var ErrSignature = errors.New("dossier signature is not valid")

// algorithms that a device may sign with.
var algorithms = []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA}

func algorithm(pub crypto.PublicKey) (jose.SignatureAlgorithm, error) {
	switch k := pub.(type) {
	case ed25519.PublicKey:
		return jose.EdDSA, nil
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return jose.ES256, nil
		}
	}
	return "", fmt.Errorf("%w: a device signs with P-256 or Ed25519, not %T", ErrKey, pub)
}

// sign makes the detached signature of canon for one recipient. Naming the
// recipient inside the signature keeps a gateway from sealing the dossier anew
// to another one as if the citizen had handed it in there.
func sign(canon []byte, device crypto.Signer, recipient string) (string, error) {
	alg, err := algorithm(device.Public())
	if err != nil {
		return "", err
	}
	kid, err := KeyID(device.Public())
	if err != nil {
		return "", err
	}
	opts := (&jose.SignerOptions{}).WithType(signatureType).WithHeader("kid", kid).WithHeader("aud", recipient)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: cryptosigner.Opaque(device)}, opts)
	if err != nil {
		return "", fmt.Errorf("sign dossier: %w", err)
	}
	jws, err := signer.Sign(canon)
	if err != nil {
		return "", fmt.Errorf("sign dossier: %w", err)
	}
	return jws.DetachedCompactSerialize()
}

// verify checks a detached signature. key finds the public key that a device
// signs with by its id, and decides whether it may.
func verify(detached string, canon []byte, recipient string, key func(kid string) (crypto.PublicKey, error)) (kid string, err error) {
	jws, err := jose.ParseDetached(detached, canon, algorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return "", fmt.Errorf("%w: not a detached signature", ErrSignature)
	}
	h := jws.Signatures[0].Protected
	if typ, _ := h.ExtraHeaders[jose.HeaderType].(string); typ != signatureType {
		return "", fmt.Errorf("%w: made for another purpose", ErrSignature)
	}
	if aud, _ := h.ExtraHeaders["aud"].(string); aud != recipient {
		return "", fmt.Errorf("%w: made for another recipient", ErrSignature)
	}
	pub, err := key(h.KeyID)
	if err != nil {
		return h.KeyID, err
	}
	// The key says which algorithm it is for; the header has no say in that.
	if alg, err := algorithm(pub); err != nil || string(alg) != h.Algorithm {
		return h.KeyID, fmt.Errorf("%w: algorithm does not fit the key", ErrSignature)
	}
	if got, err := KeyID(pub); err != nil || got != h.KeyID {
		return h.KeyID, fmt.Errorf("%w: key id does not name the key", ErrSignature)
	}
	if err := jws.DetachedVerify(canon, pub); err != nil {
		return h.KeyID, ErrSignature
	}
	return h.KeyID, nil
}
