package escpos_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"testing/synctest"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
)

// zeros tells whether all that the printer says is that there is paper.
func zeros(out []byte) bool { return len(out) > 0 && len(bytes.Trim(out, "\x00")) == 0 }

// A line that says a byte or two too much while the paper still moves: they pass
// for the answers to questions in the middle of the page, and those for the next
// ones. The page must not count as printed before it is.
func TestStrayAnswersDoNotBringTheEndForward(t *testing.T) {
	for _, stray := range []int{1, 2} {
		for at := range 4 {
			t.Run(fmt.Sprintf("%d with answer %d", stray, at), func(t *testing.T) {
				inBubble(t, sim.Options{Answers: sim.Simple, Speed: 100}, escpos.Options{}, func(t *testing.T, b *bubble) {
					b.settle()
					answers := 0
					b.line.mu.Lock()
					b.line.answer = func(out []byte) []byte {
						if zeros(out) {
							if answers++; answers == at+1 {
								return append(make([]byte, stray), out...)
							}
						}
						return out
					}
					b.line.mu.Unlock()
					err := b.print("noise", 1600)
					synctest.Wait()
					if answers <= at || len(b.pages) != 1 {
						t.Errorf("%v after %d answers, %d pages out: Print returned before the page was", err, answers, len(b.pages))
					}
					if !errors.Is(err, hal.ErrJobUnknown) {
						t.Errorf("%v, want ErrJobUnknown: there was noise", err)
					}
				})
			})
		}
	}
}

// again opens the printer anew, after somebody else has used its line.
func (b *bubble) again(used func(line net.Conn)) {
	b.t.Helper()
	if err := b.p.Close(); err != nil {
		b.t.Error(err)
	}
	<-b.ended
	attach := func() net.Conn {
		ours, theirs := net.Pipe()
		b.far, b.line = theirs, &wire{Conn: theirs}
		go func() { b.ended <- b.sim.Attach(context.Background(), b.line) }()
		return ours
	}
	line := attach()
	used(line)
	_ = line.Close()
	<-b.ended
	b.p = escpos.New("pipe", attach(), escpos.Options{})
}

// A kiosk that begins anew while its printer still prints for the one before: the
// answers to that one's questions are not taken for its own, and a printer that
// was too busy to answer is not taken for one that never does.
func TestAnswersToAFormerUser(t *testing.T) {
	for _, rows := range []int{800, 3000} { // the printer answers within the time for it, and later
		t.Run(fmt.Sprint(rows, " rows"), func(t *testing.T) {
			inBubble(t, sim.Options{Answers: sim.Simple, Speed: 60}, escpos.Options{}, func(t *testing.T, b *bubble) {
				b.settle()
				b.again(func(line net.Conn) {
					prog, err := escpos.Encode(receipt(576, rows, 1), 576)
					if err != nil {
						t.Error(err)
					}
					_, _ = line.Write(append(prog.Bytes(), "\x1dr\x01\x1dr\x01\x1dr\x01"...))
				})
				if err := b.print("at once", 300); err != nil && !errors.Is(err, hal.ErrJobUnknown) {
					t.Error(err)
				} else if synctest.Wait(); err == nil && len(b.pages) != 2 {
					t.Errorf("printed, and %d pages are out with the one before", len(b.pages))
				}
				b.settle()
				b.pages = nil
				if err := b.print("later", 300); err != nil {
					t.Error(err)
				}
				if synctest.Wait(); len(b.pages) != 1 {
					t.Errorf("printed, and %d pages are out", len(b.pages))
				}
			})
		})
	}
}

// A printer that no longer tells how far it came gets its pages, and none is
// called printed; it is believed again when it does.
func TestPrinterThatStopsCounting(t *testing.T) {
	inBubble(t, sim.Options{Answers: sim.Simple}, escpos.Options{}, func(t *testing.T, b *bubble) {
		b.settle()
		b.line.mu.Lock()
		b.line.answer = func(out []byte) []byte {
			if zeros(out) {
				return nil
			}
			return out
		}
		b.line.mu.Unlock()
		for i := range 3 {
			if err := b.print(fmt.Sprint("mute ", i), 1600); !errors.Is(err, hal.ErrJobUnknown) {
				t.Errorf("%v, want ErrJobUnknown", err)
			}
		}
		b.settle()
		b.line.mu.Lock()
		b.line.answer = nil
		b.line.mu.Unlock()
		if _, err := b.line.Write([]byte{0}); err != nil { // a late answer
			t.Error(err)
		}
		b.settle()
		if err := b.print("well", 1600); err != nil {
			t.Error(err)
		}
	})
}
