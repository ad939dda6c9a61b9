package escpos

import (
	"context"
	"net"
	"net/url"

	"tram06/hal"
)

// Met is closed once the driver has nothing left to ask.
func (p *Printer) Met() <-chan struct{} { return p.met }

// OverPipes is Opener with lines of the test's own.
func OverPipes(o Options, dial func() net.Conn) hal.Opener {
	o.jobs = newLedger()
	return func(_ context.Context, u *url.URL) (hal.Device, error) {
		p := New(u.String(), dial(), o)
		<-p.known
		return p, nil
	}
}

// Beating is o for a line that has to be used to tell of its end.
func Beating(o Options) Options {
	o.beat = heartbeat
	return o
}
