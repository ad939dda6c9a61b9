package bac_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/bac"
	"tram06/firmware/emrtd/sm"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// dialogue answers commands from a script and fails on any other.
type dialogue struct {
	t     testing.TB
	lines []string // command, response, command, response …
}

var errTorn = errors.New("torn off")

func (d *dialogue) Transmit(_ context.Context, cmd []byte) ([]byte, error) {
	if len(d.lines) < 2 {
		return nil, errTorn
	}
	want, answer := d.lines[0], d.lines[1]
	d.lines = d.lines[2:]
	if got := fmt.Sprintf("%X", cmd); got != want {
		d.t.Fatalf("command %s, want %s", got, want)
	}
	return unhex(d.t, answer), nil
}

// Doc 9303-11 appendix D: authentication (D.3), then EF.COM over the session (D.4).
const (
	information = "L898902C<369080619406236"
	random      = "781723860C06C226" + "0B795240CB7049B01C19B33E32804F0B"
	challenge   = "0084000008"
	proof       = "008200002872C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A728"
	answer      = "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449"
)

func TestAppendixD(t *testing.T) {
	d := &dialogue{t, []string{
		challenge, "4608F919887022129000",
		proof, answer + "9000",
		"0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800", "990290008E08FA855A5D4C50A8ED9000",
		"0CB000000D9701048E08ED6705417E96BA5500", "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
		"0CB000040D9701128E082EA28A70F3C7B53500", "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
	}}
	s, err := bac.Authenticate(t.Context(), apdu.Plain{Transmitter: d}, bac.NewKeys(information), bytes.NewReader(unhex(t, random)))
	if err != nil {
		t.Fatal(err)
	}
	ch := &sm.Channel{Transmitter: d, Session: s}
	var com []byte
	for _, c := range []apdu.Command{{INS: 0xA4, P1: 2, P2: 0xC, Data: []byte{1, 0x1E}}, {INS: 0xB0, Ne: 4}, {INS: 0xB0, P2: 4, Ne: 18}} {
		r, err := ch.Send(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		com = append(com, r.Data...)
	}
	if !bytes.Equal(com, unhex(t, "60145F0104303130365F36063034303030305C026175")) {
		t.Errorf("EF.COM %X", com)
	}
}

func TestFails(t *testing.T) {
	other := strings.Replace(answer, "46B9", "46BA", 1)
	tests := []struct {
		name  string
		lines []string
		want  error
	}{
		{"no challenge", []string{challenge, "6D00"}, nil},
		{"short challenge", []string{challenge, "4608F9199000"}, bac.ErrChip},
		{"torn off at the challenge", nil, errTorn},
		{"wrong keys", []string{challenge, "4608F919887022129000", proof, "6300"}, bac.ErrAccess},
		{"wrong keys, security status", []string{challenge, "4608F919887022129000", proof, "6982"}, bac.ErrAccess},
		{"torn off at the proof", []string{challenge, "4608F919887022129000"}, errTorn},
		{"wrong MAC", []string{challenge, "4608F919887022129000", proof, other + "9000"}, bac.ErrChip},
		{"short answer", []string{challenge, "4608F919887022129000", proof, answer[:78] + "9000"}, bac.ErrChip},
		{"our proof sent back", []string{challenge, "4608F919887022129000", proof, proof[10:90] + "9000"}, bac.ErrChip},
		{"nothing but yes", []string{challenge, "4608F919887022129000", proof, "9000"}, bac.ErrChip},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := &dialogue{t, tt.lines}
			s, err := bac.Authenticate(t.Context(), apdu.Plain{Transmitter: d}, bac.NewKeys(information), bytes.NewReader(unhex(t, random)))
			if err == nil || s != nil || len(d.lines) > 0 {
				t.Fatalf("session %v, %v", s, err)
			}
			if tt.want != nil && !errors.Is(err, tt.want) || tt.want == nil && errors.Is(err, bac.ErrAccess) {
				t.Errorf("%v", err)
			}
			if strings.Contains(err.Error(), "L898902C") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}

func TestNoRandomness(t *testing.T) {
	d := &dialogue{t, []string{challenge, "4608F919887022129000"}}
	if _, err := bac.Authenticate(t.Context(), apdu.Plain{Transmitter: d}, bac.NewKeys(information), bytes.NewReader(make([]byte, 23))); err == nil {
		t.Error("a key of 23 random bytes")
	}
}

func TestKeysArePrivate(t *testing.T) {
	k := bac.NewKeys(information)
	if s := fmt.Sprintf("%v %+v %#v %s", k, k, k, k); strings.Contains(s, "AB") || strings.Contains(s, "171") {
		t.Errorf("printed: %s", s)
	}
	k.Wipe()
	d := &dialogue{t, []string{challenge, "4608F919887022129000"}}
	if _, err := bac.Authenticate(t.Context(), apdu.Plain{Transmitter: record{d}}, k, bytes.NewReader(unhex(t, random))); !errors.Is(err, errTorn) {
		t.Errorf("%v", err)
	}
}

// record lets the first command pass and makes sure that the second is not the
// proof of the real keys.
type record struct{ d *dialogue }

func (r record) Transmit(ctx context.Context, cmd []byte) ([]byte, error) {
	if fmt.Sprintf("%X", cmd) == proof {
		r.d.t.Error("wiped keys still work")
	}
	return r.d.Transmit(ctx, cmd)
}

// FuzzAnswer lets a chip answer anything.
func FuzzAnswer(f *testing.F) {
	f.Add(unhex(f, answer+"9000"))
	f.Add(unhex(f, "9000"))
	f.Add(unhex(f, "6300"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := &dialogue{t, []string{challenge, "4608F919887022129000", proof, hex.EncodeToString(b)}}
		_, err := bac.Authenticate(t.Context(), apdu.Plain{Transmitter: d}, bac.NewKeys(information), bytes.NewReader(unhex(t, random)))
		if err == nil && !bytes.Equal(b, unhex(t, answer+"9000")) {
			t.Fatal("a chip without the keys got in")
		}
	})
}
