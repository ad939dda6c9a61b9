package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"tram06/firmware/config"
	"tram06/firmware/health"
	"tram06/hal"
)

// noon is the time of the examinations.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// quiet is a machine on which all is well and nothing is there.
func quiet() System {
	return System{
		Files: fstest.MapFS{"proc/meminfo": {Data: []byte("MemTotal: 1000000 kB\nMemAvailable: 700000 kB\n")}},
		Now:   func() time.Time { return noon }, Self: 1,
		Addresses:    func() ([]Interface, error) { return nil, nil },
		Lookup:       func(context.Context, string) ([]string, error) { return nil, errors.New("no names here") },
		Dial:         func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network here") },
		Synchronised: func() (bool, error) { return true, nil },
		Space:        func(string) (Space, error) { return Space{Size: 8 << 30, Free: 4 << 30}, nil },
		Write:        func(string) (time.Duration, error) { return time.Millisecond, nil },
	}
}

// board has one device.
func board(t *testing.T, part, uri string) *config.Board {
	t.Helper()
	var d config.Devices
	for name, to := range map[string]*config.Device{
		"reader": &d.Reader, "scanner": &d.Scanner, "printer": &d.Printer, "touch": &d.Touch, "lamps": &d.Lamps, "door": &d.Door,
		"tamper": &d.Tamper, "presence": &d.Presence, "backlight": &d.Backlight, "thermometer": &d.Thermometer, "fan": &d.Fan,
		"clock": &d.Clock, "watchdog": &d.Watchdog, "sound": &d.Sound,
	} {
		if name == part {
			*to = config.Device(uri)
			return &config.Board{Name: "test", Devices: d}
		}
	}
	t.Fatalf("no part %s", part)
	return nil
}

// one examines a board with one device and gives its findings.
func one(t *testing.T, part, uri string, r hal.Registry, change func(*Options)) []Finding {
	t.Helper()
	o := Options{Board: board(t, part, uri), Registry: r, Only: []string{part}, Lang: "en", System: quiet()}
	if change != nil {
		change(&o)
	}
	return Examine(t.Context(), o)
}

// steps writes them as the table does: + for yes, - for no, ? for unknown.
func steps(f Finding) string {
	s := ""
	for _, key := range Steps() {
		s += map[string]string{yes: "+", no: "-", unknown: "?"}[f.Details[key]]
	}
	return s
}

func TestDevices(t *testing.T) {
	gone := fmt.Errorf("reach it: %w: cable", hal.ErrGone)
	for _, x := range []struct {
		name, part string
		device     hal.Device
		err        error
		state      State
		code       health.Code
		steps      string
		text       string // a part of it
	}{
		{"a reader", "reader", aReader{thing: ready()}, nil, OK, "", "+++?", "no card"},
		{"a reader with a card", "reader", aReader{thing: &thing{h: hal.Health{State: hal.Ready}, on: true}}, nil, OK, "", "+++?", "a card lies on it"},
		{"no reader", "reader", nil, gone, Error, health.ReaderGone, "--??", "reach it: cable"},
		{"a reader that is lost meanwhile", "reader", aReader{thing: ill(hal.Absent, hal.KeyReaderGone)}, nil, Error, health.ReaderGone, "++-?", "absent: so it says"},
		{"no right to open", "scanner", nil, fmt.Errorf("scanner port: %w: %w", hal.ErrGone, fs.ErrPermission), Error, health.ScannerGone, "+-??", "root"},
		{"taken by another program", "scanner", nil, fmt.Errorf("scanner port: %w: %w", hal.ErrGone, unix.EBUSY), Warn, health.DeviceBusy, "+-??", "another program"},
		{"pins that a kiosk has", "lamps", nil, fmt.Errorf("lamps: line 6 is in use by %q: %w", "tram06", unix.EBUSY), Info, health.DeviceInUse, "+-??", "running kiosk"},
		{"a driver that gives up by itself", "printer", nil, fmt.Errorf("reach printer: %w: %w", hal.ErrGone, os.ErrDeadlineExceeded), Error, health.PrinterGone, "--??", "not there: reach printer"},
		{"a mistake in the URI", "scanner", nil, errors.New("unknown parameter"), Error, health.ScannerGone, "?-??", "does not open: unknown parameter"},
		{"a scanner", "scanner", aScanner{ready()}, nil, OK, "", "++??", "--scan"},
		{"a printer", "printer", aPrinter{ready()}, nil, OK, "", "++++", "has paper"},
		{"a printer without paper", "printer", aPrinter{ill(hal.Fault, hal.KeyPaperOut)}, nil, Error, health.PaperOut, "+++-", "so it says"},
		{"an open cover", "printer", aPrinter{ill(hal.Fault, hal.KeyCoverOpen)}, nil, Error, health.CoverOpen, "+++-", ""},
		{"paper near its end", "printer", aPrinter{ill(hal.Degraded, hal.KeyPaperNearEnd)}, nil, Warn, health.PaperLow, "++++", ""},
		{"a printer that says nothing", "printer", aPrinter{ill(hal.Degraded, hal.KeyPrinterUnknown)}, nil, Warn, health.PrinterSilent, "++-?", ""},
		{"lamps", "lamps", aLamps{ready()}, nil, OK, "", "++??", "reader, printer"},
		{"the door is closed", "door", aSwitch{ready()}, nil, OK, "", "+++?", "closed"},
		{"the door is open", "door", aSwitch{&thing{h: hal.Health{State: hal.Ready}, on: true}}, nil, Warn, health.DoorOpen, "+++?", "open"},
		{"the case is open", "tamper", aSwitch{&thing{h: hal.Health{State: hal.Ready}, on: true}}, nil, Error, health.Tampered, "+++?", ""},
		{"somebody stands there", "presence", aSwitch{&thing{h: hal.Health{State: hal.Ready}, on: true}}, nil, OK, "", "+++?", "somebody"},
		{"a contact that bounces", "presence", aSwitch{ill(hal.Degraded, hal.KeySwitchBouncing)}, nil, Warn, health.SwitchBouncing, "+++?", ""},
		{"a thermometer", "thermometer", aThermometer{&thing{h: hal.Health{State: hal.Ready}, celsus: []hal.Temperature{{Name: "cpu", Celsius: 40}}}}, nil, OK, "", "+++?", "1 sensors"},
		{"a thermometer that fails", "thermometer", aThermometer{&thing{h: hal.Health{State: hal.Ready}, err: hal.ErrFault}}, nil, Warn, health.ThermometerGone, "++-?", ""},
		{"a fan", "fan", aFan{&thing{h: hal.Health{State: hal.Ready}, rpm: []int{0, 0, 1200}}}, nil, OK, "", "++++", "1200 rpm"},
		{"a fan that tells nothing", "fan", aFan{&thing{h: hal.Health{State: hal.Ready}, err: hal.ErrUnsupported}}, nil, OK, "", "++??", "does not tell"},
		{"a fan that stands still", "fan", aFan{&thing{h: hal.Health{State: hal.Ready}, rpm: []int{0}}}, nil, Error, health.FanStalled, "+++-", "stands still"},
		{"a clock", "clock", aClock{&thing{h: hal.Health{State: hal.Ready}, at: noon.Add(-2 * time.Second)}}, nil, OK, "", "++++", "-2s off"},
		{"a clock that is wrong", "clock", aClock{&thing{h: hal.Health{State: hal.Ready}, at: noon.Add(time.Hour)}}, nil, Warn, health.ClockDiffers, "+++-", "1h0m0s off"},
		{"a clock that is behind", "clock", aClock{&thing{h: hal.Health{State: hal.Ready}, at: noon.Add(-6 * time.Minute)}}, nil, Warn, health.ClockDiffers, "+++-", "-6m0s off"},
		{"a clock that drifts", "clock", aClock{&thing{h: hal.Health{State: hal.Ready}, at: noon.Add(4 * time.Minute)}}, nil, OK, "", "++++", "4m0s off"},
		{"a clock that lost its time", "clock", aClock{&thing{h: hal.Health{State: hal.Fault, Key: hal.KeyClockUnset}, err: hal.ErrFault}}, nil, Warn, health.ClockUnset, "+++?", ""},
		{"a clock with an empty battery", "clock", aClock{&thing{h: hal.Health{State: hal.Degraded, Key: hal.KeyClockBattery}, at: noon}}, nil, Warn, health.ClockBattery, "++++", ""},
		{"a backlight", "backlight", aBacklight{&thing{h: hal.Health{State: hal.Ready}, level: 70}}, nil, OK, "", "++++", "70%"},
		{"a backlight that does not take a level", "backlight", aBacklight{&thing{h: hal.Health{State: hal.Ready}, err: errors.New("no")}}, nil, Warn, health.BacklightGone, "+++-", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := one(t, x.part, "test:///x", hal.Registry{"test": given(x.device, x.err)}, nil)
				if len(got) != 1 {
					t.Fatalf("%+v", got)
				}
				f := got[0]
				if f.Part != x.part || f.State != x.state || f.Code != x.code || steps(f) != x.steps || !strings.Contains(f.Text, x.text) {
					t.Errorf("%+v, steps %s", f, steps(f))
				}
				if c, ok := health.Lookup(f.Code); ok && f.Remedy != c.Remedy.EN || f.Code == "" && f.Remedy != "" {
					t.Errorf("the remedy is %q", f.Remedy)
				}
				if f.Details["uri"] != "test:///x" {
					t.Errorf("details %v", f.Details)
				}
			})
		})
	}
}

// A fan that stood is left turning for as long as it takes to see that, and a
// backlight as bright as it was.
func TestNothingIsLeftOtherwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fan := &thing{h: hal.Health{State: hal.Ready}, rpm: []int{0, 900}, closed: new(atomic.Int32)}
		one(t, "fan", "test:///", hal.Registry{"test": given(aFan{fan}, nil)}, nil)
		if !slices.Equal(fan.set, []int{100}) || fan.closed.Load() != 1 {
			t.Errorf("speeds %v, closed %d times", fan.set, fan.closed.Load())
		}
		light := &thing{h: hal.Health{State: hal.Ready}, level: 35}
		one(t, "backlight", "test:///", hal.Registry{"test": given(aBacklight{light}, nil)}, nil)
		if !slices.Equal(light.set, []int{35}) {
			t.Errorf("levels %v", light.set)
		}
	})
}

func TestWhatADeviceSaysItIs(t *testing.T) {
	d := ready()
	d.id = hal.Identity{Maker: "ACS", Model: "ACR1252", Serial: "RR1", Firmware: "1.07"}
	f := one(t, "reader", "test:///", hal.Registry{"test": given(aReader{thing: d}, nil)}, nil)[0]
	if f.Details["maker"] != "ACS" || f.Details["model"] != "ACR1252" || f.Details["serial"] != "RR1" || f.Details["firmware"] != "1.07" {
		t.Errorf("%v", f.Details)
	}
}

// A device that hangs costs its own limit and nobody else's; when it opens after
// all, it is closed.
func TestAHangingDeviceCostsItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, release, closed := time.Now(), make(chan struct{}), new(atomic.Int32)
		late := ready()
		late.closed = closed
		b := board(t, "reader", "test:///")
		b.Devices.Printer, b.Devices.Scanner = "hang:///", "deaf:///"
		var when []string
		got := Examine(t.Context(), Options{
			Board: b, Only: []string{"reader", "printer", "scanner"}, Limit: 3 * time.Second, Lang: "en", System: quiet(),
			Registry: hal.Registry{
				"test": given(aReader{thing: ready()}, nil),
				"hang": func(context.Context, *url.URL) (hal.Device, error) { <-release; return aPrinter{late}, nil },
				"deaf": func(ctx context.Context, _ *url.URL) (hal.Device, error) { <-ctx.Done(); return nil, ctx.Err() },
			},
			Progress: func(f Finding) { when = append(when, fmt.Sprint(f.Part, " ", time.Since(began))) },
		})
		if took := time.Since(began); took > 3*time.Second+graceTime {
			t.Errorf("it took %v", took)
		}
		if len(got) != 3 || got[0].State != OK || got[1].Code != health.ScannerGone || got[2].Code != health.PrinterGone {
			t.Errorf("%+v", got)
		}
		for _, f := range got[1:] {
			if !strings.Contains(f.Text, "hangs") || !strings.Contains(f.Text, "3s") {
				t.Errorf("%s: %s", f.Part, f.Text)
			}
		}
		if len(when) != 3 || when[0] != "reader 0s" {
			t.Errorf("told when %v", when)
		}
		close(release)
		synctest.Wait()
		if closed.Load() != 1 {
			t.Error("what opened late stays open")
		}
	})
}

// However much hangs, an examination takes less than ten seconds.
func TestEverythingHangs(t *testing.T) {
	files := pki(t, noon)
	synctest.Test(t, func(t *testing.T) {
		hang := func(ctx context.Context, _ *url.URL) (hal.Device, error) { <-ctx.Done(); return nil, ctx.Err() }
		var all config.Devices
		for _, d := range []*config.Device{&all.Reader, &all.Scanner, &all.Printer, &all.Touch, &all.Keypad, &all.Lamps, &all.Buzzer, &all.Sound,
			&all.Door, &all.Tamper, &all.Presence, &all.Backlight, &all.Thermometer, &all.Fan, &all.Clock} {
			*d = "hang:///"
		}
		sys := quiet()
		sys.Lookup = func(ctx context.Context, _ string) ([]string, error) { <-ctx.Done(); return nil, ctx.Err() }
		forever := make(chan struct{})
		defer close(forever)
		sys.Write = func(string) (time.Duration, error) { <-forever; return 0, nil }
		s := site(files, "https://gateway.example.vn")
		s.Fleet = &config.Fleet{URL: "tls://fleet.example.vn"}
		began := time.Now()
		got := Examine(t.Context(), Options{Board: &config.Board{Devices: all}, Site: s, State: "/s", Lang: "en", System: sys, Registry: hal.Registry{"hang": hang}})
		if took := time.Since(began); took >= 10*time.Second {
			t.Errorf("it took %v", took)
		}
		bad := 0
		for _, f := range got {
			if f.State == Warn || f.State == Error {
				bad++
			}
		}
		if want := 15 + 4; bad != want { // the devices, gateway, fleet, disk, and no address
			t.Errorf("%d findings, want %d: %s", bad, want, summaries(got))
		}
	})
}

func TestCalledOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := board(t, "reader", "test:///")
		b.Devices.Printer = "deaf:///"
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		got := Examine(ctx, Options{Board: b, Only: []string{"reader", "printer"}, Limit: time.Minute, Lang: "en", System: quiet(),
			Registry: hal.Registry{
				"test": given(aReader{thing: ready()}, nil),
				"deaf": func(ctx context.Context, _ *url.URL) (hal.Device, error) { <-ctx.Done(); return nil, ctx.Err() },
			}})
		if took := time.Since(began); took > time.Second+graceTime {
			t.Errorf("it took %v", took)
		}
		if len(got) != 2 || got[0].State != OK || got[1].State != Skipped || got[1].Text != "called off" {
			t.Errorf("%+v", got)
		}
	})
}

// untouchable fails the test when it is opened.
func untouchable(t *testing.T) hal.Opener {
	return func(_ context.Context, u *url.URL) (hal.Device, error) {
		t.Errorf("%s was opened", u)
		return nil, hal.ErrGone
	}
}

func TestWhatARunningKioskHolds(t *testing.T) {
	running := func(o *Options) { o.Running = true }
	for part, uri := range map[string]string{
		"scanner": "serial:///dev/kiosk/scanner", "printer": "escpos+tcp://192.0.2.1", "touch": "evdev:///?name=x", "lamps": "gpio+lamps:///?reader=x/1", "fan": "hwmon+fan:///x",
	} {
		scheme, _, _ := strings.Cut(uri, ":")
		got := one(t, part, uri, hal.Registry{scheme: untouchable(t)}, running)
		if len(got) != 1 || got[0].State != Info || got[0].Code != health.DeviceInUse {
			t.Errorf("%s: %+v", part, got)
		}
	}
	// What several programs may have open is tried all the same, and nothing is
	// set.
	light := &thing{h: hal.Health{State: hal.Ready}, level: 35}
	got := one(t, "backlight", "backlight:///", hal.Registry{"backlight": given(aBacklight{light}, nil)}, running)
	if len(got) != 1 || got[0].State != OK || light.set != nil {
		t.Errorf("%+v, set %v", got, light.set)
	}
	if got := one(t, "reader", "pcsc:///", hal.Registry{"pcsc": given(aReader{thing: ready()}, nil)}, running); len(got) != 1 || got[0].State != OK {
		t.Errorf("%+v", got)
	}
}

// From afar: a running kiosk's own word counts, and nothing is opened.
func TestHealthOfARunningKiosk(t *testing.T) {
	for _, x := range []struct {
		h     hal.Health
		state State
		code  health.Code
		steps string
	}{
		{hal.Health{State: hal.Ready}, OK, "", "++??"},
		{hal.Health{State: hal.Fault, Key: hal.KeyPaperOut}, Error, health.PaperOut, "++??"},
		{hal.Health{State: hal.Absent, Key: hal.KeyPrinterGone, Err: hal.ErrGone}, Error, health.PrinterGone, "--??"},
		{hal.Health{State: hal.Absent}, Error, health.PrinterGone, "--??"},
	} {
		got := one(t, "printer", "test:///", hal.Registry{"test": untouchable(t)}, func(o *Options) { o.Health = map[string]hal.Health{"printer": x.h} })
		if len(got) != 1 || got[0].State != x.state || got[0].Code != x.code || steps(got[0]) != x.steps || got[0].Details["by"] != "kiosk" {
			t.Errorf("%+v: %+v", x.h, got)
		}
	}
}

// tree is a machine with device files and processes.
func tree(more fstest.MapFS) fstest.MapFS {
	m := fstest.MapFS{
		"dev/ttyACM0":       {Mode: fs.ModeDevice | fs.ModeCharDevice},
		"dev/kiosk/scanner": {Mode: fs.ModeSymlink, Data: []byte("../ttyACM0")},
		"proc/17/comm":      {Data: []byte("bash\n")},
		"proc/17/fd/0":      {Mode: fs.ModeSymlink, Data: []byte("/dev/pts/0")},
		"proc/self":         {Mode: fs.ModeSymlink, Data: []byte("17")},
	}
	maps.Copy(m, more)
	return m
}

func TestWhoHoldsADevice(t *testing.T) {
	with := func(name string) fstest.MapFS {
		return tree(fstest.MapFS{
			"proc/312/comm": {Data: []byte(name + "\n")},
			"proc/312/fd/0": {Mode: fs.ModeSymlink, Data: []byte("/dev/null")},
			"proc/312/fd/7": {Mode: fs.ModeSymlink, Data: []byte("/dev/ttyACM0")},
		})
	}
	see := func(files fstest.MapFS, self int, open hal.Opener) Finding {
		got := one(t, "scanner", "serial:///dev/kiosk/scanner", hal.Registry{"serial": open}, func(o *Options) { o.System.Files, o.System.Self = files, self })
		if len(got) != 1 {
			t.Fatalf("%+v", got)
		}
		return got[0]
	}
	if f := see(with("ModemManager"), 1, untouchable(t)); f.Code != health.DeviceBusy || !strings.Contains(f.Text, "ModemManager (process 312)") || steps(f) != "+???" {
		t.Errorf("%+v", f)
	}
	if f := see(with("kiosk"), 1, untouchable(t)); f.Code != health.DeviceInUse || f.State != Info {
		t.Errorf("%+v", f)
	}
	if f := see(with("kiosk"), 312, given(aScanner{ready()}, nil)); f.State != OK {
		t.Errorf("in its own way: %+v", f)
	}
	if f := see(tree(nil), 1, given(aScanner{ready()}, nil)); f.State != OK {
		t.Errorf("%+v", f)
	}
	// Whoever shows a device at a pseudo terminal holds that, too.
	shown := fstest.MapFS{
		"dev/kiosk/scanner": {Mode: fs.ModeSymlink, Data: []byte("/dev/pts/7")}, "dev/pts/7": {Mode: fs.ModeDevice | fs.ModeCharDevice},
		"proc/312/comm": {Data: []byte("devdock\n")}, "proc/312/fd/7": {Mode: fs.ModeSymlink, Data: []byte("/dev/pts/7")},
	}
	if f := see(shown, 1, given(aScanner{ready()}, nil)); f.State != OK {
		t.Errorf("%+v", f)
	}
	shown["proc/400/comm"], shown["proc/400/fd/3"] = &fstest.MapFile{Data: []byte("kiosk\n")}, shown["proc/312/fd/7"]
	if f := see(shown, 1, untouchable(t)); f.Code != health.DeviceInUse || !strings.Contains(f.Text, "400") {
		t.Errorf("%+v", f)
	}
	// Links that lead in a circle end.
	if f := see(fstest.MapFS{"dev/kiosk/scanner": {Mode: fs.ModeSymlink, Data: []byte("scanner")}}, 1, given(nil, hal.ErrGone)); f.Details["found"] != no {
		t.Errorf("%+v", f)
	}
}

// The kernel's own tree is read the same way.
func TestHoldersOnThisMachine(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	s := Linux()
	s.Self = -1
	node, err := s.resolve(os.DevNull)
	if err != nil || node != "dev/null" {
		t.Fatal(node, err)
	}
	if who := s.holders(node); !slices.ContainsFunc(who, func(h holder) bool { return h.pid == os.Getpid() && h.name != "" }) {
		t.Errorf("%v", who)
	}
}

func TestNoDriver(t *testing.T) {
	if got := one(t, "sound", "audio:///", hal.Registry{}, nil); len(got) != 1 || got[0].State != Skipped || !strings.Contains(got[0].Text, "audio") {
		t.Errorf("%+v", got)
	}
}

func TestWatchdogIsNotOpened(t *testing.T) {
	dev := &fstest.MapFile{Mode: fs.ModeDevice | fs.ModeCharDevice}
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	const sys = "sys/class/watchdog/watchdog0/"
	for _, x := range []struct {
		files fstest.MapFS
		state State
		code  health.Code
		text  string
		steps string
	}{
		{fstest.MapFS{}, Warn, health.WatchdogGone, "not there: watchdog: /dev/watchdog: ", "-???"},
		{fstest.MapFS{"dev/watchdog": dev}, OK, "", "tells no more", "+???"},
		{fstest.MapFS{"dev/watchdog": dev, sys + "identity": file("dog"), sys + "timeout": file("15")}, OK, "", "at rest", "+?+?"},
		{fstest.MapFS{"dev/watchdog": dev, sys + "identity": file("dog"), sys + "state": file("active"), sys + "timeout": file("15")}, OK, "", "within 15s", "+?+?"},
		{fstest.MapFS{"dev/watchdog": dev, sys + "identity": file("dog"), sys + "bootstatus": file("32")}, Info, "", "last restart", "+?+?"},
	} {
		got := one(t, "watchdog", "watchdog:///dev/watchdog?timeout=15s", hal.Registry{"watchdog": untouchable(t)}, func(o *Options) { o.System.Files = x.files })
		if len(got) != 1 || got[0].State != x.state || got[0].Code != x.code || !strings.Contains(got[0].Text, x.text) || steps(got[0]) != x.steps {
			t.Errorf("%+v", got)
		}
	}
}

// A watchdog that another program shows starts when it is opened, too.
func TestSimulatedWatchdogIsNotOpened(t *testing.T) {
	got := one(t, "watchdog", "sim+watchdog://127.0.0.1:1", hal.Registry{"sim+watchdog": untouchable(t)}, nil)
	if len(got) != 1 || got[0].State != Skipped || !strings.Contains(got[0].Text, "another program") {
		t.Errorf("%+v", got)
	}
}

// Every part that can be asked for has a name for people, and every device a
// condition for when it is not there.
func TestEveryPartHasItsWords(t *testing.T) {
	for _, p := range Parts() {
		w := health.PartName(p)
		if w.VI == "" || w.EN == "" || w.VI == p || w.EN == p {
			t.Errorf("%s has no name", p)
		}
		if len([]rune(w.VI)) > 16 || len([]rune(w.EN)) > 16 {
			t.Errorf("%s: %v is too long for the table", p, w)
		}
		if IsDevice(p) {
			if _, ok := health.Lookup(absent[p]); !ok {
				t.Errorf("%s has no condition", p)
			}
		}
	}
	if len(absent) != len(Devices()) {
		t.Error("a condition for what is no device")
	}
}
