package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
)

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gateway",
		Short: "Take in the dossiers of kiosks",
		Long: `gateway takes in the dossiers of kiosks: it opens what they sealed, checks it
against the form, keeps it, and answers with its receipt number.

Data goes to standard output, talk to standard error.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			if err := c.ValidateRequiredFlags(); err != nil {
				return usagef("%w; see '%s --help'", err, c.CommandPath())
			}
			return nil
		},
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%w; see '%s --help'", err, c.CommandPath())
	})
	cmd.AddCommand(serveCommand(), dossierCommand(), portalCommand(), deviceCommand())
	return cmd
}

func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("want %s; see '%s --help'", what, c.CommandPath())
		}
		return nil
	}
}

// newLog writes to w. Nothing personal ever comes here: dossiers are named by
// their ids.
func newLog(w io.Writer, format string) (*slog.Logger, error) {
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil)), nil
	}
	return nil, usagef("--log %q: want text or json", format)
}
