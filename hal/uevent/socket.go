package uevent

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Source gives messages, a whole one each time. Its Close ends a Read that
// waits.
type Source interface {
	// Read gives the length of a message. ErrLost says that some were lost.
	Read(b []byte) (int, error)
	Close() error
}

// ErrLost: more happened than there was room for; anything may have changed.
var ErrLost = errors.New("kernel events were lost")

// kernelGroup is the multicast group of the kernel; udev has another.
const kernelGroup = 1

// roomy is for a dock with many devices that is plugged in at once.
const roomy = 1 << 20

type socket struct{ f *os.File }

// Listen hears the kernel. It needs no rights, except in containers that have
// a network of their own, which hear only of that.
func Listen() (Source, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, fmt.Errorf("kernel events: %w", err)
	}
	f := os.NewFile(uintptr(fd), "uevent")
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, roomy) // a wish
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: kernelGroup}); err != nil {
		return nil, errors.Join(fmt.Errorf("kernel events: %w", err), f.Close())
	}
	return &socket{f}, nil
}

// Read skips what programs sent: anyone with the rights to can.
func (s *socket) Read(b []byte) (int, error) {
	conn, err := s.f.SyscallConn()
	if err != nil {
		return 0, err
	}
	for {
		n, fromKernel := 0, false
		var inner error
		err := conn.Read(func(fd uintptr) bool {
			var from unix.Sockaddr
			n, from, inner = unix.Recvfrom(int(fd), b, 0)
			if nl, ok := from.(*unix.SockaddrNetlink); ok {
				fromKernel = nl.Pid == 0
			}
			return !errors.Is(inner, unix.EAGAIN)
		})
		switch {
		case err != nil:
			return 0, err
		case errors.Is(inner, unix.ENOBUFS):
			return 0, ErrLost
		case errors.Is(inner, unix.EINTR):
		case inner != nil:
			return 0, fmt.Errorf("kernel events: %w", inner)
		case n == 0:
			return 0, io.EOF
		case fromKernel:
			return n, nil
		}
	}
}

func (s *socket) Close() error { return s.f.Close() }
