package e2e

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"tram06/devdock/stack"
	"tram06/firmware/health"
	"tram06/ui/text"
)

// Nobody is hurried while somebody mends the printer.
const longDone = "timeouts:\n  done: 5min\n"

var receiptNumber = regexp.MustCompile(`SM06-\d{4}-\d{4}`)

// TestPrinter breaks the printer before and in the middle of a receipt. The
// page says so with its code and shows the number to copy; nothing is printed
// again by itself; after mending the citizen has it printed.
func TestPrinter(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{Site: longDone})
	printer := func(do string) { k.must(k.World.Printer(do)) }
	k.toConfirm("mau")
	k.touch("confirm", "primary")
	for _, x := range []struct {
		name        string
		break_, fix func()
		code        health.Code
		torn        int // pieces of paper that come out of the broken printer
	}{
		{"off", func() { printer("power") }, func() { printer("power") }, health.PrinterGone, 0},
		{"no paper", func() { printer("empty") }, func() { printer("roll") }, health.PaperOut, 0},
		{"cover open", func() { printer("cover") }, func() { printer("cover") }, health.CoverOpen, 0},
		{"paper ends in the middle", func() { k.World.Simulated().SetPaper(300) }, func() { printer("roll") }, health.PaperOut, 1},
		{"paper ends in the last lines", func() { k.World.Simulated().SetPaper(900) }, func() { printer("roll") }, health.PaperOut, 1},
	} {
		before := len(k.World.Papers())
		x.break_()
		if x.torn == 0 {
			k.logged(x.code) // the kiosk knows before the citizen submits
		}
		k.form()
		s := k.submit("accepted", title(x.code, "vi"), string(x.code))
		number := receiptNumber.FindString(words(s))
		if number == "" {
			t.Fatalf("%s: no number to copy on the page", x.name)
		}
		k.offers(s, "primary", "another")
		k.logged(x.code)
		k.await("what came out before it broke", func() bool { return len(k.World.Papers()) >= before+x.torn })

		x.fix()
		k.now("the offer to print again", func(s scene) bool { _, ok := s.Target("back"); return s.Name == "done-accepted" && ok })
		if n := len(k.World.Papers()) - before; n != x.torn {
			t.Fatalf("%s: %d pieces of paper before anybody asked, want %d", x.name, n, x.torn)
		}
		k.touch("done-accepted", "back")
		k.on("done-accepted", text.In("vi").PrintedOK)
		papers := k.World.Papers()
		if n := len(papers) - before; n != x.torn+1 {
			t.Fatalf("%s: %d pieces of paper after printing again, want %d", x.name, n, x.torn+1)
		}
		if claim := k.readReceipt(papers[len(papers)-1].PNG); claim["number"] != number || claim["outcome"] != "accepted" {
			t.Errorf("%s: the receipt says %v", x.name, claim)
		}
		k.touch("done-accepted", "another")
	}
}

// TestPrinterJammed blocks the cutter. The paper that hung in it comes out
// when it is freed, and no second one by itself.
func TestPrinterJammed(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{Site: longDone})
	k.toReview("mau")
	k.must(k.World.Printer("jam"))
	k.submit("accepted", title(health.PrinterFault, "vi"), string(health.PrinterFault))
	k.logged(health.PrinterFault)
	k.must(k.World.Printer("jam"))
	k.now("the offer to print again", func(s scene) bool { _, ok := s.Target("back"); return s.Name == "done-accepted" && ok })
	if n := len(k.World.Papers()); n > 1 {
		t.Errorf("%d papers of one jammed receipt", n)
	}
	k.touch("done-accepted", "back")
	k.on("done-accepted", text.In("vi").PrintedOK)
	papers := k.World.Papers()
	k.readReceipt(papers[len(papers)-1].PNG)
}

// TestPrinterContactLost cuts the line in the middle of a receipt: whether it
// came out is not known, and the page says just that.
func TestPrinterContactLost(t *testing.T) {
	t.Parallel()
	line := newCable(t)
	overlay := filepath.Join(t.TempDir(), "printer.yaml")
	if err := os.WriteFile(overlay, []byte(fmt.Sprintf("devices:\n  printer: escpos+tcp://%s?width=576\n", line.ln.Addr())), 0o600); err != nil {
		t.Fatal(err)
	}
	k := open(t, stack.Options{Site: longDone, Overlay: overlay})
	_, printer := k.World.Devices()
	line.to <- regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(printer)
	k.now("the printer ready", func(s scene) bool { return s.Name == "attract" && !holds(s, "không in được") })
	k.toReview("mau")
	line.cutAfter(4000)
	s := k.submit("accepted", title(health.PrintUnclear, "vi"), string(health.PrintUnclear))
	if receiptNumber.FindString(words(s)) == "" {
		t.Error("no number to copy on the page")
	}
	k.logged(health.PrintUnclear)
	k.now("the offer to print again", func(s scene) bool { _, ok := s.Target("back"); return s.Name == "done-accepted" && ok })
	whole := func() (n int) {
		for _, p := range k.World.Papers() {
			if p.Page.Cut {
				n++
			}
		}
		return n
	}
	if whole() != 0 {
		t.Error("a receipt was printed again by itself")
	}
	k.touch("done-accepted", "back")
	k.on("done-accepted", text.In("vi").PrintedOK)
	if n := whole(); n != 1 {
		t.Errorf("%d whole receipts, want 1", n)
	}
}

// cable is a printer's network cable that breaks after so many bytes.
type cable struct {
	ln net.Listener
	to chan string // where it leads, once

	mu   sync.Mutex
	left int // bytes until it breaks; negative: it holds
}

func newCable(t *testing.T) *cable {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{ln: ln, to: make(chan string, 1), left: -1}
	t.Cleanup(func() { ln.Close() })
	go func() {
		var addr string
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			if addr == "" {
				addr = <-c.to
			}
			out, err := net.Dial("tcp", addr)
			if err != nil {
				in.Close()
				continue
			}
			go func() {
				io.Copy(in, out)
				in.Close()
			}()
			go func() {
				c.pass(out, in)
				out.Close()
				in.Close()
			}()
		}
	}()
	return c
}

func (c *cable) cutAfter(n int) {
	c.mu.Lock()
	c.left = n
	c.mu.Unlock()
}

func (c *cable) pass(w io.Writer, r io.Reader) {
	buf := make([]byte, 512)
	for {
		n, err := r.Read(buf)
		c.mu.Lock()
		cut := c.left >= 0 && n > c.left
		if cut {
			n, c.left = c.left, -1
		} else if c.left >= 0 {
			c.left -= n
		}
		c.mu.Unlock()
		if _, e := w.Write(buf[:n]); e != nil || err != nil || cut {
			return
		}
	}
}
