package serialport

import (
	"os"
	"path/filepath"
	"strings"

	"tram06/hal"
)

// Identity is what the USB device says of itself that the port at path belongs to.
// A port of the board's own says nothing.
func Identity(path string) hal.Identity { return identity(path, "/sys") }

func identity(path, sysfs string) hal.Identity {
	node, err := filepath.EvalSymlinks(path) // udev's names are links
	if err != nil {
		return hal.Identity{}
	}
	dir, err := filepath.EvalSymlinks(filepath.Join(sysfs, "class/tty", filepath.Base(node), "device"))
	if err != nil {
		return hal.Identity{}
	}
	// The port is a part of an interface, and that one of the device, which
	// alone has the number of its maker.
	for ; len(dir) > len(sysfs); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "idVendor")); err != nil {
			continue
		}
		said := func(file string) string {
			b, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				return "" // not every device has all of them
			}
			return hal.IdentityText(strings.TrimSpace(string(b)))
		}
		return hal.Identity{Maker: said("manufacturer"), Model: said("product"), Serial: said("serial")}
	}
	return hal.Identity{}
}
