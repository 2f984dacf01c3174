package download

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ssnn/dataset"
)

// Options says how a set is got. The zero Options suit users; the limits are there for tests.
type Options struct {
	Client *http.Client // nil stands for one that gives up on silent servers
	Agent  string       // name of the program in requests
	// Progress is called with the archive that is fetched or unpacked, the bytes done, and the
	// total, which is -1 where it is not known. It may be nil.
	Progress func(what string, done, total int64)
	Keep     bool // keep the archives that were fetched

	Tries    int           // tries in a row that get no byte before it gives up; 0 stands for 6
	Wait     time.Duration // wait before the second try, doubled with each; 0 stands for 1 s
	Stall    time.Duration // time without a byte that breaks a connection; 0 stands for 1 min
	MaxBytes int64         // most bytes of an archive, and unpacked; 0 stands for 256 GiB
	MaxFiles int           // most files in an archive; 0 stands for 2 million
}

func (o Options) orDefaults() Options {
	if o.Client == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.ResponseHeaderTimeout = time.Minute
		o.Client = &http.Client{Transport: t}
	}
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	o.Tries = cmp.Or(o.Tries, 6)
	o.Wait = cmp.Or(o.Wait, time.Second)
	o.Stall = cmp.Or(o.Stall, time.Minute)
	o.MaxBytes = cmp.Or(o.MaxBytes, 256<<30)
	o.MaxFiles = cmp.Or(o.MaxFiles, 2_000_000)
	return o
}

// Result describes the set that lies in a folder.
type Result struct {
	Train, Test int      // number of recordings
	Classes     int      // number of classes
	Notes       []string // notes for the user, such as that recordings are missing
	Before      bool     // the set was there before
}

// The folders for files that are under way.
const (
	downloads = ".download"
	unpacking = ".unpack"
)

// Get makes dir the folder of a set. Archives that lie in it already, put there by hand, are taken
// instead of being fetched, and stay.
//
// An error leaves no unpacked files behind; what has been fetched of an archive stays, to be gone
// on with by the next call, unless its checksum is wrong.
func Get(ctx context.Context, s Source, dir string, o Options) (Result, error) {
	o = o.orDefaults()
	_, err := os.Stat(dir)
	fresh := errors.Is(err, fs.ErrNotExist)
	if r, there, err := s.before(dir); err != nil || there {
		return r, err
	}
	if err := s.byHand(dir); err != nil {
		return Result{}, err
	}
	if err := os.MkdirAll(filepath.Join(dir, downloads), 0o777); err != nil {
		return Result{}, err
	}
	defer func() { // Remove leaves folders that are not empty
		os.Remove(filepath.Join(dir, downloads))
		if fresh {
			os.Remove(dir)
		}
	}()
	archives, err := s.archives(ctx, dir, o)
	if err != nil {
		return Result{}, err
	}
	r, err := s.unpack(ctx, archives, dir, o)
	if err != nil {
		return Result{}, err
	}
	for _, a := range archives {
		if !o.Keep && filepath.Dir(a) != filepath.Clean(dir) {
			os.Remove(a)
		}
	}
	return r, nil
}

// byHand is an error where an archive is missing that people have to fetch themselves.
func (s Source) byHand(dir string) error {
	if s.Manual == "" {
		return nil
	}
	for _, f := range s.Files {
		if _, err := os.Stat(filepath.Join(dir, f.Name)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s must be fetched by hand (%s): get %s from %s, put it into %s "+
				"and run this again", s.Title, s.Manual, f.Name, f.URL, dir)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// archives returns the paths of the set's archives. It fetches those that are missing, and compares
// the checksums of all.
func (s Source) archives(ctx context.Context, dir string, o Options) ([]string, error) {
	var paths []string
	for _, f := range s.Files {
		path := filepath.Join(dir, f.Name)
		if _, err := os.Stat(path); err == nil {
			if err := check(path, f.MD5); err != nil {
				return nil, err
			}
			paths = append(paths, path)
			continue
		}
		path = filepath.Join(dir, downloads, f.Name)
		if _, err := os.Stat(path); err != nil {
			if err := fetch(ctx, f, path, o); err != nil {
				if stopped := ctx.Err(); stopped != nil && errors.Is(err, stopped) {
					return nil, stopped
				}
				return nil, fmt.Errorf("%s: %w; the set's page is %s", f.Name, err, s.Page)
			}
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// before reports whether a folder holds the whole set already. A folder with other files in it is
// an error.
func (s Source) before(dir string) (r Result, there bool, err error) {
	all, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return r, false, nil
	}
	if err != nil {
		return r, false, err
	}
	archives, others := 0, 0
	for _, e := range all {
		switch {
		case slices.ContainsFunc(s.Files, func(f File) bool { return f.Name == e.Name() }):
			archives++
		case !strings.HasPrefix(e.Name(), "."):
			others++
		}
	}
	if others == 0 {
		return r, false, nil
	}
	r, err = verify(s, dir)
	switch {
	case err == nil && r.Train+r.Test == s.Train+s.Test:
		r.Before = true
		return r, true, nil
	case archives == len(s.Files): // the other files came with the archives
		return r, false, nil
	case err != nil:
		return r, false, fmt.Errorf("%s holds files, but not %s: %w; want that set, or an empty "+
			"folder", dir, s.Title, err)
	}
	return r, false, fmt.Errorf("%s holds %d of the %d recordings of %s, want all, or an empty "+
		"folder", dir, r.Train+r.Test, s.Train+s.Test, s.Title)
}

// verify opens both splits of a set.
func verify(s Source, dir string) (Result, error) {
	var r Result
	var classes []string
	for _, split := range []struct {
		name string
		n    *int
	}{{dataset.Train, &r.Train}, {dataset.Test, &r.Test}} {
		set, err := dataset.Open(os.DirFS(dir), s.Name, split.name, dataset.SplitOptions{}, classes)
		if err != nil {
			return Result{}, err
		}
		classes, *split.n = set.Classes, len(set.Samples)
		for _, n := range set.Notes {
			if !slices.Contains(r.Notes, n) {
				r.Notes = append(r.Notes, n)
			}
		}
	}
	r.Classes = len(classes)
	if n := r.Train + r.Test; len(r.Notes) == 0 && n != s.Train+s.Test {
		r.Notes = append(r.Notes, fmt.Sprintf("%d recordings are here of the %d of %s", n,
			s.Train+s.Test, s.Title))
	}
	return r, nil
}
