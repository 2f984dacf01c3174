package synth

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"runtime"
	"sync"

	"ssnn/events"
	"ssnn/internal/workers"
)

// Recordings of each class of Motion.
const (
	MotionTrain = 100
	MotionTest  = 25
)

// Motion is the set that recipes call motion: [Default] recordings in
// {Train,Test}/<class>/<number>.bin, 100 and 25 of each class. It is made when it is first asked
// for, which takes some seconds, and kept in memory, some 20 MB.
var Motion = sync.OnceValue(func() fs.FS {
	return Default().mustFiles(map[string]int{"Train": MotionTrain, "Test": MotionTest})
})

// MotionTests is the set that is called motion-3000: like Motion, but of other recordings, 1 and
// 250 of each class, so that networks that were trained on Motion are told apart by small
// differences of their accuracies. It is what ssnn data synth DIR --train 1 --test 250 --seed 7
// makes, and takes some 50 MB of memory.
var MotionTests = sync.OnceValue(func() fs.FS {
	c := Default()
	c.Seed = 7
	return c.mustFiles(map[string]int{"Train": 1, "Test": 250})
})

// mustFiles calls files, which cannot fail for these configurations: every event that the camera
// makes fits the format.
func (c Config) mustFiles(splits map[string]int) fs.FS {
	files, err := c.files(splits)
	if err != nil {
		panic("synth: " + err.Error())
	}
	return files
}

// files makes a folder of so many recordings of each class in each split, as 40-bit events.
func (c Config) files(splits map[string]int) (fs.FS, error) {
	type recording struct {
		split    string
		class, i int
		data     []byte
	}
	var all []recording
	for _, split := range []string{"Train", "Test"} {
		for class := range Classes() {
			for i := range splits[split] {
				all = append(all, recording{split: split, class: class, i: i})
			}
		}
	}
	if err := workers.Each(len(all), runtime.GOMAXPROCS(0), func() func(n int) error {
		return func(n int) (err error) {
			r := &all[n]
			r.data, err = c.bytes(r.split, r.class, r.i)
			return err
		}
	}); err != nil {
		return nil, err
	}

	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for _, r := range all {
		name := fmt.Sprintf("%s/%s/%05d.bin", r.split, Classes()[r.class], r.i)
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(r.data); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
}

// bytes returns a recording as 40-bit events.
func (c Config) bytes(split string, class, i int) ([]byte, error) {
	var b bytes.Buffer
	w, err := events.NewWriter(&b, "bin", c.Sensor)
	if err != nil {
		return nil, err
	}
	if err := w.Write(c.Recording(split, class, i)); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}
