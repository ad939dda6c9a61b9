// Command kiosk is the one process on the board: screen, card, scanner,
// printer, the citizen's session and the durable store.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set when the program is built.
var version = "unknown"

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
	exitConfig = 3
)

// The screen's library wants the main thread for itself.
func init() { runtime.LockOSThread() }

// softMemory makes the garbage collector work before the kiosk grows: most of
// what it holds is pictures that live for one frame.
const softMemory = 40 << 20

func main() { os.Exit(run()) }

func run() int {
	debug.SetMemoryLimit(softMemory)
	if err := noDumps(); err != nil {
		fmt.Fprintln(os.Stderr, "kiosk: memory dumps stay possible:", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	err := root().ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "kiosk:", err)
	var usage usageError
	var conf configError
	var exit exitError
	switch {
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &conf):
		return exitConfig
	}
	return exitFailed
}

// usageError is a mistake on the command line, configError one in a file.
type (
	usageError  struct{ error }
	configError struct{ error }
)

func (e usageError) Unwrap() error  { return e.error }
func (e configError) Unwrap() error { return e.error }

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "kiosk",
		Short: "Serve citizens at one self-service terminal",
		Long: `Serve citizens at one self-service terminal.

board.yaml says what is soldered on and plugged in, site.yaml where the terminal
stands and whom it talks to. Exit codes: 0 ended as asked, 1 failed, 2 wrong
usage, 3 a mistake in a configuration file; doctor and the commands below card
and touch have codes of their own. A kiosk that has a screen but cannot serve
shows a page that says so, with the code, before it ends (run --hold).`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q; see kiosk --help", args[0])}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	})
	cmd.AddCommand(runCommand(), configCommand(), receiptCommand(), cardCommand(), touchCommand(), doctorCommand())
	return cmd
}

func none(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case c.HasSubCommands():
		return usageError{fmt.Errorf("%s has no command %q; see %[1]s --help", c.CommandPath(), args[0])}
	}
	return usageError{fmt.Errorf("%s takes no arguments", c.CommandPath())}
}
