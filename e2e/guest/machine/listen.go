package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"tram06/e2e/bench/figure"
)

// The guest's words to this program, each at the start of a line. What the
// tests print has no such start.
const (
	markExit    = "@exit "    // the tests' exit code
	markFigure  = "@figure "  // one that they measured, as JSON
	markMachine = "@machine " // what they measured on, as JSON
	markArmed   = "@armed"    // the last line: a watchdog counts, and nobody kicks it
	markAlive   = "@alive"    // it did not bite
)

// told is what the guest said.
type told struct {
	exit         *int
	armed, alive bool
	machine      *figure.Machine
	figures      []figure.Figure
}

// listen passes on the guest's words until it is switched off, and keeps those
// that are meant for this program.
func listen(from io.Reader, to io.Writer) (told, error) {
	var t told
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		if err := t.hear(line, to); err != nil {
			return t, err
		}
	}
	return t, lines.Err()
}

func (t *told) hear(line string, to io.Writer) error {
	switch {
	case strings.HasPrefix(line, markExit):
		n, err := strconv.Atoi(line[len(markExit):])
		if err != nil {
			return fmt.Errorf("the guest's exit code: %w", err)
		}
		t.exit = &n
	case strings.HasPrefix(line, markFigure):
		var f figure.Figure
		if err := decode(line[len(markFigure):], &f); err != nil {
			return fmt.Errorf("a figure of the guest: %w", err)
		}
		t.figures = append(t.figures, f)
	case strings.HasPrefix(line, markMachine):
		t.machine = new(figure.Machine)
		if err := decode(line[len(markMachine):], t.machine); err != nil {
			return fmt.Errorf("the guest's machine: %w", err)
		}
	case line == markArmed:
		t.armed = true
	case line == markAlive:
		t.alive = true
	case line != "":
		_, err := fmt.Fprintln(to, line)
		return err
	}
	return nil
}

func decode(from string, into any) error {
	dec := json.NewDecoder(strings.NewReader(from))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// verdict is nil only if the guest said that all is well, and its watchdog did
// restart it after that.
func (t told) verdict() error {
	switch {
	case t.exit == nil:
		return errors.New("the guest died before its tests had ended")
	case *t.exit != 0:
		return fmt.Errorf("the tests end with %d", *t.exit)
	case t.machine == nil:
		return errors.New("the guest does not say what it is")
	case !t.armed:
		return errors.New("the guest went off before its watchdog counted")
	case t.alive:
		return errors.New("the watchdog did not restart a machine that nobody tends")
	}
	return nil
}

// save keeps the figures for the documents, and fails if one missed its target.
func (t told) save(path string, to io.Writer) error {
	r := figure.Report{Machine: *t.machine, Figures: t.figures}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(to, "\n%s\n", r.Markdown()); err != nil {
		return err
	}
	var missed bytes.Buffer
	for _, f := range r.Figures {
		if !f.Met() {
			fmt.Fprintf(&missed, "; %s: %s %s", f.What, figure.Number(f.Value), f.Unit)
		}
	}
	if missed.Len() > 0 {
		return fmt.Errorf("targets were missed%s", missed.String())
	}
	return nil
}
