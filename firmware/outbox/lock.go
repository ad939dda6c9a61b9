package outbox

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// takeLock holds path for this process. The kernel gives the lock back when
// the process dies, however it dies, so that nothing stale can remain.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrRunning
		}
		return nil, err
	}
	return f, nil
}

// InUse tells whether a process has the outbox at path open. It looks without
// opening anything of the store; a kiosk that starts in the very instant of the
// look is told that the outbox is in use, and is started again.
func InUse(path string) (bool, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDONLY|unix.O_CLOEXEC, 0)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close() // gives the lock back
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
