package pkitest

import (
	"bytes"
	"fmt"
	"os/exec"
)

// OpenSSL runs the openssl program in a folder: another maker, and another
// judge, of everything here.
func OpenSSL(t TB, dir string, args ...string) []byte {
	t.Helper()
	out, err := TryOpenSSL(dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TryOpenSSL is OpenSSL for what may fail.
func TryOpenSSL(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("openssl", args...)
	cmd.Dir = dir
	var words bytes.Buffer
	cmd.Stderr = &words
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("openssl %s: %w\n%s", args[0], err, &words)
	}
	return out, nil
}
