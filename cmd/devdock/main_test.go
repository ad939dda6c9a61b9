package main

import (
	"errors"
	"io"
	"testing"
)

// A slip on the command line is told as one, before anything starts.
func TestSlips(t *testing.T) {
	for _, args := range [][]string{
		{"nonsense"}, {"run", "extra"}, {"demo", "extra"}, {"run", "--nonsense"}, {"demo", "--citizen", "nobody"}, {"demo", "--lang", "fr"},
		{"card", "nobody"}, {"card", "mau", "vidu"}, {"card", "mau", "--air", "-1"},
	} {
		cmd := root()
		cmd.SetArgs(args)
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		if err := cmd.ExecuteContext(t.Context()); !errors.As(err, new(usageError)) {
			t.Errorf("%q gives %v, want a usage error", args, err)
		}
	}
}
