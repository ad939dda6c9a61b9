package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"tram06/devdock/stack"
	"tram06/firmware/health"
	"tram06/fleet/api"
)

// TestEverythingMissing starts a kiosk none of whose devices is there: a new
// board on a bench, or one after a burglary. It shows its first page, says what
// it cannot do, leads nobody astray, and tells the fleet of each device by code.
func TestEverythingMissing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	overlay := filepath.Join(dir, "nothing.yaml")
	if err := os.WriteFile(overlay, []byte(`devices:
  reader: "pcsc:///?reader=none+of+them"
  scanner: serial:///dev/nowhere
  printer: escpos+usb:///dev/nowhere
  touch: evdev:///dev/nowhere
  keypad: evdev+keypad:///dev/nowhere
  lamps: gpio+lamps:///?reader=nowhere/1
  buzzer: gpio+buzzer:///nowhere/2
  sound: audio:///
  door: gpio+switch:///nowhere/3
  tamper: gpio+switch:///nowhere/4
  presence: gpio+switch:///nowhere/5
  backlight: backlight:///nowhere
  thermometer: "sim+thermometer:///?root=/nowhere"
  fan: hwmon+fan:///nowhere
  clock: rtc:///dev/nowhere
  watchdog: watchdog:///dev/nowhere
`), 0o600); err != nil {
		t.Fatal(err)
	}
	k := open(t, stack.Options{Overlay: overlay})
	want := map[string]health.Code{
		"reader": health.ReaderGone, "scanner": health.ScannerGone, "printer": health.PrinterGone, "touch": health.TouchGone,
		"keypad": health.KeypadGone, "lamps": health.LampsGone, "buzzer": health.BuzzerGone, "sound": health.SoundGone,
		"door": health.SwitchGone, "tamper": health.SwitchGone, "presence": health.SwitchGone,
		"backlight": health.BacklightGone, "thermometer": health.ThermometerGone, "fan": health.FanGone,
		"clock": health.ClockGone, "watchdog": health.WatchdogGone,
	}
	k.fleetSees("every device as absent", func(s api.Kiosk) bool {
		if s.Status == nil || len(s.Status.Devices) != len(want) {
			return false
		}
		for _, d := range s.Status.Devices {
			if d.State != "absent" || d.Code != string(want[d.Name]) {
				return false
			}
		}
		return true
	})
	k.on("attract", "không đọc được thẻ", "quầy 1")
	// Whoever begins all the same is told where to go, and can leave.
	k.touch("attract", "primary")
	k.touch("consent", "agree")
	s := k.on("identify-problem")
	k.offers(s, "cancel", "help")
	k.touch("identify-problem", "cancel")
	k.touch("cancel", "back")
	k.touch("goodbye", "primary")
	k.on("attract")
}
