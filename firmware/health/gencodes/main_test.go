package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tram06/firmware/health"
)

func TestListIsCurrent(t *testing.T) {
	got, err := os.ReadFile("../../../docs/codes.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, page(health.All())) {
		t.Error(`docs/codes.md is not current: run "go generate ./firmware/health"`)
	}
}

func TestEveryCodeIsListedOnce(t *testing.T) {
	text := string(page(health.All()))
	for _, c := range health.All() {
		if n := strings.Count(text, "**"+string(c.Code)+"**"); n != 1 {
			t.Errorf("%s is listed %d times", c.Code, n)
		}
	}
}

func TestRunWritesTheFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "codes.md")
	if err := run(out); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil || !bytes.Equal(got, page(health.All())) {
		t.Errorf("wrote %d bytes, %v", len(got), err)
	}
	if err := run(filepath.Join(t.TempDir(), "no", "such", "folder.md")); err == nil {
		t.Error("a folder that is not there is no error")
	}
}
