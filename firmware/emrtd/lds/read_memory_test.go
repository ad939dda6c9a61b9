package lds_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/sm"
)

// answers keeps what the wire gave, and may end it.
type answers struct {
	card *card
	all  [][]byte
	end  int // commands before the card is gone, 0 for never
}

var errGone = errors.New("card gone")

func (a *answers) Transmit(ctx context.Context, raw []byte) ([]byte, error) {
	if a.end > 0 && len(a.all) >= a.end {
		return nil, errGone
	}
	out, err := a.card.Transmit(ctx, raw)
	a.all = append(a.all, out)
	return out, err
}

// A file that comes in one answer is that answer; one that comes in pieces is
// put together once, and the pieces are overwritten. Nothing else holds it.
func TestOneCopyOfAFile(t *testing.T) {
	for _, suite := range []keys.Suite{0, keys.TDES, keys.AES128} {
		for name, opt := range map[string]lds.Options{"extended": {}, "short": {ShortOnly: true}} {
			c := &card{files: document()}
			a := &answers{card: c}
			s := connect(t, c, suite)
			if ch, ok := s.(*sm.Channel); ok {
				ch.Transmitter = a
			} else {
				s = apdu.Plain{Transmitter: a}
			}
			h := sha256.New()
			b, err := lds.NewReader(s, opt).ReadTo(t.Context(), lds.DG(2), h)
			if err != nil || !bytes.Equal(b, c.files[lds.DG(2)]) {
				t.Fatalf("%v %s: %d bytes, %v", suite, name, len(b), err)
			}
			if want := sha256.Sum256(b); !bytes.Equal(h.Sum(nil), want[:]) {
				t.Errorf("%v %s: hashed something else", suite, name)
			}
			clear(b)
			// Any piece of the file that is unlike the zeros left behind.
			piece := c.files[lds.DG(2)][8100:8120]
			for i, out := range a.all {
				if bytes.Contains(out, piece) {
					t.Errorf("%v %s: answer %d of %d still has a part of the file", suite, name, i, len(a.all))
				}
			}
		}
	}
}

// The hash has seen every byte before the last command is answered, not only at
// the end: that is what streaming means.
func TestHashedOnTheWay(t *testing.T) {
	c := &card{files: document()}
	var seen counter
	r := lds.NewReader(connect(t, c, 0), lds.Options{ShortOnly: true, Progress: func(_ lds.File, done, _ int) {
		if int(seen) != done {
			t.Fatalf("%d bytes hashed when %d were there", seen, done)
		}
	}})
	if _, err := r.ReadTo(t.Context(), lds.DG(2), &seen); err != nil || seen != 15004 {
		t.Errorf("%d bytes, %v", seen, err)
	}
}

type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errGone }

func TestNothingIsLeftOfHalfAFile(t *testing.T) {
	c := &card{files: document()}
	a := &answers{card: c, end: 5}
	b, err := lds.NewReader(apdu.Plain{Transmitter: a}, lds.Options{ShortOnly: true}).Read(t.Context(), lds.DG(2))
	if !errors.Is(err, errGone) || b != nil {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	for _, opt := range []lds.Options{{}, {ShortOnly: true}} {
		if _, err := lds.NewReader(connect(t, c, 0), opt).ReadTo(t.Context(), lds.DG(2), full{}); !errors.Is(err, errGone) {
			t.Errorf("nobody took the bytes: %v", err)
		}
	}
}

// shy refuses to give more than so many bytes, by 6700 and in plain.
type shy struct {
	*card
	most int
}

func (s shy) Transmit(ctx context.Context, raw []byte) ([]byte, error) {
	cmd, err := apdu.ParseCommand(raw)
	if err != nil {
		return nil, err
	}
	ne := cmd.Ne
	if s.session != nil { // DO 97 tells, first of the objects of a read
		ne = int(cmd.Data[2])
		if cmd.Data[1] == 2 {
			ne = int(cmd.Data[2])<<8 | int(cmd.Data[3])
		}
		if ne == 0 {
			ne = apdu.MaxExtended
		}
	}
	if cmd.INS == apdu.InsReadBinary && ne > s.most {
		return apdu.Response{SW: apdu.SWWrongLength}.Encode(), nil
	}
	return s.card.Transmit(ctx, raw)
}

// A chip that gives only so much is asked for less and less, and from then on
// for no more.
func TestLessAndLess(t *testing.T) {
	for _, suite := range []keys.Suite{0, keys.TDES, keys.AES128} {
		for _, most := range []int{16, 60, 128, 200} {
			c := &card{files: document()}
			s := connect(t, c, suite)
			if ch, ok := s.(*sm.Channel); ok {
				ch.Transmitter = shy{c, most}
			} else {
				s = apdu.Plain{Transmitter: shy{c, most}}
			}
			r := lds.NewReader(s, lds.Options{})
			for _, f := range order[:3] {
				b, err := r.Read(t.Context(), f)
				if err != nil || !bytes.Equal(b, c.files[f]) {
					t.Fatalf("%v, at most %d: %v: %d bytes, %v", suite, most, f, len(b), err)
				}
			}
		}
	}
}

// New keys may leave less room in an answer; what was learned of the chip stays.
func TestUseAnotherSender(t *testing.T) {
	c := &card{files: document(), noSFI: apdu.SWWrongP1P2}
	r := lds.NewReader(connect(t, c, keys.TDES), lds.Options{ShortOnly: true})
	for _, suite := range []keys.Suite{keys.TDES, keys.AES128, keys.TDES} {
		c.log = nil
		r.Use(connect(t, c, suite))
		b, err := r.Read(t.Context(), lds.DG(13))
		if err != nil || !bytes.Equal(b, c.files[lds.DG(13)]) {
			t.Fatalf("%v: %d bytes, %v", suite, len(b), err)
		}
		want := map[keys.Suite]string{keys.TDES: "B0 0000 231", keys.AES128: "B0 0000 223"}[suite]
		if i := len(c.log) - 2; i < 0 || c.log[i] != want {
			t.Errorf("%v: %q", suite, c.log)
		}
	}
}
