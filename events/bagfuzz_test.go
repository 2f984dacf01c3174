package events

import (
	"os"
	"path/filepath"
	"testing"
)

// fuzzBag: no bag makes the reader panic, or take memory that the file does not have.
func fuzzBag(f *testing.F, begin string, names ...string) {
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join("testdata/ros", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < len(begin) {
			return
		}
		data = append([]byte(begin), data[len(begin):]...)
		all, err := readAll(data)
		checkWindow(t, data, all, err)
	})
}

func FuzzROS1(f *testing.F) {
	fuzzBag(f, "#ROSBAG V2.0\n", "array-1.bag", "evt3-bz2.bag", "array-not-ended.bag")
}

func FuzzMCAP(f *testing.F) {
	fuzzBag(f, "\x89MCAP0\r\n", "array-none.mcap", "array-unchunked.mcap", "array-zstd.mcap",
		"array-ros1.mcap",
		"packet-libcaer_cmp/packet-libcaer_cmp.mcap", "packet-mono/packet-mono.mcap")
}

func FuzzSQLite(f *testing.F) {
	fuzzBag(f, "SQLite format 3\x00", "array-2/array-2.db3")
}
