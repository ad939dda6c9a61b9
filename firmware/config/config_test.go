package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tram06/firmware/config/strict"
	"tram06/firmware/health"
)

const goodBoard = `name: test
display:
  width: 1080px
  height: 1920px
  panel_width: 268mm
  viewing_distance: 600mm
  rotate: 90deg
placement:
  reader: right
  scanner: left
  printer: below
devices:
  reader: pcsc:///
  scanner: serial:///dev/kiosk/scanner?baud=115200
  printer: escpos+usb:///dev/usb/lp0?width=576
  touch: none
`

const goodSite = `id: SM06
kiosk:
  name: Trạm 06
  number: 1
place: UBND xã Suối Mây
authority: Công an xã Suối Mây
controller: UBND xã Suối Mây
counter: "1"
phone: "0900 000 006"
languages: [vi, en]
services: [residence_confirmation]
gateway:
  url: https://gateway.example.vn:8443
  ca: pki/ca.pem
  cert: pki/device.pem
  key: pki/device.key
  hpke_key: pki/gateway-hpke.pub
  timeout: 10s
fleet:
  url: tls://fleet.example.vn:4222
  credentials: fleet.creds
  interval: 30s
timeouts:
  idle: 60s
  warn: 30s
  card_taken: 40s
  done: 60s
  send_wait: 20s
timezone: Asia/Ho_Chi_Minh
`

func file(name, text string) File {
	return File{FS: fstest.MapFS{name: {Data: []byte(text)}}, Path: name}
}

func TestLoadBoard(t *testing.T) {
	b, err := LoadBoard(file("board.yaml", goodBoard))
	if err != nil {
		t.Fatal(err)
	}
	want := Board{
		Name:      "test",
		Display:   Display{Width: 1080, Height: 1920, PanelWidth: 268, ViewingDistance: 600, Rotate: 90},
		Placement: Placement{Reader: Right, Scanner: Left, Printer: Below},
		Devices:   Devices{Reader: "pcsc:///", Scanner: "serial:///dev/kiosk/scanner?baud=115200", Printer: "escpos+usb:///dev/usb/lp0?width=576"},
	}
	if b != want {
		t.Errorf("got %+v", b)
	}
	if p := b.Display.Pitch(); p < 0.248 || p > 0.2482 {
		t.Errorf("pitch %g", p)
	}
	if !b.Devices.Touch.None() || b.Devices.Reader.None() {
		t.Error("none is not none")
	}
}

func TestOverlayMovesDevicesOnly(t *testing.T) {
	b, err := LoadBoard(file("board.yaml", goodBoard),
		file("dev.yaml", "devices:\n  scanner: serial:///dev/pts/7\n  printer: escpos+tcp://127.0.0.1:9100?width=384\n"),
		file("more.yaml", "devices:\n  printer: none\n"))
	if err != nil {
		t.Fatal(err)
	}
	if b.Devices.Scanner != "serial:///dev/pts/7" || b.Devices.Printer != "" || b.Devices.Reader != "pcsc:///" {
		t.Errorf("got %+v", b.Devices)
	}
	for text, want := range map[string]string{
		"display:\n  width: 1px\ndevices:\n  touch: none\n": `dev.yaml:1:1: CH-501: unknown key "display": known here are devices`,
		"devices:\n  door: gpio+lamps:///x\n":               `dev.yaml:2:9: CH-503: no driver for "gpio+lamps:": a door is one of gpio+switch, sim+switch`,
		"devices:\n  scaner: none\n":                        `dev.yaml:2:3: CH-501: unknown key "scaner": write "scanner"`,
		"devices:\n  reader: usb:///dev/x\n":                `dev.yaml:2:11: CH-503: no driver for "usb:"`,
		"":                                                  `dev.yaml:1:1: CH-502: "devices" is missing`,
	} {
		if _, err := LoadBoard(file("board.yaml", goodBoard), file("dev.yaml", text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %s", text, err, want)
		}
	}
}

func TestLoadSite(t *testing.T) {
	s, err := LoadSite(file("site.yaml", goodSite))
	if err != nil {
		t.Fatal(err)
	}
	if s.ID != "SM06" || s.Kiosk != (Kiosk{"Trạm 06", 1}) || s.Counter != "1" || s.Gateway.Timeout.Duration() != 10*time.Second || s.Fleet.Interval.Duration() != 30*time.Second {
		t.Errorf("got %+v", s)
	}
	if _, off := time.Unix(0, 0).In(s.Location()).Zone(); off != 7*3600 {
		t.Errorf("offset %d", off)
	}
}

// What may be left out has a sensible value.
func TestSiteDefaults(t *testing.T) {
	text := goodSite[:strings.Index(goodSite, "  timeout: 10s")]
	text = strings.Replace(text, "languages: [vi, en]\n", "", 1)
	s, err := LoadSite(file("site.yaml", text))
	if err != nil {
		t.Fatal(err)
	}
	want := Timeouts{Idle: Duration(60 * time.Second), Warn: Duration(30 * time.Second), CardTaken: Duration(40 * time.Second),
		Done: Duration(60 * time.Second), SendWait: Duration(20 * time.Second)}
	if s.Timeouts != want || s.Gateway.Timeout.Duration() != 10*time.Second || s.Fleet != nil || strings.Join(s.Languages, " ") != "vi en" || s.Timezone != "Asia/Ho_Chi_Minh" {
		t.Errorf("got %+v", s)
	}
	one, err := LoadSite(file("site.yaml", text+"fleet:\n  url: nats://127.0.0.1:4222\n  credentials: x\ntimeouts:\n  idle: 90s\n"))
	if err != nil {
		t.Fatal(err)
	}
	want.Idle = Duration(90 * time.Second)
	if one.Timeouts != want || one.Fleet.Interval.Duration() != 30*time.Second {
		t.Errorf("got %+v, %+v", one.Timeouts, one.Fleet)
	}
}

// Names of secrets are relative to the file, wherever the program was started.
func TestFilesAreBesideTheSiteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "site.yaml")
	write(t, path, strings.Replace(goodSite, "pki/device.key", "/etc/tram06/device.key", 1)+"card:\n  trust: csca\n")
	s, err := LoadSite(OnDisk(path))
	if err != nil {
		t.Fatal(err)
	}
	if s.Gateway.CA != filepath.Join(dir, "pki/ca.pem") || s.Gateway.Key != "/etc/tram06/device.key" || s.Fleet.Credentials != filepath.Join(dir, "fleet.creds") || s.Card.Trust != filepath.Join(dir, "csca") {
		t.Errorf("got %+v, %+v, %+v", s.Gateway, s.Fleet, s.Card)
	}
}

func TestUnreadable(t *testing.T) {
	for name, x := range map[string]struct {
		file File
		want string
	}{
		"not there": {OnDisk(filepath.Join(t.TempDir(), "board.yaml")), "board.yaml: CH-504: there is no such file"},
		"a folder":  {OnDisk(t.TempDir()), "CH-504: it cannot be read"},
		"forbidden": {File{FS: locked{}, Path: "board.yaml"}, "board.yaml: CH-504: it may not be read"},
		"enormous":  {file("board.yaml", "name: "+strings.Repeat("a", 1<<20)), "CH-504: the file is longer than 256 KB"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadBoard(x.file)
			if err == nil || !strings.Contains(err.Error(), x.want) || Code(err) != health.ConfigFile {
				t.Errorf("got %v", err)
			}
			if _, err := LoadSite(x.file); err == nil || !strings.Contains(err.Error(), "CH-504") {
				t.Errorf("as a site: %v", err)
			}
		})
	}
}

type locked struct{}

func (locked) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

// change replaces one line of a good file and gives what is said about it.
func TestBadBoards(t *testing.T) {
	for _, x := range []struct{ name, from, to, want string }{
		{"a typo", "  width: 1080px", "  widht: 1080px", `board.yaml:3:3: CH-501: unknown key "widht": write "width"` + "\n" +
			`board.yaml:2:1: CH-502: "display.width" is missing: write, for example, "width: 1080px"`},
		{"a key of elsewhere", "name: test", "name: test\ncolour: blue",
			`board.yaml:2:1: CH-501: unknown key "colour": known here are name, display, placement, devices`},
		{"a bare number", "1080px", "1080", `board.yaml:3:10: CH-503: "1080" has no unit: write one of px, for example "1080px"`},
		{"the unit of something else", "268mm", "268px", `board.yaml:5:16: CH-503: "px" is no unit here: write one of mm, cm, m, for example "268mm"`},
		{"inches", "268mm", `10.5"`, `"\"" is no unit here: write one of mm, cm, m`},
		{"half a pixel", "1080px", "1080.5px", `"1080.5px" cannot be: write a whole number of pixels up to 16384px`},
		{"a negative length", "600mm", "-600mm", `"-600mm" cannot be: write a length between 1mm and 10m`},
		{"an odd angle", "90deg", "45deg", `board.yaml:7:11: CH-503: "45deg" cannot be: write 0deg, 90deg, 180deg or 270deg`},
		{"no number", "600mm", "far", `"far" is no quantity: write a number and its unit (mm, cm, m), for example "268mm"`},
		{"a panel of another measure", "268mm", "268cm", `board.yaml:5:16: CH-503: 1080 pixels on 2680mm make pixels of 2.48mm, which cannot be`},
		{"an eye too near", "600mm", "60mm", `board.yaml:6:21: CH-503: write a distance between 200mm and 3m`},
		{"an unknown side", "reader: right", "reader: top", `board.yaml:9:11: CH-503: unknown place "top": write one of left, right, below`},
		{"a missing device", "  touch: none\n", "", `board.yaml:12:1: CH-502: "devices.touch" is missing: write, for example, "touch: evdev:///dev/kiosk/touch"`},
		{"no value", "touch: none", "touch:", `board.yaml:16:3: CH-502: "devices.touch" has no value`},
		{"a path for a URI", "pcsc:///", "/dev/hidraw0", `board.yaml:13:11: CH-503: "/dev/hidraw0" is no device address: write a URI such as "pcsc:///", or none`},
		{"a driver with a typo", "escpos+usb:", "escpos-usb:", `board.yaml:15:12: CH-503: no driver for "escpos-usb:": a printer is one of escpos+usb, escpos+tcp, escpos+serial; write, for example, "escpos+usb:///dev/usb/lp0?width=576"`},
		{"a scanner's driver for the reader", "pcsc:///", "serial:///dev/x", `no driver for "serial:": a reader is one of pcsc, pn532+spi, pn532+i2c, pn532+serial`},
		{"two slashes", "pcsc:///", "pcsc://acs", `board.yaml:13:11: CH-503: three slashes come before a path, and "acs" stands behind two: write pcsc:///acs`},
		{"two slashes before a path", "pcsc:///", "pn532+serial://dev/ttyS0", `write pn532+serial:///dev/ttyS0`},
		{"no slashes", "pcsc:///", "pcsc:acs", `write slashes behind the colon: pcsc:///acs`},
		{"a printer nowhere", "escpos+usb:///dev/usb/lp0?width=576", "escpos+tcp:///10.0.0.1", `say where on the network it is, behind two slashes`},
		{"a parameter twice", "?width=576", "?width=576&width=384", `width is given 2 times`},
		{"a broken escape", "?width=576", "?width=%zz", `cannot be read`},
		{"a fragment", "pcsc:///", "pcsc:///#a", `"#" means nothing here`},
		{"a lamp with a typo", "  touch: none\n", "  touch: none\n  lamps: gpio+lamps:///?raeder=a/1\n", `no use for a lamp "raeder": write "reader"`},
		{"a lamp for nothing", "  touch: none\n", "  touch: none\n  lamps: gpio+lamps:///?disco=a/1\n", `no use for a lamp "disco": known here are reader, scanner, printer, status`},
		{"a name with capitals", "name: test", "name: Test Board", `board.yaml:1:7: CH-503: "Test Board" cannot be a board's name`},
		{"a number for a name", "name: test", "name: 42", `board.yaml:1:7: CH-503: a text is wanted here: put it in quotes, "42"`},
		{"a key twice", "name: test", "name: test\nname: other", `board.yaml:2:1: CH-503: "name" is given twice: keep one of them`},
		{"a list for a block", "display:\n", "display: [1]\nx:\n", `board.yaml:2:10: CH-503: a block of keys is wanted here: width, height, panel_width, viewing_distance, rotate`},
		{"an alias", "width: 1080px", "width: &w 1080px", `anchors, aliases and tags are not used here`},
		{"two documents", "name: test", "name: test\n---\nname: other", `CH-504: a second document after "---"`},
		{"a broken file", "name: test", "name: [test", `CH-504: not readable as YAML`},
		{"a tab", "  width: 1080px", "\twidth: 1080px", `CH-504: not readable as YAML`},
	} {
		t.Run(x.name, func(t *testing.T) {
			text := strings.Replace(goodBoard, x.from, x.to, 1)
			if text == goodBoard {
				t.Fatal("nothing was changed")
			}
			b, err := LoadBoard(file("board.yaml", text))
			expect(t, err, x.want)
			if b != (Board{}) {
				t.Error("a refused file still gives a board")
			}
		})
	}
}

func TestBadSites(t *testing.T) {
	for _, x := range []struct{ name, from, to, want string }{
		{"a bare time", "idle: 60s", "idle: 60", `site.yaml:24:9: CH-503: "60" has no unit: write one of ms, s, min, h, for example "60s"`},
		{"minutes as m", "idle: 60s", "idle: 1m", `site.yaml:24:9: CH-503: "m" is no unit here: write one of ms, s, min, h`},
		{"a warning too short", "warn: 30s", "warn: 10s", `site.yaml:25:9: CH-503: 10s is out of range: write 30s to 5min`},
		{"an idle time too long", "idle: 60s", "idle: 2h", `site.yaml:24:9: CH-503: 2h is out of range: write 20s to 10min`},
		{"a small id", "id: SM06", "id: sm06", `site.yaml:1:5: CH-503: "sm06" cannot be an id: write two to eight capital letters and digits, for example "SM06"`},
		{"a telephone number as a number", `"0900 000 006"`, "0700000006", `site.yaml:9:8: CH-503: a text is wanted here: put it in quotes, "0700000006"`},
		{"letters for a telephone", `"0900 000 006"`, `"call us"`, `site.yaml:9:8: CH-503: write digits in groups`},
		{"a counter as a number", `counter: "1"`, "counter: 1", `site.yaml:8:10: CH-503: a text is wanted here: put it in quotes, "1"`},
		{"no machine number", "number: 1", "number: 0", `site.yaml:4:11: CH-503: write the machine's number at this place, 1 to 999`},
		{"a fraction", "number: 1", "number: 1.5", `site.yaml:4:11: CH-503: a whole number is wanted here`},
		{"an empty name", "place: UBND xã Suối Mây", `place: " "`, `site.yaml:5:8: CH-502: "place" is empty`},
		{"a name that is a story", "place: UBND xã Suối Mây", `place: "` + strings.Repeat("xã ", 30) + `x"`, `site.yaml:5:8: CH-503: write at most 80 letters: page and fleet have no room for more`},
		{"a trust folder without a name", "timezone: Asia/Ho_Chi_Minh", "card: {trust: \"\"}", `:29:15: CH-502: "card.trust" is empty`},
		{"a trust folder misspelt", "timezone: Asia/Ho_Chi_Minh", "card: {trusted: csca}", `CH-501: unknown key "trusted": write "trust"`},
		{"an unknown language", "[vi, en]", "[vi, fr]", `site.yaml:10:17: CH-503: unknown "fr": write one of vi, en`},
		{"no Vietnamese", "[vi, en]", "[en]", `vi must be among the languages`},
		{"a language twice", "[vi, en]", "[vi, en, vi]", `site.yaml:10:21: CH-503: "vi" is there twice`},
		{"no services", "[residence_confirmation]", "[]", `site.yaml:11:1: CH-502: the list is empty: name at least one`},
		{"services as a word", "[residence_confirmation]", "residence_confirmation", `site.yaml:11:11: CH-503: a list is wanted here`},
		{"plain http", "https://gateway", "http://gateway", `site.yaml:13:8: CH-503: write an address that begins with https://, for example "https://gateway.example.vn:8443"`},
		{"a password in the address", "https://gateway", "https://me:secret@gateway", `site.yaml:13:8: CH-503: no name or password belongs into an address`},
		{"no key", "  key: pki/device.key\n", "", `site.yaml:12:1: CH-502: "gateway.key" is missing: write, for example, "key: pki/device.key"`},
		{"half a fleet", "  credentials: fleet.creds\n", "", `site.yaml:19:1: CH-502: "fleet.credentials" is missing`},
		{"a fleet without a port", "tls://fleet.example.vn:4222", "tls://fleet.example.vn", `site.yaml:20:8: CH-503: name the port too: write, for example, "tls://fleet.example.vn:4222"`},
		{"a fleet that anybody may listen to", "tls://fleet.example.vn:4222", "nats://fleet.example.vn:4222", `site.yaml:20:8: CH-503: nats:// is for a fleet on this very machine: write "tls://fleet.example.vn:4222"`},
		{"a gateway with a question mark", "gateway.example.vn:8443", "gateway.example.vn:8443?x", `site.yaml:13:8: CH-503: nothing may follow the path: leave out what begins with "?" or "#"`},
		{"a fleet by http", "tls://fleet", "http://fleet", `site.yaml:20:8: CH-503: write an address that begins with tls:// or nats://`},
		{"another zone", "Asia/Ho_Chi_Minh", "Asia/Bangkok", `site.yaml:29:11: CH-503: write Asia/Ho_Chi_Minh, or leave the key out`},
		{"no block at all", goodSite, "", `site.yaml:1:1: CH-502: "gateway" is missing: it is a block with url, ca, cert, key, hpke_key, timeout`},
	} {
		t.Run(x.name, func(t *testing.T) {
			text := strings.Replace(goodSite, x.from, x.to, 1)
			if text == goodSite {
				t.Fatal("nothing was changed")
			}
			_, err := LoadSite(file("site.yaml", text))
			expect(t, err, x.want)
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Error("the message tells the password")
			}
		})
	}
}

// expect wants each line of want in the message.
func expect(t *testing.T, err error, want string) {
	t.Helper()
	var ps strict.Problems
	if !errors.As(err, &ps) {
		t.Fatalf("got %v, want problems", err)
	}
	for _, line := range strings.Split(want, "\n") {
		if !strings.Contains(err.Error(), line) {
			t.Errorf("got\n%v\nwant in it\n%s", err, line)
		}
	}
	for _, p := range ps {
		if _, ok := health.Lookup(p.Code); !ok {
			t.Errorf("%v has no condition", p)
		}
	}
}

// A technician who mends one mistake a restart gives up: all are told at once,
// in the order of the lines.
func TestAllMistakesAtOnce(t *testing.T) {
	text := strings.NewReplacer("1080px", "1080", "reader: right", "reader: top", "name: test", "nmae: test", "90deg", "91deg").Replace(goodBoard)
	_, err := LoadBoard(file("board.yaml", text))
	var ps strict.Problems
	if !errors.As(err, &ps) || len(ps) != 5 {
		t.Fatalf("got %v", err)
	}
	last := 0
	for _, p := range ps {
		if p.Line < last {
			t.Errorf("out of order:\n%v", err)
		}
		last = p.Line
	}
}

func FuzzLoadBoard(f *testing.F) {
	f.Add(goodBoard)
	f.Add("name: &a test\ndisplay: *a\n")
	f.Add("{name: test, display: {width: 1080}}")
	f.Add("? [a]\n: b\n")
	f.Add("- - - -\n")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := LoadBoard(file("board.yaml", text))
		if err == nil && (b.Name == "" || b.Display.Width <= 0 || b.Placement.Reader == "") {
			t.Fatalf("half a board: %+v", b)
		}
		if err != nil && b != (Board{}) {
			t.Fatal("a refused file still gives a board")
		}
	})
}

func FuzzLoadSite(f *testing.F) {
	f.Add(goodSite)
	f.Add("gateway: {url: [}")
	f.Add("timeouts: {idle: 1e400s}\nid: |\n  SM06\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := LoadSite(file("site.yaml", text))
		if err == nil && (s.ID == "" || len(s.Services) == 0 || s.Gateway.Key == "" || s.Timeouts.Warn.Duration() < 30*time.Second) {
			t.Fatalf("half a site: %+v", s)
		}
	})
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Each device that a board may have can be named to people.
func TestDevicesHaveNames(t *testing.T) {
	for _, f := range (Devices{}).All() {
		if w := health.DeviceName(f.Name); w.VI == f.Name {
			t.Errorf("%s has no name for people", f.Name)
		}
	}
}
