package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tram06/ui/setup"
)

// How a page ends, as a report names it.
const (
	endedDone    = "done"
	endedTimeout = "timeout"
	endedStopped = "stopped"
)

// touchTest shows the touch test on the terminal's screen until Done is held,
// nobody touches anything for too long, or ctx ends; in all three cases the
// report says what was found by then. An error says that there was no test: no
// screen, no device named. It is called from the main goroutine, as the screen
// wants it.
func touchTest(ctx context.Context, o touchOptions) (touchReport, error) {
	if o.now == nil {
		o.now = time.Now
	}
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	trial := setup.NewTrial(o.panel(), o.Timeout, o.now())
	err := playPage(ctx, o, trial)
	ended := endedDone
	switch {
	case errors.Is(err, errStopped):
		ended = endedStopped
	case err != nil:
		return touchReport{}, fmt.Errorf("touch test: %w", err)
	case trial.Ended() == setup.TimedOut:
		ended = endedTimeout
	}
	return reportTouch(trial.Findings(), o.device(), ended), nil
}

func touchTestCommand() *cobra.Command {
	var f touchFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Touch every tile of the screen, and see what the panel tells",
		Long: `Touch every tile of the screen, and see what the panel tells.

The screen is covered with tiles that fill in as a finger passes. Each place that
the panel tells is drawn; how many it tells a second, how far apart, how steady
and how near to the edges is shown and reported. The test ends when Done is held
for three seconds, with Ctrl-C, or when nobody touches the screen for --timeout.

Exit codes: 0 every tile answered, 4 nothing was touched, 5 some did not answer,
2 wrong usage, 3 a mistake in the board file, 1 anything else.`,
		Example: `  kiosk touch test --board rpi4
  kiosk touch test --board desktop --device 'evdev:///?name=Goodix' --json`,
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := f.options(c)
			if err != nil {
				return err
			}
			r, err := touchTest(c.Context(), o)
			if err != nil {
				return err
			}
			tell := r.Write
			if asJSON {
				tell = r.JSON
			}
			if err := tell(c.OutOrStdout()); err != nil {
				return fmt.Errorf("write the report: %w", err)
			}
			switch {
			case r.Passed:
				return nil
			case r.Touches == 0:
				return endWith(exitNobody, errors.New("touch test: nothing was touched"))
			}
			return endWith(exitNotPassed, fmt.Errorf("touch test: %d of %d tiles were not touched", r.Cells-r.Hit, r.Cells))
		},
	}
	f.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "answer as one JSON object")
	return cmd
}
