package download

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ssnn/dataset"
)

// entry is one of an archive.
type entry struct {
	name string
	mode os.FileMode // of a file: 0
	data string      // of a link: where it leads
}

func zipped(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(e.mode | 0o644)
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, e.data)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	w := tar.NewWriter(gz)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.data)), Typeflag: tar.TypeReg}
		switch {
		case e.mode&os.ModeSymlink != 0:
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, e.data, 0
		case e.mode&os.ModeNamedPipe != 0:
			h.Typeflag, h.Size = tar.TypeFifo, 0
		case e.mode&os.ModeIrregular != 0: // for the tests: a hard link
			h.Typeflag, h.Linkname, h.Size = tar.TypeLink, e.data, 0
		case e.mode.IsDir():
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			io.WriteString(w, e.data)
		}
	}
	w.Close()
	gz.Close()
	return b.Bytes()
}

// trainZip and testZip are the archives of a small N-MNIST; the first is some hundred kilobytes
// that do not compress well.
func trainZip(t *testing.T) []byte {
	noise := make([]byte, 300_000)
	for i, v := 0, uint32(1); i < len(noise); i++ {
		v = v*1664525 + 1013904223
		noise[i] = byte(v >> 24)
	}
	return zipped(t, entry{"Train/", os.ModeDir, ""}, entry{"Train/0/1.bin", 0, string(noise)},
		entry{"Train/1/2.bin", 0, "x"}, entry{"__MACOSX/Train/._1.bin", 0, "x"},
		entry{"Train/.DS_Store", 0, "x"})
}

func testZip(t *testing.T) []byte { return zipped(t, entry{"Test/1/3.bin", 0, "y"}) }

func sum(b []byte) string {
	s := md5.Sum(b)
	return hex.EncodeToString(s[:])
}

// server serves files by name. Before it does, it asks what to do with the request; a hook that
// returns true has answered it.
type server struct {
	*httptest.Server
	files    map[string][]byte
	requests []string // "GET Train.zip bytes=5-"
	hook     func(w http.ResponseWriter, r *http.Request, n int, content []byte) bool
}

func newServer(t *testing.T, files map[string][]byte) *server {
	s := &server{files: files}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		n := len(s.requests)
		s.requests = append(s.requests, strings.TrimSpace("GET "+name+" "+r.Header.Get("Range")))
		content, ok := s.files[name]
		if s.hook != nil && s.hook(w, r, n, content) {
			return
		}
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", `"`+sum(content)+`"`)
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	}))
	t.Cleanup(s.Close)
	return s
}

// source is the small N-MNIST on the server.
func (s *server) source(t *testing.T) Source {
	src := Source{Known: dataset.Known{Name: "n-mnist", Title: "N-MNIST", Classes: 2, Train: 2, Test: 1, Page: "https://example.org/n-mnist"}}
	for _, name := range []string{"Train.zip", "Test.zip"} {
		src.Files = append(src.Files, File{name, s.URL + "/" + name, sum(s.files[name])})
	}
	return src
}

func nmnistServer(t *testing.T) *server {
	return newServer(t, map[string][]byte{"Train.zip": trainZip(t), "Test.zip": testZip(t)})
}

// quick are options of tests, which do not wait.
func quick() Options { return Options{Wait: time.Microsecond, Tries: 3, Stall: 10 * time.Second} }

// tree lists the files below a folder, sorted, with their sizes.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			all = append(all, fmt.Sprintf("%s %d", filepath.ToSlash(rel), info.Size()))
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

var unpacked = []string{"Test/1/3.bin 1", "Train/0/1.bin 300000", "Train/1/2.bin 1"}
