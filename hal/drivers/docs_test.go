package drivers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tram06/hal"
	"tram06/hal/drivers"
	"tram06/hal/evdev"
)

const root = "../../"

// elsewhere are the schemes whose drivers are not in this package.
var elsewhere = map[string]bool{"audio": true}

func doc(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(root + "docs/drivers.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// cells gives the rows of all tables with so many columns.
func cells(text string, columns int) (rows [][]string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			continue
		}
		row := strings.Split(strings.Trim(line, "|"), "|")
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		if len(row) == columns && strings.HasPrefix(row[0], "`") {
			rows = append(rows, row)
		}
	}
	return rows
}

var quoted = regexp.MustCompile("`([^`]+)`")

func words(cell string) (all []string) {
	for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
		all = append(all, m[1])
	}
	return all
}

var known = regexp.MustCompile(`unknown parameter.*\(known: ([^)]*)\)`)

// Every scheme is in the doc, its example is read by its driver, and its
// parameters are those that the driver itself names.
func TestTheDocKnowsEveryScheme(t *testing.T) {
	reg := drivers.Registry(drivers.Options{Panel: evdev.Panel{Width: 1080, Height: 1920}})
	seen := map[string]bool{}
	for _, row := range cells(doc(t), 3) {
		scheme, example := words(row[0])[0], words(row[1])[0]
		u, err := url.Parse(example)
		if err != nil || u.Scheme != scheme {
			t.Errorf("%s: the example is %q: %v", scheme, example, err)
			continue
		}
		if seen[scheme] {
			t.Errorf("%s is there twice", scheme)
		}
		seen[scheme] = true
		if elsewhere[scheme] {
			continue
		}
		if reg[scheme] == nil {
			t.Errorf("nobody drives %s", scheme)
			continue
		}
		told := words(row[2])
		told = slices.DeleteFunc(told, func(w string) bool { return strings.Contains(w, "+") }) // as that one
		slices.Sort(told)
		if want := parameters(t, reg, u); !slices.Equal(told, want) {
			t.Errorf("%s: the doc has the parameters %q, the driver %q", scheme, told, want)
		}
	}
	for scheme := range reg {
		if !seen[scheme] {
			t.Errorf("%s is missing in docs/drivers.md", scheme)
		}
	}
}

// parameters asks a driver, which opens nothing while there is one that it does
// not know.
func parameters(t *testing.T, reg hal.Registry, u *url.URL) []string {
	t.Helper()
	if strings.HasSuffix(u.Scheme, "+lamps") {
		return []string{"active"} // every other one is a lamp
	}
	odd := *u
	q := odd.Query()
	q.Set("surely-none", "1")
	odd.RawQuery = q.Encode()
	d, err := hal.Open[hal.Device](t.Context(), reg, odd.String())
	if err == nil {
		_ = d.Close()
		t.Errorf("%s: a parameter that nobody knows is taken", u.Scheme)
		return nil
	}
	m := known.FindStringSubmatch(err.Error())
	if m == nil {
		t.Errorf("%s: %v, want the known parameters", u.Scheme, err)
		return nil
	}
	list := strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ' ' })
	if q.Has("root") {
		list = append(list, "root") // taken before the driver sees the others
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Every key is in the doc once, and every key of the doc is one.
func TestTheDocKnowsEveryKey(t *testing.T) {
	told := map[string]int{}
	text := doc(t)
	for _, part := range strings.Split(text, "\nKeys:")[1:] {
		part, _, _ = strings.Cut(part, "\n\n")
		for _, key := range words(part) {
			told[key]++
		}
	}
	keys := constants(t)
	if len(keys) < 20 {
		t.Fatalf("only %d keys were found", len(keys))
	}
	for key := range keys {
		if told[key] != 1 {
			t.Errorf("%s is in docs/drivers.md %d times", key, told[key])
		}
	}
	for key := range told {
		if !keys[key] {
			t.Errorf("there is no key %s", key)
		}
	}
}

// constants gives the values of package hal's Key constants.
func constants(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(root + "hal/*.go")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, name := range v.Names {
				if !strings.HasPrefix(name.Name, "Key") || i >= len(v.Values) {
					continue
				}
				lit, ok := v.Values[i].(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					continue
				}
				if key, err := strconv.Unquote(lit.Value); err == nil && key != hal.KeyOK {
					keys[key] = true
				}
			}
			return true
		})
	}
	return keys
}

var testName = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)

// Every test that the doc names is there, and every driver has its row.
func TestTheMatrixNamesTests(t *testing.T) {
	rows := cells(doc(t), 8)
	named := map[string]bool{}
	for _, row := range rows {
		dir := words(row[0])[0]
		named[dir] = true
		have := map[string]bool{}
		files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range testName.FindAllStringSubmatch(string(b), -1) {
				have[m[1]] = true
			}
		}
		for _, cell := range row[2:] {
			for _, name := range words(cell) {
				if !have[name] {
					t.Errorf("%s has no %s", dir, name)
				}
			}
		}
	}
	for _, dir := range conforming(t) {
		if !named[dir] {
			t.Errorf("%s passes the suite, and is not in the matrix", dir)
		}
	}
	if len(named) < 10 {
		t.Errorf("the matrix has %q only", slices.Sorted(maps.Keys(named)))
	}
}

// conforming gives the packages below hal whose tests use the suite.
func conforming(t *testing.T) (dirs []string) {
	t.Helper()
	err := filepath.WalkDir(root+"hal", func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if dir, _ := filepath.Rel(root, filepath.Dir(path)); strings.Contains(string(b), `"tram06/hal/haltest"`) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}
