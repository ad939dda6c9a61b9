package house

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tracked gives the files of the checkout that match the patterns, whether
// committed or about to be.
func tracked(t *testing.T, patterns ...string) []string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"ls-files", "--cached", "--others", "--exclude-standard", "--"}, patterns...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	return strings.Fields(string(out))
}

func TestFilesFitInTheHead(t *testing.T) {
	for _, f := range tracked(t, "*.go") {
		b, err := os.ReadFile(filepath.Join("..", f))
		if err != nil {
			continue // deleted in the working tree
		}
		if n := bytes.Count(b, []byte("\n")); n > 500 && !bytes.Contains(b, []byte("Code generated")) {
			t.Errorf("%s has %d lines: split it by what it does", f, n)
		}
	}
}

func TestNoSkippedTests(t *testing.T) {
	for _, f := range tracked(t, "*_test.go") {
		if strings.HasPrefix(f, "house/") {
			continue
		}
		b, err := os.ReadFile(filepath.Join("..", f))
		if err != nil {
			continue
		}
		for _, bad := range []string{"t.Skip(", "t.Skipf(", "t.SkipNow(", "testing.Short()", "time.Sleep("} {
			if bytes.Contains(b, []byte(bad)) {
				t.Errorf("%s uses %s: a test runs everywhere, and waits for events", f, bad)
			}
		}
	}
}
