package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// object is the smallest file that says what a kernel module says.
func object(info string) []byte {
	names := "\x00.modinfo\x00.shstrtab\x00"
	const head, section = 64, 64
	at := uint64(head)
	var b bytes.Buffer
	put := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // a buffer takes all
	put(elf.Header64{
		Ident: [16]byte{0x7F, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_REL), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Shoff: at, Ehsize: head, Shentsize: section, Shnum: 3, Shstrndx: 2,
	})
	data := at + 3*section
	put(elf.Section64{})
	put(elf.Section64{Name: 1, Type: uint32(elf.SHT_PROGBITS), Off: data, Size: uint64(len(info))})
	put(elf.Section64{Name: 10, Type: uint32(elf.SHT_STRTAB), Off: data + uint64(len(info)), Size: uint64(len(names))})
	b.WriteString(info + names)
	return b.Bytes()
}

func shelfOf(t *testing.T, files map[string]string) *shelf {
	t.Helper()
	dir := t.TempDir()
	for name, what := range files {
		if strings.HasSuffix(name, ".ko") {
			what = string(object(what))
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(what), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := newShelf(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestModulesComeAfterWhatTheyNeed(t *testing.T) {
	s := shelfOf(t, map[string]string{
		"usb-common.ko":   "name=usb_common\x00depends=\x00",
		"usbcore.ko":      "license=GPL\x00depends=usb-common\x00",
		"dummy_hcd.ko":    "depends=usbcore,udc-core\x00",
		"udc-core.ko":     "depends=usb-common\x00",
		"cdc-acm.ko":      "depends=usbcore,evdev\x00",
		"modules.builtin": "kernel/drivers/input/evdev.ko\n",
	})
	got, err := s.resolve([]string{"dummy_hcd num=4", "cdc_acm", "usbcore"})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, m := range got {
		order = append(order, strings.TrimSpace(m.name+" "+m.parameters))
	}
	want := []string{"usb_common", "usbcore", "udc_core", "dummy_hcd num=4", "cdc_acm"}
	if !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
}

func TestKernelsThatDoNotFit(t *testing.T) {
	s := shelfOf(t, map[string]string{"a.ko": "depends=b\x00", "b.ko": "depends=a\x00", "c.ko": "depends=d,e\x00"})
	for name, want := range map[string]string{"a": "depends on itself", "c": "no module d, e"} {
		if _, err := s.resolve([]string{name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %q", name, err, want)
		}
	}
	bad := shelfOf(t, map[string]string{"a.ko.lz": "", "b.ko.xz": "no archive"})
	for _, name := range []string{"a", "b"} {
		if _, err := bad.resolve([]string{name}); err == nil || !strings.Contains(err.Error(), "module "+name) {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if _, err := newShelf(t.TempDir()); err == nil {
		t.Error("an empty folder passes for a kernel's modules")
	}
}
