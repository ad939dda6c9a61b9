package intake

import (
	"context"
	"crypto"
	"crypto/hpke"
	"crypto/x509"
	"fmt"

	"tram06/firmware/dossier"
	"tram06/gateway/store"
)

// Keys finds the keys that a device signs with; a store does.
type Keys interface {
	FindKey(ctx context.Context, device, id string) (store.Key, error)
}

// Unseal opens a dossier that was taken in, and verifies its signature again.
func Unseal(ctx context.Context, r store.Record, key hpke.PrivateKey, keys Keys) (dossier.Opened, error) {
	o, err := dossier.Open(r.Envelope, key, func(kid string) (crypto.PublicKey, error) {
		k, err := keys.FindKey(ctx, r.Device, kid)
		if err != nil {
			return nil, fmt.Errorf("key of %s: %w", r.Device, err)
		}
		return x509.ParsePKIXPublicKey(k.DER)
	})
	if err != nil {
		return dossier.Opened{}, fmt.Errorf("open dossier: %w", err)
	}
	return o, nil
}
