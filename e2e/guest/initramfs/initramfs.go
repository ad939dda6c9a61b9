// Package initramfs writes the file that a Linux kernel unpacks as its first
// root file system. Nobody needs to be root for it: owners, modes and devices
// are only numbers in the archive.
//
// The format is the kernel's "newc", of its buffer-format.rst.
package initramfs

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Kinds of entries, the type bits of a mode.
const (
	folder    = 0o040000
	file      = 0o100000
	character = 0o020000
)

// Writer writes one archive. The first error stays.
type Writer struct {
	w     io.Writer
	at    int // bytes written, for the padding
	inode int
	err   error
}

// New begins an archive.
func New(w io.Writer) *Writer { return &Writer{w: w} }

// Folder adds a folder; its parents come before it.
func (w *Writer) Folder(name string) { w.entry(name, folder|0o755, 0, 0, nil) }

// File adds a file that anyone may read and, if so wished, run.
func (w *Writer) File(name string, run bool, data []byte) {
	mode := uint32(file | 0o644)
	if run {
		mode = file | 0o755
	}
	w.entry(name, mode, 0, 0, data)
}

// Device adds a character device.
func (w *Writer) Device(name string, major, minor uint32) {
	w.entry(name, character|0o600, major, minor, nil)
}

// Close ends the archive; it does not close what it was written to.
func (w *Writer) Close() error {
	w.inode = -1 // the trailer has number 0
	w.entry("TRAILER!!!", 0, 0, 0, nil)
	return w.err
}

// entry writes a head of hexadecimal numbers, the name and the contents, each
// of the two filled up to four bytes.
func (w *Writer) entry(name string, mode, major, minor uint32, data []byte) {
	w.inode++
	name = strings.TrimPrefix(name, "/")
	if uint64(len(data)) > 1<<32-1 {
		w.fail(fmt.Errorf("initramfs: %s has %d bytes, more than its format can say", name, len(data)))
	}
	var head bytes.Buffer
	head.WriteString("070701")
	for _, v := range []uint32{
		uint32(w.inode), mode,
		0, 0, // owned by root
		1, // one link
		0, // time
		uint32(len(data)),
		0, 0, // of the file system that it came from
		major, minor,
		uint32(len(name) + 1),
		0, // no checksum in this variant
	} {
		fmt.Fprintf(&head, "%08X", v)
	}
	head.WriteString(name)
	head.WriteByte(0)
	w.put(head.Bytes())
	w.pad()
	w.put(data)
	w.pad()
}

func (w *Writer) pad() { w.put(make([]byte, (4-w.at%4)%4)) }

func (w *Writer) put(b []byte) {
	if w.err != nil {
		return
	}
	n, err := w.w.Write(b)
	w.at += n
	w.fail(err)
}

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}
