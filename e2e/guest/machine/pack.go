package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"tram06/e2e/guest/initramfs"
)

// pack writes the guest's whole world: the test binary as its first process,
// and the modules with the order in which to load them.
func (b bench) pack(path string) error {
	tests, err := os.ReadFile(b.tests)
	if err != nil {
		return err
	}
	s, err := newShelf(b.modules)
	if err != nil {
		return err
	}
	modules, err := s.resolve(wanted)
	if err != nil {
		return err
	}
	var all bytes.Buffer
	w := initramfs.New(&all)
	for _, name := range []string{"dev", "proc", "sys", "tmp", "modules"} {
		w.Folder(name)
	}
	w.Device("dev/console", 5, 1) // the kernel opens it for its first process
	var order strings.Builder
	for _, m := range modules {
		fmt.Fprintln(&order, strings.TrimSpace(m.name+" "+m.parameters))
		w.File("modules/"+m.name, false, m.image)
	}
	w.File("modules/order", false, []byte(order.String()))
	w.File("modules/arguments", false, []byte(strings.Join(b.args, "\n")))
	w.File("init", true, tests)
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, all.Bytes(), 0o644)
}
