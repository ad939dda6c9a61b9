package gateway_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"tram06/firmware/dossier"
	"tram06/gateway"
	"tram06/gateway/problem"
)

type contract struct {
	OpenAPI string `yaml:"openapi"`
	Paths   map[string]map[string]struct {
		OperationID string `yaml:"operationId"`
		RequestBody struct {
			Content map[string]struct {
				Schema struct {
					MaxLength int `yaml:"maxLength"`
				} `yaml:"schema"`
			} `yaml:"content"`
		} `yaml:"requestBody"`
		Responses map[string]struct {
			Content  map[string]any `yaml:"content"`
			Problems []string       `yaml:"x-problems"`
		} `yaml:"responses"`
	} `yaml:"paths"`
	Components struct {
		Schemas map[string]struct {
			Required   []string `yaml:"required"`
			Pattern    string   `yaml:"pattern"`
			Properties map[string]struct {
				Pattern string `yaml:"pattern"`
			} `yaml:"properties"`
		} `yaml:"schemas"`
	} `yaml:"components"`
}

func load(t *testing.T) (c contract) {
	t.Helper()
	data, err := os.ReadFile("../docs/gateway-api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// docs/gateway-api.yaml is what others build clients from: it must say what
// the handlers do, no more and no less.
func TestContractSaysWhatIsServed(t *testing.T) {
	c := load(t)
	if !strings.HasPrefix(c.OpenAPI, "3.1.") {
		t.Errorf("openapi %q", c.OpenAPI)
	}
	var documented, served []string
	for path, methods := range c.Paths {
		for m := range methods {
			documented = append(documented, strings.ToUpper(m)+" "+path)
		}
	}
	for _, r := range gateway.Routes() {
		served = append(served, r.Method+" "+r.Path)
	}
	slices.Sort(documented)
	slices.Sort(served)
	if !slices.Equal(documented, served) {
		t.Errorf("documented %v, served %v", documented, served)
	}

	put := c.Paths["/v1/dossiers/{id}"]["put"]
	body, ok := put.RequestBody.Content[dossier.MediaType]
	if !ok || body.Schema.MaxLength != dossier.MaxEnvelope {
		t.Errorf("request body %+v, want %s of %d bytes at most", put.RequestBody, dossier.MediaType, dossier.MaxEnvelope)
	}
	statusOf := map[string]string{} // problem -> status
	for status, r := range put.Responses {
		if len(r.Problems) > 0 != (r.Content[problem.MediaType] != nil) {
			t.Errorf("%s: problems and media type disagree", status)
		}
		for _, p := range r.Problems {
			statusOf[p] = status
		}
	}
	pattern := regexp.MustCompile(c.Components.Schemas["Problem"].Properties["type"].Pattern)
	for _, p := range problem.All() {
		want := strconv.Itoa(p.Status)
		if p == problem.NotFound {
			want = "default"
		}
		if statusOf[p.Name] != want {
			t.Errorf("problem %s is documented under %q, want %s", p.Name, statusOf[p.Name], want)
		}
		if !pattern.MatchString(p.URI()) {
			t.Errorf("type %s does not match %s", p.URI(), pattern)
		}
		delete(statusOf, p.Name)
	}
	if len(statusOf) != 0 {
		t.Errorf("documented and unknown here: %v", slices.Collect(maps.Keys(statusOf)))
	}
}

func TestContractSaysWhatAnswersHold(t *testing.T) {
	c := load(t)
	answer := c.Components.Schemas["Answer"]
	var members []string
	for f := range fields(gateway.Answer{}) {
		members = append(members, f)
	}
	slices.Sort(members)
	slices.Sort(answer.Required)
	if !slices.Equal(members, answer.Required) || len(answer.Properties) != len(members) {
		t.Errorf("answer has %v, documented %v", members, answer.Required)
	}
	for name, value := range map[string]string{"DossierID": testID, "Digest": dossier.DigestOf(nil).Field()} {
		if !regexp.MustCompile(c.Components.Schemas[name].Pattern).MatchString(value) {
			t.Errorf("%s: %q does not match the documented pattern", name, value)
		}
	}
	// And a live answer holds what is documented.
	w := newWorld(t)
	url := w.serve(w.handler(w.store))
	_, body := do(t, w.browser(w.dev.TLS), request(t, url, w.seal(testID, nil)))
	var live map[string]any
	if err := json.Unmarshal(body, &live); err != nil {
		t.Fatal(err)
	}
	for _, m := range answer.Required {
		if s := fmt.Sprint(live[m]); live[m] == nil || s == "" {
			t.Errorf("a live answer lacks %s", m)
		}
	}
}

// fields gives the JSON names of a struct's fields.
func fields(v any) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		rt := reflect.TypeOf(v)
		for i := range rt.NumField() {
			name, _, _ := strings.Cut(rt.Field(i).Tag.Get("json"), ",")
			if !yield(name) {
				return
			}
		}
	}
}
