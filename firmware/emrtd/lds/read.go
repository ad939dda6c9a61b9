package lds

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/tlv"
)

// aid is the eMRTD application: Doc 9303-10 section 3.1.
var aid = []byte{0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01}

// Select selects the eMRTD application. No Le: some cards refuse it.
func Select(ctx context.Context, s apdu.Sender) error {
	if _, err := s.Send(ctx, apdu.Command{INS: apdu.InsSelect, P1: 0x04, P2: 0x0C, Data: aid}); err != nil {
		return fmt.Errorf("select the document's application: %w", err)
	}
	return nil
}

const (
	// maxFile keeps a broken chip from filling the memory; portraits have 10
	// to 30 KB.
	maxFile = 1 << 20
	// headerLen reads tag and length of any file here, the careful way.
	headerLen = 4
	// farOffset is where an offset no longer fits P1 and P2.
	farOffset = 0x8000
)

// Options choose how a Reader reads.
type Options struct {
	// ShortOnly keeps to short APDUs. Otherwise the first read tries extended
	// length, and on 6700, 6B00 or a short answer the reader falls back.
	//
	// Where a chip, or a card reader, answers the attempt by ending secure
	// messaging, sm.Broken tells, and the session must be opened again by
	// whoever knows the password, this time with ShortOnly.
	ShortOnly bool
	// Progress is told after every answer how much of a file is there.
	Progress func(f File, done, total int)
}

// Reader reads files through a plain or protected sender. It remembers what
// the chip can do from one file to the next. Not safe for concurrent use.
type Reader struct {
	s        apdu.Sender
	opt      Options
	fits     int  // most bytes that one short answer can carry
	short    int  // most bytes asked for in a short APDU
	extended bool // still worth trying
	proven   bool // an extended command was answered
	chunk    int  // most bytes the chip gave in an extended answer, 0 unknown
	noSFI    bool // the chip wants files selected
	careful  bool // the chip wants no more asked than there is
}

// NewReader makes a reader.
func NewReader(s apdu.Sender, opt Options) *Reader {
	r := &Reader{opt: opt, extended: !opt.ShortOnly}
	r.Use(s)
	return r
}

// Use goes on with another sender to the same chip, as after a new agreement on
// keys; what was learned of the chip stays. A sender with a MaxRead method
// (sm.Channel) says how much fits into one protected answer.
func (r *Reader) Use(s apdu.Sender) {
	fits := apdu.MaxShort
	if m, ok := s.(interface{ MaxRead(ne int) int }); ok {
		fits = m.MaxRead(apdu.MaxShort)
	}
	if r.short == 0 || r.short == r.fits {
		r.short = fits // else the chip wants even less
	}
	r.s, r.fits, r.short = s, fits, min(r.short, fits)
}

// Extended tells whether extended length is in use, or not yet ruled out.
func (r *Reader) Extended() bool { return r.extended }

// Proven tells whether the chip has answered an extended command. Before that
// the attempt may be what ended secure messaging.
func (r *Reader) Proven() bool { return r.proven }

// Read reads a whole file: header and value, without what may lie behind. The
// first command reads by short file identifier and shows the length.
func (r *Reader) Read(ctx context.Context, f File) ([]byte, error) {
	return r.read(ctx, f, r.noSFI, io.Discard)
}

// ReadTo reads as Read does and writes what arrives to w as it arrives, so that
// a long file is hashed while the chip sends the rest of it.
func (r *Reader) ReadTo(ctx context.Context, f File, w io.Writer) ([]byte, error) {
	return r.read(ctx, f, r.noSFI, w)
}

// ReadSelected selects the file before it reads. EF.CardAccess needs that
// before the application is selected, on cards known to have quirks there.
func (r *Reader) ReadSelected(ctx context.Context, f File) ([]byte, error) {
	return r.read(ctx, f, true, io.Discard)
}

// read keeps one copy of the file: the answer itself if it holds the whole,
// else one buffer of the length that the header tells. What else held parts of
// it is overwritten.
func (r *Reader) read(ctx context.Context, f File, selected bool, w io.Writer) ([]byte, error) {
	first, err := r.first(ctx, f, selected)
	if err != nil {
		return nil, fmt.Errorf("read %v: %w", f, err)
	}
	tag, size, length, err := tlv.Header(first)
	if err != nil {
		return nil, fmt.Errorf("%w: %v: %w", ErrFormat, f, err)
	}
	if want := f.Tag(); want != 0 && tag != want {
		return nil, fmt.Errorf("%w: %v starts with tag %v", ErrFormat, f, tag)
	}
	total := size + length
	if total > maxFile {
		return nil, fmt.Errorf("%w: %v claims %d bytes", ErrFormat, f, total)
	}
	if len(first) >= total {
		out := first[:total:total]
		clear(first[total:])
		return out, r.arrived(f, w, out, total, total)
	}
	out := make([]byte, total)
	n := take(out, first)
	err = r.arrived(f, w, out[:n], n, total)
	for err == nil && n < total {
		var b []byte
		if b, err = r.next(ctx, n, total-n); err != nil {
			if apdu.IsStatus(err, apdu.SWWrongOffset) {
				err = fmt.Errorf("%w: %w", ErrShort, err)
			}
			break
		}
		m := n + take(out[n:], b)
		err = r.arrived(f, w, out[n:m], m, total)
		n = m
	}
	if err != nil {
		clear(out)
		return nil, fmt.Errorf("read %v at %d of %d: %w", f, n, total, err)
	}
	return out, nil
}

// take moves bytes, as many as there is room for.
func take(dst, src []byte) int {
	n := copy(dst, src)
	clear(src)
	return n
}

func (r *Reader) arrived(f File, w io.Writer, part []byte, done, total int) error {
	if _, err := w.Write(part); err != nil {
		return fmt.Errorf("pass on %v: %w", f, err)
	}
	if r.opt.Progress != nil {
		r.opt.Progress(f, done, total)
	}
	return nil
}

// first reads the beginning of a file, or all of it, whichever way the chip
// allows. Each fall-back is remembered.
func (r *Reader) first(ctx context.Context, f File, selected bool) ([]byte, error) {
	if selected {
		if err := r.selectFile(ctx, f); err != nil {
			return nil, err
		}
	}
	for {
		c := apdu.Command{INS: apdu.InsReadBinary, Ne: r.short}
		if !selected {
			c.P1 = 0x80 | f.SFI()
		}
		switch {
		case r.extended:
			c.Ne = apdu.MaxExtended
		case r.careful:
			c.Ne = headerLen
		}
		b, err := r.send(ctx, c)
		switch {
		case err == nil:
			r.judge(len(b))
			return b, nil
		case tooMuch(err) && r.extended:
			r.extended = false
			r.takeBack()
		case tooMuch(err) && !r.careful:
			r.careful = true
			r.takeBack()
		case !selected && apdu.IsStatus(err, apdu.SWWrongP1P2, apdu.SWWrongOffset, apdu.SWInsNotSupported, 0x6981, 0x6986, 0x6A81):
			if err := r.selectFile(ctx, f); err != nil {
				return nil, err
			}
			selected, r.noSFI = true, true
		default:
			return nil, err
		}
	}
}

// tooMuch tells whether the chip may have refused the length asked for.
func tooMuch(err error) bool {
	var se *apdu.StatusError
	return apdu.IsTooLong(err) || errors.As(err, &se) && (se.SW == apdu.SWWrongLength || se.SW == apdu.SWWrongOffset || se.SW>>8 == 0x6C)
}

// takeBack tells a protected sender (sm.Channel) that the same command follows
// with another length: a chip that refuses a length in plain has not counted.
func (r *Reader) takeBack() {
	if t, ok := r.s.(interface{ TakeBack() bool }); ok {
		t.TakeBack()
	}
}

// judge learns from an extended answer that might be a chip's largest.
func (r *Reader) judge(n int) {
	if !r.extended {
		return
	}
	r.proven = true
	r.chunk = max(r.chunk, n)
}

// leastRead is where asking for less and less ends.
const leastRead = 16

// next reads on in the current file. A chip that refuses a length is asked for
// less: in short APDUs first, then for half as much each time.
func (r *Reader) next(ctx context.Context, offset, left int) ([]byte, error) {
	// A chip whose best extended answer is no longer than a short one ignores
	// extended length; asking for more would only cost a reader that minds.
	if r.extended && r.chunk <= r.fits {
		r.extended = false
	}
	for {
		ne := min(left, r.short)
		if r.extended {
			ne = min(left, r.chunk)
		}
		b, err := r.at(ctx, offset, ne)
		switch {
		case err == nil || !tooMuch(err) || apdu.IsStatus(err, apdu.SWWrongOffset) && !r.extended:
			return b, err
		case r.extended:
			r.extended = false
		case ne > leastRead:
			r.short = max(ne/2, leastRead)
		default:
			return b, err
		}
		r.takeBack()
	}
}

func (r *Reader) at(ctx context.Context, offset, ne int) ([]byte, error) {
	if offset < farOffset {
		return r.send(ctx, apdu.Command{INS: apdu.InsReadBinary, P1: byte(offset >> 8), P2: byte(offset), Ne: ne})
	}
	// The odd instruction carries the offset as DO 54 and answers with DO 53.
	where := binary.BigEndian.AppendUint32(nil, uint32(offset))[1:]
	if offset < 1<<16 {
		where = where[1:]
	}
	overhead := len(tlv.AppendHeader(nil, 0x53, ne))
	if !r.extended {
		ne = min(ne, r.short-overhead)
	}
	b, err := r.send(ctx, apdu.Command{INS: apdu.InsReadBinaryOdd, Data: tlv.Append(nil, 0x54, where), Ne: ne + overhead})
	if err != nil {
		return nil, err
	}
	n, err := tlv.ParseOne(b, 0x53)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(n.Value) == 0 {
		return nil, ErrShort
	}
	return n.Value, nil
}

// send reads and takes "end of file" as the data it comes with.
func (r *Reader) send(ctx context.Context, c apdu.Command) ([]byte, error) {
	resp, err := r.s.Send(ctx, c)
	if apdu.IsStatus(err, apdu.SWEndOfFile) {
		err = nil
	}
	switch {
	case apdu.IsStatus(err, apdu.SWFileNotFound):
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	case apdu.IsStatus(err, apdu.SWSecurityStatus):
		return nil, fmt.Errorf("%w: %w", ErrDenied, err)
	case err != nil:
		return nil, err
	case len(resp.Data) == 0:
		return nil, ErrShort
	}
	return resp.Data, nil
}

func (r *Reader) selectFile(ctx context.Context, f File) error {
	_, err := r.s.Send(ctx, apdu.Command{INS: apdu.InsSelect, P1: 0x02, P2: 0x0C, Data: binary.BigEndian.AppendUint16(nil, uint16(f))})
	switch {
	case apdu.IsStatus(err, apdu.SWFileNotFound):
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case apdu.IsStatus(err, apdu.SWSecurityStatus):
		return fmt.Errorf("%w: %w", ErrDenied, err)
	}
	return err
}
