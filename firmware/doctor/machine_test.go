package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/sys/unix"

	"tram06/devdock/people"
	"tram06/firmware/config"
	"tram06/firmware/emrtd/trust"
	"tram06/firmware/health"
	"tram06/hal"
)

// see examines one part of the machine.
func see(t *testing.T, part string, change func(*Options)) []Finding {
	t.Helper()
	o := Options{Only: []string{part}, Lang: "en", System: quiet(), Registry: hal.Registry{}}
	change(&o)
	return Examine(t.Context(), o)
}

func TestTime(t *testing.T) {
	for _, x := range []struct {
		now    time.Time
		synced bool
		err    error
		wanted string
	}{
		{noon, true, nil, "time ok"},
		{noon, false, nil, "time warn MAY-652"},
		{noon, false, unix.EPERM, "time skipped"},
		{time.Date(1970, 1, 1, 0, 3, 0, 0, time.UTC), true, nil, "time error MAY-627"},
	} {
		got := see(t, PartTime, func(o *Options) {
			o.System.Now = func() time.Time { return x.now }
			o.System.Synchronised = func() (bool, error) { return x.synced, x.err }
		})
		if s := summaries(got); s != x.wanted {
			t.Errorf("%v: %s", x, s)
		}
	}
}

func TestDisk(t *testing.T) {
	const gb = 1 << 30
	for _, x := range []struct {
		name   string
		space  Space
		err    error
		took   time.Duration
		write  error
		state  string
		wanted string
	}{
		{"plenty", Space{Size: 8 * gb, Free: 4 * gb, Nodes: 1000, Spare: 900}, nil, time.Millisecond, nil, "/s", "disk.space ok\ndisk.write ok"},
		{"a large disk that is nearly full has enough", Space{Size: 1000 * gb, Free: 3 * gb}, nil, 0, nil, "/s", "disk.space ok\ndisk.write ok"},
		{"low", Space{Size: 8 * gb, Free: gb / 2}, nil, 0, nil, "/s", "disk.space warn MAY-632\ndisk.write ok"},
		{"low in inodes", Space{Size: 8 * gb, Free: 4 * gb, Nodes: 1000, Spare: 20}, nil, 0, nil, "/s", "disk.space warn MAY-632\ndisk.write ok"},
		{"full", Space{Size: 8 * gb, Free: 1 << 20}, nil, 0, unix.ENOSPC, "/s", "disk.space error MAY-633\ndisk.write error MAY-633"},
		{"no inode", Space{Size: 8 * gb, Free: 4 * gb, Nodes: 1000}, nil, 0, unix.ENOSPC, "/s", "disk.space error MAY-633\ndisk.write error MAY-633"},
		{"read-only", Space{Size: 8 * gb, Free: 4 * gb, ReadOnly: true}, nil, 0, unix.EROFS, "/s", "disk.space error MAY-633\ndisk.write error MAY-633"},
		{"slow", Space{Size: 8 * gb, Free: 4 * gb}, nil, 2 * time.Second, nil, "/s", "disk.space ok\ndisk.write warn MAY-655"},
		{"not ours", Space{Size: 8 * gb, Free: 4 * gb}, nil, 0, fs.ErrPermission, "/s", "disk.space ok\ndisk.write skipped"},
		{"no folder", Space{}, fs.ErrNotExist, 0, nil, "/s", "disk.space error MAY-633"},
		{"a read-only root, as it should be", Space{Size: 8 * gb, Free: 4 * gb, ReadOnly: true}, nil, 0, nil, "", "disk.space ok\ndisk.write skipped"},
	} {
		got := see(t, PartDisk, func(o *Options) {
			o.State = x.state
			o.System.Space = func(dir string) (Space, error) {
				if want := map[string]string{"/s": "/s", "": "/"}[x.state]; dir != want {
					t.Errorf("%s: looked at %s", x.name, dir)
				}
				return x.space, x.err
			}
			o.System.Write = func(dir string) (time.Duration, error) { return x.took, x.write }
		})
		if s := summaries(got); s != x.wanted {
			t.Errorf("%s: %s", x.name, s)
		}
	}
}

// On this machine: the probe leaves nothing behind.
func TestWritingLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	took, err := Linux().Write(dir)
	if err != nil || took <= 0 {
		t.Fatal(took, err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
	if _, err := Linux().Write(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if s, err := Linux().Space(dir); err != nil || s.Size == 0 || s.Free > s.Size {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := Linux().Addresses(); err != nil {
		t.Error(err)
	}
}

func TestMemory(t *testing.T) {
	info := func(total, available int) string {
		return fmt.Sprintf("MemTotal:       %d kB\nMemFree: 1 kB\nMemAvailable:   %d kB\nHugePages_Total:       0\n", total, available)
	}
	for _, x := range []struct{ info, pressure, wanted string }{
		{info(2000000, 900000), "", "memory ok"},
		{info(2000000, 900000), "some avg10=0.10 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.05 avg60=0.00 avg300=0.00 total=1\n", "memory ok"},
		{info(2000000, 900000), "some avg10=90.10 avg60=0.00 avg300=0.00 total=1\nfull avg10=40.05 avg60=0.00 avg300=0.00 total=1\n", "memory warn MAY-634"},
		{info(2000000, 60000), "", "memory warn MAY-634"},
		{info(1000000, 55000), "", "memory warn MAY-634"},
		{info(8000000, 300000), "", "memory warn MAY-634"},
		{"nothing of the kind", "", "memory skipped"},
	} {
		got := see(t, PartMemory, func(o *Options) {
			m := fstest.MapFS{"proc/meminfo": {Data: []byte(x.info)}}
			if x.pressure != "" {
				m["proc/pressure/memory"] = &fstest.MapFile{Data: []byte(x.pressure)}
			}
			o.System.Files = m
		})
		if s := summaries(got); s != x.wanted {
			t.Errorf("%+v: %s", x, s)
		}
	}
	if got := see(t, PartMemory, func(o *Options) { o.System.Files = fstest.MapFS{} }); summaries(got) != "memory skipped" {
		t.Errorf("%+v", got)
	}
}

func TestTemperature(t *testing.T) {
	at := func(celsius ...float64) hal.Opener {
		d := ready()
		for i, c := range celsius {
			d.celsus = append(d.celsus, hal.Temperature{Name: fmt.Sprint("place", i), Celsius: c})
		}
		return given(aThermometer{d}, nil)
	}
	for _, x := range []struct {
		open   hal.Opener
		wanted string
		text   string
	}{
		{at(40, 52), "temperature ok", "place1 52"},
		{at(40, 76), "temperature warn MAY-622", "place1 76"},
		{at(85, 76), "temperature error MAY-623", "place0 85"},
		{at(), "temperature skipped", "no sensor"},
		{given(nil, hal.ErrGone), "temperature skipped", ""},
	} {
		// Also a board that names no thermometer has a temperature.
		got := see(t, PartTemperature, func(o *Options) { o.Registry = hal.Registry{"hwmon+thermometer": x.open} })
		if s := summaries(got); s != x.wanted || !strings.Contains(got[0].Text, x.text) {
			t.Errorf("%s: %+v", s, got)
		}
	}
	got := see(t, PartTemperature, func(o *Options) {
		o.Board = board(t, "thermometer", "test:///")
		o.Registry = hal.Registry{"test": at(30), "hwmon+thermometer": untouchable(t)}
	})
	if s := summaries(got); s != "temperature ok" || got[0].Details["place0"] != "30.0" {
		t.Errorf("%+v", got)
	}
}

func TestPower(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s + "\n")} }
	for _, x := range []struct {
		files        fstest.MapFS
		wanted, text string
	}{
		{fstest.MapFS{}, "power skipped", ""},
		{fstest.MapFS{throttled: file("0")}, "power ok", ""},
		{fstest.MapFS{throttled: file("50005")}, "power warn MAY-654", "now: under-voltage, throttled"},
		{fstest.MapFS{throttled: file("50000")}, "power warn MAY-654", "since the start: under-voltage, throttled"},
		{fstest.MapFS{throttled: file("x")}, "power skipped", ""},
		{fstest.MapFS{"sys/class/hwmon/hwmon1/name": file("rpi_volt"), "sys/class/hwmon/hwmon1/in0_lcrit_alarm": file("0")}, "power ok", ""},
		{fstest.MapFS{"sys/class/hwmon/hwmon0/name": file("cpu"), "sys/class/hwmon/hwmon1/name": file("rpi_volt"), "sys/class/hwmon/hwmon1/in0_lcrit_alarm": file("1")}, "power warn MAY-654", "under-voltage"},
	} {
		got := see(t, PartPower, func(o *Options) { o.System.Files = x.files })
		if s := summaries(got); s != x.wanted || !strings.Contains(got[0].Text, x.text) {
			t.Errorf("%v: %+v", x.files, got)
		}
	}
	got := see(t, PartPower, func(o *Options) { o.Lang, o.System.Files = "vi", fstest.MapFS{throttled: file("50008")} })
	if f := got[0]; f.Text != "đang chạm ngưỡng nhiệt" || f.Details["now"] != "soft-limit" || f.Details["since_start"] != "under-voltage throttled" {
		t.Errorf("%+v", f)
	}
}

func TestConfig(t *testing.T) {
	_, errBoard := config.LoadBoard(config.File{FS: fstest.MapFS{"board.yaml": {Data: []byte("name: test\nnmae: x\n")}}, Path: "board.yaml"})
	_, errSite := config.LoadSite(config.OnDisk(filepath.Join(t.TempDir(), "none.yaml")))
	got := see(t, PartConfig, func(o *Options) { o.Problems = fmt.Errorf("files: %w", errors.Join(errBoard, errSite)) })
	byCode := map[health.Code]int{}
	for _, f := range got {
		byCode[f.Code]++
		if f.State != Error || f.Remedy == "" {
			t.Errorf("%+v", f)
		}
	}
	if byCode[health.ConfigUnknown] != 1 || byCode[health.ConfigMissing] < 3 || byCode[health.ConfigFile] != 1 {
		t.Errorf("%v\n%+v", byCode, got)
	}
	if s := summaries(see(t, PartConfig, func(o *Options) { o.Problems = errors.New("something else") })); s != "config error CH-504" {
		t.Error(s)
	}
	if s := summaries(see(t, PartConfig, func(o *Options) { o.Board, o.Site = &config.Board{}, &config.Site{} })); s != "config ok" {
		t.Error(s)
	}
	if got := see(t, PartConfig, func(o *Options) { o.Board = &config.Board{Name: "test"} }); summaries(got) != "config ok" || !strings.Contains(got[0].Text, "no site.yaml") {
		t.Errorf("%+v", got)
	}
	if s := summaries(see(t, PartConfig, func(*Options) {})); s != "config skipped" {
		t.Error(s)
	}
}

func TestKiosk(t *testing.T) {
	for wanted, change := range map[string]func(*Options){
		"kiosk skipped": func(*Options) {},
		"kiosk ok":      func(o *Options) { o.State, o.Running = "/s", true },
	} {
		if s := summaries(see(t, PartKiosk, change)); s != wanted {
			t.Error(s)
		}
	}
	if got := see(t, PartKiosk, func(o *Options) { o.State = "/s" }); got[0].Details["running"] != no {
		t.Errorf("%+v", got)
	}
	if got := see(t, PartKiosk, func(o *Options) { o.Health = map[string]hal.Health{} }); got[0].Details["running"] != yes {
		t.Errorf("%+v", got)
	}
}

func TestTrust(t *testing.T) {
	a, err := people.NewAuthority(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	dir := t.TempDir()
	if err := people.Publish(a, dir, now); err != nil {
		t.Fatal(err)
	}
	spoilt := t.TempDir()
	if err := errors.Join(people.Publish(a, spoilt, now), os.WriteFile(filepath.Join(spoilt, "notes.txt"), []byte("call me"), 0o600)); err != nil {
		t.Fatal(err)
	}
	store, _, err := trust.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var ends time.Time
	for _, e := range store.Entries() {
		if e.Kind == trust.KindAuthority {
			ends = e.Until
		}
	}
	for _, x := range []struct {
		name   string
		dir    string
		now    time.Time
		wanted string // the last finding
		more   bool
	}{
		{"no folder named", "", now, "trust info", false},
		{"a good one", dir, now, "trust ok", false},
		{"no such folder", filepath.Join(dir, "none"), now, "trust warn MAY-656", false},
		{"an empty one", t.TempDir(), now, "trust warn MAY-656", false},
		{"a file that is nothing of the kind", spoilt, now, "trust ok", true},
		{"a list that is out of date", dir, now.AddDate(0, 6, 0), "", true},
		{"about to expire", dir, ends.AddDate(0, 0, -10), "trust warn MAY-635", true},
		{"long expired", dir, now.AddDate(40, 0, 0), "trust warn MAY-656", true},
	} {
		got := see(t, PartTrust, func(o *Options) {
			o.Site = &config.Site{Card: config.Card{Trust: x.dir}}
			o.System.Now = func() time.Time { return x.now }
		})
		last := got[len(got)-1]
		if x.wanted != "" && summary(last) != x.wanted || (len(got) > 1) != x.more {
			t.Errorf("%s: %s", x.name, summaries(got))
		}
		if x.more && got[0].Code != health.TrustFile {
			t.Errorf("%s: %+v", x.name, got[0])
		}
	}
}

func TestWorst(t *testing.T) {
	of := func(states ...State) State {
		var all []Finding
		for _, s := range states {
			all = append(all, Finding{State: s})
		}
		return Worst(all)
	}
	if of() != OK || of(OK, Skipped, Info) != OK || of(Warn, Info) != Warn || of(Warn, Error, OK) != Error {
		t.Error("the worst is not the worst")
	}
}

// Everything at once, in both languages: each finding is worded in the one that
// was asked for, and no part is there that nobody can ask for.
func TestAllInBothLanguages(t *testing.T) {
	files := pki(t, noon)
	var texts [2]string
	for i, lang := range []Language{"vi", "en"} {
		b := board(t, "reader", "test:///")
		b.Devices.Printer = "gone:///"
		got := Examine(t.Context(), Options{
			Board: b, Site: site(files, "https://gateway.example.vn"), State: "/s", Lang: lang, System: quiet(),
			Registry: hal.Registry{"test": given(aReader{thing: ready()}, nil), "gone": func(context.Context, *url.URL) (hal.Device, error) { return nil, hal.ErrGone }},
		})
		seen := map[string]bool{}
		for _, f := range got {
			seen[f.Part] = true
			if f.Text == "" || f.Took < 0 {
				t.Errorf("%+v", f)
			}
			if c, ok := health.Lookup(f.Code); ok && f.Remedy != c.Remedy.In(string(lang)) {
				t.Errorf("%s: %s", f.Code, f.Remedy)
			}
			if f.Code == health.PrinterGone {
				texts[i] = f.Text
			}
		}
		for _, p := range Parts() {
			if seen[p] != (!IsDevice(p) || p == "reader" || p == "printer") {
				t.Errorf("%s: seen %v", p, seen[p])
			}
		}
	}
	if texts[0] == texts[1] || !strings.Contains(texts[0], "không thấy") {
		t.Errorf("%q", texts)
	}
}
