package agent

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
)

// Reach connects to the fleet as Run does, waits until the fleet has taken the
// kiosk in, and goes away again without a word: no status, no goodbye. Of the
// options it needs URL, Credentials and TLS.
func Reach(ctx context.Context, o Options) error {
	if err := o.address(); err != nil {
		return err
	}
	public, err := o.Credentials.Public()
	if err != nil {
		return err
	}
	opts := []nats.Option{
		nats.Name(o.Credentials.Kiosk), nats.Nkey(public, o.Credentials.Sign), nats.NoReconnect(), nats.Timeout(connectTimeout),
		nats.SetCustomDialer(&dialer{ctx: ctx, stop: func() bool { return true }}),
	}
	if o.TLS != nil {
		opts = append(opts, nats.Secure(o.TLS))
	}
	if at, ok := ctx.Deadline(); ok {
		opts = append(opts, nats.Timeout(min(connectTimeout, time.Until(at))))
	}
	nc, err := nats.Connect(o.URL, opts...)
	if err != nil {
		return err
	}
	defer nc.Close()
	within, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	return nc.FlushWithContext(within)
}
