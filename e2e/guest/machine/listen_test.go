package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const well = "=== RUN   TestX\r\n--- PASS: TestX\r\n" +
	`@figure {"what":"x","value":2,"unit":"ms","limit":5,"how":"so"}` + "\r\n" +
	`@machine {"cpu":"c","cores":1,"kernel":"k","go":"g","arch":"a","load":0}` + "\nPASS\n@exit 0\n@armed\n"

func TestOnlyAGuestThatSaysAllIsBelieved(t *testing.T) {
	for name, c := range map[string]struct{ words, want string }{
		"well":             {well, ""},
		"dies at once":     {"", "died before"},
		"dies in a test":   {strings.Split(well, "@exit")[0], "died before"},
		"tests fail":       {strings.Replace(well, "@exit 0", "@exit 1", 1), "end with 1"},
		"no machine":       {strings.Replace(well, "@machine", "machine", 1), "does not say"},
		"no watchdog":      {strings.Replace(well, "@armed\n", "", 1), "before its watchdog"},
		"watchdog asleep":  {well + "@alive\n", "did not restart"},
		"no exit code":     {"@exit well\n", "exit code"},
		"unknown figure":   {`@figure {"took":1}` + "\n", "a figure"},
		"figure cut short": {`@figure {"what":"x"` + "\n", "a figure"},
	} {
		var heard bytes.Buffer
		told, err := listen(strings.NewReader(c.words), &heard)
		if err == nil {
			err = told.verdict()
		}
		if c.want == "" {
			if err != nil || heard.String() != "=== RUN   TestX\n--- PASS: TestX\nPASS\n" {
				t.Errorf("%s: %v, passed on %q", name, err, heard.String())
			}
		} else if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestAMissedTargetFailsAndIsKept(t *testing.T) {
	for words, want := range map[string]string{well: "", strings.Replace(well, `"value":2`, `"value":7`, 1): "x: 7 ms"} {
		told, err := listen(strings.NewReader(words), &bytes.Buffer{})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "figures.json")
		err = told.save(path, &bytes.Buffer{})
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if b, err := os.ReadFile(path); err != nil || !bytes.Contains(b, []byte(`"what": "x"`)) {
			t.Errorf("kept %q, %v", b, err)
		}
	}
}
