package doctor

import (
	"context"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"tram06/firmware/health"
)

// throttled is where a Raspberry Pi's firmware tells of its supply.
const throttled = "sys/devices/platform/soc/soc:firmware/get_throttled"

// Bits of that file: now, and since the machine was switched on.
const (
	powerNow  = 0
	powerEver = 16
)

// powerBits are what they mean, from the lowest on, with a name for programs.
var powerBits = []struct {
	name  string
	words health.Words
}{
	{"under-voltage", health.Words{VI: "thiếu điện áp", EN: "under-voltage"}},
	{"capped", health.Words{VI: "bị giới hạn xung nhịp", EN: "its frequency capped"}},
	{"throttled", health.Words{VI: "bị giảm tốc", EN: "throttled"}},
	{"soft-limit", health.Words{VI: "chạm ngưỡng nhiệt", EN: "at its soft limit of heat"}},
}

// power has no finding on machines that cannot tell.
func (x *examiner) power(context.Context) []Finding {
	text, err := x.System.text(throttled)
	if err == nil {
		if bits, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 32); err == nil {
			return []Finding{x.supply(bits)}
		}
	}
	if low, told := x.lowVoltage(); told {
		if low {
			return []Finding{x.Found(PartPower, "", health.PowerWeak, x.Say("đang thiếu điện áp", "under-voltage now"))}
		}
		return []Finding{x.Fine(PartPower, "", x.Say("đủ điện áp", "voltage is fine"))}
	}
	return []Finding{x.Left(PartPower, "", x.Say("máy này không cho biết", "this machine does not tell"))}
}

func (x *examiner) supply(bits uint64) Finding {
	now, saidNow := x.named(bits >> powerNow)
	ever, saidEver := x.named(bits >> powerEver)
	details := map[string]string{"now": now, "since_start": ever}
	switch {
	case now != "":
		return x.Found(PartPower, "", health.PowerWeak, x.Say("đang %s", "now: %s", saidNow)).with(details)
	case ever != "":
		return x.Found(PartPower, "", health.PowerWeak, x.Say("từ lúc bật máy đã có lúc %s", "since the start: %s", saidEver)).with(details)
	}
	return x.Fine(PartPower, "", x.Say("đủ điện áp, không giảm tốc", "voltage is fine, no throttling")).with(details)
}

// named gives the lowest bits by their names, and in words.
func (x *examiner) named(bits uint64) (names, words string) {
	var n, w []string
	for i, b := range powerBits {
		if bits>>i&1 != 0 {
			n, w = append(n, b.name), append(w, b.words.In(string(x.Lang)))
		}
	}
	return strings.Join(n, " "), strings.Join(w, ", ")
}

// lowVoltage asks the monitor that newer kernels have of the same supply.
func (x *examiner) lowVoltage() (low, told bool) {
	names, err := fs.Glob(x.System.Files, "sys/class/hwmon/*/name")
	if err != nil {
		return false, false
	}
	for _, n := range names {
		if name, _ := x.System.text(n); name != "rpi_volt" { // unreadable is another one
			continue
		}
		v, err := x.System.text(path.Join(path.Dir(n), "in0_lcrit_alarm"))
		return v == "1", err == nil
	}
	return false, false
}
