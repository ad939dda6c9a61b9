package talk

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestTalk(t *testing.T) {
	cmd := exec.Command("sh", "-c", `echo "name?" >&2; read n; echo "hello $n" >&2; echo done; echo bye >&2; exit 7`)
	cmd.Stdin = strings.NewReader("MẪU\n")
	p := Start(t, cmd)
	p.Says("hello MẪU")
	if code := p.Ends(); code != 7 || p.Out.String() != "done\n" {
		t.Errorf("it ends with %d and printed %q", code, p.Out.String())
	}
	if want := []string{"name?", "hello MẪU", "bye"}; !slices.Equal(p.Said, want) {
		t.Errorf("it said %q, want %q", p.Said, want)
	}
}
