package web

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The scripts, the page and the handlers know each other by names only. These
// tests read the scripts as text and look each name up.

// scripts gives all of them in one.
func scripts(t *testing.T) string {
	t.Helper()
	names, err := fs.Glob(static, "static/*.js")
	if err != nil || len(names) < 5 {
		t.Fatalf("scripts %q, %v", names, err)
	}
	var all strings.Builder
	for _, name := range names {
		all.WriteString(file(t, strings.TrimPrefix(name, "static/")))
	}
	return all.String()
}

func file(t *testing.T, name string) string {
	t.Helper()
	b, err := static.ReadFile("static/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// all gives the first group of every match, each once.
func all(text, pattern string) (found []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		if !slices.Contains(found, m[1]) {
			found = append(found, m[1])
		}
	}
	slices.Sort(found)
	return found
}

func TestActionsOfThePage(t *testing.T) {
	js := scripts(t)
	used := slices.Concat(
		all(js, `post\([a-z_.]+, "([a-z]+)"`),
		all(js, `act\([^,]+, "([a-z]+)"`),
		all(js, `choices\("[a-z]+", [a-z.]+, "([a-z]+)"`),
		all(js, `\["[^"]+", "[^"]+"(?: \+ short\([^"]+)?, "([a-z]+)", \{`))
	slices.Sort(used)
	used = slices.Compact(used)
	src, err := os.ReadFile("web.go")
	if err != nil {
		t.Fatal(err)
	}
	have := all(string(src), `post\(mux, "([a-z]+)"`)
	if !slices.Equal(used, have) {
		t.Errorf("the page uses the actions %q, the dock has %q", used, have)
	}
	h := New(newFake())
	for _, name := range used {
		if w := request(h, "POST", "/api/"+name, "{"); w.Code != http.StatusBadRequest {
			t.Errorf("action %s: %d, want that it looks at the body", name, w.Code)
		}
	}
}

func TestPathsOfThePage(t *testing.T) {
	used := slices.Concat(all(scripts(t), `"(/api/[^"]+)"`), all(file(t, "index.html"), `(?:src|href)="([^"]+)"`))
	for _, module := range all(scripts(t), `from "\./([a-z]+\.js)"`) {
		used = append(used, "/static/"+module)
	}
	if len(used) < 6 {
		t.Fatalf("found only %q", used)
	}
	h := New(newFake())
	for _, path := range used {
		switch path {
		case "/api/events", "/api/paper/0": // never ends; may be empty: they have their own tests
			continue
		case "/api/portrait/":
			path += "mau"
		case "/api/paper/":
			path += "1"
		}
		if w := request(h, "GET", path, ""); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestIdsOfThePage(t *testing.T) {
	html := file(t, "index.html")
	js := scripts(t)
	used := append(all(js, `\$\("([^"]+)"\)`), all(js, `choices\("([a-z]+)"`)...)
	if len(used) < 15 {
		t.Fatalf("found only %q", used)
	}
	have := all(html, ` id="([^"]+)"`)
	for _, id := range used {
		if !slices.Contains(have, id) {
			t.Errorf("the script uses #%s, the page has none", id)
		}
	}
	for _, id := range have {
		refers := strings.Contains(html, `labelledby="`+id+`"`) || strings.Contains(html, `<section id="`+id+`"`)
		if !slices.Contains(used, id) && !refers && !strings.Contains(file(t, "dock.css"), "#"+id) {
			t.Errorf("nobody uses #%s", id)
		}
	}
	// An error can be shown wherever something can be touched.
	for _, s := range strings.Split(html, "<section")[1:] {
		s, _, _ = strings.Cut(s, "</section>")
		if strings.Contains(s, "<button") && !strings.Contains(s, `class="trouble"`) {
			t.Errorf("a section with buttons and no place for trouble: %s", s)
		}
	}
}

func TestFieldsOfTheView(t *testing.T) {
	b, err := json.Marshal(View{
		People: []Person{{}}, Cards: []Card{{}}, Codes: []Choice{{}}, Papers: []Paper{{}}, Links: []Link{{}}, Said: []Said{{}},
		Screen: Screen{Targets: []Target{{}}}, Health: Health{Devices: []Device{{}}}, Portal: Portal{Dossiers: []Dossier{{}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	in := func(x any, field string) map[string]any { return x.(map[string]any)[field].(map[string]any) }
	one := func(x any) map[string]any { return x.([]any)[0].(map[string]any) }
	device := one(in(v, "health")["devices"])
	tray := one(v["people"])
	maps.Copy(tray, one(v["cards"])) // some lists hold both
	maps.Copy(tray, map[string]any{"group": ""})
	for _, x := range []struct {
		script, pattern string
		of              map[string]any
	}{
		{"screen.js", `\b(?:w|dock\.world)\.([a-z]+)`, v},
		{"cards.js", `\b(?:w|dock\.world)\.([a-z]+)`, v},
		{"paper.js", `\b(?:w|dock\.world)\.([a-z]+)`, v},
		{"machine.js", `\bw\.([a-z]+)`, v},
		{"server.js", `\bw\.([a-z]+)`, v},
		{"dock.js", `\bw\.([a-z]+)`, v},
		{"screen.js", `\bs\.([a-z]+)\b[^(]`, in(v, "screen")},
		{"screen.js", `\bt\.([a-z]+)`, one(in(v, "screen")["targets"])},
		{"cards.js", `\b[pc]\.([a-z]+)`, tray},
		{"paper.js", `\bp\.([a-z]+)`, one(v["papers"])},
		{"paper.js", `\br\.([a-z]+)`, in(v, "roll")},
		{"machine.js", `\bl\.([a-z]+)`, one(v["codes"])},
		{"machine.js", `=> s\.([a-z]+)`, one(v["said"])},
		{"server.js", `\bh\.([a-z]+)`, in(v, "health")},
		{"server.js", `\bp\.([a-z]+)`, in(v, "portal")},
		{"server.js", `\bd\.([a-z_]+)`, merged(device, one(in(v, "portal")["dossiers"]))},
		{"server.js", `\bd\.(?:title|remedy|label)\.([a-z]+)`, in(device, "title")},
		{"server.js", `\bl\.([a-z]+)`, one(v["links"])},
	} {
		used := all(file(t, x.script), x.pattern)
		if len(used) == 0 {
			t.Errorf("%s: nothing looks like %s any more", x.script, x.pattern)
		}
		for _, f := range used {
			if _, ok := x.of[f]; !ok {
				t.Errorf("%s reads %s of %s, which is not sent", x.script, f, x.pattern)
			}
		}
	}
}

func merged(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
