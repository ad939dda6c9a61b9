package input

import (
	"encoding/binary"
	"io"
	"time"
	"unsafe"
)

// Layout is the size of struct input_event: two words of time, then type, code
// and value. The words are the program's, whatever the kernel's are.
type Layout int

// The layouts of 64-bit and 32-bit programs.
const (
	Layout64 Layout = 24
	Layout32 Layout = 16
)

// Native is this program's layout.
const Native = Layout(2*unsafe.Sizeof(uintptr(0)) + 8)

// Parse reads one record, which has the layout's length at least.
func (l Layout) Parse(b []byte) Event {
	order := binary.NativeEndian
	var sec, usec int64
	if l == Layout64 {
		sec, usec = int64(order.Uint64(b)), int64(order.Uint64(b[8:]))
	} else {
		sec, usec = int64(order.Uint32(b)), int64(order.Uint32(b[4:]))
	}
	b = b[l-8 : l]
	return Event{
		Time:  time.Duration(sec)*time.Second + time.Duration(usec)*time.Microsecond,
		Type:  order.Uint16(b),
		Code:  order.Uint16(b[2:]),
		Value: int32(order.Uint32(b[4:])),
	}
}

// Append writes one record.
func (l Layout) Append(b []byte, e Event) []byte {
	order := binary.NativeEndian
	sec, usec := e.Time/time.Second, e.Time%time.Second/time.Microsecond
	if l == Layout64 {
		b = order.AppendUint64(b, uint64(sec))
		b = order.AppendUint64(b, uint64(usec))
	} else {
		b = order.AppendUint32(b, uint32(sec))
		b = order.AppendUint32(b, uint32(usec))
	}
	b = order.AppendUint16(b, e.Type)
	b = order.AppendUint16(b, e.Code)
	return order.AppendUint32(b, uint32(e.Value))
}

// records cuts a byte stream into events. The kernel gives whole records; a
// pipe need not.
type records struct {
	src    io.Reader
	layout Layout
	buf    []byte
	have   int
}

func newRecords(src io.Reader, l Layout) *records {
	return &records{src: src, layout: l, buf: make([]byte, 64*int(l))}
}

// Read fills events with what is there. Events that arrived together with an
// error are given first.
func (r *records) Read(events []Event) (int, error) {
	size := int(r.layout)
	if len(events) == 0 {
		return 0, nil
	}
	for r.have < size {
		n, err := r.src.Read(r.buf[r.have:min(len(r.buf), len(events)*size)])
		r.have += n
		if err != nil && r.have < size {
			return 0, err
		}
	}
	n := 0
	for ; n < len(events) && r.have-n*size >= size; n++ {
		events[n] = r.layout.Parse(r.buf[n*size:])
	}
	had := r.have
	r.have = copy(r.buf, r.buf[n*size:had])
	clear(r.buf[r.have:had]) // keys may be somebody's name
	return n, nil
}
