package sm_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
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

// icao is one end of the session of Doc 9303-11 appendix D.4.
func icao(t testing.TB) *sm.Session {
	t.Helper()
	s, err := sm.New(keys.TDES, unhex(t, "979EC13B1CBFE9DCD01AB0FED307EAE5"), unhex(t, "F1CB1F1FB5ADF208806B89DC579DC1F8"), unhex(t, "887022120C06C226"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// exchange is a command and its answer, in plain and protected.
type exchange struct {
	plain            apdu.Command
	protected        string
	response, answer string
}

// appendixD4 is SELECT EF.COM, READ BINARY of four bytes, of the other eighteen.
var appendixD4 = []exchange{
	{apdu.Command{INS: 0xA4, P1: 0x02, P2: 0x0C, Data: []byte{0x01, 0x1E}},
		"0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
		"990290008E08FA855A5D4C50A8ED9000", ""},
	{apdu.Command{INS: 0xB0, Ne: 4},
		"0CB000000D9701048E08ED6705417E96BA5500",
		"8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000", "60145F01"},
	{apdu.Command{INS: 0xB0, P2: 4, Ne: 18},
		"0CB000040D9701128E082EA28A70F3C7B53500",
		"871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000", "04303130365F36063034303030305C026175"},
}

// aes256 is one end of a session that a real chip held with AES-256; its
// exchange is published with the tests of the open-source reader gmrtd.
func aes256(t testing.TB) *sm.Session {
	t.Helper()
	s, err := sm.New(keys.AES256,
		unhex(t, "74B94F408BBB2CD92571FD5B6370A94CCE7A2FA42AE3EB4DA47B97CE6EAA24C6"),
		unhex(t, "9E28D5D9FF1D979BE752E8926BF0E1D35A440FC0AEFC4AA3BC5610055AC8B113"),
		unhex(t, "00000000000000000000000000000020"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var recordedAES = []exchange{
	{apdu.Command{INS: 0xA4, P1: 0x02, P2: 0x0C, Data: []byte{0x01, 0x1E}},
		"0CA4020C1D8711011D35E7EB510E21A0DD12380D9AD2B92D8E0828CB68B81D3FAFC000",
		"990290008E08E083EAA61ADABFCE9000", ""},
	{apdu.Command{INS: 0xB0, Ne: 4},
		"0CB000000D9701048E084AFC933E0CDBE5F000",
		"871101D8059A9CF835105082CA2B1837E4AEC0990290008E08B36DB56761D706BB9000", "60185F01"},
	{apdu.Command{INS: 0xB0, P2: 4, Ne: 22},
		"0CB000040D9701168E0811F7EFC907D1F27400",
		"87210142E919C115FAF69350B01813D77A9E8D91912A7F717AFD073F199070E61B79C6990290008E083382E3D983F441369000",
		"04303130385F36063034303030305C06617563766D6E"},
}

func TestPublishedExchanges(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(testing.TB) *sm.Session
		vs   []exchange
	}{{"appendix D.4", icao, appendixD4}, {"AES-256 chip", aes256, recordedAES}} {
		t.Run(tt.name+" terminal", func(t *testing.T) { playTerminal(t, tt.end(t), tt.vs) })
		t.Run(tt.name+" chip", func(t *testing.T) { playChip(t, tt.end(t), tt.vs) })
	}
}

func playTerminal(t *testing.T, s *sm.Session, vs []exchange) {
	t.Helper()
	for _, v := range vs {
		c, err := s.Wrap(v.plain)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := c.Encode()
		if err != nil || !bytes.Equal(raw, unhex(t, v.protected)) {
			t.Fatalf("protected %X, %v", raw, err)
		}
		r, err := apdu.ParseResponse(unhex(t, v.response))
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Unwrap(r)
		if err != nil || got.SW != apdu.SWOK || !bytes.Equal(got.Data, unhex(t, v.answer)) {
			t.Fatalf("answer %X %04X, %v", got.Data, got.SW, err)
		}
	}
}

func playChip(t *testing.T, s *sm.Session, vs []exchange) {
	t.Helper()
	for _, v := range vs {
		c, err := apdu.ParseCommand(unhex(t, v.protected))
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.UnwrapCommand(c)
		if err != nil {
			t.Fatal(err)
		}
		if got.INS != v.plain.INS || got.CLA != 0 || got.P1 != v.plain.P1 || got.P2 != v.plain.P2 || got.Ne != v.plain.Ne || !bytes.Equal(got.Data, v.plain.Data) {
			t.Fatalf("opened %+v", got)
		}
		r, err := s.WrapResponse(apdu.Response{Data: unhex(t, v.answer), SW: apdu.SWOK})
		if err != nil || !bytes.Equal(r.Encode(), unhex(t, v.response)) {
			t.Fatalf("response %X, %v", r.Encode(), err)
		}
	}
}

var suites = []keys.Suite{keys.TDES, keys.AES128, keys.AES192, keys.AES256}

// pair makes both ends of a session, with a counter about to overflow.
func pair(t testing.TB, s keys.Suite) (terminal, chip *sm.Session) {
	t.Helper()
	enc, mac := bytes.Repeat([]byte{0x4C}, s.KeyLen()), bytes.Repeat([]byte{0x4F}, s.KeyLen())
	ssc := bytes.Repeat([]byte{0xFF}, s.BlockSize())
	ends := make([]*sm.Session, 2)
	for i := range ends {
		var err error
		if ends[i], err = sm.New(s, enc, mac, ssc); err != nil {
			t.Fatal(err)
		}
	}
	return ends[0], ends[1]
}

func TestBothEnds(t *testing.T) {
	commands := []apdu.Command{
		{INS: 0xA4, P1: 2, P2: 0xC, Data: []byte{1, 0x1E}},
		{INS: 0xB0, Ne: 256},
		{INS: 0xB0, Ne: 65536},
		{INS: 0xB1, Data: []byte{0x54, 2, 0x80, 0}, Ne: 256},
		{INS: 0x22, P1: 0x41, P2: 0xA4, Data: bytes.Repeat([]byte{7}, 300)},
		{INS: 0x70},
		{INS: 0x88, Data: make([]byte, 8), Ne: 256},
	}
	for _, suite := range suites {
		t.Run(suite.String(), func(t *testing.T) {
			term, chip := pair(t, suite)
			for size := range 70 {
				for _, want := range commands {
					w, err := term.Wrap(want)
					if err != nil {
						t.Fatal(err)
					}
					raw, err := w.Encode()
					if err != nil {
						t.Fatal(err)
					}
					parsed, err := apdu.ParseCommand(raw)
					if err != nil {
						t.Fatal(err)
					}
					got, err := chip.UnwrapCommand(parsed)
					if err != nil {
						t.Fatal(err)
					}
					if got.INS != want.INS || got.Ne != want.Ne || !bytes.Equal(got.Data, want.Data) {
						t.Fatalf("sent %+v, got %+v", want, got)
					}
					answer := bytes.Repeat([]byte{byte(size)}, size)
					r, err := chip.WrapResponse(apdu.Response{Data: answer, SW: 0x6282})
					if err != nil {
						t.Fatal(err)
					}
					back, err := term.Unwrap(r)
					if err != nil || back.SW != 0x6282 || !bytes.Equal(back.Data, answer) {
						t.Fatalf("answer %X %04X, %v", back.Data, back.SW, err)
					}
				}
			}
		})
	}
}

// Every single bit of a protected APDU matters to the end that receives it,
// except the class, instruction and length bytes that make it another APDU.
func TestEveryBitIsChecked(t *testing.T) {
	for _, suite := range suites {
		t.Run(suite.String(), func(t *testing.T) {
			term, chip := pair(t, suite)
			w, err := term.Wrap(apdu.Command{INS: 0xA4, P1: 2, P2: 0xC, Data: []byte{1, 0x1E}, Ne: 9})
			if err != nil {
				t.Fatal(err)
			}
			for bit := range len(w.Data) * 8 {
				_, victim := pair(t, suite)
				bad := w
				bad.Data = bytes.Clone(w.Data)
				bad.Data[bit/8] ^= 1 << (bit % 8)
				if c, err := victim.UnwrapCommand(bad); err == nil {
					t.Fatalf("chip took flipped bit %d: %+v", bit, c)
				}
				if !victim.Closed() {
					t.Fatalf("bit %d: chip goes on", bit)
				}
			}
			for _, bad := range []apdu.Command{{CLA: 0x0C, INS: 0xA5, P1: 2, P2: 0xC}, {CLA: 0x0C, INS: 0xA4, P1: 3, P2: 0xC}, {CLA: 0x0C, INS: 0xA4, P1: 2, P2: 0xD}, {CLA: 0x1C, INS: 0xA4, P1: 2, P2: 0xC}} {
				_, victim := pair(t, suite)
				bad.Data = bytes.Clone(w.Data)
				if _, err := victim.UnwrapCommand(bad); !errors.Is(err, sm.ErrMAC) {
					t.Errorf("header %02X%02X%02X%02X: %v", bad.CLA, bad.INS, bad.P1, bad.P2, err)
				}
			}
			if _, err := chip.UnwrapCommand(w); err != nil {
				t.Fatal(err)
			}
			r, err := chip.WrapResponse(apdu.Response{Data: []byte("xin chao"), SW: apdu.SWOK})
			if err != nil {
				t.Fatal(err)
			}
			for bit := range len(r.Data) * 8 {
				victim, _ := pair(t, suite)
				if _, err := victim.Wrap(apdu.Command{INS: 0xA4, Ne: 9}); err != nil {
					t.Fatal(err)
				}
				bad := apdu.Response{Data: bytes.Clone(r.Data), SW: r.SW}
				bad.Data[bit/8] ^= 1 << (bit % 8)
				if _, err := victim.Unwrap(bad); err == nil {
					t.Fatalf("terminal took flipped bit %d", bit)
				} else if !sm.Broken(err) || !victim.Closed() {
					t.Fatalf("bit %d: %v, and the terminal goes on", bit, err)
				}
			}
		})
	}
}

func TestReplayAndOrder(t *testing.T) {
	for _, suite := range suites {
		term, chip := pair(t, suite)
		w, err := term.Wrap(apdu.Command{INS: 0xB0, Ne: 4})
		if err != nil {
			t.Fatal(err)
		}
		first := bytes.Clone(w.Data)
		if _, err := chip.UnwrapCommand(w); err != nil {
			t.Fatal(err)
		}
		if _, err := chip.WrapResponse(apdu.Response{SW: apdu.SWOK}); err != nil {
			t.Fatal(err)
		}
		w.Data = first
		_, err = chip.UnwrapCommand(w)
		if !errors.Is(err, sm.ErrMAC) || sm.StatusWord(err) != apdu.SWWrongSM {
			t.Errorf("%v: a replayed command: %v", suite, err)
		}
		if _, err := chip.UnwrapCommand(w); !errors.Is(err, sm.ErrClosed) {
			t.Errorf("%v: after that: %v", suite, err)
		}
	}
}

func TestChipRefuses(t *testing.T) {
	tests := []struct {
		name string
		c    apdu.Command
		want error
		sw   uint16
	}{
		{"plain command", apdu.Command{INS: 0xB0, Ne: 4}, sm.ErrMissing, apdu.SWMissingSM},
		{"no MAC", apdu.Command{CLA: 0x0C, INS: 0xB0, Data: []byte{0x97, 1, 4}}, sm.ErrMissing, apdu.SWMissingSM},
		{"nothing", apdu.Command{CLA: 0x0C, INS: 0xB0}, sm.ErrMissing, apdu.SWMissingSM},
		{"MAC not last", apdu.Command{CLA: 0x0C, INS: 0xB0, Data: []byte{0x8E, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x97, 1, 4}}, sm.ErrFormat, apdu.SWWrongSM},
		{"short MAC", apdu.Command{CLA: 0x0C, INS: 0xB0, Data: []byte{0x8E, 4, 1, 2, 3, 4}}, sm.ErrFormat, apdu.SWWrongSM},
		{"unknown object", apdu.Command{CLA: 0x0C, INS: 0xB0, Data: []byte{0x81, 1, 4, 0x8E, 8, 1, 2, 3, 4, 5, 6, 7, 8}}, sm.ErrFormat, apdu.SWWrongSM},
		{"object twice", apdu.Command{CLA: 0x0C, INS: 0xB0, Data: []byte{0x97, 1, 4, 0x97, 1, 4, 0x8E, 8, 1, 2, 3, 4, 5, 6, 7, 8}}, sm.ErrFormat, apdu.SWWrongSM},
		{"cut short", apdu.Command{CLA: 0x0C, INS: 0xB0, Data: []byte{0x97, 1}}, sm.ErrFormat, apdu.SWWrongSM},
		{"wrong MAC", apdu.Command{CLA: 0x0C, INS: 0xB0, Data: []byte{0x8E, 8, 1, 2, 3, 4, 5, 6, 7, 8}}, sm.ErrMAC, apdu.SWWrongSM},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := icao(t)
			_, err := s.UnwrapCommand(tt.c)
			if !errors.Is(err, tt.want) || sm.StatusWord(err) != tt.sw || !s.Closed() {
				t.Errorf("%v, answers %04X, closed %v", err, sm.StatusWord(err), s.Closed())
			}
		})
	}
}

func TestUnprotectedAnswers(t *testing.T) {
	for sw, over := range map[uint16]bool{apdu.SWMissingSM: true, apdu.SWWrongSM: true, apdu.SWWrongLength: false, apdu.SWOK: false} {
		s := icao(t)
		if _, err := s.Wrap(apdu.Command{INS: 0xB0, Ne: 4}); err != nil {
			t.Fatal(err)
		}
		_, err := s.Unwrap(apdu.Response{SW: sw})
		if !errors.Is(err, sm.ErrUnprotected) || !apdu.IsStatus(err, sw) || s.Closed() != over {
			t.Errorf("%04X: %v, closed %v", sw, err, s.Closed())
		}
	}
}

// A chip may turn down a length before it looks at the protection, and then
// has not counted the command.
func TestTakeBack(t *testing.T) {
	for _, suite := range suites {
		t.Run(suite.String(), func(t *testing.T) {
			term, chip := pair(t, suite)
			if term.TakeBack() {
				t.Fatal("took back before the first command")
			}
			if _, err := term.Wrap(apdu.Command{INS: 0xB0, P1: 0x82, Ne: 65536}); err != nil {
				t.Fatal(err)
			}
			if _, err := term.Unwrap(apdu.Response{SW: apdu.SWWrongLength}); !errors.Is(err, sm.ErrUnprotected) {
				t.Fatal(err)
			}
			if !term.TakeBack() || term.TakeBack() {
				t.Fatal("not taken back once")
			}
			w, err := term.Wrap(apdu.Command{INS: 0xB0, P1: 0x82, Ne: 223})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := chip.UnwrapCommand(w); err != nil {
				t.Errorf("the counters are apart: %v", err)
			}
		})
	}
}

func TestTakeBackAllowsNothingElse(t *testing.T) {
	for _, c := range []apdu.Command{{INS: 0xB0, P2: 1, Ne: 4}, {INS: 0xB0, P1: 1, Ne: 4}, {INS: 0xA4, Ne: 4}, {INS: 0xB0, Data: []byte{1}, Ne: 4}} {
		s := icao(t)
		if _, err := s.Wrap(apdu.Command{INS: 0xB0, Ne: 65536}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Unwrap(apdu.Response{SW: apdu.SWWrongLength}); err == nil || !s.TakeBack() {
			t.Fatalf("%v", err)
		}
		if _, err := s.Wrap(c); !errors.Is(err, sm.ErrFormat) || !s.Closed() {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// Facts of the field: 231 bytes with 3DES, 223 with AES.
func TestMaxRead(t *testing.T) {
	for _, suite := range suites {
		want := 223
		if suite == keys.TDES {
			want = 231
		}
		_, chip := pair(t, suite)
		n := chip.MaxRead(256)
		if n != want {
			t.Errorf("%v: %d", suite, n)
		}
		for _, ne := range []int{0, 10, 32, 100, 141, 142, 143, 144, 145, 256, 1000, 65536} {
			n := chip.MaxRead(ne)
			for extra := range 2 {
				_, fresh := pair(t, suite)
				r, err := fresh.WrapResponse(apdu.Response{Data: make([]byte, n+extra), SW: apdu.SWOK})
				if err != nil {
					t.Fatal(err)
				}
				if fits := len(r.Data) <= ne; n > 0 && fits != (extra == 0) {
					t.Errorf("%v: %d+%d bytes in %d: fits %v", suite, n, extra, ne, fits)
				}
			}
		}
	}
}
