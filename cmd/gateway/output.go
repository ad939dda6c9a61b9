package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"
)

func stateFlag(cmd *cobra.Command, state *string) {
	cmd.Flags().StringVar(state, "state", "", "folder of what the gateway keeps")
	_ = cmd.MarkFlagRequired("state")
}

func outputFlag(cmd *cobra.Command, output *string) {
	cmd.Flags().StringVar(output, "output", "table", "form of the output: table or json")
}

func checkOutput(output string) error {
	if output != "table" && output != "json" {
		return usagef("--output %q: want table or json", output)
	}
	return nil
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// announce writes the address whole or not at all, so that whoever waits for
// the file never reads half of it.
func announce(path, addr string) error {
	if err := renameio.WriteFile(path, []byte(addr+"\n"), 0o644); err != nil {
		return fmt.Errorf("write --ready file: %w", err)
	}
	return nil
}
