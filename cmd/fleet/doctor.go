package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tram06/firmware/health"
	"tram06/fleet/api"
)

// Ends of an examination that found something.
var (
	errWarned = errors.New("something needs a look")
	errFaulty = errors.New("something needs mending")
)

func doctorCommand() *cobra.Command {
	var q query
	c := &cobra.Command{
		Use:   "doctor ID",
		Short: "Have a kiosk examine itself, and say what was found",
		Long: `Have a kiosk examine itself, and say what was found: its devices as it knows
them, network, gateway, clock, disk, memory, temperature and certificates. It
takes some seconds and disturbs no citizen. What was seen in words stays on the
kiosk; codes, and what to do about them, are told here.

Exit codes: 0 all is well, 10 the worst finding is a warning, 11 it is an error;
others as of every command.`,
		Example: `  fleet kiosk doctor SM06
  fleet kiosk doctor SM06 --output json | jq -r '.findings[] | select(.code) | .code'`,
		Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := q.client()
			if err != nil {
				return err
			}
			e, err := client.Examine(c.Context(), args[0])
			if err != nil {
				return fmt.Errorf("examine %s: %w", args[0], err)
			}
			if q.output == "json" {
				err = writeJSON(c.OutOrStdout(), e)
			} else {
				err = examinationTable(c.OutOrStdout(), e)
			}
			switch {
			case err != nil:
				return err
			case e.Worst == "error":
				return errFaulty
			case e.Worst == "warn":
				return errWarned
			}
			return nil
		},
	}
	q.flags(c)
	return c
}

// examinationTable has a line for each finding, and what to do below those that
// are none of the good ones.
func examinationTable(w io.Writer, e api.Examination) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range e.Findings {
		name := f.Part
		if f.Name != "" {
			name += " " + f.Name
		}
		remedy := ""
		if c, ok := health.Lookup(health.Code(f.Code)); ok && f.State != "info" {
			remedy = c.Remedy.EN
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", f.State, name, f.Code, remedy)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s examined itself in %s\n", e.ID, (time.Duration(e.TookMS) * time.Millisecond).String())
	return err
}
