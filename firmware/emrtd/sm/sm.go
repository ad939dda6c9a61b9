// Package sm is secure messaging as ICAO Doc 9303-11 section 9.8 has it, for
// both ends of the wire: the terminal wraps commands and unwraps responses, a
// chip does the opposite. One Session belongs to one end.
//
// A session that has seen a wrong MAC is over: whoever sent it is not the chip
// that the keys were agreed with, or the counters are apart for good. All
// methods return ErrClosed from then on.
package sm

import (
	"crypto/cipher"
	"errors"
	"fmt"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/tlv"
)

var (
	// ErrMAC: the authentication code is wrong.
	ErrMAC = errors.New("sm: wrong authentication code")
	// ErrMissing: a data object that must be there is not.
	ErrMissing = errors.New("sm: data object missing")
	// ErrFormat: the data objects make no protected APDU.
	ErrFormat = errors.New("sm: malformed protected APDU")
	// ErrClosed: the session ended with an earlier error.
	ErrClosed = errors.New("sm: session is over")
	// ErrUnprotected: the card answered without secure messaging. What it
	// says then is not authentic; a *apdu.StatusError comes with it.
	ErrUnprotected = errors.New("sm: answer without secure messaging")
)

const (
	tagCryptogramOdd tlv.Tag = 0x85 // no padding indicator; odd instructions
	tagCryptogram    tlv.Tag = 0x87
	tagMAC           tlv.Tag = 0x8E
	tagLe            tlv.Tag = 0x97
	tagStatus        tlv.Tag = 0x99

	classSM         byte = 0x0C
	paddingISO      byte = 0x01
	longestOverhead      = 40 // headers, DO 99, DO 8E and padding of one APDU
)

// Session is one end's state. It is not safe for concurrent use.
type Session struct {
	suite  keys.Suite
	enc    cipher.Block
	mac    *keys.MAC
	ssc    []byte
	odd    bool    // the command under way has an odd instruction
	head   [4]byte // of the command under way, unprotected
	ins    byte
	closed bool
	plain  bool   // the last answer was a bare status word
	again  bool   // the last command was taken back
	data   []byte // of the command under way, if it is short
	// Room for what every command needs.
	pad, first, header []byte
}

// New makes a session from its keys and the send sequence counter before the
// first command: random for BAC, zero (or nil) after PACE.
func New(suite keys.Suite, kenc, kmac, ssc []byte) (*Session, error) {
	block := suite.BlockSize()
	room := make([]byte, 4*block)
	s := &Session{suite: suite, ssc: room[:block:block], pad: room[block : 2*block : 2*block], first: room[2*block : 3*block : 3*block], header: room[3*block:]}
	if ssc != nil && len(ssc) != len(s.ssc) {
		return nil, fmt.Errorf("%w: counter of %d bytes", ErrFormat, len(ssc))
	}
	copy(s.ssc, ssc)
	var err error
	if s.enc, err = keys.NewCipher(suite, kenc); err != nil {
		return nil, fmt.Errorf("secure messaging: %w", err)
	}
	if s.mac, err = keys.NewMAC(suite, kmac); err != nil {
		return nil, fmt.Errorf("secure messaging: %w", err)
	}
	return s, nil
}

// String keeps counters and commands out of every log by accident.
func (*Session) String() string { return "sm.Session" }

// GoString does the same for %#v.
func (*Session) GoString() string { return "sm.Session" }

// Suite tells which cipher protects the session.
func (s *Session) Suite() keys.Suite { return s.suite }

// Closed tells whether the session is over.
func (s *Session) Closed() bool { return s.closed }

// Close ends the session and overwrites its keys.
func (s *Session) Close() {
	if s == nil || s.closed {
		return
	}
	s.closed = true
	keys.WipeCipher(s.enc)
	s.mac.Wipe()
	s.enc, s.mac = nil, nil
	clear(s.ssc)
	clear(s.first)
}

// MaxRead is the most bytes that READ BINARY can fetch in one response of at
// most ne bytes: 231 for 3DES and 223 for AES when ne is 256.
func (s *Session) MaxRead(ne int) int {
	// DO 99 (4), DO 8E (10) and the header of DO 87 with its padding
	// indicator go beside the cryptogram, which is whole blocks, of which at
	// least one byte is padding.
	room := ne - 4 - 10
	n := (room - 3) / s.suite.BlockSize() * s.suite.BlockSize()
	for n > 0 && len(tlv.AppendHeader(nil, tagCryptogram, 1+n))+1+n > room {
		n -= s.suite.BlockSize()
	}
	return max(n-1, 0)
}

// step advances the counter, before every command and every response.
func (s *Session) step() {
	for i := len(s.ssc) - 1; i >= 0; i-- {
		s.ssc[i]++
		if s.ssc[i] != 0 {
			return
		}
	}
}

// iv is zero for 3DES and the encrypted counter for AES (sections 9.8.6.1, 9.8.6.2).
func (s *Session) iv() []byte {
	if s.suite == keys.TDES {
		return nil
	}
	s.enc.Encrypt(s.first, s.ssc)
	return s.first
}

// padding returns what follows n bytes to make whole blocks. The MAC of 3DES
// pads by itself; for AES the padding comes before CMAC.
func (s *Session) padding(n int) []byte {
	if s.suite == keys.TDES {
		return nil
	}
	return keys.AppendPadding(s.pad[:0], 0, s.suite.BlockSize())[:len(s.pad)-n%len(s.pad)]
}

// appendCryptogram appends data, encrypted, as DO 87 or DO 85.
func (s *Session) appendCryptogram(dst, data []byte) ([]byte, error) {
	tag, indicator := tagCryptogram, 1
	if s.odd {
		tag, indicator = tagCryptogramOdd, 0
	}
	block := s.suite.BlockSize()
	n := (len(data)/block + 1) * block
	dst = tlv.AppendHeader(dst, tag, n+indicator)
	if indicator == 1 {
		dst = append(dst, paddingISO)
	}
	start := len(dst)
	dst = keys.AppendPadding(append(dst, data...), start, block)
	return dst, keys.EncryptCBC(s.enc, s.iv(), dst[start:])
}

// open decrypts the value of DO 87 or DO 85, in place.
func (s *Session) open(n tlv.Node) ([]byte, error) {
	text := n.Value
	if n.Tag == tagCryptogram {
		if len(text) == 0 || text[0] != paddingISO {
			return nil, fmt.Errorf("%w: padding indicator", ErrFormat)
		}
		text = text[1:]
	}
	if err := keys.DecryptCBC(s.enc, s.iv(), text); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	text, err := keys.Unpad(text, s.suite.BlockSize())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return text, nil
}

// objects splits a protected body into its data objects: at most one of each
// kind, in order, the MAC last. before is what the MAC is computed over.
type objects struct {
	cryptogram, le, status, mac tlv.Node
	before                      []byte
}

func split(body []byte) (objects, error) {
	var o objects
	at := 0
	for n, err := range tlv.All(body) {
		if err != nil {
			return o, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		var slot *tlv.Node
		switch n.Tag {
		case tagCryptogram, tagCryptogramOdd:
			slot = &o.cryptogram
		case tagLe:
			slot = &o.le
		case tagStatus:
			slot = &o.status
		case tagMAC:
			slot = &o.mac
		}
		if slot == nil || slot.Raw != nil || o.mac.Raw != nil {
			return o, fmt.Errorf("%w: data object %v out of place", ErrFormat, n.Tag)
		}
		if n.Tag == tagMAC {
			o.before = body[:at]
		}
		*slot = n
		at += len(n.Raw)
	}
	if o.mac.Raw == nil {
		return o, fmt.Errorf("%w: %v", ErrMissing, tagMAC)
	}
	if len(o.mac.Value) != keys.MACLen {
		return o, fmt.Errorf("%w: MAC of %d bytes", ErrFormat, len(o.mac.Value))
	}
	return o, nil
}

// paddedHeader is the command header as the MAC takes it.
func (s *Session) paddedHeader(c apdu.Command) []byte {
	return keys.AppendPadding(append(s.header[:0], c.CLA, c.INS, c.P1, c.P2), 0, s.suite.BlockSize())
}

// fail closes the session: none of these errors leaves the two counters, or
// the trust in the other end, as they were.
func (s *Session) fail(err error) error {
	s.Close()
	return err
}
