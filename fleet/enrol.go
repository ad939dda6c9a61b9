package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tram06/fleet/store"
	"tram06/fleet/wire"
)

// Enrol lets kiosk id in and makes its credentials, which are kept nowhere
// else. With renew it may exist already: its former credentials stop working
// within a second. It works beside a running server.
func Enrol(ctx context.Context, s store.Store, id string, renew bool, now time.Time) (wire.Credentials, error) {
	if err := checkID(id); err != nil {
		return wire.Credentials{}, err
	}
	c, public, err := wire.NewCredentials(id)
	if err != nil {
		return wire.Credentials{}, err
	}
	if renew {
		if err = s.Renew(ctx, id, public); err == nil {
			return c, nil
		}
		if !errors.Is(err, store.ErrUnknown) {
			return wire.Credentials{}, err
		}
		// Not there yet: then it is new, which is what renew may mean in a
		// script that runs at each start.
	}
	if err = s.Add(ctx, store.Kiosk{ID: id, PublicKey: public, AddedAt: now}); err != nil {
		return wire.Credentials{}, err
	}
	return c, nil
}

// Revoke shuts kiosk id out within a second. It works beside a running server.
func Revoke(ctx context.Context, s store.Store, id string, now time.Time) error {
	if err := checkID(id); err != nil {
		return err
	}
	return s.Revoke(ctx, id, now)
}

// checkID is the sentence for whoever types an id.
func checkID(id string) error {
	if !wire.ValidID(id) {
		return fmt.Errorf("kiosk id %q: want capital letters, digits and hyphens, a letter first, at most %d, such as SM06: %w", id, wire.MaxID, wire.ErrValue)
	}
	return nil
}
