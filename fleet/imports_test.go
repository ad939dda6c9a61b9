package fleet_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestFleetCannotKnowCitizens: what holds citizens' data, and what reads it
// from cards, cannot be reached from here by any path of imports.
func TestFleetCannotKnowCitizens(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "tram06/fleet/...", "tram06/cmd/fleet").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	deps := strings.Fields(string(out))
	seen := false
	for _, d := range deps {
		seen = seen || d == "tram06/fleet/wire"
		for _, never := range []string{"dossier", "person", "service", "session", "outbox", "emrtd", "cccd", "receipt"} {
			if p := "tram06/firmware/" + never; d == p || strings.HasPrefix(d, p+"/") {
				t.Errorf("the fleet depends on %s", d)
			}
		}
	}
	if !seen {
		t.Error("the list of dependencies is not ours")
	}
}
