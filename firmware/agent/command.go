package agent

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"tram06/fleet/wire"
)

// command answers one command of the fleet. An examination goes on beside it, so
// that the kiosk answers pings meanwhile.
func (a *agent) command(ctx context.Context, m *nats.Msg) {
	c, err := wire.DecodeCommand(m.Data)
	if err != nil || m.Reply == "" {
		a.Log.Warn("command of the fleet refused", "bytes", len(m.Data), "err", err)
		return
	}
	switch {
	case c.Kind == wire.Ping:
		a.answer(m, wire.Reply{Kind: wire.Pong})
	case c.Kind == wire.Examine && a.Examine != nil:
		select {
		case a.examining <- struct{}{}:
			go a.examine(ctx, m)
		default:
			a.answer(m, wire.Reply{Kind: wire.Busy})
		}
	default:
		a.answer(m, wire.Reply{Kind: wire.Unknown})
	}
}

// examine answers with what was found, as long as somebody listens.
func (a *agent) examine(ctx context.Context, m *nats.Msg) {
	defer func() { <-a.examining }()
	began := time.Now()
	found := a.Examine(ctx)
	if ctx.Err() == nil {
		a.answer(m, wire.Reply{Kind: wire.Diagnosis, TookMS: time.Since(began).Milliseconds(), Findings: fitting(found)})
	}
}

// fitting keeps a diagnosis within what a message may hold. A name that may not
// travel, such as a file's, is left out; the finding is not.
func fitting(found []wire.Finding) []wire.Finding {
	var out []wire.Finding
	for _, f := range found {
		if !f.Valid() {
			f.Name = ""
		}
		if f.Valid() && len(out) < wire.MaxFindings {
			out = append(out, f)
		}
	}
	return out
}

func (a *agent) answer(m *nats.Msg, r wire.Reply) {
	r.V, r.ID, r.SentAt = wire.Version, a.Credentials.Kiosk, a.Now()
	body, err := wire.Encode(r)
	if err == nil {
		err = m.Respond(body)
	}
	if err != nil {
		a.Log.Warn("answer to the fleet", "err", err)
	}
}
