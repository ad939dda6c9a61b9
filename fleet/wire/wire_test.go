package wire

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var now = time.Date(2026, 11, 23, 10, 32, 0, 0, time.FixedZone("", 7*3600))

func sample() Status {
	return Status{
		V: 1, ID: "SM06", Site: "Trạm y tế phường Mẫu, số 12/3", Board: "rpi4", Version: "v0.1.0-20261123093000-abcdef123456",
		StartedAt: now.Add(-time.Hour), SentAt: now, UptimeMS: 3_600_000, IntervalMS: 30_000,
		Devices: []Device{
			{Name: "reader", State: "ready", Since: now.Add(-time.Hour)},
			{Name: "printer", State: "fault", Code: "IN-202", Since: now.Add(-time.Minute)},
		},
		Outbox:        Outbox{Depth: 2, OldestMS: 720_000},
		LastSession:   &Session{EndedAt: now.Add(-5 * time.Minute), Outcome: "kept", DurationMS: 151_000},
		SessionsToday: 17,
	}
}

func encoded(t testing.TB, s Status) []byte {
	t.Helper()
	b, err := Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStatusSurvivesTheWire(t *testing.T) {
	want := sample()
	got, err := DecodeStatus(encoded(t, want))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestNoFieldForACitizen pins what may leave a kiosk. Before a line is added
// here, ask whether the field could ever say something of a person.
func TestNoFieldForACitizen(t *testing.T) {
	want := []string{
		"board string", "devices[].code string", "devices[].name string", "devices[].since time", "devices[].state string",
		"id string", "interval_ms int64", "last_session.duration_ms int64", "last_session.ended_at time", "last_session.outcome string",
		"outbox.depth int", "outbox.oldest_ms int64", "sent_at time", "sessions_today int", "site string", "started_at time",
		"uptime_ms int64", "v int", "version string",
	}
	got := fields("", reflect.TypeFor[Status]())
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("fields of a status changed:\n%s", d)
	}
	for _, m := range []struct {
		of   reflect.Type
		want []string
	}{
		{reflect.TypeFor[Event](), []string{"id string", "kind string", "sent_at time", "v int"}},
		{reflect.TypeFor[Reply](), []string{"findings[].code string", "findings[].name string", "findings[].part string", "findings[].state string",
			"id string", "kind string", "sent_at time", "took_ms int64", "v int"}},
		{reflect.TypeFor[Command](), []string{"kind string", "v int"}},
	} {
		got := fields("", m.of)
		slices.Sort(got)
		if d := cmp.Diff(m.want, got); d != "" {
			t.Errorf("fields of %v changed:\n%s", m.of, d)
		}
	}
}

func fields(prefix string, t reflect.Type) []string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return []string{prefix + " time"}
	case t.Kind() == reflect.Pointer:
		return fields(prefix, t.Elem())
	case t.Kind() == reflect.Slice:
		return fields(prefix+"[]", t.Elem())
	case t.Kind() == reflect.Struct:
		var all []string
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if prefix != "" {
				name = prefix + "." + name
			}
			all = append(all, fields(name, f.Type)...)
		}
		return all
	}
	return []string{prefix + " " + t.Kind().String()}
}

func TestDecodeRefuses(t *testing.T) {
	good := string(encoded(t, sample()))
	if _, err := DecodeStatus([]byte(good)); err != nil {
		t.Fatalf("the sample itself: %v", err)
	}
	replace := func(old, with string) string {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("sample has no %q", old)
		}
		return strings.Replace(good, old, with, 1)
	}
	for _, c := range []struct {
		name, in string
		want     error
	}{
		{"nothing", "", ErrSyntax},
		{"garbage", "\x1b\x40 EPSON", ErrSyntax},
		{"not UTF-8", replace("Trạm", "Tr\xe1m"), ErrSyntax},
		{"array", "[" + good + "]", ErrSyntax},
		{"null", "null", ErrSyntax},
		{"cut short", good[:len(good)-1], ErrSyntax},
		{"two objects", good + good, ErrSyntax},
		{"trailing word", good + " x", ErrSyntax},
		{"a megabyte", `{"site":"` + strings.Repeat("a", 1<<20) + `"}`, ErrTooLarge},
		{"deep", strings.Repeat(`{"devices":`, 100) + "1" + strings.Repeat("}", 100), ErrSyntax},
		{"unknown field", replace(`"v":1`, `"v":1,"name":"NGUYỄN VĂN MẪU"`), ErrField},
		{"unknown field inside", replace(`"depth":2`, `"depth":2,"number":"001090000638"`), ErrField},
		{"repeated field", replace(`"v":1`, `"v":1,"v":1`), ErrField},
		{"repeated field inside", replace(`"depth":2`, `"depth":2,"depth":3`), ErrField},
		{"other case", replace(`"id"`, `"ID"`), ErrField},
		{"folding letter", replace(`"site"`, `"ſite"`), ErrField},
		{"empty key", replace(`"v":1`, `"v":1,"":1`), ErrField},
		{"wrong type", replace(`"v":1`, `"v":"1"`), ErrField},
		{"no time", replace(now.Format(time.RFC3339), "yesterday"), ErrField},
		{"fraction", replace(`"depth":2`, `"depth":2.5`), ErrField},
		{"another version", replace(`"v":1`, `"v":2`), ErrValue},
		{"nothing in it", "{}", ErrValue},
		{"id with a dot", replace("SM06", "SM.06"), ErrValue},
		{"id with a wildcard", replace("SM06", "*"), ErrValue},
		{"id is a citizen's number", replace("SM06", "A001090000638"), ErrValue},
		{"site holds a citizen's number", replace("số 12/3", "001090000638"), ErrValue},
		{"site holds a spaced number", replace("số 12/3", "001 090 000 638"), ErrValue},
		{"site holds markup", replace("số 12/3", "<script>"), ErrValue},
		{"site is long", replace("số 12/3", strings.Repeat("ạ", 81)), ErrValue},
		{"board shouts", replace("rpi4", "RPI4"), ErrValue},
		{"version with a space", replace("v0.1.0", "v0 1"), ErrValue},
		{"time of the Romans", replace(now.Format(time.RFC3339), "0044-03-15T12:00:00Z"), ErrValue},
		{"negative span", replace(`"uptime_ms":3600000`, `"uptime_ms":-1`), ErrValue},
		{"endless span", replace(`"uptime_ms":3600000`, `"uptime_ms":9223372036854775807`), ErrValue},
		{"no interval", replace(`"interval_ms":30000`, `"interval_ms":0`), ErrValue},
		{"interval that overflows", replace(`"interval_ms":30000`, `"interval_ms":9223372036854775807`), ErrValue},
		{"negative depth", replace(`"depth":2`, `"depth":-2`), ErrValue},
		{"state of no device", replace(`"fault"`, `"on fire"`), ErrValue},
		{"code of another form", replace("IN-202", "IN-2O2"), ErrValue},
		{"code that is a sentence", replace("IN-202", "NGUYEN VAN MAU"), ErrValue},
		{"device named twice", replace(`"printer"`, `"reader"`), ErrValue},
		{"device without a name", replace(`"printer"`, `""`), ErrValue},
		{"outcome of no session", replace(`"kept"`, `"robbed"`), ErrValue},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := DecodeStatus([]byte(c.in))
			if !errors.Is(err, c.want) {
				t.Errorf("err = %v, want %v", err, c.want)
			}
			if !cmp.Equal(s, Status{}) {
				t.Errorf("a refused status gave %+v", s)
			}
			if err != nil && (strings.Contains(err.Error(), "001090000638") || strings.Contains(err.Error(), "MẪU")) {
				t.Errorf("the error repeats what came: %v", err)
			}
		})
	}
}

func TestTooManyDevices(t *testing.T) {
	s := sample()
	for i := range MaxDevices {
		s.Devices = append(s.Devices, Device{Name: "d" + string(rune('a'+i)), State: "ready", Since: now})
	}
	if _, err := DecodeStatus(encoded(t, s)); !errors.Is(err, ErrValue) {
		t.Errorf("%d devices: %v, want ErrValue", len(s.Devices), err)
	}
}

// TestWrongClockIsLetIn: a kiosk whose clock is wrong must be seen.
func TestWrongClockIsLetIn(t *testing.T) {
	for _, at := range []time.Time{time.Unix(0, 0).UTC(), now.AddDate(70, 0, 0)} {
		s := sample()
		s.SentAt, s.StartedAt = at, at
		if _, err := DecodeStatus(encoded(t, s)); err != nil {
			t.Errorf("clock at %v: %v", at, err)
		}
	}
}

func TestLargestStatusFits(t *testing.T) {
	s := sample()
	s.Site = strings.Repeat("ạ", MaxSite)
	s.Board, s.Version = strings.Repeat("a", MaxWord), strings.Repeat("a", MaxVersion)
	s.Devices = nil
	for i := range MaxDevices {
		s.Devices = append(s.Devices, Device{Name: strings.Repeat("a", MaxWord-1) + string(rune('a'+i)), State: "degraded", Code: "ABCDE-999",
			Since: now.Add(123456789 * time.Nanosecond)})
	}
	if _, err := DecodeStatus(encoded(t, s)); err != nil {
		t.Errorf("limits do not agree with each other: %v", err)
	}
}

func TestOtherMessages(t *testing.T) {
	ev, err := Encode(Event{V: 1, ID: "SM06", Kind: Bye, SentAt: now})
	if err != nil {
		t.Fatal(err)
	}
	if e, err := DecodeEvent(ev); err != nil || e.Kind != Bye || e.ID != "SM06" {
		t.Errorf("event: %+v, %v", e, err)
	}
	for _, bad := range []string{`{}`, `{"v":1,"id":"SM06","kind":"hello","sent_at":"2026-11-23T10:00:00Z"}`, string(ev) + "{}"} {
		if _, err := DecodeEvent([]byte(bad)); err == nil {
			t.Errorf("event %s was let in", bad)
		}
	}
	if c, err := DecodeCommand([]byte(`{"v":1,"kind":"dance"}`)); err != nil || c.Kind != "dance" {
		t.Errorf("a later command must reach the kiosk's answer: %+v, %v", c, err)
	}
	for _, bad := range []string{`{}`, `{"v":2,"kind":"ping"}`, `{"v":1,"kind":"ping","to":"all"}`} {
		if _, err := DecodeCommand([]byte(bad)); err == nil {
			t.Errorf("command %s was let in", bad)
		}
	}
	told := func(kind, findings string) string {
		return `{"v":1,"id":"SM06","kind":"` + kind + `","sent_at":"2026-11-23T10:00:00Z","took_ms":700,"findings":[` + findings + `]}`
	}
	const finding = `{"part":"certificates","name":"gateway.cert","state":"warn","code":"MAY-635"}`
	r, err := DecodeReply([]byte(told("diagnosis", finding+`,{"part":"reader","state":"ok"}`)))
	if err != nil || len(r.Findings) != 2 || r.Findings[0] != (Finding{"certificates", "gateway.cert", "warn", "MAY-635"}) || r.TookMS != 700 {
		t.Errorf("diagnosis: %+v, %v", r, err)
	}
	many := strings.Repeat(finding+",", MaxFindings)
	for _, bad := range []string{`{}`, `{"v":1,"id":"SM06","kind":"maybe","sent_at":"2026-11-23T10:00:00Z"}`,
		told("pong", finding), told("diagnosis", many+finding), strings.Replace(told("diagnosis", finding), "700", "-1", 1),
		told("diagnosis", strings.Replace(finding, "warn", "fine", 1)), told("diagnosis", strings.Replace(finding, "MAY-635", "may be", 1)),
		told("diagnosis", strings.Replace(finding, "gateway.cert", "Nguyễn Văn Mẫu", 1)), told("diagnosis", strings.Replace(finding, "gateway.cert", "001.090.000.638", 1)),
		told("diagnosis", strings.Replace(finding, `"state"`, `"text":"x","state"`, 1)),
	} {
		if _, err := DecodeReply([]byte(bad)); err == nil {
			t.Errorf("reply %s was let in", bad)
		}
	}
}

func TestKioskOf(t *testing.T) {
	for subject, want := range map[string]string{
		StatusSubject("SM06"): "SM06", EventSubject("A-1"): "A-1", CommandSubject("SM06"): "SM06",
		"kiosk.sm06.status": "", "kiosk.*.status": "", "kiosk.status": "", "SM06.status": "", "": "",
	} {
		id, ok := KioskOf(subject)
		if ok != (want != "") || (ok && id != want) {
			t.Errorf("KioskOf(%q) = %q, %v, want %q", subject, id, ok, want)
		}
	}
}

func FuzzDecodeStatus(f *testing.F) {
	f.Add(encoded(f, sample()))
	f.Add([]byte(`{"v":1,"devices":[{"name":"reader"}],"last_session":{"outcome":"none"}}`))
	f.Add([]byte(`{"v":1,"v":1}`))
	f.Add([]byte(`{"V":1}`))
	f.Add([]byte(`[{}]`))
	f.Add([]byte(`{"a":[{"b":[{"c":[]}]}]}`))
	f.Add([]byte("{\"site\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := DecodeStatus(data)
		if err != nil {
			if !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrField) && !errors.Is(err, ErrValue) {
				t.Fatalf("error without a sentinel: %v", err)
			}
			return
		}
		// What was let in is written again and means the same.
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("cannot be written: %v", err)
		}
		again, err := DecodeStatus(b)
		if err != nil {
			t.Fatalf("let in once, refused the second time: %v", err)
		}
		if !cmp.Equal(s, again) {
			t.Fatalf("changed on the way:\n%s", cmp.Diff(s, again))
		}
		if longNumber(s.Site) || longNumber(s.ID) {
			t.Fatal("a long number came through")
		}
	})
}

func BenchmarkDecodeStatus(b *testing.B) {
	data := encoded(b, sample())
	b.ReportMetric(float64(len(data)), "bytes")
	for b.Loop() {
		if _, err := DecodeStatus(data); err != nil {
			b.Fatal(err)
		}
	}
}
