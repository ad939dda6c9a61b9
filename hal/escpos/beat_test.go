package escpos_test

import (
	"testing"
	"testing/synctest"
	"time"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
)

const howAreYou = "\x10\x04\x01"

// A line that does not tell of its end is used all the time, by printers that do
// not tell how they are too: of these more is known earlier.
func TestIdleLineIsUsed(t *testing.T) {
	inBubble(t, sim.Options{Answers: sim.Simple}, escpos.Beating(escpos.Options{Poll: time.Hour}), func(t *testing.T, b *bubble) {
		b.settle()
		before := b.line.count(howAreYou)
		<-time.After(10 * time.Second)
		if n := b.line.count(howAreYou) - before; n < 36 || n > 44 {
			t.Errorf("it was asked %d times in ten seconds", n)
		}
		b.sim.OpenCover(true)
		<-time.After(300 * time.Millisecond)
		b.healthIs(hal.Fault, hal.KeyCoverOpen)
		b.sim.OpenCover(false)
		<-time.After(300 * time.Millisecond)
		b.healthIs(hal.Ready, hal.KeyOK)
		if err := b.print("job", 400); err != nil {
			t.Error(err)
		}
	})
}

// Nor is it left alone while a page waits for its paper to move.
func TestLineIsUsedWhileAPageWaits(t *testing.T) {
	inBubble(t, sim.Options{Speed: 60}, escpos.Beating(escpos.Options{}), func(t *testing.T, b *bubble) {
		b.settle()
		before := b.line.count(howAreYou)
		began := time.Now()
		if err := b.print("job", 1600); err != nil {
			t.Error(err)
		}
		if n, want := b.line.count(howAreYou)-before, int(time.Since(began)/(350*time.Millisecond)); n < want {
			t.Errorf("it was asked %d times in %v", n, time.Since(began))
		}
	})
}

// Whoever owes an answer is not asked again at once: all that piled up would be
// answered in one go, and pass for answers to what is asked then.
func TestQuestionsDoNotPileUp(t *testing.T) {
	inBubble(t, sim.Options{}, escpos.Beating(escpos.Options{Poll: 30 * time.Second}), func(t *testing.T, b *bubble) {
		b.settle()
		<-time.After(100 * time.Millisecond) // between two beats: at one, a question may be under way
		b.line.mu.Lock()
		b.line.answer = func([]byte) []byte { return nil }
		b.line.mu.Unlock()
		before := b.line.count(howAreYou)
		<-time.After(9 * time.Second)
		if n := b.line.count(howAreYou) - before; n != 1 {
			t.Errorf("it was asked %d times", n)
		}
		b.line.mu.Lock()
		b.line.answer = nil
		b.line.mu.Unlock()
		<-time.After(20 * time.Second) // the next poll, and beats behind it
		synctest.Wait()
		if n := b.line.count(howAreYou) - before; n < 10 {
			t.Errorf("a printer that answers again was asked %d times", n)
		}
		b.healthIs(hal.Ready, hal.KeyOK)
	})
}
