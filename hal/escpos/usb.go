package escpos

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/params"
)

// usbID says which USB printer is meant: a device file, or what is known of it.
type usbID struct{ path, vid, pid, serial string }

func usbWanted(u *url.URL, q *params.Params) (want usbID) {
	want.path = strings.TrimPrefix(u.Path, "/")
	number := func(key string) string {
		v, ok := q.Take(key)
		if v = strings.ToLower(v); ok && (len(v) != 4 || strings.Trim(v, "0123456789abcdef") != "") {
			q.Failf("%s=%s: want four hexadecimal digits, as lsusb shows them", key, v)
		}
		return v
	}
	want.vid, want.pid = number("vid"), number("pid")
	want.serial, _ = q.Take("serial")
	switch known := want.vid + want.pid + want.serial; {
	case want.path != "" && known != "":
		q.Failf("either the path of a device or vid, pid and serial")
	case want.path != "":
		want.path = u.Path
	}
	return want
}

func openUSB(want usbID, o *Options) (Link, error) {
	path := want.path
	if path == "" {
		name, err := findUSB(want, o.Sysfs)
		if err != nil {
			return nil, err
		}
		path = filepath.Join(o.Dev, "usb", name)
	}
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	o.is = usbIdentity(o.Sysfs, kernelName(path, o.Sysfs))
	return &usbLink{File: f, closed: make(chan struct{})}, nil
}

// attribute reads a file that the kernel shows of a printer, or, one level up,
// of the USB device that it is a part of.
func attribute(sysfs, name, file string) string {
	// Not joined: the link "device" has to be followed before "..".
	b, err := os.ReadFile(sysfs + "/class/usbmisc/" + name + "/device/" + file)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// kernelName gives the name that the kernel knows a device file by. Names that
// udev gives lead to it.
func kernelName(path, sysfs string) string {
	for range 8 { // links may lead in a circle
		name := filepath.Base(path)
		if _, err := os.Stat(filepath.Join(sysfs, "class/usbmisc", name)); err == nil {
			return name
		}
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return ""
}

// findUSB gives the name of the printer that is meant, such as "lp0".
func findUSB(want usbID, sysfs string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(sysfs, "class/usbmisc/lp*"))
	if err != nil {
		return "", fmt.Errorf("look for USB printers: %w", err)
	}
	var found []string
	for _, p := range paths {
		name := filepath.Base(p)
		is := func(want, file string) bool { return want == "" || want == attribute(sysfs, name, file) }
		if is(want.vid, "../idVendor") && is(want.pid, "../idProduct") && is(want.serial, "../serial") {
			found = append(found, name)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no such USB printer among %d: %w", len(paths), hal.ErrGone)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("several USB printers fit (%s): say which by its serial, or by its path: %w", strings.Join(found, ", "), hal.ErrUnsupported)
}

// usbIdentity is what a printer tells by way of the kernel.
func usbIdentity(sysfs, name string) hal.Identity {
	if name == "" {
		return hal.Identity{}
	}
	told := map[string]string{}
	for field := range strings.SplitSeq(attribute(sysfs, name, "ieee1284_id"), ";") {
		if key, value, ok := strings.Cut(field, ":"); ok {
			told[strings.ToUpper(strings.TrimSpace(key))] = value
		}
	}
	first := func(values ...string) string {
		for _, v := range values {
			if v = plainText(v); v != "" {
				return v
			}
		}
		return ""
	}
	return hal.Identity{
		Maker:  first(told["MFG"], told["MANUFACTURER"], attribute(sysfs, name, "../manufacturer")),
		Model:  first(told["MDL"], told["MODEL"], attribute(sysfs, name, "../product")),
		Serial: first(told["SN"], told["SERN"], attribute(sysfs, name, "../serial")),
	}
}

// plainText keeps what can be shown of a name that a device gives itself.
func plainText(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s))
	return s[:min(len(s), hal.MaxIdentity)]
}

// usbLink is /dev/usb/lp0 or any other two-way device file.
type usbLink struct {
	*os.File
	closed chan struct{}
	once   sync.Once
	spoke  atomic.Int64 // when something was last written, Unix nanoseconds
}

const (
	// idleRead is how long a device that says "end of file" is left in peace:
	// USB printers do so whenever they have nothing to tell.
	idleRead = 50 * time.Millisecond
	// eagerRead is how long when an answer may be on its way.
	eagerRead = 2 * time.Millisecond
	eagerFor  = time.Second
)

func (l *usbLink) Write(b []byte) (int, error) {
	l.spoke.Store(time.Now().UnixNano())
	return l.File.Write(b)
}

func (l *usbLink) Read(b []byte) (int, error) {
	for {
		n, err := l.File.Read(b)
		if n > 0 || !errors.Is(err, io.EOF) {
			return n, err
		}
		if hungUp(l.File) {
			return 0, io.EOF
		}
		pause := idleRead
		if time.Now().UnixNano()-l.spoke.Load() < int64(eagerFor) {
			pause = eagerRead
		}
		select {
		case <-l.closed:
			return 0, os.ErrClosed
		case <-time.After(pause):
		}
	}
}

// hungUp tells an unplugged device from one with nothing to say.
func hungUp(f *os.File) bool {
	conn, err := f.SyscallConn()
	if err != nil {
		return true
	}
	fds := []unix.PollFd{{}}
	if conn.Control(func(fd uintptr) {
		fds[0].Fd = int32(fd)
		_, err = unix.Poll(fds, 0)
	}) != nil {
		return true
	}
	return err == nil && fds[0].Revents&unix.POLLHUP != 0
}

func (l *usbLink) Close() error {
	err := os.ErrClosed
	l.once.Do(func() {
		close(l.closed)
		err = l.File.Close()
	})
	return err
}
