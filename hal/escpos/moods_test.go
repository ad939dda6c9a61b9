package escpos_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
)

func TestHotHeadIsWaitedFor(t *testing.T) {
	paces := sim.Options{Speed: 100} // 1,600 rows take two seconds
	after := func(d time.Duration, do func()) { time.AfterFunc(d, do) }
	t.Run("before the page", func(t *testing.T) {
		inBubble(t, paces, escpos.Options{}, func(t *testing.T, b *bubble) {
			b.settle()
			b.sim.Heat(true)
			b.healthIs(hal.Degraded, hal.KeyPrinterHot)
			after(20*time.Second, func() { b.sim.Heat(false) })
			began := time.Now()
			if err := b.print("job", 400); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(began); d < 20*time.Second {
				t.Errorf("printed after %v on a hot head", d)
			}
			b.healthIs(hal.Ready, hal.KeyOK)
		})
	})
	t.Run("while it is asked what it can", func(t *testing.T) {
		o := paces
		o.Answers = sim.Simple // it leaves questions unanswered, each of which takes a while
		inBubble(t, o, escpos.Options{}, func(t *testing.T, b *bubble) {
			after(time.Second, func() { b.sim.Heat(true) })
			after(10*time.Second, func() { b.sim.Heat(false) })
			if err := b.print("job", 400); err != nil {
				t.Error(err)
			}
			if len(b.pages) != 1 {
				t.Errorf("%d pieces of paper", len(b.pages))
			}
		})
	})
	t.Run("in the middle", func(t *testing.T) {
		inBubble(t, paces, escpos.Options{}, func(t *testing.T, b *bubble) {
			b.settle()
			after(time.Second, func() { b.sim.Heat(true) })
			after(2*time.Second, func() { b.healthIs(hal.Degraded, hal.KeyPrinterHot) })
			after(25*time.Second, func() { b.sim.Heat(false) })
			if err := b.print("job", 1600); err != nil {
				t.Fatal(err)
			}
			b.healthIs(hal.Ready, hal.KeyOK)
			if len(b.pages) != 1 {
				t.Fatalf("%d pieces of paper", len(b.pages))
			}
			samePicture(t, b.pages[0].Raster, receipt(576, 1600, 1))
		})
	})
	t.Run("for too long", func(t *testing.T) {
		inBubble(t, paces, escpos.Options{}, func(t *testing.T, b *bubble) {
			b.settle()
			after(time.Second, func() { b.sim.Heat(true) })
			if err := b.print("job", 1600); !errors.Is(err, hal.ErrHot) || !errors.Is(err, hal.ErrFault) || errors.Is(err, hal.ErrJobUnknown) {
				t.Fatalf("%v, want ErrHot", err)
			}
			b.healthIs(hal.Fault, hal.KeyPrinterHot)
			if err := b.print("job", 1600); !errors.Is(err, hal.ErrHot) {
				t.Fatalf("%v, want ErrHot at once", err)
			}
			b.sim.Heat(false)
			b.healthIs(hal.Ready, hal.KeyOK)
			b.settle()
			b.sim.Tear() // what came out before
			b.pages = nil
			if err := b.print("job", 300); err != nil {
				t.Fatal(err)
			}
			if len(b.pages) != 1 {
				t.Fatalf("%d pieces of paper", len(b.pages))
			}
			samePicture(t, b.pages[0].Raster, receipt(576, 300, 1))
		})
	})
	t.Run("by somebody who leaves", func(t *testing.T) {
		inBubble(t, paces, escpos.Options{}, func(t *testing.T, b *bubble) {
			b.settle()
			b.sim.Heat(true)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := b.p.Print(ctx, "job", receipt(576, 300, 1)); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("%v, want the context's error", err)
			}
			b.sim.Heat(false)
			b.settle()
			if len(b.pages) != 0 {
				t.Fatal("a page that nobody waits for came out")
			}
		})
	})
	t.Run("without automatic status", func(t *testing.T) {
		o := paces
		o.Answers = sim.Simple
		inBubble(t, o, escpos.Options{}, func(t *testing.T, b *bubble) {
			b.settle()
			after(time.Second, func() { b.sim.Heat(true) })
			after(11*time.Second, func() { b.sim.Heat(false) })
			if err := b.print("job", 1600); err != nil {
				t.Fatal(err)
			}
			samePicture(t, b.pages[0].Raster, receipt(576, 1600, 1))
		})
	})
}

func TestJamIsRecoveredFrom(t *testing.T) {
	const again = "\x10\x05\x02"
	inBubble(t, sim.Options{}, escpos.Options{}, func(t *testing.T, b *bubble) {
		b.settle()
		b.sim.Jam(true)
		if err := b.print("job", 300); !errors.Is(err, hal.ErrFault) || errors.Is(err, hal.ErrJobUnknown) {
			t.Fatalf("%v, want ErrFault", err)
		}
		b.healthIs(hal.Fault, hal.KeyPrinterFault)
		<-time.After(10 * time.Minute)
		if n := b.line.count(again); n < 5 || n > 30 {
			t.Errorf("a jammed cutter was tried %d times in ten minutes", n)
		}
		b.healthIs(hal.Fault, hal.KeyPrinterFault)
		b.sim.Jam(false)
		<-time.After(time.Minute)
		b.healthIs(hal.Ready, hal.KeyOK)
		b.pages = nil
		tries := b.line.count(again)
		if err := b.print("job", 300); err != nil {
			t.Fatal(err)
		}
		samePicture(t, b.pages[0].Raster, receipt(576, 300, 1))
		<-time.After(time.Minute)
		if n := b.line.count(again); n != tries {
			t.Error("a printer that works was told to recover")
		}
	})
}

// A printer that answers late, for a page that was given up, must not confirm
// the next one.
func TestLateConfirmation(t *testing.T) {
	name := func(b []byte) []byte { // the first page's name in b, or nil
		if i := bytes.Index(b, []byte{0x37, 0x22}); i >= 0 && len(b) >= i+7 && b[i+2] != ' ' {
			return b[i : i+7]
		}
		return nil
	}
	inBubble(t, sim.Options{}, escpos.Options{}, func(t *testing.T, b *bubble) {
		b.settle()
		var held []byte
		b.line.mu.Lock()
		b.line.answer = func(out []byte) []byte {
			if n := name(out); n != nil {
				rest := bytes.ReplaceAll(out, n, held) // the one before, in its place
				held = bytes.Clone(n)
				return rest
			}
			return out
		}
		b.line.mu.Unlock()
		for _, id := range []string{"a", "b", "c"} {
			if err := b.print(id, 100); !errors.Is(err, hal.ErrJobUnknown) {
				t.Fatalf("job %s: %v, want ErrJobUnknown", id, err)
			}
		}
		if len(b.pages) != 3 {
			t.Errorf("%d pages", len(b.pages))
		}
	})
}

// A line that says more than the printer, which has no names for pages.
func TestMoreAnswersThanQuestions(t *testing.T) {
	inBubble(t, sim.Options{Answers: sim.Simple}, escpos.Options{}, func(t *testing.T, b *bubble) {
		b.settle()
		if err := b.print("well", 100); err != nil {
			t.Fatal(err)
		}
		b.line.mu.Lock()
		b.line.answer = func(out []byte) []byte {
			if zeros(out) {
				return make([]byte, 9)
			}
			return out
		}
		b.line.mu.Unlock()
		if err := b.print("noise", 1600); !errors.Is(err, hal.ErrJobUnknown) {
			t.Fatalf("%v, want ErrJobUnknown", err)
		}
		b.line.mu.Lock()
		b.line.answer = nil
		b.line.mu.Unlock()
		if err := b.print("well again", 1600); err != nil {
			t.Fatal(err)
		}
	})
}

// A single byte too many must not bring the end forward where the end can be
// marked in another way.
func TestOneAnswerTooMany(t *testing.T) {
	inBubble(t, sim.Options{Answers: sim.Nameless, Speed: 100}, escpos.Options{}, func(t *testing.T, b *bubble) {
		b.settle()
		if err := b.print("well", 1600); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		out := len(b.pages)
		noise := true
		b.line.mu.Lock()
		b.line.answer = func(out []byte) []byte {
			if noise && zeros(out) {
				noise = false
				return append(out, 0)
			}
			return out
		}
		b.line.mu.Unlock()
		err := b.print("noise", 1600)
		synctest.Wait()
		if noise || len(b.pages) != out+1 {
			t.Fatalf("%v, %d pages out: Print returned before the page was", err, len(b.pages)-out)
		}
		if !errors.Is(err, hal.ErrJobUnknown) {
			t.Fatalf("%v, want ErrJobUnknown: there was noise", err)
		}
	})
}

// An answer that got lost costs its page the confirmation, and no other: that is
// not even held up.
func TestLostAnswer(t *testing.T) {
	inBubble(t, sim.Options{Answers: sim.Simple}, escpos.Options{}, func(t *testing.T, b *bubble) {
		b.settle()
		lose := true
		b.line.mu.Lock()
		b.line.answer = func(out []byte) []byte {
			if lose && zeros(out) {
				lose = false
				return out[1:]
			}
			return out
		}
		b.line.mu.Unlock()
		if err := b.print("lost", 100); !errors.Is(err, hal.ErrJobUnknown) {
			t.Fatalf("%v, want ErrJobUnknown", err)
		}
		began := time.Now()
		if err := b.print("well", 100); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(began); d > time.Second {
			t.Errorf("the next page took %v", d)
		}
		synctest.Wait()
		if len(b.pages) != 2 {
			t.Errorf("%d pages", len(b.pages))
		}
	})
}

// A model whose automatic status is never what it answers is not believed, and
// not reminded for ever.
func TestPrinterThatContradictsItself(t *testing.T) {
	inBubble(t, sim.Options{}, escpos.Options{}, func(t *testing.T, b *bubble) {
		b.line.mu.Lock()
		b.line.answer = func(out []byte) []byte {
			if len(out) == 4 && out[0]&0x93 == 0x10 {
				return []byte{0x10, 0, 0x03, 0x0F} // paper near its end, always
			}
			return out
		}
		b.line.mu.Unlock()
		<-time.After(10 * time.Minute)
		b.healthIs(hal.Ready, hal.KeyOK)
		if n := b.line.count("\x1da\x0e"); n > 10 {
			t.Errorf("it was reminded %d times", n)
		}
		if err := b.print("job", 1600); err != nil {
			t.Fatal(err)
		}
		b.sim.OpenCover(true)
		<-time.After(4 * time.Second)
		b.healthIs(hal.Fault, hal.KeyCoverOpen)
	})
}

// A head that is too hot again and again, and prints nothing in between, does not
// hold a page for ever.
func TestHeadThatNeverCoolsForGood(t *testing.T) {
	inBubble(t, sim.Options{Speed: 100}, escpos.Options{}, func(t *testing.T, b *bubble) {
		b.settle()
		b.line.mu.Lock()
		b.line.answer = func(out []byte) []byte {
			if bytes.Contains(out, []byte{0x37, 0x22}) {
				return nil // it never says that the page is out
			}
			return out
		}
		b.line.mu.Unlock()
		done := make(chan struct{})
		go func() {
			for hot := true; ; hot = !hot {
				select {
				case <-done:
					return
				case <-time.After(20 * time.Second):
					b.sim.Heat(hot)
				}
			}
		}()
		began := time.Now()
		time.AfterFunc(time.Hour, func() { _ = b.p.Close() })
		err := b.print("job", 400)
		close(done)
		if d := time.Since(began); !errors.Is(err, hal.ErrHot) || d > 10*time.Minute {
			t.Errorf("%v after %v", err, d)
		}
	})
}

// A page that was cut may be out although its name did not come: whoever takes
// it and opens the cover must not get it again.
func TestTroubleBehindThePage(t *testing.T) {
	inBubble(t, sim.Options{}, escpos.Options{}, func(t *testing.T, b *bubble) {
		b.settle()
		b.line.mu.Lock()
		b.line.answer = func(out []byte) []byte {
			if bytes.HasPrefix(out, []byte{0x37, 0x22}) {
				return nil // it got lost
			}
			return out
		}
		b.line.mu.Unlock()
		time.AfterFunc(5*time.Second, func() { b.sim.OpenCover(true) })
		if err := b.print("job", 1600); !errors.Is(err, hal.ErrJobUnknown) || !errors.Is(err, hal.ErrCoverOpen) {
			t.Errorf("%v, want ErrJobUnknown and ErrCoverOpen", err)
		}
		b.sim.OpenCover(false)
		b.settle()
		if err := b.print("job", 1600); !errors.Is(err, hal.ErrAlreadyPrinted) {
			t.Errorf("%v, want ErrAlreadyPrinted", err)
		}
		if len(b.pages) != 1 {
			t.Errorf("%d pages", len(b.pages))
		}
	})
}
