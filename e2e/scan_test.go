package e2e

import (
	"bytes"
	"testing"

	"tram06/devdock/stack"
	"tram06/firmware/health"
)

// TestScan holds before the scanner what is no card's code. The page says so
// with a code, and the right one works right after.
func TestScan(t *testing.T) {
	t.Parallel()
	k := open(t, stack.Options{})
	k.toScan()
	long := bytes.Repeat([]byte("0123456789"), 1024) // 10 KB without an end
	for _, bad := range []struct {
		name string
		send func() error
		code health.Code
	}{
		{"payment code", func() error { return k.World.Scan("payment", "") }, health.ScanNotCard},
		{"garbage", func() error { return k.World.Scan("garbage", "") }, health.ScanGarbage},
		{"no end", func() error { return k.World.Send(long) }, health.ScanGarbage},
		{"a web address", func() error { return k.World.Scan("", "https://example.vn/thanh-toan") }, health.ScanNotCard},
		{"half a card's code", func() error { return k.World.Scan("", "001090000638|012345678|NGUY") }, health.ScanNotCard},
	} {
		k.must(bad.send())
		s := k.on("identify-problem", title(bad.code, "vi"), string(bad.code))
		k.offers(s, "other", "cancel", "help")
		k.logged(bad.code)
		// The way on: scan the right one. Back to the empty page first, so that
		// the next mistake is seen to be news.
		k.touch("identify-problem", "back")
		k.touch("consent", "agree")
		k.on("identify-scan")
	}
	k.must(k.World.Scan("payment", ""))
	k.on("identify-problem", string(health.ScanNotCard))
	k.scan("mau") // from the page that complains
	k.on("identify-lay")
	k.lay("mau")
	k.on("confirm", "NGUYỄN VĂN MẪU")
}
