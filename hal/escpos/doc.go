// Package escpos drives thermal receipt printers that speak ESC/POS: over TCP
// port 9100, over the kernel's USB printer device, or over a serial line.
//
// A page goes out as raster. Before it the printer is asked how it is (DLE EOT
// 1 to 4); while it goes out the printer reports trouble by itself (GS a);
// after it a question is queued behind the cut (GS r 1), whose answer is the
// only thing that makes Print return nil. A printer that does not answer
// status gets its pages too, but each ends as hal.ErrJobUnknown.
//
// Nothing is ever printed twice. When a page is given up, the printer is told
// to forget what it holds, so that new paper does not bring out the rest of an
// old receipt in front of the next citizen.
//
// URIs:
//
//	escpos+tcp://192.168.1.50:9100?width=576
//	escpos+usb:///dev/usb/lp0?width=576
//	escpos+serial:///dev/ttyS1?baud=115200&width=384
//
// The commands are those of Epson's published ESC/POS command reference that
// compatible printers share.
package escpos
