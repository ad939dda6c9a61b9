package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"

	"tram06/firmware/emrtd/trust"
)

// authorities are those that cards are judged by, from the folder that
// site.yaml names. It is read anew when something in it has changed, so that a
// revocation list counts from the next card on, without a restart.
type authorities struct {
	dir string
	log *slog.Logger

	mu     sync.Mutex
	listed string // what the folder looked like
	failed string // how the last attempt ended, to say it once
	store  *trust.Store
}

func newAuthorities(dir string, log *slog.Logger) *authorities {
	return &authorities{dir: dir, log: log}
}

// current is nil, which trusts nobody, without a folder. A folder that cannot
// be read any more leaves what was trusted before: a stick that was pulled out
// makes no card worse.
func (a *authorities) current() *trust.Store {
	if a.dir == "" {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	listed, err := listing(a.dir)
	if err == nil && listed == a.listed && a.store != nil {
		return a.store
	}
	var store *trust.Store
	var problems []trust.Problem
	if err == nil {
		store, problems, err = trust.Open(a.dir)
	}
	if err != nil {
		if err.Error() != a.failed {
			a.failed = err.Error()
			a.log.Error("trusted authorities cannot be read", "folder", a.dir, "err", err)
		}
		return a.store
	}
	for _, p := range problems {
		a.log.Warn("file in the folder of authorities", "file", p.File, "err", p.Err)
	}
	a.log.Info("trusted authorities", "folder", a.dir, "problems", len(problems))
	a.store, a.listed, a.failed = store, listed, ""
	return store
}

// listing names the files of a folder with size and time of change.
func listing(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since it was listed
		}
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s %d %d\n", e.Name(), info.Size(), info.ModTime().UnixNano())
	}
	return b.String(), nil
}
