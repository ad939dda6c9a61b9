package apdu_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"

	"tram06/firmware/emrtd/apdu"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The cases of ISO/IEC 7816-3 section 12.1.3.
func TestCommand(t *testing.T) {
	data := bytes.Repeat([]byte{0xDA}, 300)
	tests := []struct {
		name string
		c    apdu.Command
		hex  string
	}{
		{"1", apdu.Command{INS: 0x20, P2: 1}, "00200001"},
		{"2S", apdu.Command{INS: 0xB0, Ne: 4}, "00B0000004"},
		{"2S all", apdu.Command{INS: 0xB0, Ne: 256}, "00B0000000"},
		{"3S", apdu.Command{INS: 0xA4, P1: 2, P2: 0xC, Data: []byte{1, 0x1C}}, "00A4020C02011C"},
		{"4S", apdu.Command{CLA: 0x10, INS: 0x86, Data: []byte{0x7C, 0}, Ne: 256}, "10860000027C0000"},
		{"2E", apdu.Command{INS: 0xB0, Ne: 1000, Extended: true}, "00B000000003E8"},
		{"2E all", apdu.Command{INS: 0xB0, Ne: 65536, Extended: true}, "00B00000000000"},
		{"3E", apdu.Command{INS: 0xD6, Data: data, Extended: true}, "00D6000000012C" + hex.EncodeToString(data)},
		{"4E", apdu.Command{INS: 0xD6, Data: data, Ne: 65536, Extended: true}, "00D6000000012C" + hex.EncodeToString(data) + "0000"},
		{"4E little", apdu.Command{INS: 0xD6, Data: []byte{1}, Ne: 2, Extended: true}, "00D60000000001010002"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.c.Encode()
			if err != nil || !bytes.Equal(got, unhex(t, tt.hex)) {
				t.Fatalf("%X, %v", got, err)
			}
			back, err := apdu.ParseCommand(got)
			if err != nil || !reflect.DeepEqual(back, tt.c) {
				t.Errorf("%+v, %v", back, err)
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, c := range []apdu.Command{{Data: make([]byte, 65536)}, {Ne: 65537}, {Ne: -1}} {
		if _, err := c.Encode(); !errors.Is(err, apdu.ErrSyntax) {
			t.Errorf("%d bytes, Ne %d: %v", len(c.Data), c.Ne, err)
		}
	}
}

func TestParseCommandRefuses(t *testing.T) {
	for _, in := range []string{"", "00A404", "00A4040C0201", "00A4040C02011C0000", "00B000000001", "00B00000000000FF", "00D6000000000201", "00D60000000001010002FF", "00D6000000000000", "00D600000000020102FF"} {
		if c, err := apdu.ParseCommand(unhex(t, in)); !errors.Is(err, apdu.ErrSyntax) {
			t.Errorf("%s: %+v, %v", in, c, err)
		}
	}
}

func TestResponse(t *testing.T) {
	r, err := apdu.ParseResponse(unhex(t, "BEEF9000"))
	if err != nil || r.SW != apdu.SWOK || !bytes.Equal(r.Data, []byte{0xBE, 0xEF}) || !bytes.Equal(r.Encode(), unhex(t, "BEEF9000")) {
		t.Errorf("%+v, %v", r, err)
	}
	for _, n := range []int{0, 1, 65539} {
		if _, err := apdu.ParseResponse(make([]byte, n)); !errors.Is(err, apdu.ErrSyntax) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// dialogue answers commands from a script and fails on any other.
type dialogue struct {
	t     *testing.T
	lines []string // command, response, command, response …
}

func (d *dialogue) Transmit(_ context.Context, cmd []byte) ([]byte, error) {
	if len(d.lines) < 2 {
		d.t.Fatalf("command too many: %X", cmd)
	}
	want, answer := unhex(d.t, d.lines[0]), d.lines[1]
	d.lines = d.lines[2:]
	if !bytes.Equal(cmd, want) {
		d.t.Fatalf("command %X, want %X", cmd, want)
	}
	if answer == "gone" {
		return nil, errGone
	}
	return unhex(d.t, answer), nil
}

var errGone = errors.New("card gone")

func TestSend(t *testing.T) {
	tests := []struct {
		name  string
		c     apdu.Command
		lines []string
		data  string
		sw    uint16
	}{
		{"plain", apdu.Command{INS: 0xB0, Ne: 256}, []string{"00B0000000", "01029000"}, "0102", 0x9000},
		{"rest of the answer", apdu.Command{INS: 0xB0, Ne: 256}, []string{"00B0000000", "01026102", "00C0000002", "03046101", "00C0000001", "059000"}, "0102030405", 0x9000},
		{"right length", apdu.Command{INS: 0xB0, Ne: 256}, []string{"00B0000000", "6C05", "00B0000005", "01020304059000"}, "0102030405", 0x9000},
		{"right length once", apdu.Command{INS: 0xB0, Ne: 256}, []string{"00B0000000", "6C05", "00B0000005", "6C04"}, "", 0x6C04},
		{"protected commands are not repeated", apdu.Command{CLA: 0x0C, INS: 0xB0, Ne: 256}, []string{"0CB0000000", "6C05"}, "", 0x6C05},
		{"rest under secure messaging", apdu.Command{CLA: 0x0C, INS: 0xB0, Ne: 256}, []string{"0CB0000000", "99026102", "00C0000002", "90009000"}, "99029000", 0x9000},
		{"rest in a chain", apdu.Command{CLA: 0x10, INS: 0x86, Data: []byte{1}, Ne: 256}, []string{"1086000001" + "0100", "99026102", "00C0000002", "90009000"}, "99029000", 0x9000},
		{"warning with data", apdu.Command{INS: 0xB0, Ne: 256}, []string{"00B0000000", "016282"}, "01", 0x6282},
		{"refusal", apdu.Command{INS: 0xA4}, []string{"00A40000", "6A82"}, "", 0x6A82},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := &dialogue{t, tt.lines}
			r, err := apdu.Plain{Transmitter: d}.Send(t.Context(), tt.c)
			if r.SW != tt.sw || !bytes.Equal(r.Data, unhex(t, tt.data)) || len(d.lines) > 0 {
				t.Errorf("%X %04X, %d lines left", r.Data, r.SW, len(d.lines))
			}
			if ok := tt.sw == apdu.SWOK; ok != (err == nil) || !ok && !apdu.IsStatus(err, tt.sw) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestSendFails(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  error
	}{
		{"torn off", []string{"00B0000000", "gone"}, errGone},
		{"torn off in the rest", []string{"00B0000000", "6101", "00C0000001", "gone"}, errGone},
		{"torn off in the repetition", []string{"00B0000000", "6C01", "00B0000001", "gone"}, errGone},
		{"half a status word", []string{"00B0000000", "90"}, apdu.ErrSyntax},
		{"endless", []string{"00B0000000", "6101", "00C0000001", "6101"}, apdu.ErrSyntax},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := apdu.Plain{Transmitter: &dialogue{t, tt.lines}}.Send(t.Context(), apdu.Command{INS: 0xB0, Ne: 256})
			if !errors.Is(err, tt.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// flood announces more for ever.
type flood struct{}

func (flood) Transmit(context.Context, []byte) ([]byte, error) {
	return append(make([]byte, 256), 0x61, 0x00), nil
}

func TestSendEndsAFlood(t *testing.T) {
	if _, err := (apdu.Plain{Transmitter: flood{}}).Send(t.Context(), apdu.Command{INS: 0xB0, Ne: 256}); !errors.Is(err, apdu.ErrSyntax) {
		t.Errorf("%v", err)
	}
}

func TestStatusErrorSaysWhat(t *testing.T) {
	for sw, want := range map[uint16]string{0x6A82: "file not found", 0x63C2: "2 tries left", 0x6983: "blocked", 0x6F00: "6F00"} {
		if s := (&apdu.StatusError{SW: sw, INS: 0xA4}).Error(); !strings.Contains(s, want) || !strings.Contains(s, "INS A4") {
			t.Errorf("%04X: %s", sw, s)
		}
	}
	if apdu.IsStatus(errGone) || !apdu.IsStatus(&apdu.StatusError{SW: 0x6A82}) || apdu.IsStatus(&apdu.StatusError{SW: 0x6A82}, 0x6982, 0x6700) {
		t.Error("IsStatus is wrong")
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, s := range []string{"00A4020C02011C", "00B0000000", "00B00000000000", "00D60000000001010002", "0CB000000D9701048E08ED6705417E96BA5500", "00", "00D6000000000000"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := apdu.ParseCommand(in)
		if err != nil {
			if !errors.Is(err, apdu.ErrSyntax) {
				t.Fatalf("an error without a sentinel: %v", err)
			}
			return
		}
		if out, err := c.Encode(); err != nil || !bytes.Equal(out, in) {
			t.Fatalf("%X came back as %X, %v", in, out, err)
		}
	})
}

func FuzzParseResponse(f *testing.F) {
	f.Add([]byte{0x90, 0x00})
	f.Add([]byte{0x90})
	f.Fuzz(func(t *testing.T, in []byte) {
		if r, err := apdu.ParseResponse(in); err == nil && !bytes.Equal(r.Encode(), in) {
			t.Fatal("does not survive")
		}
	})
}
