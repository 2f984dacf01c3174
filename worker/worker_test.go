package worker

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"ssnn/events"
	"ssnn/recipes"
)

// message is one as the caller sends it.
func message(header string, array []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(header)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(array)))
	return append(append(b, header...), array...)
}

// caller takes replies, and copies arrays out of the blocks that they name.
type caller struct {
	t       testing.TB
	headers []map[string]any
	arrays  [][]byte
}

// Write is given a reply at a time.
func (c *caller) Write(b []byte) (int, error) {
	n, m := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint64(b[4:])
	var header struct{ Block *place }
	var all map[string]any
	for _, v := range []any{&header, &all} {
		if err := json.Unmarshal(b[12:12+n], v); err != nil {
			c.t.Fatal(err)
		}
	}
	array := bytes.Clone(b[12+uint64(n):][:m])
	if p := header.Block; p != nil {
		file, err := os.ReadFile(p.Path)
		if err != nil {
			c.t.Fatal(err)
		}
		array = file[:p.Size]
	}
	c.headers, c.arrays = append(c.headers, all), append(c.arrays, array)
	return len(b), nil
}

// answered are the replies to calls.
func answered(t testing.TB, calls ...[]byte) (headers []map[string]any, arrays [][]byte) {
	t.Helper()
	out := caller{t: t}
	c := Config{Version: "v1", Machine: recipes.Machine{
		Open: func(name string) (fs.FS, error) { return os.DirFS(name), nil }, Threads: 1}}
	if err := Serve(bytes.NewReader(bytes.Join(calls, nil)), &out, c); err != nil {
		t.Fatal(err)
	}
	return out.headers, out.arrays
}

const nmnist = "../testdata/recordings/nmnist-0-00002.bin"

// What comes behind a reply is the events as events.Open reads them.
func TestRead(t *testing.T) {
	f, err := events.Open(nmnist, events.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := events.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	headers, arrays := answered(t,
		message(`{"do":"read","path":"`+nmnist+`"}`, nil),
		message(`{"do":"frames","path":"`+nmnist+`","T":8,"size":"34x34"}`, nil),
		message(`{"do":"frames","events":true,"T":8,"size":"34x34"}`, bytesOf(want)),
	)
	if !bytes.Equal(arrays[0], bytesOf(want)) {
		t.Errorf("%v: other events", headers[0])
	}
	if len(arrays[1]) != 8*2*34*34*4 || !bytes.Equal(arrays[1], arrays[2]) {
		t.Errorf("%v and %v: frames of a file and of its events differ", headers[1], headers[2])
	}
}

// A long array is in a segment, which the reply names, and which is written to again once the
// caller has given it back.
func TestBlock(t *testing.T) {
	var b block
	check := func(length int, want byte) place {
		t.Helper()
		for n := 0; n < length; n += 999 {
			if _, err := b.Write(bytes.Repeat([]byte{want}, min(999, length-n))); err != nil {
				t.Fatal(err)
			}
		}
		p, err := b.handOver()
		if err != nil {
			t.Fatal(err)
		}
		if p.Path != "" {
			f, err := os.Open(p.Path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			got := make([]byte, length)
			_, err = io.ReadFull(f, got)
			if !p.Keep {
				os.Remove(p.Path)
			}
			if err != nil || bytes.Count(got, []byte{want}) != length {
				t.Errorf("%d bytes, want %d of %d: %v", bytes.Count(got, []byte{want}), length,
					want, err)
			}
		}
		if p.Size != length {
			t.Errorf("%d bytes, want %d", p.Size, length)
		}
		return p
	}
	first := check(copied+1, 1)
	second := check(copied+2, 2)
	if !reusable {
		return
	}
	if first.ID == second.ID {
		t.Error("a segment is written to that the caller has")
	}
	b.segments.called([]int{first.ID, 99}, nil)
	if third := check(copied+3, 3); third.ID != first.ID {
		t.Errorf("%+v, want the segment that came back, %+v", third, first)
	}
	if small := check(inPipe+1, 4); !small.Copy {
		t.Errorf("%+v, want one to copy", small)
	}
	// One that grows is another one.
	b.segments.called([]int{first.ID, second.ID}, nil)
	if grown := check(8<<20, 5); grown.ID == first.ID || grown.ID == second.ID ||
		len(b.segments.gone) != 1 {

		t.Errorf("%+v and %v gone, want a new number and one gone", grown, b.segments.gone)
	}
	if large := check(mostKept+1, 6); large.ID != 0 || b.segments.large == nil {
		t.Errorf("%+v, want one that does not come back", large)
	}
	b.segments.called(nil, nil)
	for range mostOut + 2 {
		check(copied+1, 7)
	}
	if n := len(b.segments.out); n != mostOut {
		t.Errorf("%d segments are out, want at most %d", n, mostOut)
	}
	back := len(b.segments.back)
	b.segments.called(nil, []int{b.segments.out[3].id})
	if len(b.segments.out) != mostOut-1 || len(b.segments.back) != back {
		t.Errorf("a dropped segment is kept: %d out, %d back", len(b.segments.out), back)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ call, kind, says string }{
		{`{"do":"dance"}`, "usage", `no call "dance"`},
		{`{"do":"read","path":"/nothing"}`, "missing", "no such file"},
		{`{"do":"read","path":"worker.go","colour":1}`, "usage", `unknown key "colour"`},
		{`{"do":"read"}`, "failed", "want a recording"},
		{`{"do":"frames","path":"` + nmnist + `","T":0,"size":"34x34"}`, "usage", "0 timesteps"},
		{`{"do":"frames","path":"` + nmnist + `","T":8}`, "usage", "how large its sensor is"},
		{`{"do":"frames","paths":[],"T":8}`, "usage", "no recordings"},
		{`{"do":"chunks","path":"` + nmnist + `"}`, "usage", "want one of the two"},
		{`{"do":"run","handle":7,"shape":[1,2,3,4],"dtype":"float32"}`, "usage", "no model 7"},
		{`{"do":"samples","handle":7}`, "usage", "no set 7"},
		{`nonsense`, "usage", "invalid character"},
	} {
		headers, _ := answered(t, message(c.call, nil))
		if got, _ := headers[0]["error"].(string); headers[0]["kind"] != c.kind ||
			!strings.Contains(got, c.says) {

			t.Errorf("%s: %v, want %s and %q", c.call, headers[0], c.kind, c.says)
		}
	}
}

// Whatever is sent, a worker answers it or ends.
func FuzzServe(f *testing.F) {
	f.Add(message(`{"do":"read","path":"`+nmnist+`"}`, nil))
	f.Add(message(`{"do":"frames","events":true,"T":3,"size":"5x5"}`, make([]byte, 64)))
	f.Add(message(`{"do":"chunks","events":true,"us":3}`, make([]byte, 64)))
	delete(answers, "write") // to wherever a fuzzer finds
	f.Add([]byte{5, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 12 && binary.LittleEndian.Uint64(b[4:]) > 1<<20 {
			return // which it would wait for, with memory for it
		}
		var out bytes.Buffer
		Serve(bytes.NewReader(b), &out, Config{Machine: recipes.Machine{Threads: 1,
			Open: func(string) (fs.FS, error) { return nil, fs.ErrNotExist }}})
	})
}
