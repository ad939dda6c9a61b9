// Command fleet watches the kiosks: it serves the fleet's page and takes the
// kiosks' reports, and asks a running server from the command line.
//
// Data goes to stdout, talk to stderr. Exit codes: 0 done, 1 failed, 2 wrong
// use, 3 no such kiosk, 4 server not reached, 5 kiosk does not answer; of an
// examination 10 the worst finding is a warning, 11 it is an error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"tram06/fleet/api"
	"tram06/fleet/store"
)

// Exit codes.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitUnknown     = 3
	exitUnreachable = 4
	exitSilent      = 5
	exitWarned      = 10
	exitFaulty      = 11
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	// The first signal asks, a second one is left to the system: it ends us.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "fleet:", err)
	switch {
	case errors.Is(err, errUsage):
		return exitUsage
	case errors.Is(err, api.ErrUnknown), errors.Is(err, store.ErrUnknown):
		return exitUnknown
	case errors.Is(err, api.ErrUnreachable):
		return exitUnreachable
	case errors.Is(err, api.ErrSilent):
		return exitSilent
	case errors.Is(err, errWarned):
		return exitWarned
	case errors.Is(err, errFaulty):
		return exitFaulty
	}
	return exitFailed
}

var errUsage = errors.New("see --help")

func usage(err error) error { return fmt.Errorf("%w; %w", err, errUsage) }

// exactly wraps cobra's check so that its error counts as wrong use.
func exactly(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := cobra.ExactArgs(n)(c, args); err != nil {
			return usage(err)
		}
		return nil
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "fleet",
		Short: "Watch the kiosks of Trạm 06",
		Long: `Watch the kiosks of Trạm 06: their devices, their outboxes, whether they are
online. The fleet knows machines only, never citizens' data.

Exit codes: 0 done, 1 failed, 2 wrong use, 3 no such kiosk,
4 server not reached, 5 kiosk does not answer; kiosk doctor: 10 the worst
finding is a warning, 11 it is an error.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			return usage(errors.New("want a command"))
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(serveCommand(), kioskCommand())
	return root
}
