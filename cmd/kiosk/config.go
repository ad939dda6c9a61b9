package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tram06/boards"
	"tram06/firmware/config"
)

// files are the flags that name the configuration.
type files struct {
	board    string
	overlays []string
	site     string
}

func (f *files) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.board, "board", "", "a built-in board ("+strings.Join(boards.Names(), ", ")+") or the path of a board.yaml")
	cmd.Flags().StringArrayVar(&f.overlays, "board-overlay", nil, "further board file that replaces devices; may be given again")
	cmd.Flags().StringVar(&f.site, "site", "", "path of site.yaml")
}

// load reads the files and tells every mistake in them at once.
func (f *files) load() (config.Board, config.Site, error) {
	if f.board == "" || f.site == "" {
		return config.Board{}, config.Site{}, usageError{errors.New("say which terminal this is: --board and --site; see kiosk run --help")}
	}
	board, errBoard := f.loadBoard()
	site, errSite := config.LoadSite(config.OnDisk(f.site))
	if errSite != nil {
		errSite = configError{errSite}
	}
	return board, site, errors.Join(errBoard, errSite)
}

// loadBoard reads the board alone: what it has does not depend on the site.
func (f *files) loadBoard() (config.Board, error) {
	file := config.OnDisk(f.board)
	for _, n := range boards.Names() {
		if n == f.board {
			file = config.File{FS: boards.FS, Path: boards.Path(n)}
		}
	}
	var overlays []config.File
	for _, o := range f.overlays {
		overlays = append(overlays, config.OnDisk(o))
	}
	board, err := config.LoadBoard(file, overlays...)
	if err != nil {
		return board, configError{err}
	}
	return board, nil
}

func configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check the configuration files",
		Args:  none,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var f files
	var asJSON bool
	check := &cobra.Command{
		Use:   "check",
		Short: "Read board.yaml and site.yaml and say what is wrong, with file and line",
		Long: `Read board.yaml and site.yaml and say what is wrong, with file and line.

No device is opened, and no file that site.yaml names is read: what is wrong with
a device's parameters or with a certificate, kiosk doctor tells.`,
		Example: `  kiosk config check --board rpi4 --site /etc/tram06/site.yaml
  kiosk config check --board ./board.yaml --site ./site.yaml --json`,
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			board, site, err := f.load()
			if asJSON && !errors.As(err, new(usageError)) {
				out := struct {
					OK   bool   `json:"ok"`
					Code string `json:"code,omitempty"`
					Text string `json:"text,omitempty"`
				}{OK: err == nil}
				if err != nil {
					out.Code, out.Text = string(config.Code(err)), err.Error()
				}
				if e := json.NewEncoder(c.OutOrStdout()).Encode(out); e != nil {
					return e
				}
			}
			if err == nil && !asJSON {
				fmt.Fprintf(c.OutOrStdout(), "board %s, site %s at %s: fine\n", board.Name, site.ID, site.Place)
			}
			return err
		},
	}
	f.flags(check)
	check.Flags().BoolVar(&asJSON, "json", false, "answer as one JSON object")
	cmd.AddCommand(check)
	return cmd
}
