// Package sim is a simulated tree of the kernel's files, under the real drivers.
// It says that it is one, and each file refuses what the kernel's would: numbers
// out of range, pulses longer than their period, files of hardware that is not
// there. Whoever plays with it moves the hardware by its methods.
package sim

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"tram06/hal/sysfs"
)

// Tree holds files. It implements sysfs.FS.
type Tree struct {
	mu    sync.Mutex
	files map[string]*file
	links map[string]string
	gone  []string // folders of hardware that is pulled out
}

var _ sysfs.FS = (*Tree)(nil)

// file is one file; nil functions refuse.
type file struct {
	read  func() string
	write func(v string) error
	fault fault
}

// fault is what a file gives instead of its content.
type fault struct {
	text string
	err  error
}

// New gives an empty tree: a machine with nothing in it.
func New() *Tree {
	return &Tree{files: map[string]*file{}, links: map[string]string{}}
}

// find gives a file, or what opening it gives.
func (t *Tree) find(op, name string) (*file, error) {
	f := t.files[name]
	for _, dir := range t.gone {
		if strings.HasPrefix(name, dir+"/") {
			f = nil
		}
	}
	if f == nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: unix.ENOENT}
	}
	return f, nil
}

// Read reads a file.
func (t *Tree) Read(name string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, err := t.find("open", name)
	if err != nil {
		return "", err
	}
	if f.read == nil {
		return "", &fs.PathError{Op: "open", Path: name, Err: unix.EACCES}
	}
	switch {
	case f.fault.err != nil:
		return "", &fs.PathError{Op: "read", Path: name, Err: f.fault.err}
	case f.fault.text != "":
		return f.fault.text, nil
	}
	return f.read(), nil
}

// Write writes a file.
func (t *Tree) Write(name, v string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, err := t.find("open", name)
	if err != nil {
		return err
	}
	if f.write == nil {
		return &fs.PathError{Op: "open", Path: name, Err: unix.EACCES}
	}
	err = f.fault.err
	if err == nil {
		err = f.write(v)
	}
	if err != nil {
		return &fs.PathError{Op: "write", Path: name, Err: err}
	}
	return nil
}

// Glob lists files and folders that match, in order.
func (t *Tree) Glob(pattern string) ([]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	depth := strings.Count(pattern, "/")
	found := map[string]bool{}
	for name := range t.files {
		if _, err := t.find("open", name); err != nil {
			continue
		}
		parts := strings.Split(name, "/")
		if len(parts) <= depth {
			continue
		}
		head := strings.Join(parts[:depth+1], "/")
		ok, err := path.Match(pattern, head)
		if err != nil {
			return nil, err
		}
		if ok {
			found[head] = true
		}
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

// Leads gives the last name of the path that a link leads to.
func (t *Tree) Leads(link string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	to, ok := t.links[link]
	if !ok {
		return "", &fs.PathError{Op: "readlink", Path: link, Err: unix.ENOENT}
	}
	return path.Base(to), nil
}

// Unplug takes the hardware behind a folder out of the machine, and Plug puts
// it back.
func (t *Tree) Unplug(dir string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.gone = append(t.gone, dir)
}

// Plug undoes Unplug.
func (t *Tree) Plug(dir string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.gone = slices.DeleteFunc(t.gone, func(d string) bool { return d == dir })
}

// Break makes a file fail with an error, or hold a text that is none of its own,
// as hardware does that answers badly. "" and nil mend it.
func (t *Tree) Break(name, text string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.files[name]
	if f == nil {
		panic(fmt.Sprintf("simulated tree: no file %s to break", name))
	}
	f.fault = fault{text, err}
}

// text is a file that never changes.
func text(v string) *file {
	return &file{read: func() string { return v }}
}

// number is a file with a number; check sees a new one before it is taken.
func number(at *int, check func(v int) error) *file {
	f := &file{read: func() string { return strconv.Itoa(*at) }}
	if check != nil {
		f.write = func(s string) error {
			v, err := strconv.Atoi(strings.TrimSpace(s))
			if err != nil {
				return unix.EINVAL
			}
			if err := check(v); err != nil {
				return err
			}
			*at = v
			return nil
		}
	}
	return f
}

// within refuses numbers out of range.
func within(least, most int) func(int) error {
	return func(v int) error {
		if v < least || v > most {
			return unix.EINVAL
		}
		return nil
	}
}
