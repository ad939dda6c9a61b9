package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tram06/gateway/portal"
	"tram06/gateway/store"
)

func portalCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "portal",
		Short: "Show how it stands with the portals",
		Args:  exactly(1, "list"),
		RunE:  func(c *cobra.Command, args []string) error { return usagef("portal %q: want list", args[0]) },
	}
	cmd.AddCommand(portalList())
	return cmd
}

// standing is one portal in the output.
type standing struct {
	Name    string              `json:"name"`
	Counts  map[store.State]int `json:"counts"`
	Oldest  *time.Time          `json:"oldest,omitempty"` // that is waiting or unclear
	Until   *time.Time          `json:"paused_until,omitempty"`
	Code    string              `json:"code,omitempty"`
	Failure int                 `json:"failures,omitempty"` // in a row
}

func portalList() *cobra.Command {
	var state, output string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Count the dossiers by portal and state, and say which portal takes nothing now",
		Long: `Count the dossiers by portal and state, and say which portal takes nothing now,
why, and when it is tried again. The states and codes are explained in
docs/portal-api.md. What was not tried yet stands under "-".`,
		Example: `  gateway portal list --state /var/lib/gateway`,
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
			list, err := st.Portals(c.Context())
			if err != nil {
				return err
			}
			rows := make([]standing, 0, len(list))
			for _, p := range list {
				rows = append(rows, standing{p.Name, p.Counts, unlessZero(p.Oldest), unlessZero(p.Pause.Until), p.Pause.Code, p.Pause.Failures})
			}
			if output == "json" {
				return writeJSON(c.OutOrStdout(), rows)
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "PORTAL\tWAITING\tUNCLEAR\tSENT\tREFUSED\tOLDEST OPEN\tTAKES NOTHING UNTIL")
			for _, r := range rows {
				fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\t%s\n", orDash(r.Name), r.Counts[store.Waiting], r.Counts[store.Unclear],
					r.Counts[store.Sent], r.Counts[store.Refused], stamp(r.Oldest), r.pause())
			}
			return w.Flush()
		},
	}
	stateFlag(cmd, &state)
	outputFlag(cmd, &output)
	return cmd
}

func (r standing) pause() string {
	if r.Until == nil {
		return "-"
	}
	return fmt.Sprintf("%s (%s: %s)", stamp(r.Until), r.Code, portal.Means(portal.Code(r.Code)).Text)
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func stamp(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Format(time.RFC3339)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
