package transport

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"log/slog"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"tram06/fleet/store"
	"tram06/fleet/wire"
)

// ownUser is the fleet's own connection. Its password is made at start and
// never leaves the process.
const ownUser = "fleet"

// authenticator lets kiosks in by the device table. The table is asked at each
// connection, so that adding and revoking need no reload.
type authenticator struct {
	table    Table
	own      string // the password of ownUser
	log      *slog.Logger
	accepted func(number uint64, k store.Kiosk)
}

var _ server.Authentication = (*authenticator)(nil)

// Check is called by the server for each new connection.
func (a *authenticator) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	if o.Username == ownUser && subtle.ConstantTimeCompare([]byte(o.Password), []byte(a.own)) == 1 {
		return true
	}
	// The signature first: whoever has no key costs no look at the table.
	if !signed(o.Nkey, o.Sig, c.GetNonce()) {
		a.log.Warn("connection refused: no valid signature", "from", c.RemoteAddress().String())
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	k, err := a.table.ByKey(ctx, o.Nkey)
	if err != nil {
		a.log.Warn("connection refused: key not in the device table", "from", c.RemoteAddress().String(), "err", err)
		return false
	}
	c.RegisterUser(&server.User{Username: k.ID, Permissions: permissions(k.ID)})
	a.accepted(c.GetID(), k)
	return true
}

func permissions(id string) *server.Permissions {
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{wire.StatusSubject(id), wire.EventSubject(id)}},
		Subscribe: &server.SubjectPermission{Allow: []string{wire.CommandSubject(id)}},
		Response:  &server.ResponsePermission{MaxMsgs: 1, Expires: time.Minute},
	}
}

// signed says whether sig is the signature of nonce by the key.
func signed(key, sig string, nonce []byte) bool {
	if len(nonce) == 0 || !nkeys.IsValidPublicUserKey(key) {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(sig)
	if err != nil {
		return false
	}
	pub, err := nkeys.FromPublicKey(key)
	return err == nil && pub.Verify(nonce, raw) == nil
}
