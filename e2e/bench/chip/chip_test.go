package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/jpeg"
	"strings"
	"testing"

	"tram06/devdock/people"
	"tram06/e2e/bench/figure"
)

func quiet() options { return options{runs: 1, say: func(string, ...any) {}} }

// What does not depend on the machine is held to its goal in every test, not
// only when somebody measures.
func TestGoalsThatNoMachineChanges(t *testing.T) {
	d, err := newDeck(trusting)
	if err != nil {
		t.Fatal(err)
	}
	var r figure.Report
	air, err := goals(t.Context(), d, quiet(), &r)
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, f := range r.Figures {
		if strings.HasPrefix(f.What, "host CPU") {
			continue
		}
		if f.AtMost > 0 || f.Limit != 0 {
			held++
		}
		if !f.Met() {
			t.Errorf("%s: %v %s, %s", f.What, f.Value, f.Unit, f.How)
		}
	}
	if held < 15 {
		t.Errorf("only %d figures have a goal", held)
	}
	for _, a := range air {
		if a.Name <= a.Access || a.Name >= a.Whole/2 {
			t.Errorf("%s at %d: the name came after %.0f ms of %.0f", a.Kind, a.Rate, a.Name, a.Whole)
		}
		if a.Alone >= a.Whole || a.Ratio >= a.Strict {
			t.Errorf("%+v", a)
		}
	}
}

func TestTapeNoticesAnotherReading(t *testing.T) {
	tp := tape{said: []exchange{{[]byte{1}, []byte{0x90, 0}}, {[]byte{2}, []byte{0x90, 0}}}}
	p := tp.play()
	if out, err := p.Transmit(t.Context(), []byte{1}); err != nil || !bytes.Equal(out, []byte{0x90, 0}) {
		t.Fatalf("% X, %v", out, err)
	}
	if err := p.ended(); !errors.Is(err, errOffTape) {
		t.Errorf("half of the tape: %v", err)
	}
	if _, err := p.Transmit(t.Context(), []byte{3}); !errors.Is(err, errOffTape) {
		t.Errorf("another command: %v", err)
	}
	// What is opened in place does not spoil the tape.
	p = tp.play()
	out, _ := p.Transmit(t.Context(), []byte{1})
	out[0] = 0
	if again, _ := tp.play().Transmit(t.Context(), []byte{1}); again[0] != 0x90 {
		t.Error("the tape was changed by who listened")
	}
}

func TestLongerPortraitIsThePicture(t *testing.T) {
	photo, err := people.All()[0].Portrait()
	if err != nil {
		t.Fatal(err)
	}
	longer, err := lengthen(photo, 321)
	if err != nil || len(longer) != len(photo)+321 {
		t.Fatalf("%d bytes of %d, %v", len(longer), len(photo), err)
	}
	if m, err := jpeg.Decode(bytes.NewReader(longer)); err != nil || m.Bounds().Dx() != 480 {
		t.Errorf("%v", err)
	}
	for _, by := range []int{-1, 0, 3, 0x10000} {
		if _, err := lengthen(photo, by); err == nil {
			t.Errorf("%d bytes longer is no error", by)
		}
	}
	if _, err := lengthen([]byte("no picture"), 10); err == nil {
		t.Error("something else than a JPEG is no error")
	}
}

func TestAnswerAsJSONAndTable(t *testing.T) {
	v := 1.5
	a := &answer{Radio: []Radio{{Kind: "PACE", Rate: 424, Whole: 591}}, Work: []Work{{Group: "P-256", GM: &v}}}
	a.Figures = []figure.Figure{{What: "APDUs", Value: 10, AtMost: 10}}
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"figures":[`, `"machine":{`, `"kbit_s":424`, `"pace_gm_ms":1.5`, `"pace_im_ms":null`} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("no %s in %s", want, b)
		}
	}
	for _, want := range []string{"| APDUs | 10  | ≤ 10 | yes |", "| PACE | 424 |", "| P-256 | 1.5 | – | – | – | – |"} {
		if !strings.Contains(a.Markdown(), want) {
			t.Errorf("no %s in\n%s", want, a.Markdown())
		}
	}
}

func TestMistakesOnTheCommandLine(t *testing.T) {
	for _, args := range [][]string{{"--bogus"}, {"more"}, {"--runs", "0"}} {
		var out, errs bytes.Buffer
		if code := run(args, &out, &errs); code != 2 || out.Len() > 0 {
			t.Errorf("%q: %d, %s", args, code, &out)
		}
	}
}

func TestMeasuringCanBeCalledOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := measure(ctx, quiet()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestEveryGroupIsMeasured(t *testing.T) {
	rows, err := work(t.Context(), quiet())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range rows {
		switch {
		case strings.HasPrefix(w.Group, "RSA"):
			if w.AA == nil || w.GM != nil {
				t.Errorf("%+v", w)
			}
		case w.GM == nil || w.CA == nil || *w.GM <= 0 || *w.CA <= 0:
			t.Errorf("%+v", w)
		case strings.Contains(w.Group, "/"): // integers: mapped both ways, no signatures
			if w.IM == nil || w.CAM != nil || w.AA != nil {
				t.Errorf("%+v", w)
			}
		default:
			if w.CAM == nil || w.AA == nil || (w.IM == nil) != (w.Group == "P-224") {
				t.Errorf("%+v", w)
			}
		}
	}
	if len(rows) != 16 {
		t.Errorf("%d rows", len(rows))
	}
}
