package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const goodBoard = `name: test
display: {width: 1080px, height: 1920px, panel_width: 268mm, viewing_distance: 600mm}
placement: {reader: right, scanner: left, printer: below}
devices:
  reader: none
  scanner: none
  printer: none
  touch: none
`

const goodSite = `id: SM06
kiosk: {name: "Trạm 06", number: 1}
place: "UBND xã Suối Mây"
authority: "Công an xã Suối Mây"
controller: "UBND xã Suối Mây"
counter: "1"
phone: "0000 000 006"
services: [residence_confirmation]
gateway:
  url: https://127.0.0.1:1
  ca: ca.pem
  cert: cert.pem
  key: key.pem
  hpke_key: hpke.pub
timeouts:
  idle: 60s
`

// TestMistakesInFiles starts the kiosk with configuration files that are
// wrong. It ends with code 3 and says file, line, code, and what to write.
func TestMistakesInFiles(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name     string
		file     string // that is wrong
		old, new string
		says     []string
	}{
		{"board, unknown key", "board.yaml", "  reader: none", "  raeder: none", []string{"board.yaml:5:3", "CH-501", `write "reader"`}},
		{"board, wrong unit", "board.yaml", "1080px", "1080mm", []string{"board.yaml:2:", "CH-503", "px"}},
		{"board, number without a unit", "board.yaml", "600mm", "600", []string{"board.yaml:2:", "CH-503", "mm"}},
		{"board, missing value", "board.yaml", "  printer: none\n", "", []string{"board.yaml:4:", "CH-502", "printer"}},
		{"board, no driver", "board.yaml", "reader: none", "reader: usb:///dev/x", []string{"board.yaml:5:", "CH-503", "pcsc"}},
		{"site, unknown key", "site.yaml", "  idle: 60s", "  idel: 60s", []string{"site.yaml:16:3", "CH-501", `write "idle"`}},
		{"site, wrong unit", "site.yaml", "60s", "60kg", []string{"site.yaml:16:", "CH-503", "60s"}},
		{"site, missing value", "site.yaml", "place: \"UBND xã Suối Mây\"\n", "", []string{"site.yaml:", "CH-502", "place"}},
		{"site, no https", "site.yaml", "https://127", "http://127", []string{"site.yaml:10:", "CH-503", "https://"}},
		{"site, no YAML", "site.yaml", "counter: \"1\"", "counter: \"1", []string{"site.yaml:", "CH-5"}},
		{"site, not there", "site.yaml", goodSite, "", []string{"site.yaml", "CH-5"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range map[string]string{"board.yaml": goodBoard, "site.yaml": goodSite} {
				if name == x.file {
					if !strings.Contains(text, x.old) {
						t.Fatalf("%q is not in %s", x.old, name)
					}
					if text = strings.Replace(text, x.old, x.new, 1); text == "" {
						continue
					}
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), program(t, "kiosk"), "run", "--board", filepath.Join(dir, "board.yaml"),
				"--site", filepath.Join(dir, "site.yaml"), "--state", filepath.Join(dir, "state"))
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			err := cmd.Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 3 {
				t.Errorf("the kiosk ends with %v", err)
			}
			for _, s := range x.says {
				if !strings.Contains(stderr.String(), s) {
					t.Errorf("%q is not in: %s", s, &stderr)
				}
			}
			if _, err := os.Stat(filepath.Join(dir, "state")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a kiosk that did not start left a state: %v", err)
			}
		})
	}
}
