package watchdog

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/ioctl"
)

// device is a watchdog of the kernel.
type device struct {
	f   *os.File
	sys string // its folder of /sys, or "" if there is none
}

func openDevice(path string) (Timer, error) {
	// Opening some other file would write to it before long.
	if st, err := os.Stat(path); err != nil {
		return nil, err
	} else if st.Mode()&fs.ModeCharDevice == 0 {
		return nil, fmt.Errorf("%s is no device: %w", path, hal.ErrUnsupported)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	return device{f, sysFolder(f)}, nil
}

// sysFolder finds the folder by the device's number: /dev/watchdog is the old
// name, with a number of its own, of watchdog0.
func sysFolder(f *os.File) string {
	const misc, oldMinor = 10, 130
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) != nil {
		return ""
	}
	major, minor := unix.Major(uint64(st.Rdev)), unix.Minor(uint64(st.Rdev))
	if major == misc && minor == oldMinor {
		return "/sys/class/watchdog/watchdog0"
	}
	folder, err := filepath.EvalSymlinks(fmt.Sprintf("/sys/dev/char/%d:%d", major, minor))
	if err != nil {
		return ""
	}
	return folder
}

func (d device) Support() (options uint32, identity string, err error) {
	var info unix.WatchdogInfo
	err = ioctl.Do(d.f, unix.WDIOC_GETSUPPORT, &info)
	name, _, _ := bytes.Cut(info.Identity[:], []byte{0})
	return info.Options, string(name), err
}

func (d device) SetTimeout(seconds int) error {
	v := int32(seconds)
	return ioctl.Do(d.f, unix.WDIOC_SETTIMEOUT, &v)
}

func (d device) GetTimeout() (int, error) {
	var v int32
	err := ioctl.Do(d.f, unix.WDIOC_GETTIMEOUT, &v)
	return int(v), err
}

func (d device) BootStatus() (v uint32, err error) {
	err = ioctl.Do(d.f, unix.WDIOC_GETBOOTSTATUS, &v)
	return v, err
}

func (d device) KeepAlive() error {
	var none int32 // which nobody reads
	return ioctl.Do(d.f, unix.WDIOC_KEEPALIVE, &none)
}

func (d device) Magic() error {
	_, err := d.f.Write([]byte{'V'})
	return err
}

func (d device) NoWayOut() (on, known bool) {
	if d.sys == "" {
		return false, false
	}
	b, err := os.ReadFile(filepath.Join(d.sys, "nowayout"))
	if err != nil {
		return false, false // a kernel without CONFIG_WATCHDOG_SYSFS
	}
	return strings.TrimSpace(string(b)) == "1", true
}

func (d device) Close() error {
	if err := d.f.Close(); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}
