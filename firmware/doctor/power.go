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
var (
	powerNow  = []powerBit{{0, "under-voltage"}, {1, "capped"}, {2, "throttled"}, {3, "soft-limit"}}
	powerEver = []powerBit{{16, "under-voltage"}, {17, "capped"}, {18, "throttled"}, {19, "soft-limit"}}
)

type powerBit struct {
	bit  uint
	name string
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
	now, ever := named(bits, powerNow), named(bits, powerEver)
	details := map[string]string{"now": now, "since_start": ever}
	switch {
	case now != "":
		return x.Found(PartPower, "", health.PowerWeak, x.Say("đang: %s", "now: %s", now)).with(details)
	case ever != "":
		return x.Found(PartPower, "", health.PowerWeak, x.Say("từ lúc bật máy đã có: %s", "since the start: %s", ever)).with(details)
	}
	return x.Fine(PartPower, "", x.Say("đủ điện áp, không giảm tốc", "voltage is fine, no throttling")).with(details)
}

func named(bits uint64, of []powerBit) string {
	var names []string
	for _, b := range of {
		if bits&(1<<b.bit) != 0 {
			names = append(names, b.name)
		}
	}
	return strings.Join(names, " ")
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
