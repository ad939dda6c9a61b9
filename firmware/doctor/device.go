package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tram06/firmware/config"
	"tram06/firmware/health"
	"tram06/hal"
	"tram06/hal/gpio"
)

// absent are the conditions of devices that are not there.
var absent = map[string]health.Code{
	"reader": health.ReaderGone, "scanner": health.ScannerGone, "printer": health.PrinterGone, "touch": health.TouchGone,
	"keypad": health.KeypadGone, "lamps": health.LampsGone, "buzzer": health.BuzzerGone, "sound": health.SoundGone,
	"door": health.SwitchGone, "tamper": health.SwitchGone, "presence": health.SwitchGone,
	"backlight": health.BacklightGone, "thermometer": health.ThermometerGone, "fan": health.FanGone,
	"clock": health.ClockGone, "watchdog": health.WatchdogGone,
}

// The steps of a device's examination, as details: yes, no, or unknown where
// nobody can tell without a person.
const (
	stepFound    = "found"
	stepOpened   = "opened"
	stepAnswers  = "answers"
	stepSelfTest = "self_test"

	yes, no, unknown = "yes", "no", "unknown"
)

// Steps gives the keys of the steps in Details, in their order.
func Steps() []string { return []string{stepFound, stepOpened, stepAnswers, stepSelfTest} }

// devices has an examination for each device that the board has.
func (x *examiner) devices() []task {
	if x.Board == nil {
		return nil
	}
	var all []task
	for _, d := range x.Board.Devices.All() {
		if d.URI.None() {
			continue
		}
		all = append(all, task{d.Name, absent[d.Name], func(ctx context.Context) []Finding {
			f := &look{examiner: x, fitted: d, details: map[string]string{"uri": string(d.URI)}}
			for _, s := range Steps() {
				f.details[s] = unknown
			}
			f.examine(ctx)
			for i := range f.findings {
				if f.findings[i].Name == "" {
					f.findings[i] = f.findings[i].with(f.details)
				}
			}
			return f.findings
		}})
	}
	return all
}

// look is the examination of one device.
type look struct {
	*examiner
	fitted   config.Fitted
	details  map[string]string
	findings []Finding
}

func (l *look) part() string { return l.fitted.Name }

func (l *look) step(name string, ok bool) {
	l.details[name] = no
	if ok {
		l.details[name] = yes
	}
}

func (l *look) add(f Finding) { l.findings = append(l.findings, f) }

// examine goes as far as it can without taking anything from a running kiosk.
func (l *look) examine(ctx context.Context) {
	u, err := url.Parse(string(l.fitted.URI))
	if err != nil {
		l.add(l.Found(l.part(), "", health.ConfigValue, err.Error()))
		return
	}
	node := ""
	if file := nodeOf(u); file != "" {
		node, err = l.System.resolve(file)
		l.step(stepFound, err == nil)
	}
	if h, ok := l.Health[l.part()]; ok {
		l.told(h)
		return
	}
	if l.part() == "watchdog" {
		l.watchdog(u)
		return
	}
	if l.Running && !shared(l.part(), u.Scheme) {
		l.add(l.Found(l.part(), "", health.DeviceInUse, l.Say("kiosk đang chạy giữ thiết bị", "held by the running kiosk")))
		return
	}
	if who, held := l.holder(node); held {
		l.held(who)
		return
	}
	if l.Registry[u.Scheme] == nil {
		l.add(l.Left(l.part(), "", l.Say("chương trình này không có trình điều khiển %s", "this program has no driver for %s", u.Scheme)))
		return
	}
	l.open(ctx)
}

// shared tells devices that several programs may have open.
func shared(part, scheme string) bool {
	return scheme == "pcsc" || part == "thermometer" || part == "backlight" || part == "clock"
}

// filed are the schemes whose path is a device file.
var filed = []string{"serial", "wedge", "escpos+usb", "escpos+serial", "evdev", "evdev+keypad", "pn532+serial", "rtc", "watchdog"}

// nodeOf gives the device file that a URI names, or "".
func nodeOf(u *url.URL) string {
	if p := path.Clean("/" + u.Path); slices.Contains(filed, u.Scheme) && p != "/" {
		return p
	}
	return ""
}

// holder finds who has the device, a kiosk before others. At the other end of a
// pseudo terminal is a program that shows a device, and holds its own end.
func (l *look) holder(node string) (who holder, held bool) {
	if node == "" {
		return holder{}, false
	}
	for _, h := range l.System.holders(node) {
		if h.name == kioskName {
			return h, true
		}
		if !held && !strings.HasPrefix(node, "dev/pts/") {
			who, held = h, true
		}
	}
	return who, held
}

// kioskName is the program's name among the processes.
const kioskName = "kiosk"

// held tells who has the device: the kiosk, which is as it should be, or
// somebody else.
func (l *look) held(who holder) {
	l.step(stepFound, true)
	l.details["held_by"] = fmt.Sprintf("%s (%d)", who.name, who.pid)
	if who.name == kioskName {
		l.add(l.Found(l.part(), "", health.DeviceInUse, l.Say("kiosk đang chạy giữ thiết bị (tiến trình %d)", "held by the running kiosk (process %d)", who.pid)))
		return
	}
	l.add(l.Found(l.part(), "", health.DeviceBusy, l.Say("%s (tiến trình %d) đang giữ thiết bị", "held by %s (process %d)", who.name, who.pid)))
}

// told judges a device by what a running kiosk knows of it.
func (l *look) told(h hal.Health) {
	l.details["by"] = "kiosk"
	l.step(stepFound, h.State != hal.Absent)
	l.step(stepOpened, h.State != hal.Absent)
	if h.State == hal.Ready {
		l.add(l.Fine(l.part(), "", l.Say("kiosk đang dùng, tốt", "in use by the kiosk, ready")))
		return
	}
	l.unwell(h)
}

// unwell tells a health that is not ready.
func (l *look) unwell(h hal.Health) {
	code := absent[l.part()]
	if c, ok := health.ByKey(h.Key); ok && h.Key != hal.KeyOK {
		code = c.Code
	}
	text := h.State.String()
	if w, ok := states[h.State]; ok {
		text = w.In(string(l.Lang))
	}
	if h.Err != nil {
		text += ": " + h.Err.Error()
	}
	l.add(l.Found(l.part(), "", code, text))
}

var states = map[hal.State]health.Words{
	hal.Absent:   {VI: "không có", EN: "absent"},
	hal.Fault:    {VI: "hỏng", EN: "fault"},
	hal.Degraded: {VI: "chạy, cần xem lại", EN: "works, needs a look"},
	hal.Ready:    {VI: "tốt", EN: "ready"},
}

// open opens the device, looks at it, and closes it.
func (l *look) open(ctx context.Context) {
	d, err := Open[hal.Device](ctx, l.Registry, string(l.fitted.URI))
	if err != nil {
		l.failed(ctx, err)
		return
	}
	defer func() {
		if err := d.Close(); err != nil {
			l.add(l.Found(l.part(), "close", absent[l.part()], l.Say("không đóng được: %v", "does not close: %v", err)))
		}
	}()
	l.step(stepFound, true)
	l.step(stepOpened, true)
	l.identify(d)
	before := len(l.findings)
	text := l.probe(ctx, d)
	// What came to light meanwhile counts too.
	if h := d.Health(); h.State != hal.Ready {
		l.unwell(h)
		return
	}
	if len(l.findings) == before {
		l.add(l.Fine(l.part(), "", text))
	}
}

// Open opens a device as hal.Open does, and gives up with ctx also where a driver
// does not; what opens later is closed then.
func Open[T hal.Device](ctx context.Context, r hal.Registry, uri string) (T, error) {
	left := hal.Registry{}
	for scheme, open := range r {
		left[scheme] = hal.Leaving(open)
	}
	return hal.Open[T](ctx, left, uri)
}

// reason is what a driver said, without what the finding says already.
func (l *look) reason(err error) string {
	text := strings.TrimPrefix(err.Error(), fmt.Sprintf("open %s: ", l.fitted.URI))
	return strings.ReplaceAll(text, hal.ErrGone.Error()+": ", "")
}

// failed says why a device did not open.
func (l *look) failed(ctx context.Context, err error) {
	l.step(stepOpened, false)
	why := l.reason(err)
	switch {
	case ctx.Err() != nil:
		l.add(l.Found(l.part(), "", absent[l.part()], l.Say("không mở xong trong %s (bị treo)", "does not open within %s (it hangs)", brief(l.Limit))))
	case errors.Is(err, unix.EBUSY) && strings.Contains(why, strconv.Quote(gpio.Consumer)):
		l.step(stepFound, true)
		l.add(l.Found(l.part(), "", health.DeviceInUse, l.Say("kiosk đang chạy giữ thiết bị", "held by the running kiosk")))
	case errors.Is(err, unix.EBUSY):
		l.step(stepFound, true)
		l.add(l.Found(l.part(), "", health.DeviceBusy, l.Say("chương trình khác đang giữ: %s", "held by another program: %s", why)))
	case errors.Is(err, fs.ErrPermission):
		l.step(stepFound, true)
		l.add(l.Found(l.part(), "", absent[l.part()], l.Say("không đủ quyền mở, chạy bằng root hoặc người dùng của kiosk: %s",
			"may not be opened, run as root or as the kiosk’s user: %s", why)))
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, hal.ErrGone):
		if l.details[stepFound] == unknown {
			l.step(stepFound, false)
		}
		l.add(l.Found(l.part(), "", absent[l.part()], l.Say("không thấy: %s", "not there: %s", why)))
	default:
		l.add(l.Found(l.part(), "", absent[l.part()], l.Say("không mở được: %s", "does not open: %s", why)))
	}
}

// identify notes what the device says of itself.
func (l *look) identify(d hal.Device) {
	put := func(key, v string) {
		if v != "" {
			l.details[key] = v
		}
	}
	if id, ok := d.(hal.Identified); ok {
		i := id.Identity()
		put("maker", i.Maker)
		put("model", i.Model)
		put("serial", i.Serial)
		put("firmware", i.Firmware)
	}
	if n, ok := d.(interface{ Name() string }); ok && l.details["model"] == "" {
		put("model", n.Name())
	}
}
