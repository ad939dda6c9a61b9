// Package boards holds the board files that every kiosk binary carries: what is
// soldered on and plugged in, one folder a board, with a README about the
// wiring. How to write one is told by the doc comments of config.Board.
package boards

import (
	"embed"
	"io/fs"
)

// FS holds <board>/board.yaml of every board.
//
//go:embed */board.yaml
var FS embed.FS

// Names lists the boards, sorted.
func Names() []string {
	entries, err := fs.ReadDir(FS, ".")
	if err != nil {
		return nil // an embedded directory can always be read
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Path gives the name of a board's file in FS.
func Path(name string) string { return name + "/board.yaml" }
