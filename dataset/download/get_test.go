package download

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestGet(t *testing.T) {
	s := nmnistServer(t)
	dir := filepath.Join(t.TempDir(), "a", "set")
	told := map[string]bool{}
	o := quick()
	o.Progress = func(what string, done, total int64) {
		told[what] = true
		if done > total || total != int64(len(s.files[strings.TrimPrefix(what, "unpack ")])) {
			t.Errorf("%s: %d of %d", what, done, total)
		}
	}
	r, err := Get(t.Context(), s.source(t), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Train != 2 || r.Test != 1 || r.Classes != 2 || r.Before || len(r.Notes) > 0 {
		t.Errorf("result %+v", r)
	}
	if got := tree(t, dir); !slices.Equal(got, unpacked) {
		t.Errorf("folder holds %v, want %v", got, unpacked)
	}
	if all, _ := os.ReadDir(dir); len(all) != 2 {
		t.Errorf("folder holds %v, want Train and Test", all)
	}
	if len(told) != 4 {
		t.Errorf("progress of %v, want of both archives and of both unpacked", told)
	}
	again, err := Get(t.Context(), s.source(t), dir, o)
	if err != nil || !again.Before || len(s.requests) != 2 {
		t.Errorf("again: %+v, %v, requests %v", again, err, s.requests)
	}
}

func TestGetKeepsArchives(t *testing.T) {
	s, dir, o := nmnistServer(t), t.TempDir(), quick()
	o.Keep = true
	if _, err := Get(t.Context(), s.source(t), dir, o); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); len(got) != 5 || !strings.HasPrefix(got[0], ".download/Test.zip ") {
		t.Errorf("folder holds %v", got)
	}
}

// A connection that breaks, again and again, costs no byte twice, and the version is asked for.
func TestGetGoesOnAfterBrokenConnections(t *testing.T) {
	s := nmnistServer(t)
	train := s.files["Train.zip"]
	s.hook = func(w http.ResponseWriter, r *http.Request, n int, content []byte) bool {
		if n >= 3 {
			if n == 3 && r.Header.Get("If-Range") != `"`+sum(train)+`"` {
				t.Errorf("If-Range is %q", r.Header.Get("If-Range"))
			}
			return false
		}
		from := n * 1000
		w.Header().Set("ETag", `"`+sum(train)+`"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(train)-from))
		if n > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(train)-1,
				len(train)))
			w.WriteHeader(http.StatusPartialContent)
		}
		w.Write(train[from : from+1000])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	dir := t.TempDir()
	if _, err := Get(t.Context(), s.source(t), dir, quick()); err != nil {
		t.Fatal(err)
	}
	want := []string{"GET Train.zip", "GET Train.zip bytes=1000-", "GET Train.zip bytes=2000-",
		"GET Train.zip bytes=3000-", "GET Test.zip"}
	if !slices.Equal(s.requests, want) {
		t.Errorf("requests %q, want %q", s.requests, want)
	}
	if got := tree(t, dir); !slices.Equal(got, unpacked) {
		t.Errorf("folder holds %v, want %v", got, unpacked)
	}
}

// What an earlier call got is gone on with; where the server then has another version, or knows no
// parts, it begins anew.
func TestGetGoesOnWithAnEarlierCall(t *testing.T) {
	for name, c := range map[string]struct {
		hook func(s *server) func(http.ResponseWriter, *http.Request, int, []byte) bool
		tag  func(b []byte) string
		want string
	}{
		"the same": {nil, func(b []byte) string { return `"` + sum(b) + `"` },
			"GET Train.zip bytes=5000-"},
		"another": {nil, func([]byte) string { return `"old"` }, "GET Train.zip bytes=5000-"},
		"no parts": {func(s *server) func(http.ResponseWriter, *http.Request, int, []byte) bool {
			return func(w http.ResponseWriter, r *http.Request, _ int, content []byte) bool {
				w.Write(content)
				return true
			}
		}, func(b []byte) string { return `"` + sum(b) + `"` }, "GET Train.zip bytes=5000-"},
	} {
		s, dir := nmnistServer(t), t.TempDir()
		if c.hook != nil {
			s.hook = c.hook(s)
		}
		train := s.files["Train.zip"]
		begin := train[:5000]
		if name == "another" {
			begin = make([]byte, 5000)
		}
		folder := filepath.Join(dir, downloads)
		os.Mkdir(folder, 0o777)
		os.WriteFile(filepath.Join(folder, "Train.zip.part"), begin, 0o666)
		os.WriteFile(filepath.Join(folder, "Train.zip.tag"), []byte(c.tag(train)), 0o666)
		if _, err := Get(t.Context(), s.source(t), dir, quick()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if s.requests[0] != c.want || len(s.requests) != 2 {
			t.Errorf("%s: requests %q, want %q first", name, s.requests, c.want)
		}
		if got := tree(t, dir); !slices.Equal(got, unpacked) {
			t.Errorf("%s: folder holds %v", name, got)
		}
	}
}

// A part that is the whole file already, as after a crash before the renaming.
func TestGetWithAWholePart(t *testing.T) {
	s, dir := nmnistServer(t), t.TempDir()
	os.Mkdir(filepath.Join(dir, downloads), 0o777)
	os.WriteFile(filepath.Join(dir, downloads, "Train.zip.part"), s.files["Train.zip"], 0o666)
	if _, err := Get(t.Context(), s.source(t), dir, quick()); err != nil || len(s.requests) != 2 {
		t.Errorf("%v, requests %q", err, s.requests)
	}
}

func TestGetFails(t *testing.T) {
	status := func(code, times int) func(*server) {
		return func(s *server) {
			s.hook = func(w http.ResponseWriter, _ *http.Request, n int, _ []byte) bool {
				if n < times {
					w.WriteHeader(code)
				}
				return n < times
			}
		}
	}
	for name, c := range map[string]struct {
		change   func(s *server)
		want     string // empty: it works in the end
		requests int
		left     int // files
	}{
		"not found": {func(s *server) { delete(s.files, "Train.zip") }, "Train.zip: 127.0.0.1:PORT answered 404 Not Found; the set's page is https://example.org/n-mnist", 1, 0},
		"forbidden": {status(403, 9),
			"Train.zip: 127.0.0.1:PORT answered 403 Forbidden; the set's page", 1, 0},
		"an error that ends": {status(500, 2), "", 4, 3},
		"an error that stays": {status(503, 9), "Train.zip: 127.0.0.1:PORT answered 503 Service " +
			"Unavailable; the set's page", 3, 0},
		"not ready": {status(202, 9), "Train.zip: 127.0.0.1:PORT answered 202 Accepted; the " +
			"set's page", 3, 0},
		"too often": {status(429, 1), "", 3, 3},
		"wrong bytes": {func(s *server) {
			s.files["Train.zip"] = []byte("PK\x03\x04 but another version")
		},
			"Train.zip: the file from 127.0.0.1:PORT has the MD5 sum 1ae8f0f6", 1, 0},
		"a web page": {func(s *server) {
			s.hook = func(w http.ResponseWriter, _ *http.Request, _ int, _ []byte) bool {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Write([]byte("<html>log in</html>"))
				return true
			}
		}, "Train.zip: 127.0.0.1:PORT answered with a web page, want an archive; the set's page", 1,
			0},
	} {
		s, dir := nmnistServer(t), filepath.Join(t.TempDir(), "set")
		src := s.source(t)
		c.change(s)
		_, err := Get(t.Context(), src, dir, quick())
		want := strings.ReplaceAll(c.want, "127.0.0.1:PORT", host(s.URL))
		if name == "wrong bytes" {
			want = strings.TrimSuffix(want, "1ae8f0f6")
		}
		if (err == nil) != (want == "") || err != nil &&
			(!strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n")) {

			t.Errorf("%s: error %v, want %q", name, err, want)
		}
		if len(s.requests) != c.requests {
			t.Errorf("%s: requests %q, want %d", name, s.requests, c.requests)
		}
		if got := tree(t, dir); len(got) != c.left {
			t.Errorf("%s: folder holds %v", name, got)
		}
		if _, statErr := os.Stat(dir); err != nil && !errors.Is(statErr, os.ErrNotExist) {
			t.Errorf("%s: the folder is left behind", name)
		}
	}
}

// What could not be got in the end is kept, said, and gone on with.
func TestGetKeepsAPart(t *testing.T) {
	s, dir := nmnistServer(t), t.TempDir()
	train := s.files["Train.zip"]
	s.hook = func(w http.ResponseWriter, r *http.Request, n int, _ []byte) bool {
		w.Header().Set("ETag", `"v"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(train)))
		if n == 0 {
			w.Write(train[:100])
		} else {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 100-%d/%d", len(train)-1,
				len(train)))
			w.WriteHeader(http.StatusPartialContent)
		}
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	_, err := Get(t.Context(), s.source(t), dir, quick())
	if err == nil || !strings.Contains(err.Error(),
		"; 100 bytes are kept, run this again to go on; the set's page is") ||
		strings.Contains(err.Error(), "\n") {

		t.Errorf("error %v", err)
	}
}

func TestGetInterrupted(t *testing.T) {
	s, dir := nmnistServer(t), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	train := s.files["Train.zip"]
	s.hook = func(w http.ResponseWriter, r *http.Request, n int, _ []byte) bool {
		w.Header().Set("ETag", `"`+sum(train)+`"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(train)))
		w.Write(train[:7000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	}
	o := quick()
	o.Progress = func(_ string, done, _ int64) {
		if done == 7000 {
			cancel()
		}
	}
	if _, err := Get(ctx, s.source(t), dir, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if got := tree(t, dir); len(got) != 2 || got[0] != ".download/Train.zip.part 7000" {
		t.Errorf("folder holds %v", got)
	}
	s.hook = nil
	if _, err := Get(t.Context(), s.source(t), dir, quick()); err != nil ||
		s.requests[1] != "GET Train.zip bytes=7000-" {

		t.Errorf("%v, requests %q", err, s.requests)
	}
}

// A server that falls silent counts as a broken connection.
func TestGetWithASilentServer(t *testing.T) {
	s, dir := nmnistServer(t), t.TempDir()
	s.hook = func(w http.ResponseWriter, r *http.Request, n int, content []byte) bool {
		if n == 0 {
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			w.Write(content[:10])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return true
		}
		return false
	}
	o := quick()
	o.Stall = 100 * time.Millisecond
	if _, err := Get(t.Context(), s.source(t), dir, o); err != nil || len(s.requests) != 3 {
		t.Errorf("%v, requests %q", err, s.requests)
	}
}

func TestGetByHand(t *testing.T) {
	s := newServer(t, nil)
	dir := filepath.Join(t.TempDir(), "set")
	train, test := trainZip(t), testZip(t)
	src := s.source(t)
	src.Manual = "for a reason"
	src.Files = []File{{"both.zip", "https://example.org/form", ""}}
	src.Nested = true
	_, err := Get(t.Context(), src, dir, quick())
	byHand := "N-MNIST must be fetched by hand (for a reason): get both.zip from " +
		"https://example.org/form, put it into " + dir + " and run this again"
	if err == nil || err.Error() != byHand {
		t.Errorf("error %v, want %q", err, byHand)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("the folder was made")
	}
	both := zipped(t, entry{"Train.zip", 0, string(train)}, entry{"Test.ZIP", 0, string(test)})
	os.Mkdir(dir, 0o777)
	os.WriteFile(filepath.Join(dir, "both.zip"), both, 0o666)
	os.WriteFile(filepath.Join(dir, "LICENSE.txt"), []byte("a file that came with it"), 0o666)

	src.Files[0].MD5 = sum(train)
	_, err = Get(t.Context(), src, dir, quick())
	if want := "has the MD5 sum " + sum(both) + ", want " + sum(train); err == nil ||
		!strings.HasSuffix(err.Error(), want) {

		t.Errorf("error %v, want %q", err, want)
	}
	src.Files[0].MD5 = strings.ToUpper(sum(both))
	if _, err := Get(t.Context(), src, dir, quick()); err != nil {
		t.Fatal(err)
	}
	want := append([]string{"LICENSE.txt 24"}, unpacked...)
	want = append(want, fmt.Sprintf("both.zip %d", len(both)))
	if got := tree(t, dir); !slices.Equal(got, want) || len(s.requests) > 0 {
		t.Errorf("folder holds %v, want %v; requests %v", got, want, s.requests)
	}
}

func TestGetIntoAFolderInUse(t *testing.T) {
	s, dir := nmnistServer(t), t.TempDir()
	os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o666)
	_, err := Get(t.Context(), s.source(t), dir, quick())
	if err == nil || !strings.Contains(err.Error(), "holds files, but not N-MNIST: no folder "+
		"Train, want the layout of N-MNIST") {
		t.Errorf("error %v", err)
	}
	for _, name := range []string{"Train/0/1.bin", "Test/0/1.bin"} {
		os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o777)
		os.WriteFile(filepath.Join(dir, name), nil, 0o666)
	}
	if _, err := Get(t.Context(), s.source(t), dir, quick()); err == nil ||
		!strings.Contains(err.Error(), "holds 2 of the 3 recordings of N-MNIST, want all, or an "+
			"empty folder") {

		t.Errorf("error %v", err)
	}
}

func TestSourcesAreWhole(t *testing.T) {
	for _, s := range Sources() {
		if len(s.Files) == 0 || s.Title == "" || s.Page == "" {
			t.Errorf("source %+v", s)
		}
		for _, f := range s.Files {
			if f.Name == "" || !strings.HasPrefix(f.URL, "https://") || s.Manual == "" && len(f.MD5) != 32 {
				t.Errorf("%s: file %+v", s.Name, f)
			}
		}
	}
}
