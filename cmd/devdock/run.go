package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"tram06/devdock/stack"
)

// air is a usual bit rate of a reader, in kbit/s: people see the wait that a
// card needs.
const air = 424

func runCommand() *cobra.Command {
	var f flags
	var listen string
	var window bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run everything until Ctrl-C",
		Example: `  devdock run
  devdock run --window
  devdock run --listen 127.0.0.1:0 --state /tmp/tram06`,
		Args: noWords,
		RunE: func(c *cobra.Command, _ []string) error {
			o := f.options()
			o.Listen, o.Keep, o.Window, o.Air, o.PaperSpeed = listen, true, window, air, paperSpeed
			if window {
				o.Kiosk = "kiosk-window"
			}
			fmt.Fprintln(os.Stderr, "Starting the card daemon, gateway, fleet, dock and kiosk…")
			s, err := stack.Start(c.Context(), o)
			if errors.Is(err, stack.ErrRunning) {
				return fmt.Errorf("%w; open that page, or stop it with Ctrl-C where it was started", err)
			}
			if err != nil {
				return err
			}
			welcome(c.OutOrStdout(), s, f.state, window)
			<-c.Context().Done()
			fmt.Fprintln(os.Stderr, "\nStopping…")
			return s.Stop()
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.state, "state", ".state", "folder for what the programs keep, and their logs")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:6006", "address of the page, on the loopback; port 0 takes a free one")
	cmd.Flags().BoolVar(&window, "window", false, "the kiosk opens in a window")
	return cmd
}

// paperSpeed is that of a plain receipt printer, in millimetres a second.
const paperSpeed = 120

func welcome(w io.Writer, s *stack.Stack, state string, window bool) {
	fmt.Fprintf(w, "\n  Trạm 06 is running:  %s\n\n", s.URL)
	if window {
		fmt.Fprintln(w, "  The kiosk has a window of its own; cards, codes and paper are on that page.")
	} else {
		fmt.Fprintln(w, "  The kiosk's screen, cards, codes and paper are on that page. A click on the screen is a touch.")
	}
	fmt.Fprintf(w, "  The fleet's page:    %s\n  Logs:                %s/logs\n  Ctrl-C stops all of it.\n\n", s.Fleet, state)
}
