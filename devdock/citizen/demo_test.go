package citizen

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A demo takes its own old pictures away, and nothing of anybody else.
func TestAlbumIsEmptied(t *testing.T) {
	album := filepath.Join(t.TempDir(), "out [1]", "screens")
	if err := empty(album); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"01-attract.png", "20-goodbye.png", "holiday.png", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(album, name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := empty(album); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(album)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range left {
		names = append(names, f.Name())
	}
	if want := []string{"holiday.png", "notes.txt"}; !slices.Equal(names, want) {
		t.Errorf("left are %q, want %q", names, want)
	}
}
