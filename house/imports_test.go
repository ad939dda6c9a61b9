package house

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// pkg is what "go list" says of one package.
type pkg struct {
	ImportPath   string
	Name         string
	Doc          string
	Dir          string
	Standard     bool
	Imports      []string
	Deps         []string
	CgoFiles     []string
	TestImports  []string
	XTestImports []string
	Module       *struct{ Path string }
}

// list asks the go command for all packages of the module, or with deps for
// everything they are built from.
func list(t *testing.T, deps bool) []pkg {
	t.Helper()
	args := []string{"list", "-e", "-json=ImportPath,Name,Doc,Dir,Standard,Imports,Deps,CgoFiles,TestImports,XTestImports,Module"}
	if deps {
		args = append(args, "-deps")
	}
	cmd := exec.Command("go", append(args, "./...")...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// rule forbids packages below who to reach packages below what, through any
// chain of imports unless direct is set.
type rule struct {
	who, what []string
	except    []string // of who
	but       []string // of what
	direct    bool
	why       string
}

var rules = []rule{
	{who: []string{"firmware/session"}, what: []string{"hal", "ui", "gateway", "fleet", "devdock"},
		why: "a session must be playable, recordable and simulated without a device, a screen or a server"},
	{who: []string{"firmware/session"}, what: []string{"=net", "=os", "=net/http", "=os/exec", "=math/rand", "=math/rand/v2", "=crypto/rand"}, direct: true,
		why: "same state and event must give the same result"},
	{who: []string{"hal"}, what: []string{"firmware", "ui", "gateway", "fleet", "devdock"},
		why: "a driver knows its device and nothing of citizens or screens"},
	{who: []string{"firmware"}, what: []string{"ui", "gateway", "fleet", "devdock", "cmd"}, but: []string{"fleet/wire"},
		why: "what a kiosk does is independent of its pixels and of the servers' insides"},
	{who: []string{"firmware"}, what: []string{"fleet/wire"}, except: []string{"firmware/agent"},
		why: "wire is what a kiosk and the fleet say to each other, and the agent is the kiosk's only mouth"},
	{who: []string{"fleet/wire"}, what: []string{"firmware", "hal", "fleet", "gateway", "ui"},
		why: "what is said between two programs must not pull one into the other"},
	{who: []string{"firmware/emrtd"}, what: []string{"firmware/cccd", "firmware/person", "firmware/session", "hal", "ui"},
		why: "ICAO 9303 is the same in every country and over every reader"},
	{who: []string{"firmware/cccd"}, what: []string{"hal", "github.com/ebfe/scard", "ui"},
		why: "Vietnam's card is read the same way over every reader"},
	{who: []string{"fleet"}, what: []string{"firmware/dossier", "firmware/person", "firmware/service", "firmware/session", "firmware/cccd", "firmware/outbox", "gateway", "ui", "hal"},
		why: "the fleet sees devices, never citizens"},
	{who: []string{"gateway"}, what: []string{"hal", "ui", "fleet", "devdock"},
		why: "the gateway runs in a data centre, without a device or a screen"},
	{who: []string{"ui/scene", "ui/theme", "ui/text", "ui/icon", "ui/widget", "ui/screen", "ui/pointer", "ui/focus", "ui/stage", "ui/panel", "ui/softdraw", "ui/setup"},
		what: []string{"github.com/gen2brain/raylib-go"},
		why:  "screens are built, measured and tested without cgo; only ui/raylib draws"},
	{who: []string{"ui"}, what: []string{"gateway", "fleet", "devdock", "firmware/outbox", "firmware/submit", "firmware/kiosk"},
		why: "a screen is a function of the state; it asks nobody"},
	{who: []string{"firmware", "hal", "ui", "gateway", "fleet"}, what: []string{"=flag", "github.com/spf13/cobra"}, direct: true,
		except: []string{"firmware/health/gencodes"}, // a main of its own, run by go generate
		why:    "only cmd reads flags and the environment"},
	{who: []string{"firmware", "hal", "ui", "gateway", "fleet", "cmd/kiosk", "cmd/gateway", "cmd/fleet"}, what: []string{"devdock", "e2e"}, except: []string{"firmware/emrtd/chipsim"},
		why: "the simulated world must not be in what runs at a site"},
	{who: []string{"cmd/kiosk"}, what: []string{"firmware/emrtd/chipsim", "hal/escpos/sim", "hal/evdev/sim", "hal/gpio/sim", "hal/sysfs/sim", "hal/rtc/sim", "hal/watchdog/sim", "hal/sound/sim", "hal/vpcd"},
		why: "a kiosk that could play its own card proves nothing"},
}

func below(path, prefix string) bool {
	if exact, ok := strings.CutPrefix(prefix, "="); ok {
		return path == exact
	}
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

func within(path string, prefixes []string, module string) bool {
	for _, p := range prefixes {
		if below(path, p) || below(path, module+"/"+p) {
			return true
		}
	}
	return false
}

func TestWhoMayImportWhom(t *testing.T) {
	const module = "tram06"
	pkgs := list(t, false)
	for _, r := range rules {
		for _, p := range pkgs {
			if !within(p.ImportPath, r.who, module) || within(p.ImportPath, r.except, module) || within(p.ImportPath, r.what, module) {
				continue
			}
			reach := p.Deps
			if r.direct {
				reach = p.Imports
			}
			for _, d := range reach {
				if within(d, r.what, module) && !within(d, r.but, module) {
					t.Errorf("%s reaches %s, but must not: %s", p.ImportPath, d, r.why)
				}
			}
		}
	}
}

func TestOnlyRaylibHasCgoInUI(t *testing.T) {
	for _, p := range list(t, false) {
		if below(p.ImportPath, "tram06/ui") && p.ImportPath != "tram06/ui/raylib" && len(p.CgoFiles) > 0 {
			t.Errorf("%s uses cgo: screens must build and run anywhere", p.ImportPath)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range list(t, false) {
		if len(strings.Fields(p.Doc)) < 6 {
			t.Errorf("%s has no doc comment that says what it is for", p.ImportPath)
		}
	}
}

func TestNoPackageNamesThatSayNothing(t *testing.T) {
	for _, p := range list(t, false) {
		switch p.Name {
		case "util", "utils", "common", "helpers", "helper", "misc", "base":
			t.Errorf("package %s: the name %q does not say its job", p.ImportPath, p.Name)
		}
	}
}
