package pace_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/pace"
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

func (d *dialogue) Transmit(_ context.Context, cmd []byte) ([]byte, error) {
	if len(d.lines) < 2 {
		return nil, errors.New("the script has ended")
	}
	want, answer := d.lines[0], d.lines[1]
	d.lines = d.lines[2:]
	if got := fmt.Sprintf("%X", cmd); got != want {
		d.t.Fatalf("command %s, want %s", got, want)
	}
	return unhex(d.t, answer), nil
}

// Doc 9303-11 appendix G.1: generic mapping, ECDH, brainpoolP256r1, AES-128,
// password from the machine-readable zone.
const cardAccessG1 = "31143012060A04007F0007020204020202010202010D"

func scriptG1() []string {
	return []string{
		"0022C1A40F800A04007F00070202040202830101", "9000",
		"10860000027C0000", "7C12801095A3A016522EE98D01E76CB6B98B42C39000",
		"10860000457C438141047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D00",
		"7C43824104824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F5730D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C549000",
		"10860000457C438341042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB3646200",
		"7C438441049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F0949000",
		"008600000C7C0A8508C2B0BD78D94BA86600", "7C0A86083ABB9674BCE93C089000",
	}
}

// randomG1 is what the terminal of the example draws.
func randomG1(t testing.TB) *bytes.Reader {
	return bytes.NewReader(unhex(t, "7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99"+
		"A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595"))
}

func infoG1(t testing.TB) (pace.Info, pace.Password) {
	t.Helper()
	infos, err := pace.ParseCardAccess(unhex(t, cardAccessG1))
	if err != nil {
		t.Fatal(err)
	}
	info, err := pace.Choose(infos)
	if err != nil {
		t.Fatal(err)
	}
	mrz, err := keys.MRZInformation("T22000129", "640812", "101031")
	if err != nil {
		t.Fatal(err)
	}
	return info, pace.MRZ(mrz)
}

func TestAppendixG1(t *testing.T) {
	info, pw := infoG1(t)
	if s := info.String(); s != "PACE-GM AES-128 brainpoolP256r1" {
		t.Errorf("chosen %s", s)
	}
	d := &dialogue{t, scriptG1()}
	session, err := pace.Authenticate(t.Context(), apdu.Plain{Transmitter: d}, info, pw, randomG1(t))
	if err != nil || len(d.lines) > 0 {
		t.Fatalf("%v, %d lines left", err, len(d.lines))
	}
	// The session's keys are the example's: a first command wrapped with them
	// opens with the published KS_Enc and KS_MAC.
	w, err := session.Wrap(apdu.Command{INS: apdu.InsSelect, P1: 4, P2: 0xC, Data: []byte("ung dung")})
	if err != nil {
		t.Fatal(err)
	}
	chip, err := sm.New(keys.AES128, unhex(t, "F5F0E35C0D7161EE6724EE513A0D9A7F"), unhex(t, "FE251C7858B356B24514B3BD5F4297D1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := chip.UnwrapCommand(w)
	if err != nil || string(c.Data) != "ung dung" {
		t.Errorf("%q, %v", c.Data, err)
	}
}

func TestAnswersOfTheChip(t *testing.T) {
	// Each case replaces the answer at one step and cuts the script there.
	own := strings.TrimSuffix(strings.TrimPrefix(scriptG1()[4], "10860000457C43814104"), "00")
	tests := []struct {
		name   string
		step   int
		answer string
		want   error
	}{
		{"variant not known", 0, "6A80", pace.ErrRefused},
		{"not now", 0, "6985", pace.ErrRefused},
		{"blocked", 0, "6983", pace.ErrBlocked},
		{"no tries left", 0, "63C0", pace.ErrBlocked},
		{"nonce refused", 1, "6982", pace.ErrRefused},
		{"nonce blocked", 1, "6983", pace.ErrBlocked},
		{"no template", 1, "9000", pace.ErrChip},
		{"no nonce", 1, "7C009000", pace.ErrChip},
		{"short nonce", 1, "7C0A800801020304050607089000", pace.ErrChip},
		{"nonce cut", 1, "7C12801095A39000", pace.ErrChip},
		{"mapping refused", 2, "6300", pace.ErrRefused},
		{"own key back", 2, "7C43824104" + own + "9000", pace.ErrChip},
		{"point off the curve", 2, "7C43824104" + own[:126] + "009000", pace.ErrChip},
		{"compressed point", 2, "7C23822102" + own[:64] + "9000", pace.ErrChip},
		{"point at infinity", 2, "7C03820100" + "9000", pace.ErrChip},
		{"coordinates out of range", 2, "7C43824104" + strings.Repeat("FF", 64) + "9000", pace.ErrChip},
		{"key agreement refused", 3, "6300", pace.ErrRefused},
		{"wrong password", 4, "6300", pace.ErrPassword},
		{"wrong password, tries left", 4, "63C2", pace.ErrPassword},
		{"wrong password, security status", 4, "6982", pace.ErrPassword},
		{"wrong password, blocked now", 4, "6983", pace.ErrBlocked},
		{"wrong token", 4, "7C0A86083ABB9674BCE93C099000", pace.ErrPassword},
		{"short token", 4, "7C0986073ABB9674BCE93C9000", pace.ErrPassword},
		{"no token", 4, "7C009000", pace.ErrChip},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			info, pw := infoG1(t)
			script := slices.Clone(scriptG1()[:2*tt.step+2])
			script[2*tt.step+1] = tt.answer
			d := &dialogue{t, script}
			_, err := pace.Authenticate(t.Context(), apdu.Plain{Transmitter: d}, info, pw, randomG1(t))
			if !errors.Is(err, tt.want) || len(d.lines) > 0 {
				t.Errorf("%v, %d lines left", err, len(d.lines))
			}
			if s := err.Error(); strings.Contains(s, "T22000129") || strings.Contains(s, "89DE") {
				t.Errorf("the error tells a secret: %s", s)
			}
		})
	}
}

// A warning about tries left does not stop the protocol.
func TestTriesLeftIsAWarning(t *testing.T) {
	info, pw := infoG1(t)
	script := scriptG1()
	script[1] = "63C2"
	if _, err := pace.Authenticate(t.Context(), apdu.Plain{Transmitter: &dialogue{t, script}}, info, pw, randomG1(t)); err != nil {
		t.Error(err)
	}
}

func TestTornOff(t *testing.T) {
	for step := range 5 {
		info, pw := infoG1(t)
		_, err := pace.Authenticate(t.Context(), apdu.Plain{Transmitter: &dialogue{t, scriptG1()[:2*step]}}, info, pw, randomG1(t))
		if err == nil || errors.Is(err, pace.ErrPassword) || errors.Is(err, pace.ErrRefused) {
			t.Errorf("step %d: %v", step, err)
		}
	}
}

func TestNoRandomness(t *testing.T) {
	info, pw := infoG1(t)
	if _, err := pace.Authenticate(t.Context(), apdu.Plain{Transmitter: &dialogue{t, scriptG1()}}, info, pw, bytes.NewReader(nil)); err == nil {
		t.Error("keys without randomness")
	}
}

func TestCardAccess(t *testing.T) {
	// As Vietnamese cards hold it: terminal and chip authentication beside PACE.
	infos, err := pace.ParseCardAccess(unhex(t, "3134300D060804007F0007020202020101300F060A04007F000702020302020201013012060A04007F0007020204020202010202010D"))
	if err != nil || len(infos) != 1 || infos[0].ParameterID != 13 || infos[0].Version != 2 || infos[0].Ambiguous {
		t.Errorf("%+v, %v", infos, err)
	}
	// Integrated mapping first, then two curves of the generic one.
	infos, err = pace.ParseCardAccess(unhex(t, "313C3012060A04007F0007020204040202010202010D3012060A04007F0007020204020402010202010C3012060A04007F0007020204020402010202010F"))
	if err != nil || len(infos) != 3 {
		t.Fatalf("%+v, %v", infos, err)
	}
	info, err := pace.Choose(infos)
	if err != nil || info.ParameterID != 15 || !info.Ambiguous || !infos[0].Supported() {
		t.Errorf("chosen %+v, %v", info, err)
	}
	if s := info.String(); s != "PACE-GM AES-256 P-384" {
		t.Error(s)
	}
}

func TestCardAccessRefuses(t *testing.T) {
	for _, in := range []string{"", "31", "30143012060A04007F0007020204020202010202010D", "3103300106", "31023000", "31050201013000", "31143012060A04007F0007020204020202010204010D", "31143012060A04007F0007020204020202020202010D"} {
		if infos, err := pace.ParseCardAccess(unhex(t, in)); !errors.Is(err, pace.ErrCardAccess) {
			t.Errorf("%s: %+v, %v", in, infos, err)
		}
	}
	for _, in := range []string{
		"3100", // nothing
		"31143012060A04007F0007020204020202010102010D", // version 1
		"31143012060A04007F00070202040202020102020163", // unknown curve
		"31143012060A04007F0007020204020902010202010D", // unknown cipher
		"3111300F060A04007F00070202040202020102",       // no parameters
	} {
		infos, err := pace.ParseCardAccess(unhex(t, in))
		if err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if info, err := pace.Choose(infos); !errors.Is(err, pace.ErrUnsupported) {
			t.Errorf("%s: %v, %v", in, info, err)
		}
	}
}

func TestPasswords(t *testing.T) {
	for _, bad := range []string{"", "12345a", "１２３４５６", strings.Repeat("1", 33)} {
		if _, err := pace.CAN(bad); !errors.Is(err, keys.ErrPassword) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	pw, err := pace.CAN("000638")
	if err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprintf("%v %+v %#v %s", pw, pw, pw, pw); strings.Contains(s, "638") || strings.Contains(s, "51") {
		t.Errorf("printed: %s", s)
	}
}

func FuzzParseCardAccess(f *testing.F) {
	for _, s := range []string{cardAccessG1, "3134300D060804007F0007020202020101300F060A04007F000702020302020201013012060A04007F0007020204020202010202010D", "3100", "31023000"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		infos, err := pace.ParseCardAccess(b)
		if err != nil {
			if !errors.Is(err, pace.ErrCardAccess) {
				t.Fatalf("an error without a sentinel: %v", err)
			}
			return
		}
		if info, err := pace.Choose(infos); err == nil && !info.Supported() {
			t.Fatalf("chose %v", info)
		}
	})
}

// FuzzChip lets a chip answer anything at any step.
func FuzzChip(f *testing.F) {
	for i, line := range scriptG1() {
		if i%2 == 1 {
			f.Add(uint8(i/2), unhex(f, line))
		}
	}
	f.Fuzz(func(t *testing.T, step uint8, answer []byte) {
		script := scriptG1()
		step %= 5
		if script[2*step+1] == fmt.Sprintf("%X", answer) || step == 0 {
			return
		}
		script[2*step+1] = fmt.Sprintf("%X", answer)
		script = script[:2*step+2]
		info, pw := infoG1(t)
		if _, err := pace.Authenticate(t.Context(), apdu.Plain{Transmitter: &dialogue{t, script}}, info, pw, randomG1(t)); err == nil &&
			!bytes.Contains(answer, unhex(t, "86083ABB9674BCE93C08")) {
			t.Fatal("let in without the password")
		}
	})
}
