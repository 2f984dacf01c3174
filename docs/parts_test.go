package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/recipes"
	"ssnn/snn"
)

// Every format, layout and kind of item stands on the page that describes it.
func TestPartsAreOnTheirPages(t *testing.T) {
	expect := func(page, mark string, parts []string) {
		t.Helper()
		text, err := os.ReadFile(filepath.FromSlash(page))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range parts {
			found, err := regexp.Match("`"+mark+regexp.QuoteMeta(part)+"[` ]", text)
			if err != nil {
				t.Fatal(err)
			}
			if !found {
				t.Errorf("docs/%s does not describe %s", page, part)
			}
		}
	}
	expect("reference/formats.md", "", events.Formats())
	expect("reference/recordings.md", `\.`, events.Writable())
	var layouts []string
	for _, l := range dataset.Layouts() {
		layouts = append(layouts, l.Name)
	}
	expect("howto/own-data.md", "", layouts)
	expect("reference/networks.md", "", wanted(new(snn.Item).UnmarshalText([]byte("?"))))
	expect("reference/networks.md", "", snn.ModelNames())
}

// Every word that a key of a recipe takes is explained where the key is.
func TestWordsOfKeysAreExplained(t *testing.T) {
	checked := 0
	for _, key := range recipes.ExplainKeys() {
		name := key.Name
		text := ""
		if section, inner, nested := strings.Cut(name, "."); nested {
			text, name = "["+section+"]\n", inner
		}
		var words []string
		switch key.Name {
		case "events.format": // whose words are on a page of their own, see above
		case "layout": // known when the folder is opened
			for _, l := range dataset.Layouts() {
				words = append(words, l.Name)
			}
		default:
			_, err := recipes.Parse(text + name + ` = "?"`)
			words = wanted(err)
		}
		for _, word := range words {
			said := regexp.MustCompile(`(^|[^a-z0-9-])` + word + `($|[^a-z0-9-])`)
			if word != "nothing" && !said.MatchString(key.Meaning+" "+key.Default) {
				t.Errorf("recipes/keys.md does not say what %s is in %s", word, key.Name)
			}
			checked++
		}
	}
	if checked < 40 {
		t.Errorf("%d words were found, want 40 or more", checked)
	}
}

var listed = regexp.MustCompile(`"\?", want ([a-z0-9-]+(?:, [a-z0-9-]+)*(?: or [a-z0-9-]+)?)$`)

// wanted are the words that an error of "?" lists, if it does.
func wanted(err error) []string {
	if err == nil {
		return nil
	}
	m := listed.FindStringSubmatch(err.Error())
	if m == nil {
		return nil
	}
	return strings.FieldsFunc(strings.ReplaceAll(m[1], " or ", ","), func(r rune) bool {
		return r == ',' || r == ' '
	})
}
