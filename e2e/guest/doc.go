// Package guest tries the drivers on the kernel's own: a virtual machine boots
// Debian's kernel, and in it a USB printer, a USB scanner, a keyboard scanner
// and a touch panel are plugged in and out as often as one likes. The devices'
// other ends are the kernel's USB gadgets behind a controller of its own
// (dummy_hcd), so that usblp, cdc-acm, usbhid and evdev are those of a kiosk.
//
// It has tests only, behind the build tag "guest": they are for a machine that
// they may restart. Folder machine builds that machine, boots it and ends with
// the tests' own result; scripts/test-guest does all of it.
//
// The guest's clock counts instructions, so what is measured depends on the
// programs and not on how busy the host is: one instruction takes 2 ns, as on a
// slow board, and idle time costs nothing.
package guest
