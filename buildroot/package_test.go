package buildroot

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tram06/boards"
	"tram06/firmware/config"
)

func packages(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, dir := range glob(t, "package/*") {
		names = append(names, filepath.Base(dir))
	}
	return names
}

func upper(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) }

func TestPackagesAreSourced(t *testing.T) {
	var want strings.Builder
	for _, name := range packages(t) {
		want.WriteString(`source "$` + external(t) + `/package/` + name + `/Config.in"` + "\n")
	}
	if got := read(t, "Config.in"); got != want.String() {
		t.Errorf("Config.in is\n%swant\n%s", got, want.String())
	}
}

func TestConfigIn(t *testing.T) {
	line := regexp.MustCompile(`^(?:(?:config|menuconfig) BR2_[A-Z0-9_]+|if .+|endif|comment ".+"|\t(?:bool|string|int) ".+"|\t(?:depends on|select|default) .+|\thelp|\t\t.+|\t  .+|)$`)
	for _, name := range packages(t) {
		path := filepath.Join("package", name, "Config.in")
		text := read(t, path)
		for i, l := range strings.Split(text, "\n") {
			if !line.MatchString(l) {
				t.Errorf("%s:%d: not as Kconfig wants it: %q", path, i+1, l)
			}
			if len(strings.ReplaceAll(l, "\t", "        ")) > 80 && strings.HasPrefix(l, "\t  ") {
				t.Errorf("%s:%d: help longer than 72 columns", path, i+1)
			}
		}
		symbol := "BR2_PACKAGE_" + upper(name)
		entries := regexp.MustCompile(`(?m)^config (\S+)$`).FindAllStringSubmatchIndex(text, -1)
		if len(entries) == 0 || text[entries[0][2]:entries[0][3]] != symbol {
			t.Fatalf("%s does not begin with config %s", path, symbol)
		}
		for i, e := range entries {
			end := len(text)
			if i+1 < len(entries) {
				end = entries[i+1][0]
			}
			id, body := text[e[2]:e[3]], text[e[0]:end]
			if !strings.HasPrefix(id, symbol) {
				t.Errorf("%s: %s is not of this package", path, id)
			}
			if !regexp.MustCompile(`(?m)^\thelp\n\t  \S`).MatchString(body) {
				t.Errorf("%s: %s has no help", path, id)
			}
		}
		first := text[:entries[min(1, len(entries)-1)][0]+1]
		for _, must := range []string{
			"depends on BR2_PACKAGE_HOST_GO_TARGET_ARCH_SUPPORTS", "depends on BR2_PACKAGE_HOST_GO_TARGET_CGO_LINKING_SUPPORTS",
			"depends on BR2_PACKAGE_HAS_LIBEGL", "depends on BR2_PACKAGE_HAS_LIBGLES", "depends on BR2_INIT_SYSTEMD",
			"select BR2_PACKAGE_PCSC_LITE", "select BR2_PACKAGE_LIBDRM",
		} {
			if !strings.Contains(first, "\t"+must+"\n") {
				t.Errorf("%s lacks %q", path, must)
			}
		}
		if opens, closes := strings.Count(text, "\nif "), strings.Count(text, "\nendif\n"); opens != closes {
			t.Errorf("%s: %d if, %d endif", path, opens, closes)
		}
	}
}

func TestMakefiles(t *testing.T) {
	for _, name := range packages(t) {
		path := filepath.Join("package", name, name+".mk")
		text := read(t, path)
		bar := strings.Repeat("#", 80)
		if !strings.HasPrefix(text, bar+"\n#\n# "+name+"\n#\n"+bar+"\n\n") {
			t.Errorf("%s has no header as Buildroot wants it", path)
		}
		if !strings.HasSuffix(text, "\n$(eval $(golang-package))\n") {
			t.Errorf("%s does not end with the package's infrastructure", path)
		}
		inRecipe, goesOn := false, false
		for i, l := range strings.Split(text, "\n") {
			switch {
			case strings.HasPrefix(l, "define "):
				inRecipe = true
				prefix(t, path, i, name, strings.TrimPrefix(l, "define "))
			case l == "endef":
				inRecipe = false
			case inRecipe || goesOn:
				if !strings.HasPrefix(l, "\t") {
					t.Errorf("%s:%d: a recipe or a continued line begins with a tab", path, i+1)
				}
			default:
				if m := regexp.MustCompile(`^([A-Za-z0-9_]+)\s*([+?:]?=)`).FindStringSubmatch(l); m != nil {
					prefix(t, path, i, name, m[1])
				} else if l != "" && !strings.HasPrefix(l, "#") && !strings.HasPrefix(l, "$(eval ") {
					t.Errorf("%s:%d: neither assignment, comment nor recipe: %s", path, i+1, l)
				}
			}
			goesOn = strings.HasSuffix(l, `\`)
		}
		if inRecipe {
			t.Errorf("%s: a define without endef", path)
		}
	}
}

func prefix(t *testing.T, path string, i int, pkg, variable string) {
	t.Helper()
	if !strings.HasPrefix(variable, upper(pkg)+"_") {
		t.Errorf("%s:%d: %s does not begin with %s_", path, i+1, variable, upper(pkg))
	}
}

func variable(t *testing.T, name string) string {
	t.Helper()
	text := strings.ReplaceAll(read(t, "package/kiosk/kiosk.mk"), "\\\n", "")
	m := regexp.MustCompile(`(?m)^` + name + `\s*=\s*(.*)$`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("kiosk.mk does not set %s", name)
	}
	return strings.TrimSpace(m[1])
}

// What kiosk.mk takes for granted about the rest of the repository.
func TestKioskMatchesTheSource(t *testing.T) {
	if mod := variable(t, "KIOSK_GOMOD"); !strings.HasPrefix(read(t, "../go.mod"), "module "+mod+"\n") {
		t.Errorf("go.mod is not of module %s", mod)
	}
	if variable(t, "KIOSK_SITE_METHOD") != "local" {
		t.Error("the kiosk is built from this repository, not from a download")
	}
	target := variable(t, "KIOSK_BUILD_TARGETS")
	if _, err := os.Stat(filepath.Join("..", target, "main.go")); err != nil {
		t.Errorf("no main.go in %s", target)
	}
	if _, err := os.Stat(filepath.Join("..", variable(t, "KIOSK_LICENSE_FILES"))); err != nil {
		t.Error(err)
	}
	tags := strings.ReplaceAll(variable(t, "KIOSK_TAGS"), " ", ",")
	if !strings.Contains(read(t, "../scripts/build-kiosk"), `echo "`+tags+`"`) {
		t.Errorf("scripts/build-kiosk builds no variant with the tags %s", tags)
	}
	if !regexp.MustCompile(`(?m)^go 1\.26(\.0)?$`).MatchString(read(t, "../go.mod")) {
		t.Error("go.mod asks for a newer Go than the pinned Buildroot carries (1.26.3)")
	}
	configIn := read(t, "package/kiosk/Config.in")
	for _, d := range strings.Fields(variable(t, "KIOSK_DEPENDENCIES")) {
		asks := regexp.MustCompile(`(?:select|depends on) BR2_PACKAGE_(?:HAS_)?` + upper(d))
		if !strings.HasPrefix(d, "host-") && !asks.MatchString(configIn) {
			t.Errorf("kiosk.mk depends on %s, Config.in neither selects nor asks for it", d)
		}
	}
}

// The hook that drops the host's headers must find what it drops; otherwise a
// new raylib-go breaks the image an hour into its build.
func TestHookFindsItsLine(t *testing.T) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/gen2brain/raylib-go/raylib")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	text := read(t, filepath.Join(strings.TrimSpace(string(out)), "cgo_linux_drm.go"))
	if n := strings.Count(text, " -I/usr/include/libdrm "); n != 1 {
		t.Errorf("raylib-go names the host's headers %d times: look at KIOSK_DROP_HOST_HEADERS", n)
	}
	mk := read(t, "package/kiosk/kiosk.mk")
	for _, s := range []string{"KIOSK_PRE_BUILD_HOOKS += KIOSK_DROP_HOST_HEADERS", "s: -I/usr/include/libdrm : :", "raylib-go/raylib/cgo_linux_drm.go", "-I$(STAGING_DIR)/usr/include/libdrm"} {
		if !strings.Contains(mk, s) {
			t.Errorf("kiosk.mk lacks %s", s)
		}
	}
}

// The keys of systemd that the units here use. A misspelt one is ignored by
// systemd with a line in a log that nobody reads.
var unitKeys = map[string][]string{
	"Unit": {"Description", "Documentation", "Wants", "After", "ConditionPathExists", "StartLimitIntervalSec"},
	"Service": {"Type", "User", "Group", "EnvironmentFile", "ExecStart", "Restart", "RestartSec", "TimeoutStopSec", "StateDirectory",
		"StateDirectoryMode", "UMask", "LimitCORE", "NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp",
		"ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs", "ProtectControlGroups", "ProtectClock", "ProtectHostname",
		"RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "LockPersonality", "RestrictAddressFamilies",
		"SystemCallArchitectures", "CapabilityBoundingSet", "DevicePolicy", "DeviceAllow"},
	"Install": {"WantedBy"},
}

func TestService(t *testing.T) {
	values := map[string]string{}
	section := ""
	for i, l := range strings.Split(read(t, "package/kiosk/kiosk.service"), "\n") {
		switch {
		case l == "" || strings.HasPrefix(l, "#"):
		case strings.HasPrefix(l, "["):
			section = strings.Trim(l, "[]")
			if unitKeys[section] == nil {
				t.Errorf("kiosk.service:%d: unknown section %s", i+1, l)
			}
		default:
			k, v, ok := strings.Cut(l, "=")
			if !ok || !slices.Contains(unitKeys[section], k) {
				t.Errorf("kiosk.service:%d: %q is no key of [%s]", i+1, k, section)
			}
			if _, twice := values[k]; twice && k != "DeviceAllow" {
				t.Errorf("kiosk.service:%d: %s is set twice", i+1, k)
			}
			values[k] = v
		}
	}
	for k, want := range map[string]string{
		"User": "kiosk", "Restart": "always", "LimitCORE": "0", "NoNewPrivileges": "yes", "ProtectSystem": "strict",
		"StateDirectoryMode": "0700", "WantedBy": "multi-user.target", "DevicePolicy": "closed",
	} {
		if values[k] != want {
			t.Errorf("%s is %q, want %q", k, values[k], want)
		}
	}
	args := strings.Fields(values["ExecStart"])
	if len(args) < 2 || args[0] != "/usr/bin/"+filepath.Base(variable(t, "KIOSK_BUILD_TARGETS")) {
		t.Fatalf("ExecStart is %v", args)
	}
	var source strings.Builder
	for _, f := range glob(t, "../cmd/kiosk/*.go") {
		source.WriteString(read(t, f))
	}
	for _, a := range args[1:] {
		if name, is := strings.CutPrefix(a, "--"); is && !regexp.MustCompile(`Var\(&[a-zA-Z.]+, "`+name+`"`).MatchString(source.String()) {
			t.Errorf("the kiosk has no flag %s", a)
		}
	}
	if !strings.Contains(read(t, "board/rootfs/post-build.sh"), "TRAM06_BOARD=") || values["EnvironmentFile"] != "/etc/tram06/board.env" {
		t.Error("nobody sets TRAM06_BOARD")
	}
}

// What the kiosk needs to open a device of the machine: the kernel's name of its
// kind for the unit, and words of the rule that gives it to the kiosk's group.
// Card readers are pcscd's, and temperatures are files that everybody may read.
var admitted = map[string]struct{ allow, rule string }{
	"serial":     {"char-ttyACM rw", `SUBSYSTEM=="tty"`},
	"escpos+usb": {"char-usb rw", `KERNEL=="lp[0-9]*"`},
	"evdev":      {"char-input rw", `SUBSYSTEM=="input"`},
	"rtc":        {"char-rtc r", `SUBSYSTEM=="rtc"`},
	"watchdog":   {"/dev/watchdog w", `KERNEL=="watchdog|watchdog[0-9]*"`},

	"pcsc": {}, "hwmon+thermometer": {},
}

// A device that the unit or its owner keeps from the kiosk is told as gone on
// every machine of that board, and nobody finds it at a desk.
func TestTheUnitAdmitsTheBoardsDevices(t *testing.T) {
	unit, rules := read(t, "package/kiosk/kiosk.service"), read(t, "package/kiosk/60-kiosk.rules")
	for _, name := range boards.Names() {
		b, err := config.LoadBoard(config.File{FS: boards.FS, Path: boards.Path(name)})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range b.Devices.All() {
			if d.URI.None() {
				continue
			}
			scheme, _, _ := strings.Cut(string(d.URI), ":")
			needs, known := admitted[scheme]
			switch {
			case !known:
				t.Errorf("board %s names %s, and nobody thought of what it needs", name, d.URI)
			case needs.allow == "":
			default:
				if !strings.Contains(unit, "\nDeviceAllow="+needs.allow+"\n") {
					t.Errorf("board %s names %s, the unit lacks DeviceAllow=%s", name, d.URI, needs.allow)
				}
				if !regexp.MustCompile(`(?m)^[^#\n]*` + regexp.QuoteMeta(needs.rule) + `.*GROUP="kiosk"`).MatchString(rules) {
					t.Errorf("board %s names %s, no rule with %s gives it to the kiosk", name, d.URI, needs.rule)
				}
			}
		}
	}
}

// A board's file names devices by links: the udev rules must make them.
func TestUdevRulesMakeTheBoardsNames(t *testing.T) {
	rules := read(t, "package/kiosk/60-kiosk.rules")
	for i, l := range strings.Split(strings.TrimSuffix(rules, "\n"), "\n") {
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		for _, part := range strings.Split(l, ", ") {
			if !regexp.MustCompile(`^[A-Z]+(\{[A-Za-z_]+\})?(==|\+=|=)"[^"]*"$`).MatchString(part) {
				t.Errorf("60-kiosk.rules:%d: malformed: %s", i+1, part)
			}
		}
	}
	for _, name := range boards.Names() {
		b, err := config.LoadBoard(config.File{FS: boards.FS, Path: boards.Path(name)})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []config.Device{b.Devices.Scanner, b.Devices.Touch} {
			if m := regexp.MustCompile(`/dev/(kiosk/[a-z]+)`).FindStringSubmatch(string(d)); m != nil && !strings.Contains(rules, `SYMLINK+="`+m[1]+`"`) {
				t.Errorf("board %s names /dev/%s, no rule makes it", name, m[1])
			}
		}
	}
}
