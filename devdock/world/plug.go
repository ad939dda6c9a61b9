package world

import (
	"errors"
	"fmt"
	"os"

	"github.com/creack/pty"

	"tram06/devdock/web"
)

var (
	errUnplugged = errors.New("the scanner is unplugged")
	errPulled    = errors.New("the card reader is unplugged")
)

// Cable pulls a device's cable, or plugs it in again.
func (w *World) Cable(id string) error {
	w.hand.Lock()
	defer w.hand.Unlock()
	switch {
	case id == scannerCable:
		w.mu.Lock()
		there := w.line != nil
		w.mu.Unlock()
		if there {
			return w.UnplugScanner()
		}
		return w.PlugScanner()
	case id == readerCable && w.o.Plug != nil:
		return w.pullReader()
	case id == printerCable:
		return w.pullPrinter()
	case w.hands.pull(id), w.timers.pull(id):
		w.changed()
		return nil
	case id == boardCable:
		w.board.pull()
		w.changed()
		return nil
	case id == sensorCable, id == lightCable:
		dir := map[string]string{sensorCable: sensorDir, lightCable: lightDir}[id]
		err := w.files.pull(dir)
		w.changed()
		return err
	}
	return fmt.Errorf("cable %q: %w", id, web.ErrNone)
}

func (w *World) pullReader() error {
	w.mu.Lock()
	pulled := w.pulled
	w.mu.Unlock()
	if pulled {
		if err := w.o.Plug(); err != nil {
			return fmt.Errorf("plug the reader in: %w", err)
		}
	} else {
		w.lift()
		w.o.Unplug()
	}
	w.mu.Lock()
	w.pulled, w.reader = !pulled, ""
	w.mu.Unlock()
	w.changed()
	return nil
}

// SetPower says what can lose its power.
func (w *World) SetPower(p ...Powered) {
	w.mu.Lock()
	w.powered = p
	w.mu.Unlock()
	w.changed()
}

// Power cuts a program off as a power cut does.
func (w *World) Power(id string) error {
	w.mu.Lock()
	powered := w.powered
	w.mu.Unlock()
	for _, p := range powered {
		if p.ID == id {
			return p.Cut()
		}
	}
	return fmt.Errorf("power of %q: %w", id, web.ErrNone)
}

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
