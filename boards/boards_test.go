package boards_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"tram06/boards"
	"tram06/firmware/config"
	"tram06/firmware/service"
)

func TestEveryBoardLoads(t *testing.T) {
	names := boards.Names()
	if !slices.Equal(names, []string{"desktop", "qemu-virt", "rpi4"}) {
		t.Errorf("boards are %v", names)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			b, err := config.LoadBoard(config.File{FS: boards.FS, Path: boards.Path(name)})
			if err != nil {
				t.Fatal(err)
			}
			if b.Name != name {
				t.Errorf("the board in folder %s calls itself %s", name, b.Name)
			}
			if b.Display.Width >= b.Display.Height {
				t.Errorf("the picture is %dx%d: kiosk screens stand upright", b.Display.Width, b.Display.Height)
			}
			if (name == "desktop") != b.Devices.Touch.None() {
				t.Errorf("touch is %q: only a board with a window system has none", b.Devices.Touch)
			}
		})
	}
}

// A folder without a README helps nobody at the workbench, and one that names
// other addresses than board.yaml sends people the wrong way.
func TestEveryBoardHasAReadme(t *testing.T) {
	for _, name := range boards.Names() {
		text, err := os.ReadFile(name + "/README.md")
		if err != nil {
			t.Error(err)
			continue
		}
		b, err := config.LoadBoard(config.File{FS: boards.FS, Path: boards.Path(name)})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []config.Device{b.Devices.Reader, b.Devices.Scanner, b.Devices.Printer, b.Devices.Touch} {
			if !d.None() && !strings.Contains(string(text), string(d)) {
				t.Errorf("%s/README.md does not mention %s", name, d)
			}
		}
	}
}

func TestExampleSiteLoads(t *testing.T) {
	s, err := config.LoadSite(config.OnDisk("site.example.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := service.Load(service.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range s.Services {
		if !slices.ContainsFunc(all, func(x service.Service) bool { return x.ID == id }) {
			t.Errorf("the example offers %s, which no file describes", id)
		}
	}
}
