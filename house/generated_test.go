package house

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// The notices come from go.mod's exact versions alone, so every machine makes
// the same file.
func TestThirdPartyNoticesAreCurrent(t *testing.T) {
	cmd := exec.Command("go", "run", "./house/notices")
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	want, err := cmd.Output()
	if err != nil {
		t.Fatalf("go run ./house/notices: %v", err)
	}
	have, err := os.ReadFile("../THIRD_PARTY_NOTICES.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, have) {
		t.Error("THIRD_PARTY_NOTICES.txt is stale: run make generate")
	}
}

// modernc.org/sqlite works with exactly the libc that its own go.mod names.
func TestSQLiteHasItsOwnLibc(t *testing.T) {
	version := regexp.MustCompile(`modernc\.org/libc (v[0-9.]+)`)
	ours, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite")
	cmd.Dir = ".."
	path, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile(strings.TrimSpace(string(path)))
	if err != nil {
		t.Fatal(err)
	}
	a, b := version.FindSubmatch(ours), version.FindSubmatch(theirs)
	if a == nil || b == nil || !bytes.Equal(a[1], b[1]) {
		t.Errorf("go.mod names libc %s, sqlite's go.mod %s", a, b)
	}
}
