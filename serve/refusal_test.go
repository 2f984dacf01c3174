package serve

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssnn/infer"
)

// zipped is an .npz with so many events at 0 us, which it packs a thousand times.
func zipped(t testing.TB, n int64) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, descr := range map[string]string{"t": "<i8", "x": "<u2", "y": "<u2", "p": "|u1"} {
		f, err := z.Create(name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		size := map[string]int64{"<i8": 8, "<u2": 2, "|u1": 1}[descr]
		if _, err := f.Write(npy(descr, []int64{n}, make([]byte, n*size))); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packed is a .mat with so many bytes in one compressed element.
func packed(t testing.TB, n int) []byte {
	t.Helper()
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	// a matrix of so many bytes
	tag := binary.LittleEndian.AppendUint32([]byte{14, 0, 0, 0}, uint32(n))
	if _, err := w.Write(append(tag, make([]byte, n)...)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b := []byte("MATLAB 5.0 MAT-file" + strings.Repeat(" ", 105) + "\x00\x01IM")
	b = binary.LittleEndian.AppendUint32(b, 15)
	b = binary.LittleEndian.AppendUint32(b, uint32(z.Len()))
	return append(b, z.Bytes()...)
}

// What cannot be answered is refused with a status and a line that say why, and the service goes
// on.
func TestRefusals(t *testing.T) {
	s, url, _ := start(t, infer.Options{}, Config{Workers: 1, Body: 1 << 20, Events: 100_000})
	good := file(t, seven)
	shape := shapeOf(s.model)
	values := make([]float32, s.model.Frames.Len())
	frames := func(change func()) []byte {
		clear(values)
		change()
		return npy("<f4", shape, channelFirst(values, shape, float32Bytes))
	}
	none := func() {}
	for _, c := range []struct {
		name, method, path string
		body               []byte
		header             string // KEY: VALUE
		status             int
		says               string
	}{
		{"path", "GET", "/v2", nil, "", 404, `no path \"/v2\"`},
		{"root", "POST", "/", good, "", 404, "no path"},
		{"method", "GET", "/v1/recording", nil, "", 405, "want POST"},
		{"method of health", "POST", "/healthz", good, "", 405, "want GET"},
		{"parameter", "POST", "/v1/recording?form=1", good, "", 400, `parameter \"form\"`},
		{"twice", "POST", "/v1/recording?from=1&from=2", good, "", 400,
			`parameter \"from\" 2 times`},
		{"no number", "POST", "/v1/recording?from=1ms", good, "", 400, "want a time in us"},
		{"backwards", "POST", "/v1/recording?from=2&until=1", good, "", 400,
			"does not end before it begins"},
		{"escape", "POST", "/v1/recording?from=%zz", good, "", 400, "parameters"},
		{"window of frames", "POST", "/v1/frames?from=1", frames(none), "", 400, "want none"},
		{"empty", "POST", "/v1/recording", nil, "", 400, "empty body"},
		{"format not said", "POST", "/v1/recording", good, "", 415, "no known format"},
		{"format said wrongly", "POST", "/v1/recording?format=atis", good, "", 400,
			`parameter format: format is \"atis\", want aedat, `},
		{"another format said", "POST", "/v1/recording?format=aedat", good, "", 415,
			"not the beginning of format aedat"},
		{"zeros", "POST", "/v1/recording?format=bin", make([]byte, 1000), "", 415,
			"zeros alone in its first 1000 bytes"},
		{"picture", "POST", "/v1/recording", []byte("\x89PNG\r\n\x1a\n0000"), "", 415,
			"a PNG picture"},
		{"text", "POST", "/v1/recording", []byte("hello, world"), "", 415, "text that begins with"},
		{"form", "POST", "/v1/recording", good, "Content-Type: multipart/form-data; boundary=x",
			415, "--data-binary"},
		{"compressed", "POST", "/v1/recording", good, "Content-Encoding: gzip", 415,
			"content encoding"},
		{"cut", "POST", "/v1/recording?format=bin", good[:len(good)-2], "", 422,
			"want 5 bytes of an event, got 3"},
		{"backwards in time", "POST", "/v1/recording?format=bin",
			append(good[1000:2000:2000], good...), "", 422, "want a time of at least"},
		{"no events in it", "POST", "/v1/recording?format=bin&from=90000000", good, "", 422,
			"no events"},
		{"another sensor", "POST", "/v1/recording?format=bin", file(t, recordings+"gesture-1.bin"),
			"", 422, "want one inside the sensor of 34x34"},
		{"too many bytes", "POST", "/v1/recording", make([]byte, 1<<20+1), "", 413,
			"want at most 1048576"},
		{"too many events", "POST", "/v1/recording", zipped(t, 100_001), "", 413,
			"more than 100000 events"},
		{"a bomb", "POST", "/v1/recording", zipped(t, 10_000_000), "", 413,
			"unpacked to at most 67108864 bytes"},
		{"a packed bomb", "POST", "/v1/recording", packed(t, 2<<20), "", 413,
			"unpacked to at most 1048576 bytes"},
		{"no array", "POST", "/v1/frames", good, "", 422, "want a NumPy array"},
		{"another shape", "POST", "/v1/frames", npy("<f4", []int64{8, 34, 34, 2},
			make([]byte, 4*len(values))), "", 422, "want numbers of shape [8 2 34 34]"},
		{"huge shape", "POST", "/v1/frames", npy("<f4", []int64{1 << 40, 2, 34, 34}, nil), "", 422,
			"want numbers of shape [8 2 34 34]"},
		{"cut frames", "POST", "/v1/frames", frames(none)[:5000], "", 422,
			"at the end of the file"},
		{"longer frames", "POST", "/v1/frames", append(frames(none), 0), "", 422, "got more"},
		{"no number among frames", "POST", "/v1/frames",
			frames(func() { values[7] = float32(math.NaN()) }), "", 422,
			"frames: NaN at timestep 1, sample 1, x 3, y 0, channel 1, want finite numbers"},
		{"infinite", "POST", "/v1/frames", frames(func() { values[7] = float32(math.Inf(1)) }), "",
			422, "frames: +Inf at timestep 1, sample 1, x 3, y 0, channel 1, want finite numbers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequest(c.method, url+c.path, bytes.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if key, value, ok := strings.Cut(c.header, ": "); ok {
				r.Header.Set(key, value)
			}
			reply, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer reply.Body.Close()
			var b bytes.Buffer
			b.ReadFrom(reply.Body)
			line := b.Bytes()
			isLine(t, line)
			if reply.StatusCode != c.status || !bytes.HasPrefix(line, []byte(`{"error":"`)) ||
				!strings.Contains(string(line), c.says) {

				t.Errorf("got %d %s, want %d %s", reply.StatusCode, line, c.status, c.says)
			}
			answers(t, url)
		})
	}
	if taken := s.bodies.taken(); taken != 0 || len(s.turns) != 0 || len(s.workers) != 1 {
		t.Errorf("%d bytes taken, %d in turn, %d workers", taken, len(s.turns),
			len(s.workers))
	}
}

// Every sample recording is read or refused, whatever its format.
func TestSamples(t *testing.T) {
	_, url, _ := start(t, infer.Options{}, Config{})
	paths, err := filepath.Glob(recordings + "*.*")
	if err != nil || len(paths) < 8 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		if filepath.Ext(path) == ".md" {
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		at := url + "/v1/recording"
		if filepath.Ext(path) == ".bin" {
			at += "?format=bin"
		}
		status, _, line := post(t, at, f)
		f.Close()
		if status != 200 && status != 422 {
			t.Errorf("%s: %d %s", path, status, line)
		}
	}
}
