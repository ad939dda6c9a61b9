package portal_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tram06/firmware/dossier"
	"tram06/gateway/portal"
	"tram06/gateway/store"
)

// docs/portal-api.md is what the people of a portal and those of a gateway
// read: every state and code stands there, and nothing that is not known here.
func TestDocumentation(t *testing.T) {
	b, err := os.ReadFile("../../docs/portal-api.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(b)
	holds := func(line string) {
		t.Helper()
		if !strings.Contains(doc, line) {
			t.Errorf("docs/portal-api.md lacks %q", line)
		}
	}
	for _, s := range store.States() {
		holds(fmt.Sprintf("\n| `%s` | ", s))
	}
	seen := map[portal.Code]bool{}
	for _, m := range portal.Meanings() {
		if seen[m.Code] || m.Text == "" || m.Remedy == "" {
			t.Errorf("%s has two meanings or half of one", m.Code)
		}
		seen[m.Code] = true
		holds(fmt.Sprintf("\n| `%s` | %s | %s |\n", m.Code, m.Text, m.Remedy))
	}
	_, table, _ := strings.Cut(doc, "\n## Codes\n")
	if n := strings.Count(table, "\n| `"); n != len(portal.Meanings()) {
		t.Errorf("%d codes are documented, %d are known", n, len(portal.Meanings()))
	}
	holds(fmt.Sprintf("at most %d bytes", dossier.MaxBody))
	if portal.Means("nothing").Text != "" {
		t.Error("explains a code that does not exist")
	}
}
