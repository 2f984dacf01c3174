package names

import "testing"

type fruit int

func TestOf(t *testing.T) {
	n := Of[fruit]{"fruit", []string{"apple", "pear", "plum"}}
	for i, word := range n.Words {
		v := fruit(-1)
		if err := n.Parse(&v, []byte(word)); err != nil || v != fruit(i) {
			t.Errorf("%s is %d, %v, want %d", word, v, err, i)
		}
		if b, err := n.Text(fruit(i)); err != nil || string(b) != word {
			t.Errorf("%d is %q, %v, want %q", i, b, err, word)
		}
	}
	v := fruit(1)
	if err := n.Parse(&v, []byte("Apple")); err == nil ||
		err.Error() != `fruit is "Apple", want apple, pear or plum` || v != 1 {

		t.Errorf("%d, %v", v, err)
	}
	for _, v := range []fruit{-1, 3} {
		if _, err := n.Text(v); err == nil {
			t.Errorf("%d has a word", v)
		}
	}
}

// A slip of the pen is told what was meant, another word what there is.
func TestUnknown(t *testing.T) {
	known := []string{"motion", "pictures", "nmnist-1k"}
	for word, want := range map[string]string{
		"motoin": `unknown recipe "motoin"; the nearest known is "motion"`,
		"nmnist": `unknown recipe "nmnist"; the nearest known is "nmnist-1k"`,
		"mot":    `unknown recipe "mot"; the nearest known is "motion"`,
		"dir":    `unknown recipe "dir", want motion, pictures or nmnist-1k`,
		"":       `unknown recipe "", want motion, pictures or nmnist-1k`,
	} {
		if got := Unknown("recipe", word, known).Error(); got != want {
			t.Errorf("%s: %s, want %s", word, got, want)
		}
	}
	many := make([]string, fewWords)
	for i := range many {
		many[i] = "key"
	}
	if got, want := Unknown("key", "xyz", many).Error(),
		`unknown key "xyz"; the nearest known is "key"`; got != want {
		t.Errorf("of many: %s, want %s", got, want)
	}
}

func TestList(t *testing.T) {
	for want, words := range map[string][]string{"": nil, "a": {"a"}, "a or b": {"a", "b"},
		"a, b or c": {"a", "b", "c"}} {
		if got := List(words); got != want {
			t.Errorf("%q is %q, want %q", words, got, want)
		}
	}
}
