package main

import (
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tram06/firmware/dossier"
	"tram06/gateway/store"
)

func deviceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "device",
		Short: "List the devices that hand in, bar one, or let it in again",
		Args:  exactly(1, "list, revoke or restore"),
		RunE: func(c *cobra.Command, args []string) error {
			return usagef("device %q: want list, revoke or restore", args[0])
		},
	}
	cmd.AddCommand(deviceList(),
		deviceChange("revoke", "Bar a device from handing in, at once", func() time.Time { return time.Now() }),
		deviceChange("restore", "Let a barred device hand in again", func() time.Time { return time.Time{} }))
	return cmd
}

func deviceList() *cobra.Command {
	var state, output string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the devices",
		Example: `  gateway device list --state /var/lib/gateway`,
		Args:    exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkOutput(output); err != nil {
				return err
			}
			st, err := openExisting(c.Context(), state)
			if err != nil {
				return err
			}
			defer st.Close()
			list, err := st.Devices(c.Context())
			if err != nil {
				return err
			}
			type row struct {
				Name    string     `json:"name"`
				Keys    int        `json:"keys"`
				Revoked *time.Time `json:"revoked,omitempty"`
			}
			rows := make([]row, 0, len(list))
			for _, d := range list {
				r := row{Name: d.Name, Keys: d.Keys}
				if !d.Revoked.IsZero() {
					r.Revoked = &d.Revoked
				}
				rows = append(rows, r)
			}
			if output == "json" {
				return writeJSON(c.OutOrStdout(), rows)
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "DEVICE\tKEYS\tREVOKED")
			for _, r := range rows {
				since := "no"
				if r.Revoked != nil {
					since = r.Revoked.Format(time.RFC3339)
				}
				fmt.Fprintf(w, "%s\t%d\t%s\n", r.Name, r.Keys, since)
			}
			return w.Flush()
		},
	}
	stateFlag(cmd, &state)
	outputFlag(cmd, &output)
	return cmd
}

func deviceChange(verb, short string, at func() time.Time) *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use:     verb + " NAME",
		Short:   short,
		Example: `  gateway device ` + verb + ` SM06 --state /var/lib/gateway`,
		Args:    exactly(1, "one device name"),
		RunE: func(c *cobra.Command, args []string) error {
			name := args[0]
			if !dossier.ValidKiosk(name) {
				return usagef("%q is no device name; 'gateway device list' shows them", name)
			}
			st, err := openExisting(c.Context(), state)
			if err != nil {
				return err
			}
			defer st.Close()
			list, err := st.Devices(c.Context())
			if err != nil {
				return err
			}
			if err := st.Revoke(c.Context(), name, at()); err != nil {
				return err
			}
			fmt.Fprintln(c.ErrOrStderr(), verb+"d", name)
			// One may be barred before it was ever seen; more often it is a slip.
			if !slices.ContainsFunc(list, func(d store.Device) bool { return d.Name == name && d.Keys > 0 }) {
				fmt.Fprintln(c.ErrOrStderr(), "no device of that name has handed in anything: is it right? See 'gateway device list'.")
			}
			return nil
		},
	}
	stateFlag(cmd, &state)
	return cmd
}
