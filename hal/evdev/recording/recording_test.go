package recording_test

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"tram06/hal/evdev/input"
	"tram06/hal/evdev/recording"
)

func panel() input.Info {
	i := input.Info{
		Name: `Panel "Một" 7″`, Phys: "usb-1/input0", Uniq: "0001",
		ID: input.ID{Bus: 3, Vendor: 0x0EEF, Product: 1, Version: 0x100},
		Axes: map[uint16]input.Axis{
			input.AbsX: {Min: -5, Max: 4095, Fuzz: 4, Flat: 1, Resolution: 12},
			input.AbsY: {Max: 4095},
		},
	}
	i.Keys.Set(input.BtnTouch, true)
	i.Keys.Set(30, true)
	return i
}

var events = []input.Event{
	{Time: 12*time.Second + 34*time.Microsecond, Type: input.Abs, Code: input.AbsX, Value: -3},
	{Time: 12*time.Second + 34*time.Microsecond, Type: input.Key, Code: input.BtnTouch, Value: 1},
	{Time: 13 * time.Second, Type: 0x17, Code: 2, Value: 1 << 30},
	{Time: 13 * time.Second},
}

func read(d input.Device) (out []input.Event, err error) {
	buf := make([]input.Event, 8)
	for {
		n, err := d.Read(buf)
		out = append(out, buf[:n]...)
		if err != nil {
			return out, err
		}
	}
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	var b bytes.Buffer
	w, err := recording.NewWriter(&b, panel())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(events...); err != nil {
		t.Fatal(err)
	}
	d, err := recording.Open(io.NopCloser(&b))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(d.Info(), panel()) {
		t.Errorf("info is %+v", d.Info())
	}
	got, err := read(d)
	if !errors.Is(err, io.EOF) || !reflect.DeepEqual(got, events) {
		t.Errorf("events are %v, %v", got, err)
	}
	s, err := d.State()
	if err != nil || !s.Keys.Has(input.BtnTouch) || s.Abs[input.AbsX] != -3 {
		t.Errorf("state is %+v, %v", s, err)
	}
	if err := errors.Join(d.Grab(), d.Close()); err != nil {
		t.Error(err)
	}
}

func TestByHand(t *testing.T) {
	d, err := recording.Open(io.NopCloser(strings.NewReader(
		"# a number pad\n\ninput 1\nkeys KEY_KP1 kp2 79\nbegin\n0.5 # no\n")))
	if err != nil {
		t.Fatal(err)
	}
	if i := d.Info(); !i.HasKeys(79, 80) || i.HasKeys(81) {
		t.Errorf("keys are wrong")
	}
	if _, err := read(d); !errors.Is(err, recording.ErrFormat) || !strings.Contains(err.Error(), "line 6") {
		t.Errorf("a bad line gives %v", err)
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                                             "ends before begin",
		"evemu 1\n":                                    "want input 1",
		"input 1\nname x\nbegin\n":                     "text in quotes",
		"input 1\nid 1 2 3\nbegin\n":                   "3 numbers, want 4",
		"input 1\nid 1 2 3 g\nbegin\n":                 "no number",
		"input 1\naxis -1 0 0 0 0 0\n":                 "no axis",
		"input 1\nkeys KEY_NOWHERE\n":                  "no code",
		"input 1\nwheels 4\n":                          "unknown word",
		"input 1\nname \"x\"\n":                        "ends before begin",
		"input 1\nbegin\n0.000001 abs 1\n":             "3 words",
		"input 1\nbegin\n0.1 abs 1 1\n":                "no time",
		"input 1\nbegin\n-1.000000 abs 1 1\n":          "no time",
		"input 1\nbegin\n0.000001 abc 1 1\n":           "no type",
		"input 1\nbegin\n0.000001 abs x 1\n":           "no code",
		"input 1\nbegin\n0.000001 abs 1 1e3\n":         "no value",
		"input 1\nname \"" + strings.Repeat("x", 5000): "too long",
	} {
		d, err := recording.Open(io.NopCloser(strings.NewReader(text)))
		if err == nil {
			_, err = read(d)
		}
		if !errors.Is(err, recording.ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

func FuzzRecording(f *testing.F) {
	f.Add("input 1\nname \"x\"\nid 3 eef 1 100\naxis 53 0 1000 0 0 0\nkeys 330 KEY_A\nbegin\n0.000000 abs 57 4\n0.000000 syn 0 0\n")
	f.Add("input 1\nbegin\n4294967295.999999 65535 65535 -2147483648\n")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := recording.Open(io.NopCloser(strings.NewReader(text)))
		if err != nil {
			return
		}
		got, _ := read(d)
		var b bytes.Buffer
		w, err := recording.NewWriter(&b, d.Info())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(got...); err != nil {
			t.Fatal(err)
		}
		again, err := recording.Open(io.NopCloser(&b))
		if err != nil {
			t.Fatalf("%q: %v", b.String(), err)
		}
		if !reflect.DeepEqual(again.Info(), d.Info()) {
			t.Fatalf("%+v, %+v", again.Info(), d.Info())
		}
		if same, err := read(again); !errors.Is(err, io.EOF) || !reflect.DeepEqual(same, got) {
			t.Fatalf("%v, %v, %v", same, got, err)
		}
	})
}
