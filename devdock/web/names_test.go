package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The script, the page and the handlers know each other by names only. These
// tests read the script as text and look each name up.

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
	js := file(t, "dock.js")
	used := slices.Concat(
		all(js, `touch\(kind, p\) \{ line = line\.then\(\(\) => post\(screen_, "([a-z]+)"`),
		all(js, `act\([^,]+, "([a-z]+)"`),
		all(js, `choices\("[a-z]+", world\.[a-z]+, "([a-z]+)"`),
		all(js, `"[^"]+\.?" \+ short\([^"]+"([a-z]+)"`))
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
	used := slices.Concat(all(file(t, "dock.js"), `"(/api/[^"]+)"`), all(file(t, "index.html"), `(?:src|href)="([^"]+)"`))
	if len(used) < 6 {
		t.Fatalf("found only %q", used)
	}
	h := New(newFake())
	for _, path := range used {
		switch path {
		case "/api/events": // never ends; has its own test
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
	js := file(t, "dock.js")
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
		if !slices.Contains(used, id) && !strings.Contains(file(t, "dock.css"), "#"+id) {
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
		People: []Person{{}}, Codes: []Choice{{}}, Papers: []Paper{{}}, Links: []Link{{}},
		Screen: Screen{Targets: []Target{{}}}, Health: Health{Devices: []Device{{}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	one := func(x any) map[string]any { return x.([]any)[0].(map[string]any) }
	screen, health := v["screen"].(map[string]any), v["health"].(map[string]any)
	paper := one(v["papers"])
	maps.Copy(paper, one(v["people"])) // both are called p
	js := file(t, "dock.js")
	for pattern, of := range map[string]map[string]any{
		`\bworld\.([a-z]+)`:         v,
		`\bworld\.screen\.([a-z]+)`: screen,
		`\bs\.([a-z]+)\b[^(]`:       screen,
		`\bh\.([a-z]+)`:             health,
		`\bd\.([a-z]+)`:             one(health["devices"]),
		`\bp\.([a-z]+)`:             paper,
		`\bl\.([a-z]+)`:             one(v["links"]),
	} {
		used := all(js, pattern)
		if len(used) == 0 {
			t.Errorf("nothing looks like %s any more", pattern)
		}
		for _, f := range used {
			if _, ok := of[f]; !ok {
				t.Errorf("the script reads %s of %s, which is not sent", f, pattern)
			}
		}
	}
}
