package world

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"tram06/devdock/web"
)

// The kernel's files of the terminal's board: a temperature and the light behind
// the panel.
const (
	panelName = "panel"
	lightMost = 255

	coldest = 20
	hottest = 100
	usual   = 45
)

// Folders under the root, and where one waits that is unplugged.
var (
	sensorDir = filepath.Join("sys", "class", "hwmon", "hwmon0")
	lightDir  = filepath.Join("sys", "class", "backlight", panelName)
)

const awayDir = "unplugged"

// files are those files.
type files struct{ root string }

func newFiles(root string) (files, error) {
	f := files{root}
	for name, text := range map[string]string{
		filepath.Join(sensorDir, "name"):          "cpu_thermal",
		filepath.Join(lightDir, "type"):           "raw",
		filepath.Join(lightDir, "max_brightness"): strconv.Itoa(lightMost),
		filepath.Join(lightDir, "brightness"):     strconv.Itoa(lightMost),
		filepath.Join(lightDir, "bl_power"):       "0",
	} {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o700); err != nil {
			return f, fmt.Errorf("files of the simulated board: %w", err)
		}
		if err := f.write(name, text); err != nil {
			return f, err
		}
	}
	if err := os.MkdirAll(filepath.Join(root, awayDir), 0o700); err != nil {
		return f, fmt.Errorf("files of the simulated board: %w", err)
	}
	return f, f.heat(usual)
}

// write replaces a file at once: whoever reads it sees the old text or the new.
func (f files) write(name, text string) error {
	tmp := filepath.Join(f.root, "new")
	err := os.WriteFile(tmp, []byte(text+"\n"), 0o600)
	if err == nil {
		err = os.Rename(tmp, filepath.Join(f.root, name))
	}
	if err != nil {
		return fmt.Errorf("files of the simulated board: %w", err)
	}
	return nil
}

// heat sets the temperature in degrees, also of a sensor that is unplugged.
func (f files) heat(celsius float64) error {
	dir := sensorDir
	if f.pulled(sensorDir) {
		dir = filepath.Join(awayDir, filepath.Base(sensorDir))
	}
	return f.write(filepath.Join(dir, "temp1_input"), strconv.Itoa(int(math.Round(celsius*1000))))
}

// light is how bright the panel is: 0 to 1 of the current through its lamps, or
// -1 while its controller is unplugged and nobody can say.
func (f files) light() float64 {
	number := func(name string) float64 {
		b, err := os.ReadFile(filepath.Join(f.root, lightDir, name))
		if err != nil {
			return -1
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(b)))
		if err != nil {
			return -1
		}
		return float64(n)
	}
	n := number("brightness")
	switch {
	case n < 0:
		return -1
	case number("bl_power") != 0:
		return 0
	}
	return n / lightMost
}

// pull takes a folder away, or puts it back.
func (f files) pull(dir string) error {
	here, away := filepath.Join(f.root, dir), filepath.Join(f.root, awayDir, filepath.Base(dir))
	if f.pulled(dir) {
		here, away = away, here
	}
	if err := os.Rename(here, away); err != nil {
		return fmt.Errorf("files of the simulated board: %w", err)
	}
	return nil
}

func (f files) pulled(dir string) bool {
	_, err := os.Stat(filepath.Join(f.root, dir))
	return errors.Is(err, os.ErrNotExist)
}

// Heat sets the temperature inside the terminal.
func (w *World) Heat(celsius float64) error {
	if !(celsius >= coldest && celsius <= hottest) {
		return fmt.Errorf("%g degrees: it can be from %d to %d here", celsius, coldest, hottest)
	}
	w.hand.Lock()
	defer w.hand.Unlock()
	if err := w.files.heat(celsius); err != nil {
		return err
	}
	w.mu.Lock()
	w.celsius = celsius
	w.mu.Unlock()
	w.changed()
	return nil
}

// Contact moves a contact: opens the door or closes it, and so on.
func (w *World) Contact(id string) error {
	if id == fanBlades {
		w.board.block()
		w.changed()
		return nil
	}
	for _, c := range contactLines {
		if c.id == id {
			w.hand.Lock()
			defer w.hand.Unlock()
			w.board.chip.Drive(c.line, !w.board.high(c.line))
			return nil
		}
	}
	return fmt.Errorf("contact %q: %w", id, web.ErrNone)
}
