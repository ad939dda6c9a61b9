package sm_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/sm"
)

// chipEnd is the far end of a channel: it serves a file.
type chipEnd struct {
	s    *sm.Session
	file []byte
}

func (c *chipEnd) Transmit(_ context.Context, raw []byte) ([]byte, error) {
	cmd, err := apdu.ParseCommand(raw)
	if err != nil {
		return nil, err
	}
	if cmd, err = c.s.UnwrapCommand(cmd); err != nil {
		return apdu.Response{SW: sm.StatusWord(err)}.Encode(), nil
	}
	at := int(cmd.P1)<<8 | int(cmd.P2)
	r, err := c.s.WrapResponse(apdu.Response{Data: c.file[at:min(at+cmd.Ne, len(c.file))], SW: apdu.SWOK})
	return r.Encode(), err
}

func TestChannel(t *testing.T) {
	term, chip := pair(t, keys.AES128)
	file := bytes.Repeat([]byte("chân dung "), 100)
	ch := &sm.Channel{Transmitter: &chipEnd{chip, file}, Session: term}
	for range 3 {
		r, err := ch.Send(t.Context(), apdu.Command{INS: 0xB0, P2: 7, Ne: 300})
		if err != nil || !bytes.Equal(r.Data, file[7:307]) {
			t.Fatalf("%d bytes, %v", len(r.Data), err)
		}
	}
	chip.Close()
	if _, err := ch.Send(t.Context(), apdu.Command{INS: 0xB0, Ne: 4}); !errors.Is(err, sm.ErrUnprotected) || !sm.Broken(err) {
		t.Errorf("the chip closed: %v", err)
	}
	if _, err := ch.Send(t.Context(), apdu.Command{INS: 0xB0, Ne: 4}); !errors.Is(err, sm.ErrClosed) {
		t.Errorf("after that: %v", err)
	}
}

type torn struct{}

func (torn) Transmit(context.Context, []byte) ([]byte, error) { return nil, errTorn }

var errTorn = errors.New("torn off")

func TestChannelTornOff(t *testing.T) {
	term, _ := pair(t, keys.AES128)
	ch := &sm.Channel{Transmitter: torn{}, Session: term}
	if _, err := ch.Send(t.Context(), apdu.Command{INS: 0xB0, Ne: 4}); !errors.Is(err, errTorn) || !term.Closed() {
		t.Errorf("%v, closed %v", err, term.Closed())
	}
}

func TestNewRefuses(t *testing.T) {
	k := make([]byte, 16)
	if _, err := sm.New(keys.AES128, k, k, make([]byte, 8)); !errors.Is(err, sm.ErrFormat) {
		t.Errorf("short counter: %v", err)
	}
	if _, err := sm.New(keys.TDES, k, k, make([]byte, 9)); !errors.Is(err, sm.ErrFormat) {
		t.Errorf("long counter: %v", err)
	}
	if _, err := sm.New(keys.AES256, k, k, nil); !errors.Is(err, keys.ErrKey) {
		t.Errorf("short key: %v", err)
	}
}

func FuzzUnwrap(f *testing.F) {
	for _, v := range appendixD4 {
		f.Add(unhex(f, v.response))
	}
	f.Add([]byte{0x87, 0x00, 0x99, 0x02, 0x90, 0x00, 0x90, 0x00})
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := apdu.ParseResponse(raw)
		if err != nil {
			return
		}
		s := icao(t)
		if _, err := s.Wrap(appendixD4[0].plain); err != nil {
			t.Fatal(err)
		}
		// Nobody without the keys makes a second valid answer.
		want := unhex(t, appendixD4[0].response)
		if _, err := s.Unwrap(r); err == nil && !bytes.Equal(r.Data, want[:len(want)-2]) {
			t.Fatal("forged")
		}
	})
}

func FuzzUnwrapCommand(f *testing.F) {
	for _, v := range appendixD4 {
		f.Add(unhex(f, v.protected))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := apdu.ParseCommand(raw)
		if err != nil {
			return
		}
		same := c.CLA == 0x0C && c.INS == 0xA4 && bytes.Equal(c.Data, unhex(t, appendixD4[0].protected)[5:26])
		if _, err := icao(t).UnwrapCommand(c); err == nil && !same {
			t.Fatal("forged")
		}
	})
}

// A portrait of 15 KB in blocks of 223 bytes, and in one extended answer. Both
// ends are measured: the reader's own share is about half.
func BenchmarkRead15KB(b *testing.B) {
	for _, suite := range []keys.Suite{keys.TDES, keys.AES128, keys.AES256} {
		for name, size := range map[string]int{"short": 223, "extended": 15 << 10} {
			b.Run(suite.String()+"/"+name, func(b *testing.B) {
				b.SetBytes(15 << 10)
				term, chip := pair(b, suite)
				data := make([]byte, size)
				b.ResetTimer()
				for range b.N {
					for at := 0; at < 15<<10; at += size {
						w, err := term.Wrap(apdu.Command{INS: 0xB0, P1: byte(at >> 8), P2: byte(at), Ne: size})
						if err != nil {
							b.Fatal(err)
						}
						if _, err := chip.UnwrapCommand(w); err != nil {
							b.Fatal(err)
						}
						r, err := chip.WrapResponse(apdu.Response{Data: data, SW: apdu.SWOK})
						if err != nil {
							b.Fatal(err)
						}
						if _, err := term.Unwrap(r); err != nil {
							b.Fatal(err)
						}
					}
				}
			})
		}
	}
}
