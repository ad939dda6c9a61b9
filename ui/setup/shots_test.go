package setup

import (
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"tram06/ui/softdraw"
)

var shots = flag.String("shots", "", "folder to draw pages into, to be looked at")

// Every page can be drawn, each item of it.
func TestEveryPageDraws(t *testing.T) {
	f := fonts(t)
	p := softdraw.New(f)
	for name, panel := range panels {
		for i, x := range samples(panel) {
			if *shots == "" && i%4 != len(name)%4 {
				continue // drawing is slow
			}
			img, err := p.Draw(x.draw(f))
			if err != nil {
				t.Errorf("%s on %s: %v", x.name, name, err)
			}
			if *shots == "" {
				continue
			}
			out, err := os.Create(filepath.Join(*shots, x.name+"-"+name+".png"))
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
}
