package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"tram06/devdock/people"
)

// phone is what the played citizens type.
const phone = "0900000006"

// secrets are the words that tell who somebody is. Short common ones ("Nam")
// tell nothing and are everywhere.
func secrets(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{phone: "telephone", "0900 000 006": "telephone"}
	for _, c := range people.All() {
		d := c.Card
		for what, s := range map[string]string{
			"number": d.Number, "old number": d.OldNumber, "name": d.Name, "birth": d.Birth, "residence": d.Residence,
			"origin": d.Origin, "marks": d.Marks, "father": d.Father, "mother": d.Mother, "spouse": d.Spouse, "serial": d.Serial,
			"QR": c.QR(),
		} {
			if s != "" {
				all[s] = c.Key + "'s " + what
			}
		}
		mrz, err := c.MRZ()
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+30 <= len(mrz); i += 30 {
			all[mrz[i:i+30]] = c.Key + "'s MRZ"
		}
	}
	return all
}

// nothingPersonal looks into every byte that the programs left: logs, the
// kiosk's store, the gateway's, the fleet's.
func nothingPersonal(t *testing.T, dir string) {
	t.Helper()
	found, files, err := leaks(dir, secrets(t))
	if err != nil {
		t.Error(err)
	}
	for _, f := range found {
		t.Error(f)
	}
	if files < 6 {
		t.Errorf("only %d files looked at: the test looks at the wrong place", files)
	}
}

// leaks gives what files below a folder hold of the words.
func leaks(dir string, words map[string]string) (found []string, files int, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for s, what := range words {
			if bytes.Contains(b, []byte(s)) {
				found = append(found, path+" holds "+what)
			}
		}
		return nil
	})
	return found, files, err
}

// TestLeaksAreFound plants one and looks.
func TestLeaksAreFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	words := secrets(t)
	all := "\x00\xff"
	for s := range words {
		all += s + "\x00"
	}
	if err := os.WriteFile(filepath.Join(dir, "x.db-wal"), []byte(all), 0o600); err != nil {
		t.Fatal(err)
	}
	found, files, err := leaks(dir, words)
	if err != nil || files != 1 || len(found) != len(words) || len(words) < 30 {
		t.Errorf("%d of %d words found in %d files: %v", len(found), len(words), files, err)
	}
}
