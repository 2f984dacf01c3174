package manual_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"ssnn/internal/manual"
)

func TestBlocksAndSpans(t *testing.T) {
	dir := t.TempDir()
	page := "# Page\n\n<!-- page not run: long -->\n<!-- needs: cc curl -->\n```sh\na b\n```\n\n" +
		"Type `ssnn\neval run`.\n\n```text\nx\n```\n\n<!-- not run: short -->\n```sh\nc\n```\n\n" +
		"    indented\n"
	if err := os.WriteFile(filepath.Join(dir, "p.md"), []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := manual.Blocks(dir, "p.md")
	if err != nil {
		t.Fatal(err)
	}
	want := []manual.Block{
		{Page: "p.md", Line: 6, Language: "sh", Code: "a b\n",
			Marks: map[string]string{
				"page not run": "long", "not run": "long", "needs": "cc curl"}},
		{Page: "p.md", Line: 13, Language: "text", Code: "x\n", Marks: map[string]string{}},
		{Page: "p.md", Line: 18, Language: "sh", Code: "c\n",
			Marks: map[string]string{"not run": "short"}},
		{Page: "p.md", Line: 21, Code: "indented\n"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%v, want\n%v", got, want)
	}
	spans, err := manual.Spans(dir, "p.md")
	if err != nil || !reflect.DeepEqual(spans, []string{"ssnn eval run"}) {
		t.Errorf("spans %q, %v", spans, err)
	}
	pages, err := manual.Pages(dir)
	if err != nil || !reflect.DeepEqual(pages, []string{"p.md"}) {
		t.Errorf("pages %q, %v", pages, err)
	}
}

func TestArguments(t *testing.T) {
	for code, want := range map[string][][]string{
		"ssnn train a.toml # once":                          {{"train", "a.toml"}},
		"ssnn eval run && X=1 ./ssnn eval 'a b'":            {{"eval", "run"}, {"eval", "a b"}},
		"for s in 0 1; do ssnn train --seed $s; done":       {{"train", "--seed", "1"}},
		"ssnn train \\\n  --out \"r-$s/4\"":                 {{"train", "--out", "r-1/4"}},
		"exec nice ssnn predict":                            {{"predict"}},
		"id=$(ssnn version)":                                {{"version"}},
		"sbatch --wrap 'ssnn reproduce s.toml'":             {{"reproduce", "s.toml"}},
		"parallel -j 2 ssnn train {} ::: 0 1":               {{"train", "{}"}},
		"go run ./cmd/ssnn train":                           {{"train"}},
		"buildah run -v \"$PWD:/w\" \"$c\" -- /ssnn events": {{"events"}},
		"go build -o ssnn ./cmd/ssnn":                       nil,
		"go run ./release -module example.org/you/ssnn":     nil,
		"cp ssnn /usr/local/bin":                            nil,
	} {
		got, err := manual.Arguments(code, "ssnn")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, %v, want %q", code, got, err, want)
		}
	}
	if _, err := manual.Arguments("ssnn eval 'run", "ssnn"); err == nil {
		t.Error("a quote without an end is taken")
	}
}
