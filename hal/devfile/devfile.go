// Package devfile reaches a device file that another program shows over a
// socket, for a kiosk whose machine is a desk's simulation. A connection is the
// open file: whoever connects opens it, and it is closed when the connection
// ends, as the kernel closes the files of a program that ends.
//
// What is sent are calls as the kernel has them, a number and a structure that
// goes there and back; the drivers on both sides give them their meaning. Every
// call is answered by an error number of the kernel's.
package devfile

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// dialling is how long the other program may take to open the file.
	dialling = 2 * time.Second
	// answering is how long it may take for a call, and for closing: within the
	// second that drivers have to close.
	answering = 400 * time.Millisecond
	// lastErrno is the kernel's largest error number.
	lastErrno = 4095
	// closing is the number of the last call.
	closing = 0
)

// File is an open file of another program. Its calls come one after the other.
type File struct {
	mu   sync.Mutex
	conn net.Conn
}

// Open opens the file that is shown at a TCP address. Nobody there is unix.ENODEV.
func Open(ctx context.Context, at string) (*File, error) {
	ctx, cancel := context.WithTimeout(ctx, dialling)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", at)
	if err != nil {
		return nil, absent(err)
	}
	f := &File{conn: conn}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	_, err = f.answer(nil)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close() // the first error says more
		return nil, err
	}
	return f, nil
}

func absent(err error) error { return fmt.Errorf("simulated device: %w: %w", unix.ENODEV, err) }

// Call makes a call with a structure of fixed size, which it changes if the
// other side does.
func Call[T any](f *File, number uint32, v *T) error {
	arg, err := binary.Append(nil, binary.BigEndian, v)
	if err != nil {
		return err
	}
	if len(arg) > math.MaxUint8 {
		return fmt.Errorf("a structure of %d bytes: %w", len(arg), unix.EINVAL)
	}
	if err := f.call(number, arg); err != nil {
		return err
	}
	_, err = binary.Decode(arg, binary.BigEndian, v)
	return err
}

// call sends a call and puts its answer into arg. A connection on which one
// broke off is of no more use.
func (f *File) call(number uint32, arg []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.conn.SetDeadline(time.Now().Add(answering)); err != nil {
		return absent(err)
	}
	if _, err := f.conn.Write(append(head(number, len(arg)), arg...)); err != nil {
		_ = f.conn.Close()
		return absent(err)
	}
	got, err := f.answer(arg)
	if err != nil {
		return err
	}
	copy(arg, got)
	return nil
}

// answer reads what comes back for arg.
func (f *File) answer(arg []byte) ([]byte, error) {
	number, got, err := read(f.conn)
	if err == nil && (number > lastErrno || number == 0 && len(got) != len(arg)) {
		err = fmt.Errorf("number %d and %d bytes are no answer to %d bytes", number, len(got), len(arg))
	}
	if err != nil {
		_ = f.conn.Close()
		return nil, absent(err)
	}
	if number != 0 {
		return nil, unix.Errno(number)
	}
	return got, nil
}

// Close closes the file. It comes back once that is done, so that the next one
// who opens it can, or when nobody answers.
func (f *File) Close() error {
	_ = f.call(closing, nil) // what does not answer is gone
	return f.Cut()
}

// Cut hangs up in the middle of whatever is under way.
func (f *File) Cut() error {
	if err := f.conn.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// head begins a call, or an answer with an error number in its place.
func head(number uint32, size int) []byte {
	return append(binary.BigEndian.AppendUint32(nil, number), byte(size))
}

// read reads a call or an answer.
func read(r io.Reader) (number uint32, arg []byte, err error) {
	var b [5]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, nil, err
	}
	arg = make([]byte, b[4])
	if _, err := io.ReadFull(r, arg); err != nil {
		return 0, nil, fmt.Errorf("half a structure: %w", err)
	}
	return binary.BigEndian.Uint32(b[:]), arg, nil
}
