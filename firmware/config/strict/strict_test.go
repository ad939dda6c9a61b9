package strict

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tram06/firmware/health"
)

type inner struct {
	Word string `yaml:"word" example:"hello"`
	Yes  bool   `yaml:"yes,omitempty"`
}

type even int

func (e *even) ParseScalar(text string) error {
	if _, err := fmt.Sscanf(text, "%d", (*int)(e)); err != nil || *e%2 != 0 {
		return errors.New("write an even number")
	}
	return nil
}

type outer struct {
	Text   string            `yaml:"text"`
	Count  int               `yaml:"count,omitempty"`
	Day    time.Time         `yaml:"day,omitempty"`
	Inner  inner             `yaml:"inner,omitempty"`
	Maybe  *inner            `yaml:"maybe,omitempty"`
	Many   []inner           `yaml:"many,omitempty"`
	Words  map[string]string `yaml:"words,omitempty"`
	Even   even              `yaml:"even,omitempty"`
	Hidden string            `yaml:"-"`
}

var zone = time.FixedZone("+07", 7*3600)

func decode(text string) (outer, error) {
	var o outer
	d := Parse("f.yaml", []byte(text))
	d.Decode(&o, zone)
	return o, d.Err()
}

func TestDecode(t *testing.T) {
	o, err := decode(`
text: "1.010041"
count: 7
day: 2026-07-01
inner: {word: một, yes: true}
maybe:
  word: two
many:
  - word: three
  - {word: four}
words: {vi: chào, en: hi}
even: 42
`)
	if err != nil {
		t.Fatal(err)
	}
	if o.Text != "1.010041" || o.Count != 7 || !o.Day.Equal(time.Date(2026, 7, 1, 0, 0, 0, 0, zone)) ||
		o.Inner != (inner{"một", true}) || *o.Maybe != (inner{"two", false}) || len(o.Many) != 2 || o.Many[1].Word != "four" ||
		o.Words["vi"] != "chào" || o.Even != 42 {
		t.Errorf("got %+v", o)
	}
}

func TestBlockTexts(t *testing.T) {
	o, err := decode("text: >-\n  one\n  line\n")
	if err != nil || o.Text != "one line" {
		t.Errorf("%q, %v", o.Text, err)
	}
}

func TestDefaultsStay(t *testing.T) {
	o := outer{Count: 5, Inner: inner{Word: "kept"}}
	d := Parse("f.yaml", []byte("text: x\ninner: {yes: true, word: new}\n"))
	d.Decode(&o, zone)
	if d.Err() != nil || o.Count != 5 || o.Inner.Word != "new" {
		t.Errorf("%+v, %v", o, d.Err())
	}
}

func TestProblems(t *testing.T) {
	for text, want := range map[string]string{
		"":                               `f.yaml:1:1: CH-502: "text" is missing`,
		"# only a comment\n":             `f.yaml:1:1: CH-502: "text" is missing`,
		"text: x\nHidden: y":             `f.yaml:2:1: CH-501: unknown key "Hidden"`,
		"text: x\n-: y":                  `f.yaml:2:1: CH-501: unknown key "-"`,
		"text: x\ntxet: y":               `f.yaml:2:1: CH-501: unknown key "txet": write "text"`,
		"text: x\nTEXT: y":               `f.yaml:2:1: CH-501: unknown key "TEXT": write "text"`,
		"text: 1.10":                     `f.yaml:1:7: CH-503: a text is wanted here: put it in quotes, "1.10"`,
		"text: true":                     `f.yaml:1:7: CH-503: a text is wanted here: put it in quotes, "true"`,
		"text: [a]":                      `f.yaml:1:7: CH-503: one word or number is wanted here`,
		"text: ~":                        `f.yaml:1:1: CH-502: "text" has no value`,
		"text: x\ncount: many":           `f.yaml:2:8: CH-503: a whole number is wanted here`,
		"text: x\ncount: 99999999999999": `f.yaml:2:8: CH-503: a whole number is wanted here`,
		"text: x\nday: 01/07/2026":       `f.yaml:2:6: CH-503: a date is wanted here: write year, month, day as 2026-07-01`,
		"text: x\nday: 2026-02-30":       `f.yaml:2:6: CH-503: a date is wanted here`,
		"text: x\nday: {}":               `f.yaml:2:6: CH-503: a date is wanted here`,
		"text: x\ninner: {yes: no way}":  `f.yaml:2:14: CH-503: write true or false`,
		"text: x\nmany: [{word: 1}]":     `f.yaml:2:15: CH-503: a text is wanted here`,
		"text: x\nmany: {word: a}":       `f.yaml:2:7: CH-503: a list is wanted here`,
		"text: x\nmany:\n- yes: true":    `f.yaml:3:3: CH-502: "many[0].word" is missing: write, for example, "word: hello"`,
		"text: x\nwords: [a]":            `f.yaml:2:8: CH-503: a block of "key: value" lines is wanted here`,
		"text: x\nwords: {vi: 1}":        `f.yaml:2:13: CH-503: a text is wanted here`,
		"text: x\nwords: {a: b, a: c}":   `f.yaml:2:15: CH-503: "a" is given twice`,
		"text: x\neven: 3":               `f.yaml:2:7: CH-503: write an even number`,
		"text: x\neven: [2]":             `CH-503`,
		"text: &a x\nwords: {b: *a}":     `f.yaml:1:7: CH-503: anchors, aliases and tags`,
		"text: !!str x":                  `anchors, aliases and tags`,
		"<<: {text: x}":                  `CH-501: this is no key`,
		"? {a: b}\n: c\n":                `CH-504: not readable as YAML`,
		"just words":                     `f.yaml:1:1: CH-503: a block of keys is wanted here`,
		"text: 'x":                       `CH-504: not readable as YAML`,
		"text: x\n---\ntext: y":          `f.yaml:3:1: CH-504: a second document`,
	} {
		_, err := decode(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives\n%v\nwant %s", text, err, want)
		}
	}
}

// A file that is no YAML may be a key put in the wrong place: it is not quoted.
func TestSyntaxErrorsQuoteNothing(t *testing.T) {
	_, err := decode("text: \"oh\nsecret: [hunter2\n\t: {")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestReject(t *testing.T) {
	var o outer
	d := Parse("f.yaml", []byte("text: x\nmany:\n  - word: a\n"))
	d.Decode(&o, zone)
	if d.Err() != nil || !d.Given("many[0].word") || d.Given("count") {
		t.Fatal(d.Err())
	}
	d.Reject("many[0].word", health.ConfigValue, "no %s", "a")
	d.Reject("many[0].word", health.ConfigValue, "said twice")
	d.Reject("many[0].more.less", health.ConfigMissing, "not there")
	want := "f.yaml:3:5: CH-502: not there\nf.yaml:3:11: CH-503: no a"
	if err := d.Err(); err == nil || err.Error() != want {
		t.Errorf("got\n%v", err)
	}
	if Code(d.Err()) != health.ConfigMissing || Code(errors.New("x")) != health.ConfigFile {
		t.Error("codes are wrong")
	}
}

func TestClosest(t *testing.T) {
	known := []string{"reader", "scanner", "printer"}
	for word, want := range map[string]string{
		"scaner": "scanner", "raeder": "reader", "Printer": "printer", "prin": "", "x": "", "": "",
		strings.Repeat("reader", 20): "",
	} {
		if got := Closest(word, known); got != want {
			t.Errorf("%q is taken for %q, want %q", word, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("text: x\nmany:\n  - word: a\n")
	f.Add("text: &a x\nwords: {b: *a}")
	f.Add("? - a\n: - b\n")
	f.Add("%YAML 1.2\n---\n!!map {text: x}\n...\n")
	f.Add("text: |2-\n   x\n#")
	f.Fuzz(func(t *testing.T, text string) {
		o, err := decode(text)
		if err == nil && strings.TrimSpace(o.Text) == "" {
			t.Fatal("a file without a text is accepted")
		}
		var ps Problems
		if err != nil && !errors.As(err, &ps) {
			t.Fatalf("%T", err)
		}
		for _, p := range ps {
			if p.Line < 1 || p.Col < 1 || p.Text == "" || p.File != "f.yaml" {
				t.Fatalf("a problem without a place: %+v", p)
			}
		}
	})
}
