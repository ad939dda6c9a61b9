package calibrate

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSaveAndLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "touch.matrix")
	if _, err := Load(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	for _, m := range []Matrix{Identity, {0.8312345678901234, 0.01, 0.07, -1e-17, -0.8, 0.9}} {
		if err := Save(path, m, "by hand,\n1 2 3 on two lines"); err != nil {
			t.Fatal(err)
		}
		if got, err := Load(path); err != nil || got != m {
			t.Errorf("%v comes back as %v, %v", m, got, err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%v beside the file, %v", left, err)
	}
	if s, err := os.Stat(path); err != nil || s.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", s.Mode(), err)
	}
}

// What cannot be saved leaves the old file as it was, and no other behind.
func TestSaveKeepsTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "touch.matrix")
	if err := Save(path, Identity, ""); err != nil {
		t.Fatal(err)
	}
	if err := Save(path, Matrix{}, ""); !errors.Is(err, ErrMatrix) {
		t.Errorf("no calibration at all was saved: %v", err)
	}
	if err := Save(path, Identity, strings.Repeat("x", longest)); err == nil {
		t.Error("a comment that Load refuses was saved")
	}
	if err := Save(filepath.Join(dir, "nowhere", "touch.matrix"), Identity, ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("into a folder that is not there: %v", err)
	}
	// A folder in its place cannot be replaced by a file.
	taken := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(taken, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Save(taken, Identity, ""); err == nil {
		t.Error("a folder was replaced")
	}
	if got, err := Load(path); err != nil || got != Identity {
		t.Errorf("%v, %v", got, err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "touch.matrix")
	for name, text := range map[string]string{
		"empty": "", "half": "1 0 0", "endless": "1 0 0 0 1 0\n# " + strings.Repeat("x", longest), "zeros": strings.Repeat("\x00", 64),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if m, err := Load(path); !errors.Is(err, ErrMatrix) {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
	if _, err := Load(filepath.Dir(path)); err == nil {
		t.Error("a folder is a calibration")
	}
}
