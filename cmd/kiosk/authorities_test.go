package main

import (
	"bytes"
	"crypto/rand"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/trust"
)

// The folder is read anew after a change, and what cannot be read takes nothing
// away from what was trusted before.
func TestAuthoritiesFollowTheFolder(t *testing.T) {
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	a, err := chipsim.NewAuthority(rand.Reader, now)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "trust")
	var log bytes.Buffer
	known := newAuthorities(dir, slog.New(slog.NewTextHandler(&log, nil)))
	verdict := func() trust.Verdict {
		v, _ := known.current().Verify(a.Signer.Raw, nil, now, now)
		return v
	}
	for range 2 {
		if v := verdict(); v != trust.Unknown {
			t.Fatalf("without a folder: %v", v)
		}
	}
	if n := strings.Count(log.String(), "cannot be read"); n != 1 {
		t.Errorf("said %d times that there is no folder:\n%s", n, &log)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if v := verdict(); v != trust.Unknown {
		t.Errorf("empty folder: %v", v)
	}
	csca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.CSCA.Raw})
	if err := os.WriteFile(filepath.Join(dir, "csca.pem"), csca, 0o644); err != nil {
		t.Fatal(err)
	}
	if v := verdict(); v != trust.Trusted {
		t.Errorf("with the authority: %v", v)
	}
	if first, second := known.current(), known.current(); first != second {
		t.Error("read again without a change")
	}
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	if v := verdict(); v != trust.Trusted {
		t.Errorf("folder gone: %v", v)
	}
	if v, _ := newAuthorities("", slog.New(slog.DiscardHandler)).current().Verify(a.Signer.Raw, nil, now, now); v != trust.Unknown {
		t.Errorf("no folder in the configuration: %v", v)
	}
}
