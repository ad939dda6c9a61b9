package stack

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tram06/boards"
	"tram06/devdock/world"
	"tram06/firmware/config"
)

func TestOwnReader(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	board := file("board.yaml", "devices:\n  reader: "+virtualReader+"\n  printer: escpos+tcp://127.0.0.1:9100?width=576\n")
	for _, x := range []struct {
		name, text string
		own, ok    bool
	}{
		{"reader", "devices:\n  reader: pcsc:///?reader=ACR\n", true, true},
		{"any reader", "devices:\n  reader: pcsc:///\n", true, true},
		{"printer", "devices:\n  printer: escpos+usb:///dev/usb/lp0?width=576\n", false, true},
		{"mistyped", "devices:\n  raeder: pcsc:///\n", false, false},
	} {
		s := &Stack{o: Options{Overlay: file(x.name, x.text)}}
		own, err := s.ownReader(board)
		if (err == nil) != x.ok || x.ok && own != x.own {
			t.Errorf("%s: got %v, %v", x.name, own, err)
		}
	}
	if own, err := (&Stack{}).ownReader(board); own || err != nil {
		t.Errorf("without a file: %v, %v", own, err)
	}
}

// What the world simulates is what a board file can hold, all of it.
func TestBoardOfTheWorld(t *testing.T) {
	w, err := world.New(t.Context(), world.Options{Rand: rand.Reader, Files: filepath.Join(t.TempDir(), "board")})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "board.yaml")
	if err := os.WriteFile(path, []byte((&Stack{World: w}).boardOverlay()), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := config.LoadBoard(config.File{FS: boards.FS, Path: boards.Path("desktop")}, config.OnDisk(path))
	if err != nil {
		t.Fatal(err)
	}
	simulated := 0
	for _, f := range b.Devices.All() {
		if strings.HasPrefix(string(f.URI), "sim+") {
			simulated++
		}
	}
	if n := len(w.Fittings()); simulated != n || n < 11 {
		t.Errorf("%d of %d fittings are in the board file", simulated, n)
	}
}
