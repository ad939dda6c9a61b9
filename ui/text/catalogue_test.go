package text

import (
	"reflect"
	"regexp"
	"testing"
)

// each calls f with every sentence of every language.
func each(f func(lang, field, s string)) {
	for _, lang := range Languages() {
		v := reflect.ValueOf(*In(lang))
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if v.Field(i).Kind() == reflect.Array {
				for k := range v.Field(i).Len() {
					f(lang, name, v.Field(i).Index(k).String())
				}
				continue
			}
			f(lang, name, v.Field(i).String())
		}
	}
}

func TestNoWordIsMissing(t *testing.T) {
	each(func(lang, field, s string) {
		if s == "" {
			t.Errorf("%s lacks %s", lang, field)
		}
	})
}

func TestEveryRuneHasAGlyph(t *testing.T) {
	f := load(t)
	each(func(lang, field, s string) {
		for _, r := range s {
			if r != '\n' && !f.Has(r) {
				t.Errorf("%s %s: no glyph for %q", lang, field, r)
			}
		}
	})
}

// A format takes the same arguments in every language.
func TestVerbsAgree(t *testing.T) {
	verb := regexp.MustCompile(`%[^%]`)
	all := map[string][]string{}
	each(func(lang, field, s string) {
		verbs := verb.FindAllString(s, -1)
		if lang == "vi" {
			all[field] = verbs
		} else if !reflect.DeepEqual(all[field], verbs) {
			t.Errorf("%s: %v in %s, %v in Vietnamese", field, verbs, lang, all[field])
		}
	})
}

// The voice: no guess at age or sex, no begging "vui lòng", no machine words.
func TestVoice(t *testing.T) {
	not := regexp.MustCompile(`(?i)vui lòng|\bbạn\b|quý khách|hệ thống|xử lý|thao tác|server|thành công|xác thực`)
	each(func(lang, field, s string) {
		if lang == "vi" && not.MatchString(s) {
			t.Errorf("%s: %q", field, s)
		}
	})
}
