package scene

import (
	"slices"
	"testing"
)

// line is a line of text at a place, w wide and 40 high.
func line(s string, x, y, w int) Item {
	return Item{Kind: Text, Text: s, Size: 28, Rect: Rect{X: x, Y: y, W: w, H: 40}}
}

func TestProse(t *testing.T) {
	bold := line("Số nhà", 100, 80, 300)
	bold.Weight = Bold
	grey := line("nhỏ", 100, 80, 300)
	grey.Ink = RGB(0x888888)
	button := Target{ID: "primary", Rect: Rect{X: 90, Y: 500, W: 400, H: 100}}
	for name, c := range map[string]struct {
		items []Item
		want  []string
	}{
		"nothing":                {nil, nil},
		"one line":               {[]Item{line("một", 100, 40, 50)}, []string{"một"}},
		"a paragraph":            {[]Item{line("Mời đặt thẻ", 100, 40, 300), line("lên ô sáng đèn", 100, 80, 280)}, []string{"Mời đặt thẻ lên ô sáng đèn"}},
		"in the middle":          {[]Item{line("Mời đặt thẻ", 100, 40, 300), line("lên máy", 180, 80, 140)}, []string{"Mời đặt thẻ lên máy"}},
		"another hand":           {[]Item{line("Địa chỉ", 100, 40, 300), bold}, []string{"Địa chỉ", "Số nhà"}},
		"another colour":         {[]Item{line("Địa chỉ", 100, 40, 300), grey}, []string{"Địa chỉ", "nhỏ"}},
		"a gap":                  {[]Item{line("một", 100, 40, 300), line("hai", 100, 92, 300)}, []string{"một", "hai"}},
		"beside each other":      {[]Item{line("một", 100, 40, 100), line("hai", 300, 40, 100)}, []string{"một", "hai"}},
		"a column further":       {[]Item{line("một", 100, 40, 100), line("hai", 300, 80, 100)}, []string{"một", "hai"}},
		"on a button":            {[]Item{line("một", 100, 40, 100), line("Tiếp tục", 100, 520, 200), line("hai", 100, 700, 100)}, []string{"một", "hai"}},
		"a picture between":      {[]Item{line("một", 100, 40, 100), {Kind: Box, Rect: Rect{W: 900, H: 900}}, line("hai", 100, 80, 100)}, []string{"một hai"}},
		"spaces that stay whole": {[]Item{line("số\u00a0001\n x", 100, 40, 100)}, []string{"số 001 x"}},
	} {
		if got := Prose(c.items, []Target{button}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A target that is chosen, or spoken in another language, is another one to
// whoever hears it.
func TestEqualHears(t *testing.T) {
	page := func(x Target) *Scene { return &Scene{Name: "x", Targets: []Target{x}} }
	a := Target{ID: "a", Label: "A"}
	if !Equal(page(a), page(a)) {
		t.Error("a scene does not equal itself")
	}
	for _, b := range []Target{{ID: "a", Label: "A", Chosen: true}, {ID: "a", Label: "A", Lang: "en"}, {ID: "a", Label: "B"}} {
		if Equal(page(a), page(b)) {
			t.Errorf("%+v equals %+v", a, b)
		}
	}
}
