package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tram06/devdock/people"
)

// What is printed is pasted into a shell, names with apostrophes and folders with
// spaces included.
func TestCommandsToPaste(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's a folder")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	kiosk := filepath.Join(dir, "kiosk")
	if err := os.WriteFile(kiosk, []byte("#!/bin/sh\nprintf '%s\\n' \"$PCSCLITE_CSOCK_NAME\" \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	socket, trust := filepath.Join(dir, "comm"), filepath.Join(dir, "csca")
	for _, c := range people.All() {
		card, ok := people.CardByKey(c.Key)
		if !ok {
			t.Fatal(c.Key)
		}
		var commands []string
		for line := range strings.Lines(toRead(card, socket, kiosk, trust)) {
			if strings.Contains(line, "export") || strings.Contains(line, "card read") {
				commands = append(commands, line)
			}
		}
		said, err := exec.Command("sh", "-c", strings.Join(commands, "")).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", c.Key, err, said)
		}
		want := []string{
			socket, "card", "read", "--can", c.CAN(), "--trust", trust,
			socket, "card", "read", "--trust", trust, "--qr", c.QR(),
		}
		if got := strings.Split(strings.TrimSpace(string(said)), "\n"); !slices.Equal(got, want) {
			t.Errorf("%s: a shell takes it for %q", c.Key, got)
		}
	}
}
