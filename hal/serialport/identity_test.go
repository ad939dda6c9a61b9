package serialport

import (
	"os"
	"path/filepath"
	"testing"

	"tram06/hal"
)

// tree is a piece of /sys and of /dev as the kernel and udev make them.
func tree(t *testing.T, files, links map[string]string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, text := range files {
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range links {
		if err := os.Symlink(to, at(name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestIdentity(t *testing.T) {
	const usb = "sys/devices/pci0/usb1/"
	root := tree(t, map[string]string{
		usb + "idVendor": "1d6b\n", usb + "product": "xHCI Host Controller\n",
		usb + "1-1/idVendor": "0c2e\n", usb + "1-1/manufacturer": "Honeywell\n", usb + "1-1/product": "1900\x1b[2J\n", usb + "1-1/serial": "17123B456\n",
		usb + "1-1/1-1:1.0/tty/ttyACM0/dev":         "166:0\n",
		usb + "1-2/idVendor":                        "0403\n",
		usb + "1-2/1-2:1.0/ttyUSB0/tty/ttyUSB0/dev": "188:0\n",
		"sys/devices/platform/serial/tty/ttyS0/dev": "4:64\n",
		"sys/devices/virtual/tty/tty1/dev":          "4:1\n",
		"dev/ttyACM0":                               "", "dev/ttyUSB0": "", "dev/ttyS0": "", "dev/tty1": "", "dev/ttyACM9": "",
	}, map[string]string{
		"sys/class/tty/ttyACM0":                        "../../devices/pci0/usb1/1-1/1-1:1.0/tty/ttyACM0",
		usb + "1-1/1-1:1.0/tty/ttyACM0/device":         "../../../1-1:1.0",
		"sys/class/tty/ttyUSB0":                        "../../devices/pci0/usb1/1-2/1-2:1.0/ttyUSB0/tty/ttyUSB0",
		usb + "1-2/1-2:1.0/ttyUSB0/tty/ttyUSB0/device": "../../../ttyUSB0",
		"sys/class/tty/ttyS0":                          "../../devices/platform/serial/tty/ttyS0",
		"sys/devices/platform/serial/tty/ttyS0/device": "../../../serial",
		"sys/class/tty/tty1":                           "../../devices/virtual/tty/tty1",
		"dev/kiosk/scanner":                            "../ttyACM0",
		"dev/kiosk/circle":                             "circle",
	})
	honeywell := hal.Identity{Maker: "Honeywell", Model: "1900 [2J", Serial: "17123B456"}
	for path, want := range map[string]hal.Identity{
		"dev/ttyACM0": honeywell, "dev/kiosk/scanner": honeywell,
		"dev/ttyUSB0": {}, // an adapter that says nothing: the hub is not it
		"dev/ttyS0":   {}, "dev/tty1": {}, "dev/ttyACM9": {}, "dev/nowhere": {}, "dev/kiosk/circle": {},
	} {
		if got := identity(filepath.Join(root, path), filepath.Join(root, "sys")); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
}
