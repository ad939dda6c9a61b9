package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"tram06/fleet"
)

func serveCommand() *cobra.Command {
	var o fleet.Options
	var verbose bool
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the page and take the kiosks' reports",
		Long: `Serve the fleet's page and take the kiosks' reports, until Ctrl-C.

When it is ready it writes one line of JSON to stdout:
  {"web":"http://127.0.0.1:4206","nats":"nats://127.0.0.1:4222"}
The page has no log-in, so it listens on loopback only; kiosks on other machines
need TLS, set up in a NATS configuration file.`,
		Example: `  fleet serve --state /var/lib/tram06-fleet
  fleet serve --state ./fleet --listen 127.0.0.1:0 --nats 127.0.0.1:0
  fleet serve --state /var/lib/tram06-fleet --nats-config /etc/tram06/nats.conf`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if o.State == "" {
				return usage(errNoState)
			}
			level := slog.LevelInfo
			if verbose {
				level = slog.LevelDebug
			}
			o.Log = slog.New(slog.NewTextHandler(c.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
			o.Now = time.Now
			s, err := fleet.Start(c.Context(), o)
			if err != nil {
				return err
			}
			o.Log.Info("fleet serves", "web", s.WebURL(), "nats", s.NATSURL(), "state", o.State)
			err = json.NewEncoder(c.OutOrStdout()).Encode(map[string]string{"web": s.WebURL(), "nats": s.NATSURL()})
			if err == nil {
				select {
				case <-c.Context().Done():
					o.Log.Info("fleet stops")
				case err = <-s.Failed():
				}
			}
			return errors.Join(err, s.Close())
		},
	}
	f := c.Flags()
	f.StringVar(&o.State, "state", "", "directory of the fleet's state; made if it is not there")
	f.StringVar(&o.Web, "listen", "127.0.0.1:4206", "address of the page, loopback; port 0 for any")
	f.StringVar(&o.NATS, "nats", "127.0.0.1:4222", "address for kiosks, loopback without TLS; port 0 for any")
	f.StringVar(&o.NATSConfig, "nats-config", "", "NATS configuration file to use instead of --nats")
	f.StringSliceVar(&o.Hosts, "host", nil, "further host name under which the page may be asked for, such as a proxy's")
	f.BoolVar(&verbose, "verbose", false, "log more")
	return c
}

var errNoState = errors.New("say where the fleet keeps its state: --state DIR")
