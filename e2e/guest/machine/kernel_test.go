package main

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// image is a bzImage with a payload.
func image(payload []byte) []byte {
	const setup = 2
	b := make([]byte, (setup+1)*sector+8)
	b[setupSectors] = setup
	copy(b[setupMagic:], "HdrS")
	binary.LittleEndian.PutUint32(b[payloadOffset:], 8)
	binary.LittleEndian.PutUint32(b[payloadLength:], uint32(len(payload)+4))
	return append(append(b, payload...), 1, 2, 3, 4, 'r', 'e', 's', 't')
}

func xz(t *testing.T, what string) []byte {
	t.Helper()
	cmd := exec.Command("xz", "-c")
	cmd.Stdin = strings.NewReader(what)
	b, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAKernelIsUnpackedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vmlinuz-1")
	const kernel = "\x7FELF and so on"
	if err := os.WriteFile(path, image(xz(t, kernel)), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		elf, err := unpack(path)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(elf); err != nil || string(b) != kernel {
			t.Errorf("%q, %v", b, err)
		}
		// The second time nobody looks at the image.
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestImagesThatAreNone(t *testing.T) {
	good := image(xz(t, "\x7FELF"))
	far := append([]byte(nil), good...)
	binary.LittleEndian.PutUint32(far[payloadOffset:], 1<<31)
	long := append([]byte(nil), good...)
	binary.LittleEndian.PutUint32(long[payloadLength:], 1<<31)
	small := append([]byte(nil), good...)
	binary.LittleEndian.PutUint32(small[payloadLength:], 3)
	for name, c := range map[string]struct {
		image []byte
		want  string
	}{
		"empty":      {nil, errImage.Error()},
		"short":      {good[:headerEnd-1], errImage.Error()},
		"no kernel":  {make([]byte, 4096), errImage.Error()},
		"beyond":     {far, "not in it"},
		"too long":   {long, "not in it"},
		"too small":  {small, "not in it"},
		"cut off":    {good[:len(good)-20], "not in it"},
		"unknown":    {image([]byte("LZ4?")), "unknown way"},
		"damaged":    {image(xz(t, "\x7FELF")[:20]), "xz: exit status"},
		"no program": {image(xz(t, "MZ")), "no program"},
	} {
		path := filepath.Join(t.TempDir(), "vmlinuz")
		if err := os.WriteFile(path, c.image, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := unpack(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
			t.Errorf("%s: it left %d files, %v", name, len(entries), err)
		}
	}
	if _, err := unpack(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an image that is not there gives %v", err)
	}
}
