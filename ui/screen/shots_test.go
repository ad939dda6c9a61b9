package screen

import (
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tram06/firmware/session"
	"tram06/ui/softdraw"
	ui "tram06/ui/theme"
	"tram06/ui/widget"
)

var (
	shots = flag.String("shots", "", "folder to draw screens into, to be looked at")
	only  = flag.String("only", "", "with -shots: draw only the screens whose name contains one of these, comma separated")
	on    = flag.String("focus", "", "with -shots: id of the target that a keypad is on")
	look  = flag.String("look", "vi-0-100", "with -shots: language-theme-size")
)

// Every screen can be drawn, each item of it.
func TestEveryScreenDraws(t *testing.T) {
	f, svc := load(t)
	p := softdraw.New(f)
	var lang string
	var theme, size int
	if _, err := fmt.Sscanf(strings.ReplaceAll(*look, "-", " "), "%s %d %d", &lang, &theme, &size); err != nil {
		t.Fatal(err)
	}
	for i, x := range samples(svc) {
		if *shots == "" && i%6 != 0 {
			continue // drawing is slow; each kind of item appears soon
		}
		wanted := *only == ""
		for _, n := range strings.Split(*only, ",") {
			wanted = wanted || strings.HasPrefix(x.name, n)
		}
		if !wanted {
			continue
		}
		x.s.Lang, x.s.Theme, x.s.TextSize = lang, session.Theme(theme), session.TextSize(size)
		env := environment(f, svc)
		x.env(&env)
		sc := View(x.s, env)
		sc.Items = append(sc.Items, widget.FocusRing(ui.New(x.s.Theme, x.s.TextSize), sc, *on)...)
		img, err := p.Draw(sc)
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
		}
		if *shots == "" {
			continue
		}
		out, err := os.Create(filepath.Join(*shots, x.name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(out, img); err != nil {
			t.Fatal(err)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
