package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tram06/firmware/config"
	"tram06/firmware/config/strict"
	"tram06/firmware/health"
	"tram06/hal"
)

// machine lists the examinations of all that is no device.
func (x *examiner) machine() []task {
	return []task{
		{PartNetwork, health.NetAddress, x.network},
		{PartTime, "", x.time},
		{PartGateway, health.NetSlow, x.gateway},
		{PartFleet, health.FleetDown, x.fleet},
		{PartDisk, health.DiskSlow, x.disk},
		{PartMemory, "", x.memory},
		{PartTemperature, health.ThermometerGone, x.temperature},
		{PartPower, "", x.power},
		{PartCertificates, health.CertWrong, x.certificates},
		{PartTrust, health.TrustFile, x.trust},
	}
}

// config tells each mistake in the configuration files.
func (x *examiner) config(context.Context) []Finding {
	if x.Problems == nil {
		switch {
		case x.Board == nil:
			return []Finding{x.Left(PartConfig, "", x.Say("chưa chỉ định tệp nào", "no files were named"))}
		case x.Site == nil:
			return []Finding{x.Fine(PartConfig, "", x.Say("bo %s; chưa chỉ định site.yaml", "board %s; no site.yaml was named", x.Board.Name)).
				with(map[string]string{"board": x.Board.Name})}
		}
		return []Finding{x.Fine(PartConfig, "", x.Say("bo %s, điểm %s: %s", "board %s, site %s: %s", x.Board.Name, x.Site.ID, x.Site.Place)).
			with(map[string]string{"board": x.Board.Name, "site": x.Site.ID})}
	}
	var all []Finding
	for _, err := range split(x.Problems) {
		var problems strict.Problems
		if !errors.As(err, &problems) {
			code := config.Code(err)
			if code == "" {
				code = health.ConfigFile
			}
			all = append(all, x.Found(PartConfig, "", code, err.Error()))
			continue
		}
		for _, p := range problems {
			all = append(all, x.Found(PartConfig, "", p.Code, p.Error()))
		}
	}
	return all
}

// split gives the errors that were joined.
func split(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range many.Unwrap() {
			all = append(all, split(e)...)
		}
		return all
	}
	if one := errors.Unwrap(err); one != nil {
		if _, ok := one.(interface{ Unwrap() []error }); ok {
			return split(one)
		}
	}
	return []error{err}
}

// kiosk says whether one is running, since that explains much.
func (x *examiner) kiosk(context.Context) []Finding {
	switch {
	case x.Running || x.Health != nil:
		return []Finding{x.Fine(PartKiosk, "", x.Say("đang chạy", "running")).with(map[string]string{"running": yes})}
	case x.State == "":
		return []Finding{x.Left(PartKiosk, "", x.Say("không rõ có chạy không: hãy thêm --state", "not known whether it runs: say --state"))}
	}
	return []Finding{x.Fine(PartKiosk, "", x.Say("không chạy, thiết bị được thử trực tiếp", "not running, devices are tried directly")).
		with(map[string]string{"running": no})}
}

// Limits of the disk. A dossier is some tens of kilobytes.
const (
	diskFull  = 20 << 20
	diskLow   = 200 << 20
	diskPlain = 2 << 30 // enough, whatever part of the disk it is
	slowFlush = 500 * time.Millisecond
)

func (x *examiner) disk(context.Context) []Finding {
	dir := x.State
	if dir == "" {
		dir = "/"
	}
	var all []Finding
	s, err := x.System.Space(dir)
	if err != nil {
		return []Finding{x.Found(PartDisk, "space", health.DiskFull, fmt.Sprintf("%s: %v", dir, err))}
	}
	details := map[string]string{
		"folder": dir, "size_mb": megabytes(s.Size), "free_mb": megabytes(s.Free),
		"inodes": strconv.FormatUint(s.Nodes, 10), "inodes_free": strconv.FormatUint(s.Spare, 10), "read_only": fmt.Sprint(s.ReadOnly),
	}
	text := x.Say("còn %s MB của %s MB", "%s MB free of %s MB", megabytes(s.Free), megabytes(s.Size))
	switch {
	case s.ReadOnly && x.State != "":
		all = append(all, x.Found(PartDisk, "space", health.DiskFull, x.Say("%s chỉ đọc được", "%s is mounted read-only", dir)))
	case x.State != "" && (s.Free < diskFull || s.Nodes > 0 && s.Spare == 0):
		all = append(all, x.Found(PartDisk, "space", health.DiskFull, text))
	case s.Free < diskLow || s.Free < diskPlain && s.Free < s.Size/10 || s.Nodes > 0 && s.Spare < s.Nodes/20:
		all = append(all, x.Found(PartDisk, "space", health.DiskLow, text+x.Say(", %d inode", ", %d inodes", s.Spare)))
	default:
		all = append(all, x.Fine(PartDisk, "space", text))
	}
	all[0] = all[0].with(details)
	if x.State == "" {
		return append(all, x.Left(PartDisk, "write", x.Say("không thử ghi: hãy thêm --state", "not tried: say --state")))
	}
	took, err := x.System.Write(x.State)
	written := map[string]string{"flush_ms": strconv.FormatInt(took.Milliseconds(), 10)}
	switch {
	case errors.Is(err, fs.ErrPermission) && !errors.Is(err, unix.EROFS):
		all = append(all, x.Left(PartDisk, "write", x.Say("không đủ quyền ghi thử: %v", "no right to try: %v", err)))
	case err != nil:
		all = append(all, x.Found(PartDisk, "write", health.DiskFull, x.Say("không ghi được: %v", "cannot be written: %v", err)))
	case took > slowFlush:
		all = append(all, x.Found(PartDisk, "write", health.DiskSlow, x.Say("ghi và lưu chắc mất %s", "writing and flushing takes %s", brief(took))).with(written))
	default:
		all = append(all, x.Fine(PartDisk, "write", x.Say("ghi và lưu chắc mất %s", "writing and flushing takes %s", brief(took))).with(written))
	}
	return all
}

func megabytes(n uint64) string { return strconv.FormatUint(n>>20, 10) }

// Limits of memory: a kiosk takes about a hundred megabytes.
const (
	memoryLow   = 64 << 10 // kilobytes
	stalledMost = 10.0     // percent of the last ten seconds in which all work waited for memory
)

func (x *examiner) memory(context.Context) []Finding {
	text, err := x.System.text("proc/meminfo")
	if err != nil {
		return []Finding{x.Left(PartMemory, "", err.Error())}
	}
	values := map[string]uint64{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		if n, err := strconv.ParseUint(f[1], 10, 64); err == nil {
			values[strings.TrimSuffix(f[0], ":")] = n
		}
	}
	total, free := values["MemTotal"], values["MemAvailable"]
	if total == 0 {
		return []Finding{x.Left(PartMemory, "", x.Say("/proc/meminfo không cho biết gì", "/proc/meminfo tells nothing"))}
	}
	details := map[string]string{"total_mb": strconv.FormatUint(total>>10, 10), "available_mb": strconv.FormatUint(free>>10, 10)}
	said := x.Say("còn %d MB của %d MB", "%d MB available of %d MB", free>>10, total>>10)
	stalled, told := x.stalled()
	if told {
		details["stalled_percent"] = strconv.FormatFloat(stalled, 'f', 2, 64)
	}
	switch {
	case free < memoryLow || free < total/20:
		return []Finding{x.Found(PartMemory, "", health.MemoryLow, said).with(details)}
	case stalled > stalledMost:
		return []Finding{x.Found(PartMemory, "", health.MemoryLow, said+x.Say("; máy phải chờ bộ nhớ %.0f%% thời gian", "; work waits for it %.0f%% of the time", stalled)).with(details)}
	}
	return []Finding{x.Fine(PartMemory, "", said).with(details)}
}

// stalled reads "full avg10=0.12 …" of the kernel's pressure information, which
// many kernels do not have.
func (x *examiner) stalled() (percent float64, told bool) {
	text, err := x.System.text("proc/pressure/memory")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "full avg10="); ok {
			v, _, _ := strings.Cut(rest, " ")
			percent, err := strconv.ParseFloat(v, 64)
			return percent, err == nil
		}
	}
	return 0, false
}

// What a processor's own sensor says when it slows down, and a little before.
// They are those of common boards.
const (
	warm = 75.0
	hot  = 85.0
)

// anywhere is all sensors, for a board file that names no thermometer.
const anywhere = "hwmon+thermometer:///"

func (x *examiner) temperature(ctx context.Context) []Finding {
	uri := anywhere
	named := x.Board != nil && !x.Board.Devices.Thermometer.None()
	if named {
		uri = string(x.Board.Devices.Thermometer)
	}
	t, err := Open[hal.Thermometer](ctx, x.Registry, uri)
	if err != nil {
		// The device's own finding says so with its code.
		return []Finding{x.Left(PartTemperature, "", x.Say("không đo được: %v", "cannot be measured: %v", err))}
	}
	defer t.Close()
	places, err := t.Read()
	switch {
	case err != nil:
		return []Finding{x.Left(PartTemperature, "", x.Say("không đo được: %v", "cannot be measured: %v", err))}
	case len(places) == 0:
		return []Finding{x.Left(PartTemperature, "", x.Say("không có cảm biến nào", "there is no sensor"))}
	}
	details := map[string]string{}
	worst := places[0]
	for _, p := range places {
		details[p.Name] = strconv.FormatFloat(p.Celsius, 'f', 1, 64)
		if p.Celsius > worst.Celsius {
			worst = p
		}
	}
	text := x.Say("nóng nhất: %s %.0f °C", "warmest: %s %.0f °C", worst.Name, worst.Celsius)
	f := x.Fine(PartTemperature, "", text)
	switch {
	case worst.Celsius >= hot:
		f = x.Found(PartTemperature, "", health.MachineHot, text)
	case worst.Celsius >= warm:
		f = x.Found(PartTemperature, "", health.MachineWarm, text)
	}
	return []Finding{f.with(details)}
}
