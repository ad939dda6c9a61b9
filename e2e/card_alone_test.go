package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCardAlone lays one card without a kiosk, as a newcomer does, and types
// what it says.
func TestCardAlone(t *testing.T) {
	t.Parallel()
	for card, want := range map[string]struct {
		exit int
		told string
	}{
		"mau":       {0, "assurance  chip-genuine"},
		"mau-clone": {3, "THE-115"},
	} {
		t.Run(card, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			dock := exec.CommandContext(ctx, program(t, "devdock"), "card", card)
			var stderr bytes.Buffer
			dock.Stderr = &stderr
			out, err := dock.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := dock.Start(); err != nil {
				t.Fatal(err)
			}
			setting, reads := "", []string(nil)
			lines := bufio.NewScanner(out)
			for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
				switch line := strings.TrimSpace(lines.Text()); {
				case strings.HasPrefix(line, "export "):
					setting = line
				case strings.Contains(line, " card read "):
					reads = append(reads, line)
				}
			}
			if setting == "" || len(reads) != 2 {
				t.Fatalf("says %q and %q\n%s", setting, reads, &stderr)
			}
			for _, typed := range reads {
				said, err := exec.CommandContext(ctx, "sh", "-c", setting+"\n"+typed).CombinedOutput()
				exit := 0
				if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
					exit = failed.ExitCode()
				}
				if exit != want.exit || !bytes.Contains(said, []byte(want.told)) {
					t.Errorf("%s ends with %d (%v): %s", typed, exit, err, said)
				}
			}
			if err := dock.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			for lines.Scan() { // read on, so that it can end
			}
			if err := dock.Wait(); err != nil {
				t.Errorf("Ctrl-C ends it with %v\n%s", err, &stderr)
			}
			socket := regexp.MustCompile(`=(.*)$`).FindStringSubmatch(setting)[1]
			if _, err := os.Stat(filepath.Dir(socket)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("its folder is left: %v", err)
			}
		})
	}
}
