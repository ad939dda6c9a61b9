package calibrate

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// longest file that is read; a calibration with its comment is far below.
const longest = 4096

// Load reads a file with a calibration. One that is not there wraps
// fs.ErrNotExist, one that holds none ErrMatrix.
func Load(path string) (Matrix, error) {
	f, err := os.Open(path)
	if err != nil {
		return Matrix{}, fmt.Errorf("calibration: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, longest+1))
	if err != nil {
		return Matrix{}, fmt.Errorf("calibration: %w", err)
	}
	if len(b) > longest {
		return Matrix{}, fmt.Errorf("calibration %s: %w: the file is too long", path, ErrMatrix)
	}
	m, err := Parse(string(b))
	if err != nil {
		return Matrix{}, fmt.Errorf("calibration %s: %w", path, err)
	}
	return m, nil
}

// Save writes a calibration and a comment to a file. Whatever happens on the
// way, power cut included, the file is the old one or the new one, whole.
func Save(path string, m Matrix, comment string) error {
	if err := m.check(); err != nil {
		return fmt.Errorf("save calibration: %w", err)
	}
	text := m.String() + "\n"
	if comment != "" {
		text = "# " + strings.Join(strings.Fields(comment), " ") + "\n" + text
	}
	if len(text) > longest {
		return fmt.Errorf("save calibration: a comment of %d bytes is too long", len(comment))
	}
	dir := filepath.Dir(path)
	temp, err := writeTemp(dir, "."+filepath.Base(path)+".*", text)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		if temp != "" {
			err = errors.Join(err, os.Remove(temp))
		}
		return fmt.Errorf("save calibration: %w", err)
	}
	// The name lasts once its folder is on the disk.
	d, err := os.Open(dir)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return fmt.Errorf("save calibration: %w", err)
	}
	return nil
}

// writeTemp writes text to a new file, onto the disk, and gives its name; it
// is not empty if there is a file to remove.
func writeTemp(dir, pattern, text string) (string, error) {
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	if err == nil {
		// No secret, and read by a kiosk that runs as another user.
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	return f.Name(), errors.Join(err, f.Close())
}
