package input

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/params"
)

var some = []Event{
	{Time: 3*time.Second + 5*time.Microsecond, Type: Abs, Code: AbsX, Value: -7},
	{Time: 4 * time.Second, Type: Key, Code: BtnTouch, Value: 1},
	{Time: 4 * time.Second},
}

func flat(l Layout, events ...Event) (b []byte) {
	for _, e := range events {
		b = l.Append(b, e)
	}
	return b
}

func readAll(src io.Reader, l Layout, step int) (out []Event, err error) {
	r := newRecords(src, l)
	buf := make([]Event, step)
	for {
		n, err := r.Read(buf)
		out = append(out, buf[:n]...)
		if err != nil {
			return out, err
		}
	}
}

func TestRecords(t *testing.T) {
	for _, l := range []Layout{Layout64, Layout32} {
		data := flat(l, some...)
		if len(data) != 3*int(l) {
			t.Fatalf("a record has %d bytes, want %d", len(data)/3, l)
		}
		for name, src := range map[string]func() io.Reader{
			"whole":        func() io.Reader { return bytes.NewReader(data) },
			"byte by byte": func() io.Reader { return iotest.OneByteReader(bytes.NewReader(data)) },
			"cut short":    func() io.Reader { return bytes.NewReader(append(bytes.Clone(data), 1, 2, 3)) },
			"with its end": func() io.Reader { return iotest.DataErrReader(bytes.NewReader(data)) },
		} {
			for _, step := range []int{1, 2, 100} {
				got, err := readAll(src(), l, step)
				if !errors.Is(err, io.EOF) || !slices.Equal(got, some) {
					t.Errorf("%d bytes, %s, %d at a time: %v, %v", l, name, step, got, err)
				}
			}
		}
	}
	if Native != Layout64 && Native != Layout32 {
		t.Errorf("the native layout has %d bytes", Native)
	}
}

// What was typed is no longer in any buffer once it was handled.
func TestNothingOfEventsStays(t *testing.T) {
	r := newRecords(bytes.NewReader(flat(Native, some...)), Native)
	var last []Event
	s := NewStream(reads{func(events []Event) (int, error) {
		if slices.ContainsFunc(events, func(e Event) bool { return e != Event{} }) {
			t.Errorf("events are left of the read before: %v", events)
		}
		return r.Read(events)
	}}, Options[int]{Events: func(events []Event) { last = append(last, events...) }})
	s.Start()
	<-s.Done()
	if !slices.Equal(last, some) {
		t.Errorf("%v", last)
	}
	if slices.ContainsFunc(r.buf, func(b byte) bool { return b != 0 }) {
		t.Error("records are left of what was read")
	}
}

// reads is a device that is read.
type reads struct{ read func([]Event) (int, error) }

func (d reads) Read(events []Event) (int, error) { return d.read(events) }
func (reads) Info() Info                         { return Info{} }
func (reads) State() (State, error)              { return State{}, nil }
func (reads) Grab() error                        { return nil }
func (reads) Close() error                       { return nil }

// The bytes of struct input_event as little-endian kernels write it; no board has
// another.
func TestLayoutIsTheKernels(t *testing.T) {
	b := []byte{2, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0x35, 0, 0xFE, 0xFF, 0xFF, 0xFF}
	want := Event{Time: 2*time.Second + 9*time.Microsecond, Type: Abs, Code: AbsMultiX, Value: -2}
	if got := Layout64.Parse(b); got != want {
		t.Errorf("%+v", got)
	}
	short := slices.Concat(b[:4], b[8:12], b[16:])
	if got := Layout32.Parse(short); got != want {
		t.Errorf("%+v", got)
	}
}

func FuzzRecords(f *testing.F) {
	f.Add(flat(Layout64, some...), true, uint8(1))
	f.Add(flat(Layout32, some...), false, uint8(7))
	f.Fuzz(func(t *testing.T, data []byte, wide bool, step uint8) {
		l := Layout32
		if wide {
			l = Layout64
		}
		whole, _ := readAll(bytes.NewReader(data), l, 64)
		pieces, _ := readAll(iotest.OneByteReader(bytes.NewReader(data)), l, int(step%9)+1)
		if !slices.Equal(whole, pieces) || len(whole) != len(data)/int(l) {
			t.Fatalf("%d events in one piece, %d in many, of %d bytes", len(whole), len(pieces), len(data))
		}
		var s State
		for _, e := range whole {
			s.Apply(e)
		}
		if len(s.Slots) > MaxSlots {
			t.Fatalf("%d slots", len(s.Slots))
		}
	})
}

// Request numbers as <linux/input.h> gives them to a C compiler.
func TestRequestNumbers(t *testing.T) {
	for name, c := range map[string][2]uintptr{
		"EVIOCGVERSION":        {request(read, reqVersion, 4), 0x80044501},
		"EVIOCGID":             {request(read, reqID, 8), 0x80084502},
		"EVIOCGNAME(255)":      {request(read, reqName, 255), 0x80ff4506},
		"EVIOCGPHYS(255)":      {request(read, reqPhys, 255), 0x80ff4507},
		"EVIOCGUNIQ(255)":      {request(read, reqUniq, 255), 0x80ff4508},
		"EVIOCGMTSLOTS(44)":    {request(read, reqSlots, 44), 0x802c450a},
		"EVIOCGKEY(96)":        {request(read, reqKeys, 96), 0x80604518},
		"EVIOCGBIT(EV_KEY,96)": {request(read, reqBits+Key, 96), 0x80604521},
		"EVIOCGBIT(EV_ABS,8)":  {request(read, reqBits+Abs, 8), 0x80084523},
		"EVIOCGABS(ABS_MT_X)":  {request(read, reqAxis+AbsMultiX, 24), 0x80184575},
		"EVIOCGRAB":            {request(write, reqGrab, 4), 0x40044590},
		"EVIOCSCLOCKID":        {request(write, reqClock, 4), 0x400445a0},
	} {
		if c[0] != c[1] {
			t.Errorf("%s is %#x, want %#x", name, c[0], c[1])
		}
	}
}

// panel answers requests as the kernel does for a panel of two fingers.
func panel(req uintptr, b []byte) error {
	words := func(v ...int32) error {
		for i, x := range v {
			binary.NativeEndian.PutUint32(b[4*i:], uint32(x))
		}
		return nil
	}
	switch req {
	case 0x80044501:
		return words(0x010001)
	case 0x80084502:
		for i, v := range []uint16{3, 0x0EEF, 1, 0x100} {
			binary.NativeEndian.PutUint16(b[2*i:], v)
		}
	case 0x80ff4506:
		copy(b, "Panel\x00rest")
	case 0x80ff4507:
		copy(b, "usb-1/input0\x00")
	case 0x80ff4508:
		return unix.ENOENT
	case 0x80604521, 0x80604518:
		b[BtnTouch/8] = 1 << (BtnTouch % 8)
	case 0x80084523:
		for _, a := range []int{AbsX, AbsSlot, AbsMultiX, AbsMultiY, AbsTrackingID} {
			b[a/8] |= 1 << (a % 8)
		}
	case 0x80184540:
		return words(500, -10, 1000, 4, 2, 12)
	case 0x80184540 + AbsSlot:
		return words(1, 0, 1, 0, 0, 0)
	case 0x80184540 + AbsMultiX, 0x80184540 + AbsMultiY, 0x80184540 + AbsTrackingID:
		return words(0, 0, 4095, 0, 0, 0)
	case 0x800c450a: // the code and two slots
		v := map[uint32][2]int32{AbsTrackingID: {-1, 77}, AbsMultiX: {5, 6}, AbsMultiY: {7, 8}}[binary.NativeEndian.Uint32(b)]
		return words(int32(binary.NativeEndian.Uint32(b)), v[0], v[1])
	default:
		return unix.EINVAL
	}
	return nil
}

func TestDescription(t *testing.T) {
	i, err := describe(panel)
	if err != nil {
		t.Fatal(err)
	}
	if i.Name != "Panel" || i.Phys != "usb-1/input0" || i.Uniq != "" || i.ID != (ID{3, 0x0EEF, 1, 0x100}) {
		t.Errorf("%+v", i)
	}
	if !i.HasKeys(BtnTouch) || i.HasKeys(BtnTouch, 30) || !i.HasAxes(AbsX, AbsSlot) || i.HasAxes(AbsY) {
		t.Errorf("keys and axes of %+v", i)
	}
	if a := i.Axes[AbsX]; a != (Axis{-10, 1000, 4, 2, 12}) {
		t.Errorf("axis %+v", a)
	}
	s, err := stateOf(panel, i)
	if err != nil {
		t.Fatal(err)
	}
	want := []Slot{{ID: -1, X: 5, Y: 7}, {ID: 77, X: 6, Y: 8}}
	if !slices.Equal(s.Slots, want) || s.Slot != 1 || s.Abs[AbsX] != 500 || !s.Keys.Has(BtnTouch) {
		t.Errorf("state %+v", s)
	}
}

// Every request that fails is an error, not a device with holes; only texts
// may be missing.
func TestDescriptionFails(t *testing.T) {
	whole, err := describe(panel)
	if err != nil {
		t.Fatal(err)
	}
	unnoticed := 0
	for n, failed := 1, true; failed; n++ {
		failed = false
		calls := 0
		broken := func(req uintptr, b []byte) error {
			if calls++; calls == n {
				failed = true
				return unix.ENODEV
			}
			return panel(req, b)
		}
		_, err := describe(broken)
		if err != nil && (!errors.Is(err, hal.ErrGone) || errors.Is(err, hal.ErrUnsupported)) {
			t.Errorf("call %d: a device that is pulled out while it is described gives %v", n, err)
		}
		if err == nil {
			_, err = stateOf(broken, whole)
		}
		if failed && err == nil {
			unnoticed++
		}
		if err != nil && !errors.Is(err, unix.ENODEV) {
			t.Errorf("call %d: %v", n, err)
		}
	}
	if unnoticed != 3 {
		t.Errorf("%d failures went unnoticed, want those of the three texts", unnoticed)
	}
	if _, err := describe(func(uintptr, []byte) error { return unix.ENOTTY }); !errors.Is(err, hal.ErrUnsupported) {
		t.Errorf("no input device: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for path, want := range map[string]error{
		"/nowhere/event0": hal.ErrGone,
		"/dev/null":       hal.ErrUnsupported,
		os.Args[0]:        hal.ErrUnsupported,
	} {
		if _, err := Open(path); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}

// listed is a device of a list, and tells whether it is open.
type listed struct {
	Device
	info Info
	open *int
}

func (l listed) Info() Info   { return l.info }
func (l listed) Close() error { *l.open--; return nil }

func TestFind(t *testing.T) {
	dir := t.TempDir()
	devices := map[string]Info{
		"event10": {Name: "ACME Scanner", Phys: "usb-2/input0", ID: ID{Vendor: 0xABCD, Product: 1}},
		"event2":  {Name: "ACME Scanner Consumer Control", Phys: "usb-1/input1", Uniq: "S1"},
		"event3":  {Name: "acme scanner", Phys: "usb-1/input0", Uniq: "S1", ID: ID{Vendor: 0xABCD, Product: 2}},
		"event4":  {}, // does not open
		"mouse0":  {Name: "ACME Scanner as a mouse"},
	}
	for name := range devices {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	opened := 0
	sys := System{Dir: dir, Open: func(path string) (Device, error) {
		i, ok := devices[filepath.Base(path)]
		if !ok || filepath.Base(path) == "event4" {
			return nil, hal.ErrGone
		}
		opened++
		return listed{info: i, open: &opened}, nil
	}}
	keyboard := func(i Info) error {
		if strings.Contains(i.Name, "Consumer") {
			return hal.ErrUnsupported
		}
		return nil
	}
	for query, want := range map[string]string{
		"x:///?name=scanner":             "acme scanner", // event3 before event10
		"x:///?name=ACME&phys=usb-2":     "ACME Scanner",
		"x:///?uniq=s1":                  "acme scanner",
		"x:///?id=abcd:0001":             "ACME Scanner",
		"x:///?id=abcd:2&name=scanner":   "acme scanner",
		"x://" + dir + "/event10":        "ACME Scanner",
		"x:///?name=consumer":            "gone",
		"x:///?name=goodix":              "gone",
		"x:///?id=abcd:3":                "gone",
		"x://" + dir + "/event5":         "gone",
		"x://" + dir + "/event2":         "unsupported",
		"x:///?id=xyz:1":                 "wrong",
		"x:///?id=1":                     "wrong",
		"x:///":                          "wrong",
		"x:///dev/input/event0?name=x":   "wrong",
		"x://localhost/dev/input/event0": "wrong",
		"x:///?name=%zz":                 "wrong",
	} {
		u, err := url.Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		got := "wrong"
		p := params.New("panel", u)
		if q := ParseQuery(u, p, false); p.End() == nil {
			d, err := sys.Find(q, keyboard)
			switch {
			case err == nil:
				got = d.Info().Name
				_ = d.Close()
			case errors.Is(err, hal.ErrGone):
				got = "gone"
			case errors.Is(err, hal.ErrUnsupported):
				got = "unsupported"
			}
		}
		if got != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
		if opened != 0 {
			t.Fatalf("%s leaves %d devices open", query, opened)
		}
	}
	// The one that is meant may be among those that are not for this user.
	sys.Open = func(path string) (Device, error) {
		return nil, fmt.Errorf("%w: %w", hal.ErrGone, &fs.PathError{Op: "open", Path: path, Err: unix.EACCES})
	}
	if _, err := sys.Find(Query{Name: "goodix"}, keyboard); !errors.Is(err, fs.ErrPermission) || !errors.Is(err, hal.ErrGone) {
		t.Errorf("devices that may not be opened: %v", err)
	}
	u, err := url.Parse("x:///?name=a&phys=b&uniq=c&id=1:2&extra=3")
	if err != nil {
		t.Fatal(err)
	}
	p := params.New("panel", u)
	q := ParseQuery(u, p, false)
	if left := p.Names(); !slices.Equal(left, []string{"extra"}) {
		t.Fatalf("%q are left to the driver", left)
	}
	if got := q.String(); got != `named like "a", plugged in like "b", numbered like "c", 0001:0002` {
		t.Error(got)
	}
}

func TestKeyNames(t *testing.T) {
	for name, want := range map[string]uint16{"KEY_ENTER": 28, "kp0": 82, "KEY_F24": 194, "volumeup": 115, "KEY_102ND": 86} {
		if code, err := KeyCode(name); err != nil || code != want {
			t.Errorf("%s: %d, %v", name, code, err)
		}
	}
	if _, err := KeyCode("KEY_NOWHERE"); err == nil {
		t.Error("a key of no keyboard has a code")
	}
}
