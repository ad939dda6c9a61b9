package stack

import (
	"os"
	"path/filepath"
	"testing"
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
