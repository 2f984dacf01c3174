package dataset

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ssnn/frames"
)

// What is kept is what was made, of the same recordings and configuration only.
func TestCached(t *testing.T) {
	dir, cache := t.TempDir(), filepath.Join(t.TempDir(), "cache")
	add := func(name string, data []byte) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	event := []byte{1, 1, 0, 0, 9}
	add("Train/0/a.bin", event)
	add("Train/1/b.bin", append(event, 2, 2, 0, 0, 10))
	open := func() *Set {
		s, err := NMNIST(os.DirFS(dir), Train, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	kept := func() int {
		all, _ := os.ReadDir(cache)
		return len(all)
	}
	made, err := open().Cached(small, 2, cache)
	if err != nil || kept() != 1 {
		t.Fatalf("%d files kept, %v", kept(), err)
	}
	again, err := open().Cached(small, 2, cache)
	if err != nil || !reflect.DeepEqual(made, again) || kept() != 1 {
		t.Errorf("%+v, %v, want %+v from %d files", again, err, made, kept())
	}
	direct, err := open().Integrate(small, 2)
	if err != nil || !reflect.DeepEqual(made, direct) {
		t.Errorf("%+v, %v, want %+v", made, err, direct)
	}

	other := small
	other.Split = frames.Duration
	if _, err := open().Cached(other, 2, cache); err != nil || kept() != 2 {
		t.Errorf("%d files kept of two configurations, %v", kept(), err)
	}
	add("Train/0/a.bin", append(event, event...))
	if f, err := open().Cached(small, 2, cache); err != nil || kept() != 3 ||
		reflect.DeepEqual(f, made) {

		t.Errorf("%d files kept after a recording changed, %v", kept(), err)
	}

	// Any byte changed, and any length cut to, is found, or does not matter (as the size of zstd's
	// window).
	want, err := open().Integrate(small, 2)
	if err != nil {
		t.Fatal(err)
	}
	key, err := open().Key(small)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(cache, key+".frames")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		for _, damaged := range [][]byte{data[:i],
			slices.Concat(data[:i], []byte{data[i] ^ byte(1+i%255)}, data[i+1:])} {
			os.WriteFile(file, damaged, 0o644)
			f, err := open().Cached(small, 2, cache)
			if err == nil && reflect.DeepEqual(f, want) {
				continue
			}
			if err == nil || !strings.Contains(err.Error(), "damaged") ||
				!strings.Contains(err.Error(), file) {

				t.Fatalf("byte %d of %d, length %d: %+v, error %v, want one that names the "+
					"damaged file", i, len(data), len(damaged), f, err)
			}
		}
	}
}
