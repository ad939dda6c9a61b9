package e2e

import (
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"testing"

	"tram06/devdock/people"
	"tram06/devdock/stack"
	"tram06/firmware/health"
	"tram06/hal/sound/sim"
)

// notes by which the cues are known again.
const (
	bell   = 1318.5 // what went well
	rising = 659.3  // look here
)

// loudness is the share of a sound that lies at a frequency (Goertzel).
func loudness(s sim.Sound, hertz float64) float64 {
	c := 2 * math.Cos(2*math.Pi*hertz/float64(s.Hertz))
	var a, b, all float64
	for _, x := range s.Samples {
		v := float64(x)
		a, b = v+c*a-b, a
		all += v * v
	}
	return 2 * (a*a + b*b - c*a*b) / max(all*float64(len(s.Samples)), 1)
}

// TestSound hears the kiosk's cues on a sound card, which is then pulled out.
func TestSound(t *testing.T) {
	t.Parallel()
	card := sim.New()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- card.Serve(ln) }()
	t.Cleanup(func() {
		_ = ln.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	overlay := filepath.Join(t.TempDir(), "sound.yaml")
	if err := os.WriteFile(overlay, fmt.Appendf(nil, "devices:\n  sound: sim+sound://%s/\n", ln.Addr()), 0o600); err != nil {
		t.Fatal(err)
	}
	k := open(t, stack.Options{Overlay: overlay})
	hears := func(what string, hertz float64) {
		t.Helper()
		s, err := card.Next(k.ctx)
		k.must(err)
		if l := loudness(s, hertz); l < 0.15 { // of two notes one
			t.Errorf("%s: only %.2f of the sound is at %g Hz", what, l, hertz)
		}
	}
	c := people.All()[0].Key
	k.toScan()
	k.scan(c)
	k.on("identify-lay")
	hears("the code is read", bell)
	k.lay(c)
	k.on("confirm")
	hears("the card is read", bell)
	// The card goes: nobody is kept from anything, and the machine says so.
	card.Unplug()
	k.logged(health.SoundGone)
	k.fill()
	k.submit("accepted")
	if s := card.Heard(); len(s) > 0 {
		t.Errorf("%d sounds come from a card that is pulled out", len(s))
	}
	card.Plug()
	k.await("the sound card in the log again", func() bool {
		ready := 0
		for _, m := range k.log() {
			if m["msg"] == "fitting ready" && m["fitting"] == "sound" {
				ready++
			}
		}
		return ready == 2
	})
	k.touch("done-accepted", "primary")
	k.on("goodbye-card")
	hears("the card is still there", rising)
}
