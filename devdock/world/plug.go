package world

import (
	"errors"
	"fmt"
	"os"

	"github.com/creack/pty"
)

var errUnplugged = errors.New("the scanner is unplugged")

// UnplugScanner pulls the scanner's cable: its line hangs up and its name is
// gone.
func (w *World) UnplugScanner() error {
	w.mu.Lock()
	line, tty := w.line, w.tty
	w.line, w.tty = nil, nil
	w.mu.Unlock()
	if line == nil {
		return nil
	}
	var err error
	if w.o.Line != "" {
		err = os.Remove(w.o.Line)
		if errors.Is(err, os.ErrNotExist) {
			err = nil // the folder went first
		}
	}
	err = errors.Join(err, line.Close(), tty.Close())
	w.changed()
	return err
}

// PlugScanner plugs it in. The system gives it any free number; the name in
// Options.Line leads to it, as a udev rule's does on a board.
func (w *World) PlugScanner() error {
	line, tty, err := pty.Open()
	if err != nil {
		return fmt.Errorf("serial line of the simulated scanner: %w", err)
	}
	if w.o.Line != "" {
		if err := os.Symlink(tty.Name(), w.o.Line); err != nil {
			return errors.Join(fmt.Errorf("name of the simulated scanner: %w", err), line.Close(), tty.Close())
		}
	}
	w.mu.Lock()
	w.line, w.tty = line, tty
	w.mu.Unlock()
	w.changed()
	return nil
}

// SetReader says where the virtual reader listens after it came back.
func (w *World) SetReader(addr string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.o.Reader = addr
}
