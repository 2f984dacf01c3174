package nmnist1k

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/frames"
)

func TestRecordings(t *testing.T) {
	cfg := frames.Config{T: 2, Sensor: events.Size{Width: 34, Height: 34}}
	for _, c := range []struct {
		split   string
		samples int
		least   int // recordings of the rarest digit
		most    int
	}{{dataset.Train, 800, 67, 97}, {dataset.Test, 100, 2, 15}} {
		s, err := dataset.NMNIST(FS(), c.split, nil)
		if err != nil {
			t.Fatal(err)
		}
		count := make([]int, 10)
		for _, sample := range s.Samples {
			count[sample.Label]++
		}
		if len(s.Classes) != 10 || s.Classes[9] != "9" || len(s.Samples) != c.samples ||
			slices.Min(count) != c.least || slices.Max(count) != c.most {

			t.Errorf("%s: classes %v, counts %v of %d, want digits, %d in all, %d to %d each",
				c.split, s.Classes, count, len(s.Samples), c.samples, c.least, c.most)
		}
		if _, err := s.Integrate(cfg, 2); err != nil {
			t.Error(err)
		}
	}
}

// TestDigest compares the contents with those of the folder that was packed, of which coreutils say
// the same:
//
//	find Test Train -name '*.bin' | LC_ALL=C sort | xargs sha256sum | sha256sum
func TestDigest(t *testing.T) {
	const want = "6b839143766d687d37959693abb8d74fd6c77f3a562e7f0ec9dde73ffc6c16f6"
	all := sha256.New()
	recordings := FS()
	err := fs.WalkDir(recordings, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(recordings, path)
		fmt.Fprintf(all, "%x  %s\n", sha256.Sum256(data), path)
		return err
	})
	if got := fmt.Sprintf("%x", all.Sum(nil)); err != nil || got != want {
		t.Errorf("digest %s, %v, want %s", got, err, want)
	}
}

func TestFacts(t *testing.T) {
	f, err := FS().Open("Train/5/00001.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := events.ReadAll(events.NMNIST(f))
	if err != nil || len(all) != 4681 || all[0].T != 893 || all[4680].T != 305924 {
		t.Errorf("%d events, %v, want 4681 from 893 to 305924 us", len(all), err)
	}
}
