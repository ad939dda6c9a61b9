// Package ioctl calls the kernel's drivers on an open file, with a structure of
// theirs that goes there and back.
package ioctl

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Do makes a call, during which the file stays open whoever closes it. v must be
// what the request says that it is.
func Do[T any](f *os.File, request uint, v *T) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var no unix.Errno
	err = c.Control(func(fd uintptr) {
		_, _, no = unix.Syscall(unix.SYS_IOCTL, fd, uintptr(request), uintptr(unsafe.Pointer(v)))
	})
	switch {
	case err != nil:
		return os.ErrClosed // which is the only reason, and the runtime's error does not say so
	case no != 0:
		return no
	}
	return nil
}
