package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// wanted are the kernel modules that the tests need, with their parameters.
// What those depend on is found by itself.
var wanted = []string{
	"dummy_hcd num=4",
	"usb_f_printer", "usb_f_acm", "usb_f_hid",
	"usblp", "cdc_acm", "usbhid", "hid_generic", "uhid", "hid_mcp2221",
	"evdev", "uinput",
	"softdog", "i6300esb",
	"i2c-stub chip_addr=0x2c,0x48,0x49", "i2c-dev", "lm75", "amc6821",
	"tun",
}

// module is one to be loaded.
type module struct {
	name, parameters string
	image            []byte
}

// shelf is a kernel's modules by name.
type shelf struct {
	files   map[string]string
	builtin map[string]bool
}

// plain is how the kernel itself writes a module's name.
func plain(name string) string { return strings.ReplaceAll(name, "-", "_") }

func newShelf(dir string) (*shelf, error) {
	s := &shelf{files: map[string]string{}, builtin: map[string]bool{}}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name, _, ok := strings.Cut(d.Name(), ".ko"); ok {
			s.files[plain(name)] = path
		}
		if d.Name() != "modules.builtin" {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range strings.FieldsSeq(string(b)) {
			s.builtin[plain(strings.TrimSuffix(filepath.Base(line), ".ko"))] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("kernel modules: %w", err)
	}
	if len(s.files) == 0 {
		return nil, fmt.Errorf("kernel modules: none below %s", dir)
	}
	return s, nil
}

// resolve gives the modules of the list and all they depend on, each after what
// it needs.
func (s *shelf) resolve(list []string) ([]module, error) {
	var out []module
	var missing []string
	var add func(name, parameters string, chain []string) error
	add = func(name, parameters string, chain []string) error {
		name = plain(name)
		if s.builtin[name] || slices.ContainsFunc(out, func(m module) bool { return m.name == name }) {
			return nil
		}
		if slices.Contains(chain, name) {
			return fmt.Errorf("kernel module %s depends on itself: %v", name, chain)
		}
		path, ok := s.files[name]
		if !ok {
			missing = append(missing, name)
			return nil
		}
		image, err := read(path)
		if err != nil {
			return fmt.Errorf("kernel module %s: %w", name, err)
		}
		needs, err := depends(image)
		if err != nil {
			return fmt.Errorf("kernel module %s: %w", name, err)
		}
		for _, n := range needs {
			if err := add(n, "", append(chain, name)); err != nil {
				return err
			}
		}
		out = append(out, module{name, parameters, image})
		return nil
	}
	for _, w := range list {
		name, parameters, _ := strings.Cut(w, " ")
		if err := add(name, parameters, nil); err != nil {
			return nil, err
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("this kernel has no module %s: take linux-image-amd64, not a cloud kernel", strings.Join(missing, ", "))
	}
	return out, nil
}

// read gives a module's image. Newer Debians compress them.
func read(path string) ([]byte, error) {
	switch filepath.Ext(path) {
	case ".ko":
		return os.ReadFile(path)
	case ".xz":
		return exec.Command("xz", "-dc", path).Output()
	case ".zst":
		return exec.Command("zstd", "-qdc", path).Output()
	}
	return nil, fmt.Errorf("%s: compressed in an unknown way", filepath.Base(path))
}

// depends reads what a module says it needs.
func depends(image []byte) ([]string, error) {
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return nil, err
	}
	info := f.Section(".modinfo")
	if info == nil {
		return nil, errors.New("no kernel module: it has no .modinfo")
	}
	b, err := info.Data()
	if err != nil {
		return nil, err
	}
	for field := range strings.SplitSeq(string(b), "\x00") {
		if list, ok := strings.CutPrefix(field, "depends="); ok && list != "" {
			return strings.Split(list, ","), nil
		}
	}
	return nil, nil
}
