// Package guest tries the drivers on the kernel's own: a virtual machine boots
// Debian's kernel, and in it devices are plugged in and out as often as one
// likes. What stands behind the kernel's drivers:
//
//	usblp, cdc-acm, usbhid   the kernel's USB gadgets, on a controller of its own
//	                         (dummy_hcd), with the simulators of package hal at
//	                         the cable's other end
//	TCP                      a tunnel to another network namespace, with a printer
//	evdev                    uinput
//	hid-mcp2221, gpio        uhid, and a simulated adapter
//	lm75, amc6821            i2c-stub, a bus whose chips are memory
//	rtc-cmos, i6300esb       the virtual machine's own clock and watchdog
//
// It has tests only, behind the build tag "guest": they are for a machine that
// they may restart. Folder machine builds that machine, boots it and ends with
// the tests' own result; scripts/test-guest does all of it.
//
// The guest's clock counts instructions, so what is measured depends on the
// programs and not on how busy the host is: one instruction takes 2 ns, as on a
// slow board, and idle time costs nothing.
package guest
