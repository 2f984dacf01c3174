package recipes

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Whatever bit flips in the answers that a run keeps, they are refused, or they say the same.
func TestFlippedAnswers(t *testing.T) {
	m := on(tinySet(t, 2, 0, 1))
	dir := filepath.Join(t.TempDir(), "run")
	trained(t, tinyRecipe(t), dir, m)
	path := filepath.Join(dir, answersFile)
	want, err := readAnswers(path)
	if err != nil || want.SHA256 == "" || want.Network == "" {
		t.Fatalf("%+v, error %v", want, err)
	}
	data := read(t, dir, answersFile)
	refused := 0
	for bit := range 8 * len(data) {
		flipped := bytes.Clone(data)
		flipped[bit/8] ^= 1 << (bit % 8)
		got, err := parseAnswers(path, flipped)
		if err != nil {
			refused++
			continue
		}
		got.SHA256 = want.SHA256 // the flip may be in its key
		if !reflect.DeepEqual(got, want) {
			t.Errorf("bit %d of byte %d (%q) flipped: nothing is noticed",
				bit%8, bit/8, data[bit/8])
		}
	}
	t.Logf("%d of %d flips are refused", refused, 8*len(data))
}

// Answers are those of the network that the folder holds, whatever it held before; those of an
// earlier version, which do not say whose they are, are taken.
func TestAnswersOfAnotherNetwork(t *testing.T) {
	m := on(tinySet(t, 4, 0, 1))
	one, other := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "other")
	r := tinyRecipe(t)
	trained(t, r, one, m)
	r.Seed++
	trained(t, r, other, m)
	want, err := m.Answers(other)
	if err != nil {
		t.Fatal(err)
	}
	before := read(t, one, answersFile)
	model := read(t, other, modelFile)
	if err := os.WriteFile(filepath.Join(one, modelFile), model, 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := m.Answers(one)
	if err != nil || got.Loss != want.Loss || got.Network != want.Network {
		t.Errorf("%+v, error %v, want %+v", got, err, want)
	}
	if bytes.Equal(read(t, one, answersFile), before) {
		t.Error("the answers of the other network are not kept")
	}
	now := string(read(t, other, answersFile))
	old := strings.NewReplacer(want.Network, "", want.SHA256, "").Replace(now)
	if err := os.WriteFile(filepath.Join(one, answersFile), []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	m.Open = nil // nothing is tested
	if got, err = m.Answers(one); err != nil || got.Loss != want.Loss {
		t.Errorf("of an earlier version: %+v, error %v", got, err)
	}
}
