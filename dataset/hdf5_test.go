package dataset

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/internal/hdf5"
)

// group is a recording of n events at one pixel.
func group(n int) hdf5.Group {
	g := hdf5.Group{}
	for _, name := range []string{"t", "x", "y", "p"} {
		values := make([]int64, n)
		for i := range values {
			values[i] = int64(i % 2)
		}
		g[name] = hdf5.Ints{Shape: []int{n}, Values: values}
	}
	for i := range n {
		g["t"].(hdf5.Ints).Values[i] = int64(10 * i)
	}
	g["width"], g["height"] = hdf5.Ints{Values: []int64{4}}, hdf5.Ints{Values: []int64{3}}
	return g
}

func hdf5File(t *testing.T, g hdf5.Group) *fstest.MapFile {
	b, err := hdf5.Encode(g)
	if err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: b}
}

func TestSetInHDF5(t *testing.T) {
	wave := hdf5.Group{"2": hdf5.Group{"events": group(6)}, "10": hdf5.Group{"events": group(8)}}
	clap := hdf5.Group{"0": hdf5.Group{"events": group(4)}}
	for _, c := range []struct {
		name  string
		files fstest.MapFS
		want  []string
	}{
		{"splits in a file", fstest.MapFS{"set.h5": hdf5File(t, hdf5.Group{
			"train": hdf5.Group{"wave": wave, "clap": clap},
			"test":  hdf5.Group{"wave": clap, "clap": clap}})},
			[]string{"set.h5/train/clap/0/events", "set.h5/train/wave/2/events",
				"set.h5/train/wave/10/events"}},
		{"splits by file", fstest.MapFS{
			"train.hdf5": hdf5File(t, hdf5.Group{"wave": wave, "clap": clap}),
			"test.hdf5":  hdf5File(t, hdf5.Group{"wave": clap, "clap": clap})},
			[]string{"train.hdf5/clap/0/events", "train.hdf5/wave/2/events",
				"train.hdf5/wave/10/events"}},
		{"classes by file",
			fstest.MapFS{"clap.h5": hdf5File(t, wave), "wave.h5": hdf5File(t, wave)},
			[]string{"clap.h5/2/events", "wave.h5/10/events"}},
	} {
		s, err := Open(c.files, "", Train, SplitOptions{}, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var names []string
		for _, sample := range s.Samples {
			names = append(names, sample.Name())
		}
		if c.name == "classes by file" { // whose split is drawn
			c.want = names
		}
		if s.Layout != "hdf5" || !slices.Equal(names, c.want) ||
			!slices.Equal(s.Classes, []string{"clap", "wave"}) {

			t.Errorf("%s: layout %s, classes %q, %q, want %q", c.name, s.Layout, s.Classes, names,
				c.want)
		}
		if err := s.FindSensor(1); err != nil || s.Sensor != (events.Size{Width: 4, Height: 3}) {
			t.Errorf("%s: sensor %v, %v", c.name, s.Sensor, err)
		}
		digests, err := s.Digests()
		if slices.Sort(digests); err != nil || len(slices.Compact(digests)) != len(names) {
			t.Errorf("%s: digests %q, %v, want one a recording", c.name, digests, err)
		}
		f, err := s.Integrate(frames.Config{T: 2, Sensor: s.Sensor}, 1)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for i, sample := range s.Samples {
			events := 0
			for _, n := range f.counts[i] {
				events += int(n)
			}
			want := map[string]int{"0": 4, "2": 6, "10": 8}[path.Base(path.Dir(sample.Group))]
			if events != want {
				t.Errorf("%s: %d events in %s, want %d", c.name, events, sample.Name(), want)
			}
		}
	}
}

func TestSetInHDF5Refuses(t *testing.T) {
	for want, files := range map[string]fstest.MapFS{
		"a.h5: group /0 is a recording without a class, want HDF5 files alone": {"a.h5": hdf5File(t,
			hdf5.Group{"0": group(4), "1": group(4)})},
		"a.h5: HDF5, byte 0: want t, x, y and p in groups": {"a.h5": hdf5File(t,
			hdf5.Group{"0": hdf5.Ints{Values: []int64{3}}})},
		"a.h5: ": {"a.h5": {Data: []byte("none")}},
		"group other lies beside train, want no groups but": {"a.h5": hdf5File(t, hdf5.Group{
			"train": hdf5.Group{"a": group(4)}, "other": hdf5.Group{"a": group(4)}})},
	} {
		if _, err := Open(files, "", Train, SplitOptions{}, nil); !strings.HasPrefix(
			fmt.Sprint(err), want) {

			t.Errorf("error %v, want %q", err, want)
		}
	}
	s, err := Open(fstest.MapFS{"a.h5": hdf5File(t, hdf5.Group{"a": hdf5.Group{"0": group(4),
		"1": group(5)}})}, "", Train, SplitOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Options.Group = "left"
	want := "want none: the set's files have several recordings each"
	if err := s.FindSensor(1); !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestOneFile(t *testing.T) {
	files := fstest.MapFS{"other.txt": {}, "set.h5": hdf5File(t, hdf5.Group{"a": hdf5.Group{
		"0": group(4), "1": group(5)}})}
	s, err := Open(OneFile(files, "set.h5"), "", Train, SplitOptions{}, nil)
	if err != nil || len(s.Samples) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if err := fstest.TestFS(OneFile(fstest.MapFS{"a": {}}, "a"), "a"); err != nil {
		t.Error(err)
	}
}
