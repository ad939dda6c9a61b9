package wire

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nkeys"
)

func TestCredentials(t *testing.T) {
	c, public, err := NewCredentials("SM06")
	if err != nil {
		t.Fatal(err)
	}
	sig, err := c.Sign([]byte("nonce"))
	if err != nil {
		t.Fatal(err)
	}
	pub, err := nkeys.FromPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	if err := pub.Verify([]byte("nonce"), sig); err != nil {
		t.Errorf("the public key does not fit the seed: %v", err)
	}
	path := filepath.Join(t.TempDir(), "SM06.fleet.json")
	if err := c.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file: %v, %v; want mode 600", info.Mode(), err)
	}
	got, err := LoadCredentials(path)
	if err != nil || got != c {
		t.Errorf("LoadCredentials = %v, %v", got, err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if said := fmt.Sprintf(verb, c); strings.Contains(said, c.Seed) {
			t.Errorf("%s prints the seed", verb)
		}
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadCredentials(path); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a file that others may read: %v, want ErrPermission", err)
	}
}

func TestLoadCredentialsRefuses(t *testing.T) {
	c, _, err := NewCredentials("SM06")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := LoadCredentials(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	for name, text := range map[string]string{
		"empty":       "",
		"garbage":     "not json",
		"unknown key": `{"kiosk":"SM06","seed":"` + c.Seed + `","token":"x"}`,
		"no seed":     `{"kiosk":"SM06"}`,
		"broken seed": `{"kiosk":"SM06","seed":"` + c.Seed[:len(c.Seed)-1] + `"}`,
		"bad id":      `{"kiosk":"sm06","seed":"` + c.Seed + `"}`,
	} {
		path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadCredentials(path)
		if err == nil {
			t.Errorf("%s: let in", name)
		} else if strings.Contains(err.Error(), c.Seed[:20]) {
			t.Errorf("%s: the error repeats the seed", name)
		}
	}
	if _, _, err := NewCredentials("a b"); !errors.Is(err, ErrValue) {
		t.Errorf("NewCredentials of a bad id: %v", err)
	}
}
