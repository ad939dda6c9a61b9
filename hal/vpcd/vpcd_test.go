package vpcd

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
)

// recorder is a chip that says what was done to it.
type recorder struct {
	resets int
	answer []byte // instead of the command and 9000
}

func (*recorder) ATR() []byte { return []byte{0x3B, 0x80, 0x80, 0x01, 0x01} }
func (r *recorder) Reset()    { r.resets++ }
func (r *recorder) Transmit(cmd []byte) []byte {
	if r.answer != nil {
		return r.answer
	}
	return append(bytes.Clone(cmd), 0x90, 0x00)
}

// reader is the other side of the protocol.
type reader struct {
	t    *testing.T
	conn net.Conn
}

func insert(t *testing.T, chip Chip) (*Slot, reader) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := Insert(t.Context(), l.Addr().String(), chip)
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return s, reader{t, c}
}

func (r reader) write(payload ...byte) {
	r.t.Helper()
	if _, err := r.conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(payload))), payload...)); err != nil {
		r.t.Fatal(err)
	}
}

func (r reader) read() []byte {
	r.t.Helper()
	var head [2]byte
	if _, err := io.ReadFull(r.conn, head[:]); err != nil {
		r.t.Fatal(err)
	}
	b := make([]byte, binary.BigEndian.Uint16(head[:]))
	if _, err := io.ReadFull(r.conn, b); err != nil {
		r.t.Fatal(err)
	}
	return b
}

// gone waits for the end of the connection.
func (r reader) gone() {
	r.t.Helper()
	if n, err := io.Copy(io.Discard, r.conn); n > 0 {
		r.t.Errorf("%d bytes instead of the end, %v", n, err)
	}
}

func TestProtocol(t *testing.T) {
	chip := &recorder{}
	s, r := insert(t, chip)
	r.write(powerOn)
	r.write(getATR)
	if got := r.read(); !bytes.Equal(got, chip.ATR()) {
		t.Errorf("ATR %X", got)
	}
	r.write(0x7F) // a control code of the future: no answer
	r.write()     // an empty frame: no answer
	for n := 4; n < 60000; n = n*7 + 3 {
		cmd := bytes.Repeat([]byte{byte(n)}, n)
		r.write(cmd...)
		if got := r.read(); !bytes.Equal(got, append(cmd, 0x90, 0)) {
			t.Fatalf("%d bytes: %d came back", n, len(got))
		}
	}
	r.write(reset)
	r.write(powerOff)
	r.write(0, 1, 2, 3)
	r.read() // behind both, so both are done
	if chip.resets != 3 {
		t.Errorf("%d resets, want 3", chip.resets)
	}
	if s.APDUs() != 6 {
		t.Errorf("%d APDUs", s.APDUs())
	}
	if err := s.Remove(); err != nil {
		t.Error(err)
	}
	r.gone()
	if err := s.Remove(); err != nil {
		t.Errorf("removed twice: %v", err)
	}
}

func TestRemoveAfter(t *testing.T) {
	for n := range 4 {
		s, r := insert(t, &recorder{})
		s.RemoveAfter(n)
		r.write(getATR) // is no command and does not count
		r.read()
		for range n {
			r.write(0, 1, 2, 3)
			r.read()
		}
		r.write(0, 1, 2, 3)
		r.gone()
		<-s.Done()
		if s.APDUs() != n {
			t.Errorf("%d APDUs, want %d", s.APDUs(), n)
		}
		if err := s.Remove(); err != nil {
			t.Error(err)
		}
	}
}

func TestReaderEnds(t *testing.T) {
	s, r := insert(t, &recorder{})
	if err := r.conn.Close(); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if err := s.Remove(); err != nil {
		t.Errorf("a reader that is switched off is no fault of the card: %v", err)
	}

	s, r = insert(t, &recorder{})
	if _, err := r.conn.Write([]byte{0, 9, 1}); err != nil {
		t.Fatal(err)
	}
	if err := r.conn.Close(); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if err := s.Remove(); err == nil {
		t.Error("half a frame passes unnoticed")
	}
}

func TestChipMisbehaves(t *testing.T) {
	for _, answer := range [][]byte{{}, {0x90}, make([]byte, 0x10000)} {
		s, r := insert(t, &recorder{answer: answer})
		r.write(0, 1, 2, 3)
		r.gone()
		<-s.Done()
		if err := s.Remove(); err == nil {
			t.Errorf("an answer of %d bytes passes", len(answer))
		}
	}
}

func TestNoReader(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Insert(t.Context(), addr, &recorder{}); err == nil {
		t.Error("a card on no reader")
	}
}

// FuzzFrames: nothing that comes over the wire may stop the card but its end.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{0, 1, 4})
	f.Add([]byte{0, 0, 0, 4, 0, 0xA4, 4, 0})
	f.Add([]byte{0xFF, 0xFF, 1})
	f.Fuzz(func(t *testing.T, wire []byte) {
		s, r := insert(t, &recorder{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(io.Discard, r.conn)
		}()
		_, _ = r.conn.Write(wire)
		_ = r.conn.(*net.TCPConn).CloseWrite()
		<-s.Done()
		<-done
		_ = s.Remove()
	})
}
