package doctor

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// System is the machine as examinations see it. Tests have another one.
type System struct {
	// Files is the root of the file system: /proc, /sys and /dev. It must read
	// links too (fs.ReadLinkFS).
	Files fs.FS
	Now   func() time.Time
	// Addresses lists the interfaces that are up, with their addresses.
	Addresses func() ([]Interface, error)
	Lookup    func(ctx context.Context, host string) ([]string, error)
	Dial      func(ctx context.Context, network, address string) (net.Conn, error)
	// Synchronised says whether the kernel's clock is.
	Synchronised func() (bool, error)
	Space        func(dir string) (Space, error)
	// Write writes, flushes and removes a file in dir, and says how long it took.
	Write func(dir string) (time.Duration, error)
	// Self is this process, which holds nothing against itself.
	Self int
}

// Interface is a network interface that is up.
type Interface struct {
	Name      string
	Loopback  bool
	Addresses []net.IP
}

// Space is what a file system has.
type Space struct {
	Size, Free   uint64 // bytes
	Nodes, Spare uint64 // inodes, 0 where there is no limit
	ReadOnly     bool
}

// Linux is this machine.
func Linux() System {
	dial := &net.Dialer{}
	return System{
		Files: os.DirFS("/"), Now: time.Now, Addresses: addresses,
		Lookup: net.DefaultResolver.LookupHost, Dial: dial.DialContext,
		Synchronised: synchronised, Space: space, Write: write, Self: os.Getpid(),
	}
}

func addresses() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var up []Interface
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			return nil, err
		}
		one := Interface{Name: i.Name, Loopback: i.Flags&net.FlagLoopback != 0}
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok {
				one.Addresses = append(one.Addresses, n.IP)
			}
		}
		up = append(up, one)
	}
	return up, nil
}

func synchronised() (bool, error) {
	var t unix.Timex
	if _, err := unix.Adjtimex(&t); err != nil {
		return false, err
	}
	return t.Status&unix.STA_UNSYNC == 0, nil
}

func space(dir string) (Space, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return Space{}, err
	}
	size := uint64(s.Bsize)
	return Space{Size: s.Blocks * size, Free: s.Bavail * size, Nodes: s.Files, Spare: s.Ffree, ReadOnly: s.Flags&unix.ST_RDONLY != 0}, nil
}

// probeSize is what one dossier takes.
const probeSize = 32 << 10

func write(dir string) (took time.Duration, err error) {
	began := time.Now()
	f, err := os.CreateTemp(dir, ".doctor-")
	if err != nil {
		return 0, err
	}
	_, err = f.Write(make([]byte, probeSize))
	err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
	return time.Since(began), err
}

// text reads a small file of the kernel without the newline at its end.
func (s System) text(name string) (string, error) {
	b, err := fs.ReadFile(s.Files, name)
	return strings.TrimSpace(string(b)), err
}

// holder is a process that has a device open.
type holder struct {
	pid  int
	name string
}

// holders finds who has the device file open. Without the right to look into a
// process it is not found.
func (s System) holders(node string) []holder {
	procs, err := fs.ReadDir(s.Files, "proc")
	if err != nil {
		return nil
	}
	var found []holder
	for _, p := range procs {
		pid, err := strconv.Atoi(p.Name())
		if err != nil || pid == s.Self {
			continue
		}
		dir := path.Join("proc", p.Name(), "fd")
		fds, err := fs.ReadDir(s.Files, dir)
		if err != nil {
			continue // gone by now, or not ours to look into
		}
		for _, fd := range fds {
			if to, err := fs.ReadLink(s.Files, path.Join(dir, fd.Name())); err == nil && to == "/"+node {
				name, _ := s.text(path.Join("proc", p.Name(), "comm")) // gone by now
				found = append(found, holder{pid, name})
				break
			}
		}
	}
	return found
}

// resolve follows the links that udev makes: /dev/kiosk/scanner to dev/ttyACM0.
func (s System) resolve(file string) (string, error) {
	node := strings.TrimPrefix(path.Clean(file), "/")
	for range 8 {
		info, err := fs.Lstat(s.Files, node)
		if err != nil {
			return node, err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			return node, nil
		}
		to, err := fs.ReadLink(s.Files, node)
		if err != nil {
			return node, err
		}
		if !path.IsAbs(to) {
			to = path.Join("/", path.Dir(node), to)
		}
		node = strings.TrimPrefix(path.Clean(to), "/")
	}
	return node, errors.New("too many links")
}
