package lds_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

// card serves files and has the quirks that cards have. It is as strict as one
// otherwise, and keeps a log of commands: "B0 82 00 65536".
type card struct {
	files   map[lds.File][]byte
	session *sm.Session // nil for plain
	log     []string

	noExtended  uint16 // answered to extended length, in plain, uncounted
	refuseLong  uint16 // answered to more than a short answer holds, protected
	clip        int    // most bytes in one answer, 0 for all
	noSFI       uint16 // answered to reads by short identifier
	past        bool   // 6B00 for an offset at the end of the file
	exact       bool   // 6700 when more is asked for than there is
	noOdd       bool
	denied      lds.File
	dropAtProbe bool // extended length ends secure messaging
	current     []byte
}

func (c *card) Transmit(_ context.Context, raw []byte) ([]byte, error) {
	cmd, err := apdu.ParseCommand(raw)
	if err != nil {
		return nil, err
	}
	if cmd.Extended && c.dropAtProbe {
		c.session.Close()
	}
	if cmd.Extended && c.noExtended != 0 {
		return apdu.Response{SW: c.noExtended}.Encode(), nil
	}
	if c.session == nil {
		return c.answer(cmd).Encode(), nil
	}
	plain, err := c.session.UnwrapCommand(cmd)
	if err != nil {
		return apdu.Response{SW: sm.StatusWord(err)}.Encode(), nil
	}
	r, err := c.session.WrapResponse(c.answer(plain))
	return r.Encode(), err
}

func (c *card) answer(cmd apdu.Command) apdu.Response {
	c.log = append(c.log, fmt.Sprintf("%02X %02X%02X %d", cmd.INS, cmd.P1, cmd.P2, cmd.Ne))
	at := int(cmd.P1)<<8 | int(cmd.P2)
	switch {
	case cmd.INS == apdu.InsSelect && cmd.P1 == 2 && len(cmd.Data) == 2:
		return apdu.Response{SW: c.open(lds.File(binary.BigEndian.Uint16(cmd.Data)))}
	case cmd.INS == apdu.InsReadBinaryOdd && !c.noOdd:
		n, err := tlv.ParseOne(cmd.Data, 0x54)
		if err != nil {
			return apdu.Response{SW: apdu.SWWrongData}
		}
		// Ne counts the header of DO 53 too.
		most := cmd.Ne - 2
		for most > 0 && len(tlv.AppendHeader(nil, 0x53, most))+most > cmd.Ne {
			most--
		}
		r := c.read(int(new24(n.Value)), most)
		if len(r.Data) > 0 {
			r.Data = tlv.Append(nil, 0x53, r.Data)
		}
		return r
	case cmd.INS != apdu.InsReadBinary:
		return apdu.Response{SW: apdu.SWInsNotSupported}
	case c.refuseLong != 0 && cmd.Ne > apdu.MaxShort:
		return apdu.Response{SW: c.refuseLong}
	case cmd.P1&0x80 != 0:
		if c.noSFI != 0 {
			return apdu.Response{SW: c.noSFI}
		}
		if sw := c.open(lds.DG(int(cmd.P1 & 0x1F))); sw != apdu.SWOK {
			return apdu.Response{SW: sw}
		}
		at = int(cmd.P2)
	}
	return c.read(at, cmd.Ne)
}

func new24(b []byte) (n uint32) {
	for _, c := range b {
		n = n<<8 | uint32(c)
	}
	return n
}

func (c *card) open(f lds.File) uint16 {
	if f == c.denied {
		return apdu.SWSecurityStatus
	}
	b, ok := c.files[f]
	if !ok {
		return apdu.SWFileNotFound
	}
	c.current = b
	return apdu.SWOK
}

func (c *card) read(at, ne int) apdu.Response {
	if at > len(c.current) || c.current == nil || c.past && at == len(c.current) {
		return apdu.Response{SW: apdu.SWWrongOffset}
	}
	rest := c.current[at:]
	if c.exact && ne > len(rest) {
		return apdu.Response{SW: apdu.SWWrongLength}
	}
	sw := apdu.SWOK
	if ne > len(rest) && ne < apdu.MaxExtended {
		sw = apdu.SWEndOfFile
	}
	n := min(ne, len(rest))
	if c.clip > 0 {
		n = min(n, c.clip)
	}
	return apdu.Response{Data: bytes.Clone(rest[:n]), SW: sw}
}

// document has files of 95, 15 004, 400 and 40 005 bytes.
func document() map[lds.File][]byte {
	fill := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(i * 7 >> 3)
		}
		return b
	}
	return map[lds.File][]byte{
		lds.DG(1):  tlv.Append(nil, 0x61, fill(93)),
		lds.DG(2):  tlv.Append(nil, 0x75, fill(15000)),
		lds.DG(13): tlv.Append(nil, 0x6D, fill(400)),
		lds.DG(7):  tlv.Append(nil, 0x67, fill(40000)),
	}
}

// connect gives a sender to the card: plain, or protected with a suite.
func connect(t testing.TB, c *card, suite keys.Suite) apdu.Sender {
	t.Helper()
	if suite == 0 {
		return apdu.Plain{Transmitter: c}
	}
	k := bytes.Repeat([]byte{0x4C}, suite.KeyLen())
	ends := make([]*sm.Session, 2)
	for i := range ends {
		var err error
		if ends[i], err = sm.New(suite, k, k, nil); err != nil {
			t.Fatal(err)
		}
	}
	c.session = ends[0]
	return &sm.Channel{Transmitter: c, Session: ends[1]}
}

var order = []lds.File{lds.DG(1), lds.DG(13), lds.DG(2), lds.DG(7)}

func TestReadWithEveryQuirk(t *testing.T) {
	quirks := map[string]func(*card){
		"none":                            func(*card) {},
		"no extended length, 6700":        func(c *card) { c.noExtended = apdu.SWWrongLength },
		"no extended length, 6B00":        func(c *card) { c.noExtended = apdu.SWWrongOffset },
		"long answers refused, protected": func(c *card) { c.refuseLong = apdu.SWWrongLength },
		"short data":                      func(c *card) { c.clip = 200 },
		"buffer of 1000":                  func(c *card) { c.clip = 1000 },
		"no short identifiers":            func(c *card) { c.noSFI = apdu.SWWrongP1P2 },
		"short identifiers not allowed":   func(c *card) { c.noSFI = 0x6A81 },
		"nothing past the end":            func(c *card) { c.exact = true },
		"all of it": func(c *card) {
			c.noExtended, c.noSFI, c.exact = apdu.SWWrongLength, apdu.SWWrongP1P2, true
		},
	}
	for name, quirk := range quirks {
		for _, suite := range []keys.Suite{0, keys.TDES, keys.AES128} {
			t.Run(fmt.Sprintf("%s/%v", name, suite), func(t *testing.T) {
				c := &card{files: document()}
				quirk(c)
				total, last := 0, 0
				r := lds.NewReader(connect(t, c, suite), lds.Options{Progress: func(_ lds.File, done, all int) {
					if done <= last && done != 0 || done > all {
						t.Errorf("progress %d after %d of %d", done, last, all)
					}
					if last = done; done == all {
						last = 0
						total += all
					}
				}})
				sum := 0
				for _, f := range order {
					b, err := r.Read(t.Context(), f)
					if err != nil {
						t.Fatalf("%v: %v", f, err)
					}
					if !bytes.Equal(b, c.files[f]) {
						t.Fatalf("%v: %d bytes, not the file", f, len(b))
					}
					sum += len(b)
				}
				if total != sum {
					t.Errorf("progress told of %d bytes of %d", total, sum)
				}
			})
		}
	}
}

// The number of commands is what makes a reading fast.
func TestCommands(t *testing.T) {
	tests := []struct {
		name  string
		suite keys.Suite
		card  card
		opt   lds.Options
		files []lds.File
		want  []string
	}{
		{"extended: one command a file", keys.AES128, card{}, lds.Options{}, order[:3],
			[]string{"B0 8100 65536", "B0 8D00 65536", "B0 8200 65536"}},
		{"short: length from the first block", keys.AES128, card{}, lds.Options{ShortOnly: true}, order[:2],
			[]string{"B0 8100 223", "B0 8D00 223", "B0 00DF 181"}},
		{"short with 3DES", keys.TDES, card{}, lds.Options{ShortOnly: true}, order[1:2],
			[]string{"B0 8D00 231", "B0 00E7 173"}},
		{"the probe is made once", 0, card{refuseLong: apdu.SWWrongLength}, lds.Options{}, order[:2],
			[]string{"B0 8100 65536", "B0 8100 256", "B0 8D00 256", "B0 0100 148"}},
		{"short data ends the probe", 0, card{clip: 200}, lds.Options{}, order[1:2],
			[]string{"B0 8D00 65536", "B0 00C8 204", "B0 0190 4"}},
		{"the chip's buffer is learned", 0, card{clip: 8000}, lds.Options{}, order[2:3],
			[]string{"B0 8200 65536", "B0 1F40 7004"}},
		{"selecting is learned", 0, card{noSFI: apdu.SWWrongP1P2}, lds.Options{ShortOnly: true}, []lds.File{lds.DG(1), lds.DG(1)},
			[]string{"B0 8100 256", "A4 020C 0", "B0 0000 256", "A4 020C 0", "B0 0000 256"}},
		{"careful from then on", 0, card{exact: true}, lds.Options{ShortOnly: true}, []lds.File{lds.DG(1), lds.DG(1)},
			[]string{"B0 8100 256", "B0 8100 4", "B0 0004 91", "B0 8100 4", "B0 0004 91"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.card
			c.files = document()
			r := lds.NewReader(connect(t, &c, tt.suite), tt.opt)
			for _, f := range tt.files {
				if _, err := r.Read(t.Context(), f); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(c.log, tt.want) {
				t.Errorf("commands %q, want %q", c.log, tt.want)
			}
		})
	}
}

func TestFarOffsets(t *testing.T) {
	c := &card{files: document()}
	r := lds.NewReader(connect(t, c, keys.AES128), lds.Options{ShortOnly: true})
	if _, err := r.Read(t.Context(), lds.DG(7)); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(c.log, func(s string) bool { return s[:2] == "B1" }) {
		t.Error("offsets above 32767 in P1 and P2 would be a short identifier")
	}
	c = &card{files: document(), noOdd: true}
	if _, err := lds.NewReader(connect(t, c, 0), lds.Options{ShortOnly: true}).Read(t.Context(), lds.DG(7)); !apdu.IsStatus(err, apdu.SWInsNotSupported) {
		t.Errorf("%v", err)
	}
}

func TestReadSelected(t *testing.T) {
	access := unhex(t, "31143012060A04007F0007020204020202010202010D")
	c := &card{files: map[lds.File][]byte{lds.CardAccess: access}}
	b, err := lds.NewReader(connect(t, c, 0), lds.Options{ShortOnly: true}).ReadSelected(t.Context(), lds.CardAccess)
	if err != nil || !bytes.Equal(b, access) || !slices.Equal(c.log, []string{"A4 020C 0", "B0 0000 256"}) {
		t.Errorf("%X, %v, %q", b, err, c.log)
	}
}

func TestReadFails(t *testing.T) {
	files := func(b []byte) map[lds.File][]byte { return map[lds.File][]byte{lds.DG(1): b} }
	tests := []struct {
		name string
		card card
		want error
	}{
		{"no such file", card{}, lds.ErrNotFound},
		{"closed file", card{denied: lds.DG(1)}, lds.ErrDenied},
		{"closed when selected", card{denied: lds.DG(1), noSFI: apdu.SWWrongP1P2}, lds.ErrDenied},
		{"missing when selected", card{noSFI: apdu.SWWrongP1P2}, lds.ErrNotFound},
		{"empty file", card{files: files([]byte{})}, lds.ErrShort},
		{"one byte", card{files: files([]byte{0x61})}, lds.ErrFormat},
		{"another tag", card{files: files([]byte{0x62, 0})}, lds.ErrFormat},
		{"16 MB", card{files: files([]byte{0x61, 0x83, 0xFF, 0xFF, 0xFF, 0})}, lds.ErrFormat},
		{"ends early", card{files: files(append([]byte{0x61, 0x5B}, make([]byte, 40)...))}, lds.ErrShort},
		{"ends early, offset refused", card{files: files(append([]byte{0x61, 0x5B}, make([]byte, 40)...)), clip: 42, past: true}, lds.ErrShort},
		{"no length at all", card{files: files([]byte{0x61, 0x80, 0, 0})}, lds.ErrFormat},
	}
	for _, tt := range tests {
		for _, suite := range []keys.Suite{0, keys.AES128} {
			t.Run(fmt.Sprintf("%s/%v", tt.name, suite), func(t *testing.T) {
				c := tt.card
				if b, err := lds.NewReader(connect(t, &c, suite), lds.Options{}).Read(t.Context(), lds.DG(1)); !errors.Is(err, tt.want) {
					t.Errorf("%d bytes, %v", len(b), err)
				}
				if len(c.log) > 6 {
					t.Errorf("tries and tries: %q", c.log)
				}
			})
		}
	}
}

// A chip that ends the session at the probe: the caller learns that the
// session must be opened again.
func TestProbeEndsTheSession(t *testing.T) {
	c := &card{files: document(), noExtended: apdu.SWWrongLength, dropAtProbe: true}
	r := lds.NewReader(connect(t, c, keys.AES128), lds.Options{})
	_, err := r.Read(t.Context(), lds.DG(1))
	if !sm.Broken(err) || r.Extended() {
		t.Fatalf("%v, extended %v", err, r.Extended())
	}
	c.dropAtProbe = false
	if _, err := lds.NewReader(connect(t, c, keys.AES128), lds.Options{ShortOnly: true}).Read(t.Context(), lds.DG(1)); err != nil {
		t.Error(err)
	}
}

func TestSelect(t *testing.T) {
	var got []byte
	err := lds.Select(t.Context(), apdu.Plain{Transmitter: transmit(func(b []byte) []byte { got = b; return []byte{0x90, 0} })})
	if err != nil || !bytes.Equal(got, unhex(t, "00A4040C07A0000002471001")) {
		t.Errorf("%X, %v", got, err)
	}
	err = lds.Select(t.Context(), apdu.Plain{Transmitter: transmit(func([]byte) []byte { return []byte{0x6A, 0x82} })})
	if !apdu.IsStatus(err, apdu.SWFileNotFound) {
		t.Errorf("%v", err)
	}
}

type transmit func([]byte) []byte

func (f transmit) Transmit(_ context.Context, b []byte) ([]byte, error) { return f(b), nil }

// FuzzRead lets a card answer anything, over and over.
func FuzzRead(f *testing.F) {
	f.Add([]byte{0x61, 0x02, 1, 2, 0x90, 0}, []byte{0x90, 0})
	f.Add([]byte{0x61, 0x5B, 1, 0x90, 0}, []byte{1, 2, 3, 0x62, 0x82})
	f.Add([]byte{0x67, 0}, []byte{0x6B, 0})
	f.Add([]byte{0x6A, 0x86}, []byte{0x61, 0x00})
	f.Fuzz(func(t *testing.T, first, then []byte) {
		n := 0
		s := apdu.Plain{Transmitter: transmit(func([]byte) []byte {
			if n++; n == 1 {
				return first
			}
			return then
		})}
		b, err := lds.NewReader(s, lds.Options{}).Read(t.Context(), lds.DG(1))
		if err == nil {
			if _, err := tlv.ParseOne(b, 0x61); err != nil {
				t.Fatalf("read what is no file: %v", err)
			}
		}
	})
}

// A whole reading of DG1, DG13 and a portrait of 15 KB, both ends.
func BenchmarkRead(b *testing.B) {
	for name, opt := range map[string]lds.Options{"short": {ShortOnly: true}, "extended": {}} {
		for _, suite := range []keys.Suite{keys.TDES, keys.AES128} {
			b.Run(name+"/"+suite.String(), func(b *testing.B) {
				c := &card{files: document()}
				s := connect(b, c, suite)
				for b.Loop() {
					c.log = c.log[:0]
					r := lds.NewReader(s, opt)
					for _, f := range order[:3] {
						if _, err := r.Read(b.Context(), f); err != nil {
							b.Fatal(err)
						}
					}
				}
				b.ReportMetric(float64(len(c.log)), "APDUs")
			})
		}
	}
}
