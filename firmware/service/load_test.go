package service

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tram06/firmware/person"
)

func builtin(t testing.TB) []Service {
	t.Helper()
	all, err := Load(Builtin())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func day(t testing.TB, text string) time.Time {
	t.Helper()
	x, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestResidenceConfirmation(t *testing.T) {
	s, err := Find(builtin(t), "residence_confirmation", day(t, "2026-11-23 09:42"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Code != "1.010041" || s.Form != "CT01" || s.Circular != "116/2026/TT-BCA" || s.Fee != 0 || s.WorkingDays != 3 {
		t.Errorf("got %+v", s)
	}
	var ids []string
	for _, st := range s.Steps {
		ids = append(ids, st.ID)
		if st.Why["vi"] == "" {
			t.Errorf("step %s does not say why it asks", st.ID)
		}
	}
	if !slices.Equal(ids, []string{"who", "request", "result", "phone"}) {
		t.Errorf("steps are %v", ids)
	}
	if s.Source == "" || s.Check == "" {
		t.Error("a law without source and check mark")
	}
}

// Every word of every form is in the voice of the product: short sentences,
// no "please" of an office, no machine words.
func TestVoice(t *testing.T) {
	for _, s := range builtin(t) {
		var all []string
		for _, st := range s.Steps {
			for _, x := range []Text{st.Title, st.Note, st.Why, st.Short} {
				all = append(all, x["vi"])
			}
			for _, o := range st.Options {
				all = append(all, o.Label["vi"], o.Note["vi"])
			}
		}
		for _, text := range all {
			for _, bad := range []string{"Vui lòng", "bạn", "hệ thống", "dữ liệu", "xử lý", "thao tác"} {
				if strings.Contains(text, bad) {
					t.Errorf("%s: %q says %q", s.ID, text, bad)
				}
			}
			for _, sentence := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".?,:", r) }) {
				if n := len(strings.Fields(sentence)); n > 12 {
					t.Errorf("%s: %d syllables without a pause in %q", s.ID, n, text)
				}
			}
		}
	}
}

func TestTheDateChooses(t *testing.T) {
	all := builtin(t)
	for when, ok := range map[string]bool{"2026-06-30 23:59": false, "2026-07-01 00:00": true, "2026-11-23 09:42": true} {
		got, err := Offered(all, []string{"residence_confirmation"}, day(t, when))
		if ok != (len(got) == 1) || ok == errors.Is(err, ErrNotInForce) {
			t.Errorf("%s: %d services, %v", when, len(got), err)
		}
	}
	// The day begins in Vietnam, wherever the server stands.
	if got, _ := Offered(all, []string{"residence_confirmation"}, time.Date(2026, 6, 30, 17, 0, 0, 0, time.UTC)); len(got) != 1 {
		t.Error("the first hour of 1 July in Vietnam is taken for June")
	}
}

const small = `id: ID
code: "1.000001"
version: "VERSION"
form: CT01
circular: 1/2026
name: {vi: Tên, en: Name}
topic: residence
fee: 0
duration: {vi: ngay, en: at once}
working_days: 0
valid_from: FROM
valid_to: TO
source: made up for a test
steps:
  - id: who
    kind: show
    title: {vi: Ai, en: Who}
    short: {vi: Ai, en: Who}
    locked:
      - {from: name, label: {vi: Tên, en: Name}}
  - id: how
    kind: choice
    title: {vi: Sao, en: How}
    short: {vi: Sao, en: How}
    options:
      - {value: a, label: {vi: A, en: A}}
      - {value: b, label: {vi: B, en: B}}
  - id: call
    kind: phone
    optional: true
    title: {vi: Số, en: Number}
    short: {vi: Số, en: Number}
`

func made(id, version, from, to string) string {
	text := strings.NewReplacer("ID", id, "VERSION", version, "FROM", from, "TO", to).Replace(small)
	if to == "" {
		text = strings.Replace(text, "valid_to: \n", "", 1)
	}
	return text
}

func files(texts ...string) fs.FS {
	m := fstest.MapFS{}
	for i, text := range texts {
		m[string(rune('a'+i))+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func TestVersionsFollowEachOther(t *testing.T) {
	all, err := Load(files(made("x", "old", "2023-01-01", "2026-06-30"), made("x", "new", "2026-07-01", ""), made("y", "1", "2020-01-01", "2020-12-31")))
	if err != nil {
		t.Fatal(err)
	}
	for when, want := range map[string]string{"2023-01-01 00:00": "old", "2026-06-30 23:59": "old", "2026-07-01 00:00": "new", "2040-01-01 00:00": "new"} {
		s, err := Find(all, "x", day(t, when))
		if err != nil || s.Version != want {
			t.Errorf("%s: %s, %v", when, s.Version, err)
		}
	}
	// What cannot be offered is named; the rest is offered in the order asked for.
	got, err := Offered(all, []string{"z", "y", "x"}, day(t, "2026-11-23 09:42"))
	if len(got) != 1 || got[0].ID != "x" || !errors.Is(err, ErrUnknown) || !errors.Is(err, ErrNotInForce) {
		t.Errorf("%d services, %v", len(got), err)
	}
}

func TestBadSets(t *testing.T) {
	for name, x := range map[string]struct {
		files fs.FS
		want  string
	}{
		"overlap":         {files(made("x", "1", "2023-01-01", "2026-07-01"), made("x", "2", "2026-07-01", "")), "service x: versions 1 and 2 both hold from 2026-07-01: set valid_to of the older one"},
		"both open":       {files(made("x", "1", "2023-01-01", ""), made("x", "2", "2026-07-01", "")), "both hold from 2026-07-01"},
		"a version twice": {files(made("x", "1", "2023-01-01", "2023-12-31"), made("x", "1", "2026-07-01", "")), "version 1 is given twice"},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := Load(x.files)
			if err == nil || !strings.Contains(err.Error(), x.want) || all != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestBadFiles(t *testing.T) {
	good := made("x", "1", "2026-07-01", "2026-12-31")
	if _, err := Load(files(good)); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ name, from, to, want string }{
		{"a code as a number", `"1.000001"`, "1.000001", `a.yaml:2:7: CH-503: a text is wanted here: put it in quotes, "1.000001"`},
		{"a code of another form", `"1.000001"`, `"1.1"`, `CH-503: write the procedure's code as "1.010041", in quotes`},
		{"an id with spaces", "id: x", "id: my service", "a.yaml:1:5: CH-503: write small letters, digits and _"},
		{"a negative charge", "fee: 0", "fee: -1", "a.yaml:8:6: CH-503: a fee is 0 or more đồng"},
		{"a charge with a unit", "fee: 0", "fee: 0đ", "a.yaml:8:6: CH-503: a whole number is wanted here"},
		{"dates the wrong way", "2026-12-31", "2026-01-01", "valid_to lies before valid_from"},
		{"one language", "name: {vi: Tên, en: Name}", "name: {vi: Tên}", `CH-502: "name.en" is missing: every text is given in vi and en`},
		{"a third language", "name: {vi: Tên, en: Name}", "name: {vi: Tên, en: Name, fr: Nom}", `CH-501: unknown language "fr"`},
		{"decomposed letters", "name: {vi: Tên", "name: {vi: Te\u0302n", "not in composed form"},
		{"no source", "source: made up for a test\n", "", `CH-502: "source" is missing`},
		{"a kind with a typo", "kind: choice", "kind: choise", `CH-503: unknown kind "choise": write show, choice or phone`},
		{"a step twice", "id: how", "id: who", `the step "who" is there twice`},
		{"a field that no card has", "from: name", "from: salary", `CH-503: unknown field "salary": write one of name, birth`},
		{"nothing to show", "    locked:\n      - {from: name, label: {vi: Tên, en: Name}}\n", "", `CH-502: a step of kind "show" needs "locked"`},
		{"one option", "      - {value: b, label: {vi: B, en: B}}\n", "", `needs two "options" or more`},
		{"an option twice", "{value: b,", "{value: a,", `the option "a" is there twice`},
		{"an option of a digit", "{value: b,", "{value: 2,", `CH-503: a text is wanted here: put it in quotes, "2"`},
		{"options for a telephone", "    optional: true\n", "    options: [{value: a, label: {vi: A, en: A}}, {value: b, label: {vi: B, en: B}}]\n", `only a step of kind "choice" has "options"`},
		{"an optional show", "kind: show\n", "kind: show\n    optional: true\n", `leave "optional" out`},
		{"a misspelt key", "working_days", "workingdays", `CH-501: unknown key "workingdays": write "working_days"`},
		{"no steps", good[strings.Index(good, "steps:"):], "steps: []\n", "a service needs at least one step"},
	} {
		t.Run(x.name, func(t *testing.T) {
			text := strings.Replace(good, x.from, x.to, 1)
			if text == good {
				t.Fatal("nothing was changed")
			}
			all, err := Load(files(text))
			if err == nil || !strings.Contains(err.Error(), x.want) || all != nil {
				t.Errorf("got %v, want %s", err, x.want)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	all, err := Load(files(made("x", "1", "2026-07-01", "")))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name    string
		answers map[string]string
		want    string
	}{
		{"all of it", map[string]string{"how": "a", "call": "0900000006"}, ""},
		{"without the optional", map[string]string{"how": "b"}, ""},
		{"nothing", nil, "how: is missing"},
		{"no option", map[string]string{"how": "c"}, "how: is none of the options"},
		{"an empty answer", map[string]string{"how": ""}, "how: is none of the options"},
		{"nine digits", map[string]string{"how": "a", "call": "090000006"}, "call: is no telephone number"},
		{"eleven digits", map[string]string{"how": "a", "call": "09000000060"}, "call: is no telephone number"},
		{"no zero", map[string]string{"how": "a", "call": "8490000006"}, "call: is no telephone number"},
		{"groups", map[string]string{"how": "a", "call": "0900 00006"}, "call: is no telephone number"},
		{"other digits", map[string]string{"how": "a", "call": "0９00000"}, "call: is no telephone number"},
		{"an answer to what is only shown", map[string]string{"how": "a", "who": "NGUYỄN VĂN MẪU"}, "who: takes no answer"},
		{"an unknown step", map[string]string{"how": "a", "NGUYỄN VĂN MẪU": "x"}, "is for no step"},
	} {
		t.Run(x.name, func(t *testing.T) {
			err := Validate(all[0], x.answers)
			if x.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var bad *AnswerError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), x.want) {
				t.Fatalf("got %v, want %s", err, x.want)
			}
			for _, secret := range []string{"MẪU", "0900"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error repeats what was answered: %v", err)
				}
			}
		})
	}
}

func TestPrefillAndAnswered(t *testing.T) {
	p := person.Person{Number: "001090000638", Name: "NGUYỄN VĂN MẪU", Birth: "15/03/1990", Sex: "Nam", Residence: "Tổ 4"}
	got := Prefill(p)
	for _, f := range Fields() {
		if _, ok := got[f]; !ok {
			t.Errorf("field %s is not filled", f)
		}
	}
	if got["number"] != "001 ••• ••• 638" || got["name"] != p.Name || got["origin"] != "" || len(got) != len(Fields()) {
		t.Errorf("got %v", got)
	}
	s := builtin(t)[0]
	for _, x := range []struct{ step, answer, lang, want string }{
		{"request", "current", "vi", "Nơi ở hiện tại"},
		{"request", "current", "en", "Where you live now"},
		{"request", "nothing", "vi", ""},
		{"phone", "0900000006", "vi", "0900 000 006"},
		{"phone", "", "vi", ""},
		{"who", "x", "vi", ""},
	} {
		st, ok := s.Step(x.step)
		if got := st.Answered(x.answer, x.lang); !ok || got != x.want {
			t.Errorf("%s %q: %q", x.step, x.answer, got)
		}
	}
	if _, ok := s.Step("nowhere"); ok {
		t.Error("a step that is not there is found")
	}
}

func FuzzLoad(f *testing.F) {
	text, err := fs.ReadFile(Builtin(), "residence_confirmation.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(made("x", "1", "2026-07-01", ""))
	f.Fuzz(func(t *testing.T, text string) {
		all, err := Load(files(text))
		if err != nil {
			return
		}
		for _, s := range all {
			for _, st := range s.Steps {
				// Whatever was loaded can be filled in.
				if st.Kind == Choice && Validate(Service{Steps: []Step{st}}, map[string]string{st.ID: st.Options[0].Value}) != nil {
					t.Fatalf("step %q cannot be answered", st.ID)
				}
			}
		}
	})
}
