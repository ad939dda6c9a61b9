// Package escpos drives thermal receipt printers that speak ESC/POS: over TCP
// port 9100, over the kernel's USB printer device, or over a serial line.
//
// A page goes out as raster. Before it the printer is asked how it is (DLE EOT
// 1 to 4); at all times it reports trouble by itself (GS a); behind the cut it is
// asked for the page's name (GS ( H), or at least for an answer (GS r 1), and
// nothing else makes Print return nil. What of this a printer knows is found
// out once, while it is idle. A printer that does not answer status gets its
// pages too, but each ends as hal.ErrJobUnknown.
//
// Nothing is ever printed twice. When a page is given up, the printer is told
// to forget what it holds, so that new paper does not bring out the rest of an
// old receipt in front of the next citizen; and the ids of jobs that were
// printed, or may have been, are remembered by the Opener, beyond the printer
// that was unplugged. A head that is too hot is waited for.
//
// URIs:
//
//	escpos+tcp://192.168.1.50:9100?width=576
//	escpos+usb:///dev/usb/lp0?width=576
//	escpos+usb:///?vid=04b8&pid=0e15&serial=J3KF001234
//	escpos+serial:///dev/ttyS1?baud=115200&parity=none&flow=rtscts&width=384
//
// The commands are those of Epson's published ESC/POS command reference that
// compatible printers share. docs/printers.md says which of them are needed for
// what.
package escpos
