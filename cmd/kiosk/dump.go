package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// noDumps keeps the process's memory, which may hold a citizen's data, out of
// core files and away from other processes of the same user. A panic of Go
// itself prints where it happened and no text of anyone.
func noDumps() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("limit core files: %w", err)
	}
	// A core handler that reads a pipe does not heed the limit.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("forbid dumps: %w", err)
	}
	return nil
}
