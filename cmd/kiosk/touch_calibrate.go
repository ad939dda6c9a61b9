package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tram06/hal/evdev"
	"tram06/hal/evdev/calibrate"
	"tram06/ui/setup"
)

// calibration is what came of a touch calibration.
type calibration struct {
	Kept   bool              `json:"kept"`   // the technician kept it; else nothing was changed
	Ended  string            `json:"ended"`  // "done", "timeout", "stopped"
	Device string            `json:"device"` // URI as it was, "" for the window's mouse or the remote panel
	Matrix *calibrate.Matrix `json:"matrix"` // null if it was not kept
	MeanMM float64           `json:"error_mm"`
	MostMM float64           `json:"worst_mm"`
	File   string            `json:"file"` // that was written, "" if none
	URI    string            `json:"uri"`  // how board.yaml names the panel from now on
}

func calibrateCommand() *cobra.Command {
	var f touchFlags
	var out string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "calibrate",
		Short: "Find out where people touch, from five touches",
		Long: `Find out where people touch, from five touches.

Five crosses are shown one after another; each wants a finger that rests for
half a second. Then a cross follows the finger, and the calibration is kept or
made again. Until it is kept nothing is written, and a screen that nobody
touches for --timeout ends by itself.

The six numbers go into --out, or into the calibration-file that the panel's URI
names. Without either they are printed as a URI for board.yaml.

Exit codes: 0 kept, 4 nobody touched the screen, 2 wrong usage, 3 a mistake in
the board file, 1 anything else.`,
		Example: `  kiosk touch calibrate --board rpi4 --out /var/lib/tram06/touch.matrix
  kiosk touch calibrate --board ./board.yaml --device 'evdev:///?id=0eef:0001'`,
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := f.options(c)
			if err != nil {
				return err
			}
			got, err := touchCalibrate(c.Context(), o, out)
			if err != nil {
				return err
			}
			tell := got.write
			if asJSON {
				tell = func(w io.Writer) error { return json.NewEncoder(w).Encode(got) }
			}
			if err := tell(c.OutOrStdout()); err != nil {
				return fmt.Errorf("write the report: %w", err)
			}
			switch {
			case got.Kept:
				return nil
			case got.Ended == endedTimeout:
				return endWith(exitNobody, errors.New("touch calibrate: nobody touched the screen; nothing was changed"))
			}
			return endWith(exitFailed, fmt.Errorf("touch calibrate: %w; nothing was changed", errStopped))
		},
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&out, "out", "", "file for the six numbers; the URI's calibration-file without it")
	cmd.Flags().BoolVar(&asJSON, "json", false, "answer as one JSON object")
	return cmd
}

// touchCalibrate shows the crosses on the terminal's screen, and writes what
// came of them if the technician keeps it. It is called from the main
// goroutine, as the screen wants it.
func touchCalibrate(ctx context.Context, o touchOptions, out string) (calibration, error) {
	got, err := calibrated(ctx, o, out)
	if err != nil {
		return got, fmt.Errorf("touch calibrate: %w", err)
	}
	return got, nil
}

func calibrated(ctx context.Context, o touchOptions, out string) (calibration, error) {
	if o.now == nil {
		o.now = time.Now
	}
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	d := o.Board.Display
	uri := o.device()
	got := calibration{Device: uri, Ended: endedStopped}
	board := evdev.Panel{Width: int(d.Width), Height: int(d.Height), Rotate: int(d.Rotate)}
	glass := board
	var err error
	if uri != "" {
		if glass, err = evdev.PanelOf(uri, board); err != nil {
			return got, err
		}
		if glass.Width != board.Width || glass.Height != board.Height {
			return got, fmt.Errorf("%s speaks of %d x %d pixels, the board of %d x %d: leave w and h out of the URI", uri, glass.Width, glass.Height, board.Width, board.Height)
		}
		if o.Device, err = evdev.Raw(uri); err != nil {
			return got, err
		}
		if out == "" {
			if out, err = evdev.CalibrationFile(uri); err != nil {
				return got, err
			}
		}
	}
	if out != "" {
		// Better said before five touches than after.
		if err := canWrite(out); err != nil {
			return got, err
		}
	}
	page := setup.NewCalibration(o.panel(), glass, o.Timeout, o.now())
	if err := playPage(ctx, o, page); err != nil && !errors.Is(err, errStopped) {
		return got, err
	}
	found, kept := page.Kept()
	switch {
	case page.Ended() == setup.TimedOut:
		got.Ended = endedTimeout
		return got, nil
	case !kept:
		return got, nil
	}
	got.Kept, got.Ended, got.Matrix, got.MeanMM, got.MostMM = true, endedDone, &found.Matrix, found.MeanMM, found.MostMM
	return got, got.save(uri, out, o.now())
}

// save writes the file, or the numbers into the URI.
func (c *calibration) save(uri, out string, now time.Time) (err error) {
	if out == "" {
		if uri != "" {
			c.URI, err = evdev.WithCalibration(uri, *c.Matrix)
		}
		return err
	}
	if c.File, err = filepath.Abs(out); err != nil {
		return err
	}
	comment := fmt.Sprintf("%s, %s, error %.1f mm, at most %.1f mm", c.Device, now.Format(time.RFC3339), c.MeanMM, c.MostMM)
	if err := calibrate.Save(c.File, *c.Matrix, comment); err != nil {
		return err
	}
	if uri != "" {
		c.URI, err = evdev.WithCalibrationFile(uri, c.File)
	}
	return err
}

// canWrite tells whether a file can be replaced.
func canWrite(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".touch-*")
	if err != nil {
		return fmt.Errorf("calibration file: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// write tells the outcome to a person at a terminal.
func (c *calibration) write(w io.Writer) error {
	if !c.Kept {
		return nil // the error says why
	}
	var t table
	t.row("touch", fmt.Sprintf("✓ calibrated: error %.1f mm, at most %.1f mm", c.MeanMM, c.MostMM))
	t.row("numbers", c.Matrix.String())
	if c.File != "" {
		t.row("file", c.File)
	}
	if c.URI != "" && c.URI != c.Device {
		t.row("to do", "name the panel in board.yaml, or in a board overlay, like this:")
		t.row("", "touch: "+c.URI)
	}
	_, err := w.Write(t.Bytes())
	return err
}
