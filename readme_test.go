package ssnn

import (
	"os"
	"strings"
	"testing"

	"ssnn/events"
	"ssnn/recipes"
)

// blocks are the code blocks of the README in a language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, part := range strings.Split(string(text), "```"+language+"\n")[1:] {
		code, _, _ := strings.Cut(part, "```")
		all = append(all, code)
	}
	if len(all) == 0 {
		t.Fatalf("no %s in the README", language)
	}
	return all
}

// The README's Go stands in a program that compiles.
func TestReadmeGo(t *testing.T) {
	program, err := os.ReadFile("examples/embed/main.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]bool{}
	for _, line := range strings.Split(string(program), "\n") {
		lines[strings.TrimSpace(line)] = true
	}
	for _, code := range blocks(t, "go") {
		for _, line := range strings.Split(code, "\n") {
			if !lines[strings.TrimSpace(line)] {
				t.Errorf("the README has a line that examples/embed has not: %s", line)
			}
		}
	}
}

// The README's recipe can be carried out.
func TestReadmeRecipe(t *testing.T) {
	for _, text := range blocks(t, "toml") {
		r, err := recipes.Parse(text)
		if err == nil {
			r.Frames.Sensor = events.Size{Width: 34, Height: 34} // what its set says
			_, err = r.Resolve(10)
		}
		if err != nil {
			t.Error(err)
		}
	}
}
