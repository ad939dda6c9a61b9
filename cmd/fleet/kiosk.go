package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tram06/fleet"
	"tram06/fleet/api"
)

func kioskCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "kiosk",
		Short: "List, show, ping, examine, add and revoke kiosks",
		Args:  exactly(0),
		RunE:  func(*cobra.Command, []string) error { return usage(errors.New("want a command of fleet kiosk")) },
	}
	c.AddCommand(listCommand(), showCommand(), pingCommand(), doctorCommand(), addCommand(), revokeCommand())
	return c
}

// query holds the flags of commands that ask a server.
type query struct{ server, output string }

func (q *query) flags(c *cobra.Command) {
	c.Flags().StringVar(&q.server, "server", "http://127.0.0.1:4206", "address of the fleet server's page")
	c.Flags().StringVar(&q.output, "output", "table", "table or json")
}

func (q *query) client() (*api.Client, error) {
	if q.output != "table" && q.output != "json" {
		return nil, usage(fmt.Errorf("--output %q: want table or json", q.output))
	}
	c, err := api.NewClient(q.server, &http.Client{Timeout: 15 * time.Second})
	if err != nil {
		return nil, usage(fmt.Errorf("--server: %w", err))
	}
	return c, nil
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func listCommand() *cobra.Command {
	var q query
	c := &cobra.Command{
		Use:   "list",
		Short: "List all kiosks",
		Example: `  fleet kiosk list
  fleet kiosk list --output json | jq '.kiosks[] | select(.presence != "online") | .id'`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := q.client()
			if err != nil {
				return err
			}
			l, err := client.List(c.Context())
			if err != nil {
				return err
			}
			if q.output == "json" {
				return writeJSON(c.OutOrStdout(), l)
			}
			if len(l.Kiosks) == 0 {
				fmt.Fprintln(c.ErrOrStderr(), "fleet: no kiosks yet; add one with: fleet kiosk add ID --state DIR --out FILE")
			}
			return listTable(c.OutOrStdout(), l)
		},
	}
	q.flags(c)
	return c
}

func showCommand() *cobra.Command {
	var q query
	c := &cobra.Command{
		Use:   "show ID",
		Short: "Show one kiosk, its devices and what to do",
		Example: `  fleet kiosk show SM06
  fleet kiosk show SM06 --output json`,
		Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := q.client()
			if err != nil {
				return err
			}
			k, err := client.Kiosk(c.Context(), args[0])
			if err != nil {
				return fmt.Errorf("show %s: %w", args[0], err)
			}
			if q.output == "json" {
				return writeJSON(c.OutOrStdout(), k)
			}
			return showTable(c.OutOrStdout(), k)
		},
	}
	q.flags(c)
	return c
}

func pingCommand() *cobra.Command {
	var q query
	c := &cobra.Command{
		Use:     "ping ID",
		Short:   "Ask a kiosk for a sign of life",
		Example: `  fleet kiosk ping SM06`,
		Args:    exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := q.client()
			if err != nil {
				return err
			}
			p, err := client.Ping(c.Context(), args[0])
			if err != nil {
				return fmt.Errorf("ping %s: %w", args[0], err)
			}
			if q.output == "json" {
				return writeJSON(c.OutOrStdout(), p)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s answered after %.1f ms\n", p.ID, p.TookMS)
			return err
		},
	}
	q.flags(c)
	return c
}

func addCommand() *cobra.Command {
	var state, out string
	var renew bool
	c := &cobra.Command{
		Use:   "add ID",
		Short: "Let a kiosk in and make its credentials",
		Long: `Let a kiosk in and make its credentials, which prove to the fleet who speaks.
The file goes to the kiosk, which names it in site.yaml; it is kept nowhere else.
Works on the server's own machine, while the server runs or not.`,
		Example: `  fleet kiosk add SM06 --state /var/lib/tram06-fleet --out SM06.fleet.json
  fleet kiosk add SM06 --state /var/lib/tram06-fleet --out SM06.fleet.json --renew`,
		Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			if state == "" {
				return usage(errNoState)
			}
			if err := os.MkdirAll(state, 0o700); err != nil {
				return fmt.Errorf("state directory: %w", err)
			}
			// The place is tried before the kiosk is let in: credentials that
			// cannot be written are lost.
			if out != "" {
				if _, err := os.Stat(filepath.Dir(out)); err != nil {
					return fmt.Errorf("--out: %w", err)
				}
			}
			s, err := fleet.OpenStore(c.Context(), state)
			if err != nil {
				return err
			}
			creds, err := fleet.Enrol(c.Context(), s, args[0], renew, time.Now())
			if err = errors.Join(err, s.Close()); err != nil {
				return err
			}
			if out == "" {
				return writeJSON(c.OutOrStdout(), creds)
			}
			if err := creds.WriteFile(out); err != nil {
				return fmt.Errorf("write credentials: %w", err)
			}
			fmt.Fprintf(c.ErrOrStderr(), "fleet: credentials of %s are in %s; move them to the kiosk, mode 600\n", args[0], out)
			return nil
		},
	}
	c.Flags().StringVar(&state, "state", "", "directory of the fleet's state")
	c.Flags().StringVar(&out, "out", "", "file for the credentials; stdout if not given")
	c.Flags().BoolVar(&renew, "renew", false, "make new credentials if the kiosk exists; its former ones stop working")
	return c
}

func revokeCommand() *cobra.Command {
	var state string
	c := &cobra.Command{
		Use:     "revoke ID",
		Short:   "Shut a kiosk out at once",
		Long:    "Shut a kiosk out: a running server drops it within a second. To let it in again, use add --renew.",
		Example: `  fleet kiosk revoke SM06 --state /var/lib/tram06-fleet`,
		Args:    exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			if state == "" {
				return usage(errNoState)
			}
			if _, err := os.Stat(filepath.Join(state, "fleet.db")); err != nil {
				return fmt.Errorf("state directory: %w", err)
			}
			s, err := fleet.OpenStore(c.Context(), state)
			if err != nil {
				return err
			}
			if err := errors.Join(fleet.Revoke(c.Context(), s, args[0], time.Now()), s.Close()); err != nil {
				return err
			}
			fmt.Fprintf(c.ErrOrStderr(), "fleet: %s is shut out\n", args[0])
			return nil
		},
	}
	c.Flags().StringVar(&state, "state", "", "directory of the fleet's state")
	return c
}
