package serve

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ssnn/infer"
)

// described is the part of an OpenAPI description that is checked.
type described struct {
	Paths map[string]map[string]struct {
		Parameters []struct {
			Name string `json:"name"`
		} `json:"parameters"`
		Responses map[string]any `json:"responses"`
	} `json:"paths"`
	Components struct {
		Responses map[string]any    `json:"responses"`
		Schemas   map[string]schema `json:"schemas"`
	} `json:"components"`
}

type schema struct {
	Type       string            `json:"type"`
	Ref        string            `json:"$ref"`
	Items      *schema           `json:"items"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
}

// The description has the server's paths, methods and parameters, and the fields of what it writes,
// all of them and no others.
func TestOpenAPI(t *testing.T) {
	s, url, _ := start(t, infer.Options{}, Config{})
	r, err := http.Get(url + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	var d described
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, at := range s.routes {
		want = append(want, strings.ToLower(at.method)+" "+at.path)
	}
	for path, methods := range d.Paths {
		for method, is := range methods {
			got = append(got, method+" "+path)
			var names []string
			for _, p := range is.Parameters {
				names = append(names, p.Name)
			}
			if path == "/v1/recording" && !slices.Equal(names,
				[]string{"from", "until", "format"}) || path != "/v1/recording" && names != nil {
				t.Errorf("%s: parameters %q", path, names)
			}
			if is.Responses["200"] == nil {
				t.Errorf("%s: no reply 200", path)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("described are %q, want %q", got, want)
	}
	for name, v := range map[string]any{"Answer": Answer{}, "Facts": Facts{}, "Limits": Limits{},
		"Health": Health{}, "Problem": problem{}, "Point": infer.Point{}} {
		fits(t, name, d.Components.Schemas[name], reflect.TypeOf(v))
		delete(d.Components.Schemas, name)
	}
	if len(d.Components.Schemas) > 0 {
		t.Errorf("described, and written by nobody: %q",
			slices.Collect(maps.Keys(d.Components.Schemas)))
	}
	for _, ref := range regexp.MustCompile(`"\$ref": `+
		`"#/components/(\w+)/(\w+)"`).FindAllSubmatch(text, -1) {

		if !strings.Contains(string(text), `"`+string(ref[2])+`": {`) {
			t.Errorf("%s is not there", ref[0])
		}
	}
}

// fits compares a schema with the JSON of a struct.
func fits(t *testing.T, name string, s schema, kind reflect.Type) {
	t.Helper()
	fields := map[string]string{}
	var required []string
	var add func(kind reflect.Type)
	add = func(kind reflect.Type) {
		for i := range kind.NumField() {
			f := kind.Field(i)
			key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Anonymous {
				add(f.Type)
				continue
			}
			if key == "file" { // of predict; never written here
				continue
			}
			fields[key] = typeOf(f.Type)
			if options == "" {
				required = append(required, key)
			}
		}
	}
	add(kind)
	got := map[string]string{}
	for key, p := range s.Properties {
		got[key] = p.text()
	}
	if !maps.Equal(got, fields) {
		t.Errorf("%s: described are %v, want %v", name, got, fields)
	}
	slices.Sort(required)
	slices.Sort(s.Required)
	if !slices.Equal(s.Required, required) {
		t.Errorf("%s: required are %q, want %q", name, s.Required, required)
	}
}

func (s schema) text() string {
	switch {
	case s.Ref != "":
		return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
	case s.Items != nil:
		return "array of " + s.Items.text()
	}
	return s.Type
}

// typeOf is how a schema names a Go type.
func typeOf(kind reflect.Type) string {
	switch kind.Kind() {
	case reflect.Pointer:
		return typeOf(kind.Elem())
	case reflect.Slice:
		return "array of " + typeOf(kind.Elem())
	case reflect.Struct:
		return kind.Name()
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Bool:
		return "boolean"
	}
	return kind.String()
}
