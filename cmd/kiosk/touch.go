package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tram06/boards"
	"tram06/firmware/config"
)

// Exit codes of the commands below touch, beside 0 and exitFailed.
const (
	exitNobody    = 4 // nobody touched anything, or nothing told of it
	exitNotPassed = 5 // the test was ended before every tile had answered
)

// touchCommand groups what a technician does with the touch panel.
func touchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "touch",
		Short: "Test and calibrate the touch panel",
		Args:  none,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	cmd.AddCommand(calibrateCommand(), touchTestCommand())
	return cmd
}

// touchFlags are what both commands need to know.
type touchFlags struct {
	board    string
	overlays []string
	device   string
	socket   string
	timeout  time.Duration
}

func (f *touchFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.board, "board", "", "a built-in board ("+strings.Join(boards.Names(), ", ")+") or the path of a board.yaml")
	cmd.Flags().StringArrayVar(&f.overlays, "board-overlay", nil, "further board file that replaces devices; may be given again")
	cmd.Flags().StringVar(&f.device, "device", "", "the touch panel's URI (evdev:///?name=Goodix) instead of the board's")
	cmd.Flags().StringVar(&f.socket, "panel", "", "socket of the remote panel; only in builds for development")
	cmd.Flags().DurationVar(&f.timeout, "timeout", time.Minute, "ends when nobody touches the screen for so long")
}

func (f *touchFlags) options(c *cobra.Command) (touchOptions, error) {
	if f.board == "" {
		return touchOptions{}, usageError{errors.New("say which terminal this is: --board; see " + c.CommandPath() + " --help")}
	}
	if f.timeout <= 0 {
		return touchOptions{}, usageError{fmt.Errorf("--timeout %v: want a time from now on", f.timeout)}
	}
	board, err := (&files{board: f.board, overlays: f.overlays}).loadBoard()
	if err != nil {
		return touchOptions{}, err
	}
	if f.device != "" {
		if err := new(config.Device).ParseScalar(f.device); err != nil {
			return touchOptions{}, usageError{fmt.Errorf("--device: %w", err)}
		}
	}
	return touchOptions{
		Board: board, Device: f.device, Socket: f.socket, Timeout: f.timeout,
		Say: func(format string, args ...any) { fmt.Fprintf(c.ErrOrStderr(), format+"\n", args...) },
	}, nil
}
