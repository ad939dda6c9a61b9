package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tram06/firmware/agent"
	"tram06/firmware/config"
	"tram06/firmware/dossier"
	"tram06/firmware/health"
	"tram06/firmware/kiosk"
	"tram06/firmware/outbox"
	"tram06/firmware/session"
	"tram06/firmware/submit"
	"tram06/fleet/wire"
	"tram06/hal"
)

// backOffice is what happens behind the screen: dossiers are kept and
// delivered, and the fleet is told how the machine is.
type backOffice struct {
	site     config.Site
	log      *slog.Logger
	identity submit.Identity
	outbox   *outbox.Outbox
	client   *submit.Client
	status   *agent.Report
	self     *selfExamination
}

// storeName is the outbox's file in the folder of --state.
const storeName = "outbox.db"

func openBackOffice(ctx context.Context, site config.Site, board config.Board, state string, log *slog.Logger) (*backOffice, error) {
	g := site.Gateway
	identity, err := submit.LoadIdentity(g.Cert, g.Key, g.CA)
	if err != nil {
		return nil, configError{coded{health.ConfigFile, fmt.Errorf("gateway: %w", err)}}
	}
	pem, err := os.ReadFile(g.HPKEKey)
	if err != nil {
		return nil, configError{coded{health.ConfigFile, fmt.Errorf("gateway.hpke_key: %w", err)}}
	}
	seal, err := dossier.ParsePublicKey(pem)
	if err != nil {
		return nil, configError{coded{health.ConfigFile, fmt.Errorf("gateway.hpke_key %s: %w", g.HPKEKey, err)}}
	}
	client, err := submit.NewClient(g.URL, identity.TLS, g.Timeout.Duration())
	if err != nil {
		return nil, configError{coded{health.ConfigValue, fmt.Errorf("gateway.url: %w", err)}}
	}
	box, err := outbox.Open(ctx, filepath.Join(state, storeName), outbox.Options{
		Seal:   func(b dossier.Body) (dossier.Sealed, error) { return dossier.Seal(b, identity.Key, seal) },
		Prefix: site.ID, Kiosk: identity.Name, Site: site.Place, Zone: site.Location(), Now: time.Now, Rand: rand.Reader,
		Report: func(c health.Code, what string) { log.Error("store", "code", c, "what", what) },
	})
	if err != nil {
		client.Close()
		code := outbox.Code(err)
		if code == "" {
			code = health.NotKept // the folder or the file cannot be used
		}
		return nil, coded{code, err}
	}
	return &backOffice{
		site: site, log: log, identity: identity, outbox: box, client: client,
		status: agent.NewReport(agent.Identity{Site: site.Place, Board: board.Name, Version: version},
			func() time.Time { return time.Now().In(site.Location()) }),
		self: newSelfExamination(board, site, state),
	}, nil
}

// Close closes the store.
func (b *backOffice) Close() error {
	b.client.Close()
	return b.outbox.Close()
}

// Create keeps a dossier.
func (b *backOffice) Create(ctx context.Context, d dossier.Draft) (kiosk.Saved, error) {
	e, err := b.outbox.Create(ctx, d)
	if err != nil {
		return kiosk.Saved{}, err
	}
	b.count(ctx)
	return kiosk.Saved{ID: e.ID, Number: e.Number, At: e.At}, nil
}

// deliver carries dossiers to the gateway until ctx ends, and posts how it
// went, for the citizen who may still be standing there.
func (b *backOffice) deliver(ctx context.Context, post func(session.Event)) {
	network := func(ready bool, code health.Code) {
		post(session.DeviceChanged{Device: session.Network, Ready: ready, Code: code})
	}
	err := submit.Run(ctx, submit.Options{
		Outbox: b.outbox, Client: b.client, Now: time.Now, Log: b.log,
		Rand: mrand.New(mrand.NewPCG(mrand.Uint64(), mrand.Uint64())),
		Notify: func(r submit.Result) {
			switch r := r.(type) {
			case submit.Accepted:
				network(true, "")
				post(session.Delivered{Dossier: r.ID, At: r.At, Number: r.Number})
			case submit.Delayed:
				network(false, r.Code)
				post(session.Delayed{Dossier: r.ID, Code: r.Code})
			case submit.Refused:
				network(true, "")
				post(session.Refused{Dossier: r.ID, Code: r.Code})
			}
			b.count(ctx)
		},
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		b.log.Error("delivery stopped", "err", err)
	}
}

// count tells the fleet's report how much waits.
func (b *backOffice) count(ctx context.Context) {
	st, err := b.outbox.Stats(ctx)
	if err != nil {
		return
	}
	b.status.Outbox(st.Depth, st.Oldest)
}

// report tells the fleet, if there is one, until ctx ends.
func (b *backOffice) report(ctx context.Context) {
	if b.site.Fleet == nil {
		return
	}
	cred, err := wire.LoadCredentials(b.site.Fleet.Credentials)
	if err != nil {
		b.log.Error("fleet credentials", "code", health.ConfigFile, "err", err)
		return
	}
	b.count(ctx)
	err = agent.Run(ctx, agent.Options{
		URL: b.site.Fleet.URL, Credentials: cred, TLS: fleetTLS(b.site.Fleet.URL, b.identity.TLS),
		Status: b.status.Status, Changed: b.status.Changed(), Interval: b.site.Fleet.Interval.Duration(), Log: b.log,
		Examine: b.self.examine,
		Link: func(up bool) {
			if !up {
				b.log.Warn("fleet lost", "code", health.FleetDown)
			}
		},
	})
	if err != nil {
		b.log.Error("fleet", "err", err)
	}
}

// fleetTLS gives the TLS settings for a fleet that speaks TLS; one on this
// machine is plain.
func fleetTLS(url string, conf *tls.Config) *tls.Config {
	if strings.HasPrefix(url, "tls:") {
		return conf
	}
	return nil
}

// Ended and Device make backOffice the kiosk's observer.
func (b *backOffice) Ended(e session.Ended) {
	b.status.SessionEnded(e.Outcome.String(), e.Began, e.Ended)
}

// Device also takes what the fittings tell.
func (b *backOffice) Device(name string, h hal.Health) {
	b.status.Device(name, h)
	b.self.device(name, h)
}
