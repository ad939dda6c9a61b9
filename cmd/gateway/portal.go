package main

import (
	"context"
	"crypto/hpke"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tram06/gateway/intake"
	"tram06/gateway/portal"
	"tram06/gateway/portal/rest"
	"tram06/gateway/store"
	"tram06/gateway/store/sqlite"
)

// maxTimeout is more patience than any portal deserves.
const maxTimeout = 10 * time.Minute

// portalFlags say where dossiers go on to.
type portalFlags struct {
	url, ca, name string
	timeout       time.Duration
}

func (f *portalFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.url, "portal", "", "address of the portal that dossiers go on to; without it they wait here")
	fl.StringVar(&f.ca, "portal-ca", "", "authority of the portal's certificate, PEM; the system's if not given")
	fl.StringVar(&f.name, "portal-name", "portal", "name of the portal, the same for as long as it is the same one")
	fl.DurationVar(&f.timeout, "portal-timeout", portal.DefaultPatience, "how long the portal may take for one answer")
}

// forwarder gives what hands the store's dossiers on, nil if there is no
// portal. work tells of a dossier that has come in.
func (f *portalFlags) forwarder(st *sqlite.Store, key hpke.PrivateKey, log *slog.Logger) (forward func(context.Context) error, taken func(), err error) {
	if f.url == "" {
		if f.ca != "" {
			return nil, nil, usagef("--portal-ca without --portal")
		}
		log.Info("no portal is set: dossiers wait here")
		return nil, nil, nil
	}
	// A try that may take longer than anything is ever put off would be taken for
	// one that a wrong clock put off, and begun again in its middle.
	if f.name == "" || f.timeout < time.Second || f.timeout > maxTimeout {
		return nil, nil, usagef("--portal-name must not be empty, --portal-timeout from 1s to %s", maxTimeout)
	}
	var roots *x509.CertPool
	if f.ca != "" {
		if roots, err = rest.Roots(f.ca); err != nil {
			return nil, nil, err
		}
	}
	c, err := rest.New(f.url, roots, time.Now)
	if err != nil {
		return nil, nil, usagef("--portal: %w", err)
	}
	work := make(chan struct{}, 1)
	taken = func() {
		select {
		case work <- struct{}{}:
		default: // it will look anyway
		}
	}
	return func(ctx context.Context) error {
		return portal.Forward(ctx, portal.Options{
			Portal: c, Name: f.name, Store: st, Work: work, Patience: f.timeout, Now: time.Now,
			Rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), Log: log,
			Open: func(ctx context.Context, r store.Record) ([]byte, error) {
				o, err := intake.Unseal(ctx, r, key, st)
				if err != nil {
					return nil, err
				}
				return o.Body.Canonical()
			},
		})
	}, taken, nil
}

// onward is a dossier's way to the portal in the output.
type onward struct {
	State  store.State `json:"state"`
	Since  time.Time   `json:"since"`
	Tries  int         `json:"tries"`
	Portal string      `json:"portal,omitempty"`
	Number string      `json:"number,omitempty"`
	Code   string      `json:"code,omitempty"`
	Reason string      `json:"reason,omitempty"`
	Next   *time.Time  `json:"next,omitempty"` // not tried before
}

func onwardOf(d store.Delivery) onward {
	o := onward{State: d.State, Since: d.Since, Tries: d.Tries, Portal: d.Portal, Number: d.Number, Code: d.Code, Reason: d.Reason}
	if d.State == store.Waiting || d.State == store.Unclear {
		o.Next = &d.Next
	}
	return o
}

// onwardStates reads the states of a list.
func onwardStates(names []string) (states []store.State, err error) {
	for _, n := range names {
		if !slices.Contains(store.States(), store.State(n)) {
			return nil, usagef("--onward %q: want %v", n, store.States())
		}
		states = append(states, store.State(n))
	}
	return states, nil
}

// String says it in a few words: "sent MP.261123-0001", "unclear (portal-slow)".
func (o onward) String() string {
	switch why := o.Code; {
	case o.Number != "":
		return fmt.Sprintf("%s %s", o.State, o.Number)
	case o.Reason != "":
		return fmt.Sprintf("%s (%s: %s)", o.State, why, o.Reason)
	case why != "":
		return fmt.Sprintf("%s (%s)", o.State, why)
	}
	return string(o.State)
}

func dossierRetry() *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use:   "retry ID...",
		Short: "Have dossiers go to the portal again, at once",
		Long: `Have dossiers go to the portal again at once: those that it refused, after the
reason is mended, and those that wait for their next try. The portal is asked
first whether it has them already.`,
		Example: `  gateway dossier retry 019aa8f2-0c00-7abc-8def-0123456789ab --state /var/lib/gateway`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("want dossier ids; see '%s --help'", c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			st, err := openExisting(c.Context(), state)
			if err != nil {
				return err
			}
			defer st.Close()
			for _, id := range args {
				if err := retry(c.Context(), st, id, time.Now()); err != nil {
					return fmt.Errorf("dossier %s: %w", id, err)
				}
				fmt.Fprintln(c.ErrOrStderr(), "goes to the portal again:", id)
			}
			return nil
		},
	}
	stateFlag(cmd, &state)
	return cmd
}

func retry(ctx context.Context, st *sqlite.Store, id string, now time.Time) error {
	r, err := st.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("there is none")
	}
	if err != nil {
		return err
	}
	to := r.Delivery
	switch to.State {
	case store.Sent:
		return fmt.Errorf("the portal has it under %s", to.Number)
	case store.Refused:
		to.State, to.Since = store.Waiting, now
	}
	to.Next = now
	if err := st.Move(ctx, r.Delivery, to); err != nil {
		return err
	}
	return resume(ctx, st, to.Portal)
}

// resume has a portal be tried at once. "" is the one that takes what was not
// tried yet; which one that is only the gateway that serves knows.
func resume(ctx context.Context, st *sqlite.Store, name string) error {
	list, err := st.Portals(ctx)
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.Pause == (store.Pause{}) || name != "" && p.Name != name {
			continue
		}
		if err := st.SetPause(ctx, p.Name, store.Pause{}); err != nil {
			return err
		}
	}
	return nil
}
