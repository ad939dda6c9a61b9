package buildroot

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tram06/boards"
)

var update = flag.Bool("update", false, "write the defconfigs anew from their fragments")

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing at %s (%v)", pattern, err)
	}
	return files
}

// external gives the variable that points at this tree.
func external(t *testing.T) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^name: ([A-Z0-9_]+)$`).FindStringSubmatch(read(t, "external.desc"))
	if m == nil {
		t.Fatal("external.desc has no name")
	}
	return "BR2_EXTERNAL_" + m[1] + "_PATH"
}

func TestTree(t *testing.T) {
	desc := read(t, "external.desc")
	if !regexp.MustCompile(`(?m)^desc: .+$`).MatchString(desc) {
		t.Error("external.desc has no desc")
	}
	ext := external(t)
	if want := "include $(sort $(wildcard $(" + ext + ")/package/*/*.mk))\n"; read(t, "external.mk") != want {
		t.Errorf("external.mk is not %q", want)
	}
	other := regexp.MustCompile(`BR2_EXTERNAL_[A-Z0-9_]+`)
	for _, f := range append(glob(t, "package/*/*"), append(glob(t, "configs/*"), glob(t, "fragments/*")...)...) {
		for _, v := range other.FindAllString(read(t, f), -1) {
			if v != ext {
				t.Errorf("%s uses %s, this tree is %s", f, v, ext)
			}
		}
	}
}

// Every text file of the tree: no space at an end, one newline at the last.
func TestWhiteSpace(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text := read(t, path)
		if !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") {
			t.Errorf("%s does not end with one newline", path)
		}
		for i, l := range strings.Split(text, "\n") {
			if l != strings.TrimRight(l, " \t\r") {
				t.Errorf("%s:%d: space at the end", path, i+1)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var symbol = regexp.MustCompile(`^(?:(BR2_[A-Za-z0-9_]+)=(?:y|-?[0-9]+|"[^"]*")|# (BR2_[A-Za-z0-9_]+) is not set)$`)

func TestDefconfigs(t *testing.T) {
	every := read(t, "fragments/every-board.config")
	for _, f := range glob(t, "fragments/*.config") {
		board := strings.TrimSuffix(filepath.Base(f), ".config")
		if board == "every-board" {
			continue
		}
		if !slices.Contains(boards.Names(), board) {
			t.Errorf("%s is for no board in boards/", f)
		}
		path := "configs/tram06_" + strings.ReplaceAll(board, "-", "_") + "_defconfig"
		want := "# Made from fragments/every-board.config and " + f + "; change those, then run\n" +
			"# go test ./buildroot -run Defconfigs -update\n" + every + read(t, f)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := read(t, path); got != want {
			t.Errorf("%s is not its fragments joined: run go test ./buildroot -run Defconfigs -update", path)
		}
		if !strings.Contains(want, "\nBR2_ROOTFS_POST_SCRIPT_ARGS=\""+board+"\"\n") {
			t.Errorf("%s does not tell post-build.sh the board's name", f)
		}
	}
	for _, f := range glob(t, "configs/*") {
		lintDefconfig(t, f)
	}
}

func lintDefconfig(t *testing.T, path string) {
	set := map[string]bool{}
	text := read(t, path)
	for i, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		m := symbol.FindStringSubmatch(l)
		if m == nil {
			if !strings.HasPrefix(l, "# ") || strings.Contains(l, "BR2_") {
				t.Errorf("%s:%d: neither an option nor a comment: %s", path, i+1, l)
			}
			continue
		}
		if name := m[1] + m[2]; set[name] {
			t.Errorf("%s:%d: %s is set twice", path, i+1, name)
		} else {
			set[name] = true
		}
	}
	for _, must := range []string{"BR2_PACKAGE_KIOSK", "BR2_INIT_SYSTEMD", "BR2_PACKAGE_MESA3D_OPENGL_EGL", "BR2_PACKAGE_MESA3D_OPENGL_ES", "BR2_LINUX_KERNEL"} {
		if !strings.Contains(text, "\n"+must+"=y\n") {
			t.Errorf("%s does not set %s=y", path, must)
		}
	}
	for _, m := range regexp.MustCompile(`\$\(`+external(t)+`\)/([^"\s]+)`).FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(m[1]); err != nil {
			t.Errorf("%s names a file that is not there: %s", path, m[1])
		}
	}
}

func TestKernelFragments(t *testing.T) {
	option := regexp.MustCompile(`^CONFIG_[A-Z0-9_]+=(y|m|[0-9]+|"[^"]*")$`)
	for _, f := range glob(t, "board/*/linux.fragment") {
		seen := map[string]bool{}
		for i, l := range strings.Split(strings.TrimSuffix(read(t, f), "\n"), "\n") {
			if strings.HasPrefix(l, "#") {
				continue
			}
			name, _, _ := strings.Cut(l, "=")
			if !option.MatchString(l) || seen[name] {
				t.Errorf("%s:%d: malformed or twice: %s", f, i+1, l)
			}
			seen[name] = true
		}
	}
}

func TestScripts(t *testing.T) {
	for _, f := range append(glob(t, "board/*/*.sh"), "vendor-source") {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode()&0o111 == 0 {
			t.Errorf("%s may not be executed", f)
		}
		if data := read(t, f); !strings.HasPrefix(data, "#!/bin/sh\n") || !bytes.Contains([]byte(data), []byte("\nset -eu\n")) {
			t.Errorf("%s does not begin with #!/bin/sh and set -eu", f)
		}
	}
}
