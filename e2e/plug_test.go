package e2e

import (
	"testing"

	"tram06/devdock/stack"
	"tram06/firmware/health"
)

// TestReaderUnplugged takes the reader away, daemon and all, while a citizen
// stands there. The session goes on when it is back; the kiosk is not
// restarted.
func TestReaderUnplugged(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	pid := k.KioskP.Pid()
	k.toScan()
	k.scan("vidu")
	k.on("identify-lay")
	k.UnplugReader()
	s := k.on("identify-problem", title(health.ReaderGone, "vi"), string(health.ReaderGone))
	k.offers(s, "primary", "cancel", "help") // on with the code alone
	k.logged(health.ReaderGone)
	k.must(k.PlugReader())
	k.on("identify-lay")
	k.lay("vidu")
	k.on("confirm", "TRẦN CÔNG VÍ DỤ")

	// And from under a card that was read: nothing that is known is lost.
	k.UnplugReader()
	k.fill()
	k.submit("accepted")
	k.must(k.PlugReader())
	k.touch("done-accepted", "primary")
	k.touch("goodbye", "primary")
	k.on("attract")

	// Without the reader the code alone leads through, and says so.
	k.UnplugReader()
	k.on("attract", "không đọc được chip")
	k.toScan()
	k.scan("vidu")
	k.touch("identify-problem", "primary")
	k.on("confirm", "TRẦN CÔNG VÍ DỤ", "mã QR")
	k.fill()
	k.submit("accepted")
	k.touch("done-accepted", "primary")
	k.touch("goodbye", "primary")
	k.on("attract")
	k.must(k.PlugReader())
	k.now("the reader back", func(s scene) bool { return s.Name == "attract" && !holds(s, "không đọc được chip") })
	if now := k.KioskP.Pid(); now != pid {
		t.Errorf("the kiosk was started again: pid %d, then %d", pid, now)
	}
	if n := len(k.received()); n != 2 {
		t.Errorf("%d dossiers, want 2", n)
	}
}

// TestScannerUnplugged pulls the scanner's cable and plugs it in again, under
// another device number.
func TestScannerUnplugged(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	pid := k.KioskP.Pid()
	k.toScan()
	k.must(k.World.UnplugScanner())
	s := k.on("identify-problem", title(health.ScannerGone, "vi"), string(health.ScannerGone))
	k.offers(s, "primary", "cancel", "help") // type instead
	k.logged(health.ScannerGone)
	k.must(k.World.PlugScanner())
	k.on("identify-scan")
	k.scan("mau")
	k.on("identify-lay")
	k.must(k.World.UnplugScanner()) // not needed any more
	k.lay("mau")
	k.on("confirm")
	k.touch("confirm", "back")
	k.on("identify-problem", string(health.ScannerGone))
	k.lift()

	// Typing leads on without it.
	k.touch("identify-problem", "primary")
	k.touch("type-digits", "digit.0", "digit.0", "digit.0", "digit.6", "digit.3", "digit.8", "primary")
	k.on("identify-lay")
	k.lay("mau")
	k.on("confirm", "NGUYỄN VĂN MẪU")
	k.touch("confirm", "cancel")
	k.touch("cancel", "back")
	k.lift()
	k.touch("goodbye", "primary")
	k.on("attract", "không quét được mã")
	k.must(k.World.PlugScanner())
	k.now("the scanner back", func(s scene) bool { return s.Name == "attract" && !holds(s, "không quét được mã") })
	if now := k.KioskP.Pid(); now != pid {
		t.Errorf("the kiosk was started again: pid %d, then %d", pid, now)
	}
}
