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

// wire lets a test look at, answer or refuse what goes to the chip.
type wire struct {
	chip apdu.Transmitter
	sent [][]byte
	on   func(cmd []byte) (answer []byte, err error) // nil, nil: on to the chip
}

func (w *wire) Transmit(ctx context.Context, cmd []byte) ([]byte, error) {
	w.sent = append(w.sent, bytes.Clone(cmd))
	if w.on != nil {
		if answer, err := w.on(cmd); answer != nil || err != nil {
			return answer, err
		}
	}
	return w.chip.Transmit(ctx, bytes.Clone(cmd))
}

func file() []byte { return bytes.Repeat([]byte("chân dung "), 100) }

// A chip that names the length of its answer gets the same command again; only
// the length outside of the protection is another one.
func TestLengthNamedByTheChip(t *testing.T) {
	for _, suite := range suites {
		term, chip := pair(t, suite)
		w := &wire{chip: &chipEnd{chip, file()}}
		w.on = func(cmd []byte) ([]byte, error) {
			if cmd[len(cmd)-1] == 0 {
				return []byte{0x6C, 0x2A}, nil
			}
			return nil, nil
		}
		ch := &sm.Channel{Transmitter: w, Session: term}
		for range 2 {
			r, err := ch.Send(t.Context(), apdu.Command{INS: 0xB0, P2: 7, Ne: 16})
			if err != nil || !bytes.Equal(r.Data, file()[7:23]) {
				t.Fatalf("%v: %d bytes, %v", suite, len(r.Data), err)
			}
		}
		first, second := w.sent[0], w.sent[1]
		if n := len(first) - 1; len(w.sent) != 4 || !bytes.Equal(first[:n], second[:n]) || second[n] != 0x2A {
			t.Errorf("%v: sent % X", suite, w.sent)
		}
	}
}

// One that names a length for ever is no endless loop.
func TestLengthNamedForEver(t *testing.T) {
	term, chip := pair(t, keys.AES128)
	w := &wire{chip: &chipEnd{chip, file()}, on: func([]byte) ([]byte, error) { return []byte{0x6C, 0x2A}, nil }}
	_, err := (&sm.Channel{Transmitter: w, Session: term}).Send(t.Context(), apdu.Command{INS: 0xB0, Ne: 16})
	if !apdu.IsStatus(err, 0x6C2A) || !sm.Broken(err) || len(w.sent) != 2 {
		t.Errorf("%v after %d commands", err, len(w.sent))
	}
}

// An answer in pieces is put together before it is judged.
func TestAnswerInPieces(t *testing.T) {
	for _, suite := range suites {
		term, chip := pair(t, suite)
		end := &chipEnd{chip, file()}
		var rest []byte
		w := &wire{}
		w.on = func(cmd []byte) ([]byte, error) {
			if cmd[1] != apdu.InsGetResponse {
				out, err := end.Transmit(t.Context(), bytes.Clone(cmd))
				if err != nil {
					return nil, err
				}
				rest = out[:len(out)-2]
			} else if cmd[0] != 0 {
				t.Errorf("GET RESPONSE under class %02X", cmd[0])
			}
			n := min(100, len(rest))
			piece := bytes.Clone(rest[:n])
			if rest = rest[n:]; len(rest) > 0 {
				return append(piece, 0x61, byte(min(len(rest), 100))), nil
			}
			return append(piece, 0x90, 0x00), nil
		}
		ch := &sm.Channel{Transmitter: w, Session: term}
		for _, ne := range []int{20, 150, 700} {
			r, err := ch.Send(t.Context(), apdu.Command{INS: 0xB0, Ne: ne})
			if err != nil || !bytes.Equal(r.Data, file()[:ne]) {
				t.Fatalf("%v: %d of %d bytes, %v", suite, len(r.Data), ne, err)
			}
		}
	}
}

type tooLong struct{}

func (tooLong) Error() string     { return "this reader carries no extended APDUs" }
func (tooLong) APDUTooLong() bool { return true }

// What the card reader does not carry was never counted by the card.
func TestReaderRefusesLength(t *testing.T) {
	term, chip := pair(t, keys.AES128)
	w := &wire{chip: &chipEnd{chip, file()}}
	w.on = func(cmd []byte) ([]byte, error) {
		if cmd[4] == 0 {
			return nil, tooLong{}
		}
		return nil, nil
	}
	ch := &sm.Channel{Transmitter: w, Session: term}
	for _, long := range []apdu.Command{{INS: 0xB0, Ne: 300}, {INS: 0x86, Data: make([]byte, 300), Ne: 16}} {
		if _, err := ch.Send(t.Context(), long); !apdu.IsTooLong(err) {
			t.Fatal(err)
		}
		if r, err := ch.Send(t.Context(), apdu.Command{INS: 0xB0, P2: 7, Ne: 16}); err != nil || !bytes.Equal(r.Data, file()[7:23]) {
			t.Fatalf("%d bytes, %v", len(r.Data), err)
		}
	}
}

// The offset of an odd READ BINARY may come along when its length is taken
// back, and no other one.
func TestTakeBackWithOffset(t *testing.T) {
	offset := func(b byte) []byte { return []byte{0x54, 0x02, 0x80, b} }
	term, chip := pair(t, keys.AES128)
	if _, err := term.Wrap(apdu.Command{INS: 0xB1, Data: offset(1), Ne: 300}); err != nil {
		t.Fatal(err)
	}
	if _, err := term.Unwrap(apdu.Response{SW: apdu.SWWrongLength}); !errors.Is(err, sm.ErrUnprotected) {
		t.Fatal(err)
	}
	if !term.TakeBack() {
		t.Fatal("not taken back")
	}
	again, err := term.Wrap(apdu.Command{INS: 0xB1, Data: offset(1), Ne: 100})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chip.UnwrapCommand(again); err != nil {
		t.Fatalf("the chip counts otherwise: %v", err)
	}
	if _, err := term.Unwrap(apdu.Response{SW: apdu.SWWrongLength}); !errors.Is(err, sm.ErrUnprotected) || !term.TakeBack() {
		t.Fatal(err)
	}
	if _, err := term.Wrap(apdu.Command{INS: 0xB1, Data: offset(2), Ne: 100}); err == nil || !term.Closed() {
		t.Error("another offset under the same count")
	}
	long := bytes.Repeat([]byte{1}, 9)
	term, _ = pair(t, keys.AES128)
	if _, err := term.Wrap(apdu.Command{INS: 0xB1, Data: long, Ne: 100}); err != nil {
		t.Fatal(err)
	}
	if _, err := term.Unwrap(apdu.Response{SW: apdu.SWWrongLength}); err == nil || term.TakeBack() {
		t.Error("a command with data was taken back")
	}
}

func TestCloseForgets(t *testing.T) {
	for _, suite := range suites {
		term, _ := pair(t, suite)
		if _, err := term.Wrap(apdu.Command{INS: 0xB0, Ne: 16}); err != nil {
			t.Fatal(err)
		}
		term.Close()
		term.Close()
		if _, err := term.Wrap(apdu.Command{INS: 0xB0, Ne: 16}); !errors.Is(err, sm.ErrClosed) {
			t.Errorf("%v: %v", suite, err)
		}
	}
	var none *sm.Session
	none.Close() // no session is closed
}

// recorded are the answers to a reading of 15 KB in blocks, so that only the
// terminal's memory is counted.
func recorded(t testing.TB, suite keys.Suite, size int) (answers [][]byte, open func() *sm.Session) {
	t.Helper()
	_, chip := pair(t, suite)
	open = func() *sm.Session { term, _ := pair(t, suite); return term }
	term := open()
	for at := 0; at < fileLen; at += size {
		w, err := term.Wrap(block(at, size))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := chip.UnwrapCommand(w); err != nil {
			t.Fatal(err)
		}
		r, err := chip.WrapResponse(apdu.Response{Data: make([]byte, size), SW: apdu.SWOK})
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, r.Encode())
		if _, err := term.Unwrap(r); err != nil {
			t.Fatal(err)
		}
	}
	return answers, open
}

const fileLen = 15 << 10

func block(at, size int) apdu.Command {
	return apdu.Command{INS: 0xB0, P1: byte(at >> 8), P2: byte(at), Ne: size}
}

// replay is the wire of recorded answers, each in memory of its own, as a card
// reader gives them.
type replay struct {
	answers [][]byte
	n       int
}

func (r *replay) Transmit(context.Context, []byte) ([]byte, error) {
	r.n++
	return r.answers[r.n-1], nil
}

func readAll(t testing.TB, r *replay, s *sm.Session, size int) {
	ch := &sm.Channel{Transmitter: r, Session: s}
	for at := 0; at < fileLen; at += size {
		if _, err := ch.Send(context.Background(), block(at, size)); err != nil {
			t.Fatal(err)
		}
	}
}

// Memory grows with the number of commands, not with their length: what a chip
// answers is opened where it lies.
func TestAllocationsByCommand(t *testing.T) {
	const most = 9 // for a command and its answer
	for _, suite := range suites {
		for _, size := range []int{223, 1024, fileLen} {
			answers, open := recorded(t, suite, size)
			var sessions []*sm.Session
			var wires []*replay
			const runs = 3
			for range runs + 1 {
				own := make([][]byte, len(answers))
				for i, a := range answers {
					own[i] = bytes.Clone(a)
				}
				sessions, wires = append(sessions, open()), append(wires, &replay{answers: own})
			}
			run := 0
			got := testing.AllocsPerRun(runs, func() {
				readAll(t, wires[run], sessions[run], size)
				run++
			})
			if got > float64(most*len(answers)) {
				t.Errorf("%v in blocks of %d: %.0f allocations for %d commands", suite, size, got, len(answers))
			}
		}
	}
}

// The terminal alone, with the answers recorded beforehand.
func BenchmarkTerminal15KB(b *testing.B) {
	for _, suite := range []keys.Suite{keys.TDES, keys.AES128, keys.AES256} {
		for name, size := range map[string]int{"short": 223, "extended": fileLen} {
			b.Run(suite.String()+"/"+name, func(b *testing.B) {
				answers, open := recorded(b, suite, size)
				b.ReportAllocs()
				b.SetBytes(fileLen)
				for b.Loop() {
					b.StopTimer()
					own := make([][]byte, len(answers))
					for i, a := range answers {
						own[i] = bytes.Clone(a)
					}
					s := open()
					b.StartTimer()
					readAll(b, &replay{answers: own}, s, size)
				}
				b.ReportMetric(float64(len(answers)), "APDUs")
			})
		}
	}
}
