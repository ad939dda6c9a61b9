// Package tty keeps the terminal that a program was started from as it is,
// around a library that takes the keyboard for itself. raylib's backend for
// boards reads keys from the standard input, in a mode where Ctrl-C is a letter
// like others and nothing that is typed shows, and leaves the terminal so: a
// technician could neither end a command nor go on in the shell.
package tty

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Requests for the keyboard's mode of a Linux console, <linux/kd.h>.
const (
	getKeyboardMode = 0x4B44
	setKeyboardMode = 0x4B45
)

// Keep remembers how the terminal behind a descriptor is, and gives what puts
// it back. Of anything else than a terminal it keeps what there is.
func Keep(fd int) (restore func() error) {
	modes, noModes := unix.IoctlGetTermios(fd, unix.TCGETS)
	flags, noFlags := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	keyboard, noKeyboard := unix.IoctlGetInt(fd, getKeyboardMode)
	return func() error {
		var errs []error
		if noModes == nil {
			errs = append(errs, unix.IoctlSetTermios(fd, unix.TCSETS, modes))
		}
		if noFlags == nil {
			_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags)
			errs = append(errs, err)
		}
		if noKeyboard == nil {
			errs = append(errs, unix.IoctlSetInt(fd, setKeyboardMode, keyboard))
		}
		if err := errors.Join(errs...); err != nil {
			return fmt.Errorf("put the terminal back: %w", err)
		}
		return nil
	}
}
