package house

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Whoever looks up a test that docs/coverage.md names must find it: a promise
// whose test was renamed or taken away would look as if it were kept.
func TestCoverageNamesTestsThatExist(t *testing.T) {
	doc, err := os.ReadFile("../docs/coverage.md")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("git", "-C", "..", "ls-files", "--cached", "--others", "--exclude-standard", "*_test.go").Output()
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	there, files := map[string]bool{}, map[string]bool{}
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		b, err := os.ReadFile(filepath.Join("..", name))
		if os.IsNotExist(err) {
			continue // removed and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		files[path.Base(name)] = true
		for _, m := range declared.FindAllSubmatch(b, -1) {
			there[string(m[1])] = true
		}
	}
	named := regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w*\*?`).FindAllString(string(doc), -1)
	if len(named) < 50 {
		t.Fatalf("only %d tests are named: the test looks at the wrong words", len(named))
	}
	for _, n := range named {
		if prefix, any := strings.CutSuffix(n, "*"); any {
			found := false
			for name := range there {
				found = found || strings.HasPrefix(name, prefix)
			}
			if !found {
				t.Errorf("docs/coverage.md names %s, and no test begins so", n)
			}
		} else if !there[n] {
			t.Errorf("docs/coverage.md names %s, which is no test", n)
		}
	}
	for _, f := range regexp.MustCompile(`\b\w+_test\.go\b`).FindAllString(string(doc), -1) {
		if !files[f] {
			t.Errorf("docs/coverage.md names %s, which is not there", f)
		}
	}
}
