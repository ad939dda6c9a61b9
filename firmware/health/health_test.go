package health_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"tram06/firmware/health"
)

// constants gives the string constants of a file whose names match.
func constants(t *testing.T, file string, name *regexp.Regexp) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != len(v.Names) {
			return true
		}
		for i, id := range v.Names {
			lit, ok := v.Values[i].(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING || !name.MatchString(id.Name) {
				continue
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			found[id.Name] = text
		}
		return true
	})
	return found
}

// A driver that reports a key nobody has words for would leave a technician
// without a code. The keys are read from the source, so that none is forgotten.
func TestEveryKeyOfHalHasACondition(t *testing.T) {
	keys := map[string]string{}
	for _, pattern := range []string{"../../hal/*.go", "../../hal/*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !strings.HasSuffix(f, "_test.go") {
				maps.Copy(keys, constants(t, f, regexp.MustCompile(`^Key[A-Z]`)))
			}
		}
	}
	if len(keys) < 25 {
		t.Fatalf("only %d keys found in package hal: the test looks at the wrong place", len(keys))
	}
	for name, key := range keys {
		if name == "KeyOK" {
			if key != "" {
				t.Errorf("KeyOK is %q", key)
			}
			continue
		}
		if _, ok := health.ByKey(key); !ok {
			t.Errorf("hal.%s (%q) has no condition", name, key)
		}
	}
}

func TestEveryCodeConstantHasACondition(t *testing.T) {
	codes := constants(t, "conditions.go", regexp.MustCompile(`^[A-Z]`))
	if len(codes) != len(health.All()) {
		t.Errorf("%d constants, %d conditions", len(codes), len(health.All()))
	}
	for name, code := range codes {
		if c, ok := health.Lookup(health.Code(code)); !ok || c.Code != health.Code(code) {
			t.Errorf("%s (%s) has no condition", name, code)
		}
	}
}

func TestConditions(t *testing.T) {
	form := regexp.MustCompile(`^(QUET|THE|IN|MANG|HS|CH|MAY)-([1-6])[0-9]{2}$`)
	// One digit a family, so that a number alone already tells the part.
	digit := map[string]string{"QUET": "1", "THE": "1", "IN": "2", "MANG": "3", "HS": "4", "CH": "5", "MAY": "6"}
	key := regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)
	codes, keys := map[health.Code]bool{}, map[string]bool{}
	for _, c := range health.All() {
		m := form.FindStringSubmatch(string(c.Code))
		if m == nil || digit[m[1]] != m[2] {
			t.Errorf("%s is no code of a known family", c.Code)
		}
		if codes[c.Code] || keys[c.Key] {
			t.Errorf("%s or %s is there twice", c.Code, c.Key)
		}
		codes[c.Code], keys[c.Key] = true, true
		if !key.MatchString(c.Key) {
			t.Errorf("%s: key %q is not part.condition", c.Code, c.Key)
		}
		if c.Severity > health.Error {
			t.Errorf("%s: severity %d", c.Code, c.Severity)
		}
		words(t, c.Code, "remedy", c.Remedy, true)
		words(t, c.Code, "title", c.Title, false)
		words(t, c.Code, "text", c.Text, c.Title.VI != "")
		if c.Title.VI == "" && c.Text.VI != "" {
			t.Errorf("%s: a text without a title", c.Code)
		}
	}
}

// words are there in both languages or in none, composed, and in the voice of
// the product.
func words(t *testing.T, code health.Code, what string, w health.Words, must bool) {
	t.Helper()
	if (w.VI == "") != (w.EN == "") || must && w.VI == "" {
		t.Errorf("%s: %s is not in both languages: %q, %q", code, what, w.VI, w.EN)
	}
	if !norm.NFC.IsNormalString(w.VI) {
		t.Errorf("%s: %s is not in composed form", code, what)
	}
	for _, s := range []string{w.VI, w.EN} {
		if s != strings.TrimSpace(s) {
			t.Errorf("%s: %s begins or ends with a space", code, what)
		}
	}
	if what == "title" && strings.HasSuffix(w.VI, ".") {
		t.Errorf("%s: a title ends with a full stop", code)
	}
	if what != "remedy" {
		for _, bad := range []string{"Vui lòng", "bạn", "hệ thống", "dữ liệu", "lỗi nghiêm trọng"} {
			if strings.Contains(w.VI, bad) {
				t.Errorf("%s: %s says %q to a citizen", code, what, bad)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	if _, ok := health.Lookup("THE-999"); ok {
		t.Error("an unknown code is found")
	}
	if _, ok := health.ByKey(""); ok {
		t.Error("the empty key is found")
	}
	c, ok := health.ByKey("printer.paper_out")
	if !ok || c.Code != health.PaperOut || c.Title.In("en") != c.Title.EN || c.Title.In("km") != c.Title.VI {
		t.Errorf("%+v", c)
	}
	all := health.All()
	all[0].Code = "X"
	if health.All()[0].Code == "X" {
		t.Error("the registry can be changed from outside")
	}
	for s, want := range map[health.Severity]string{health.Info: "info", health.Warn: "warn", health.Error: "error"} {
		if s.String() != want {
			t.Errorf("%d is %s", s, s)
		}
	}
}
