package web

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// A page whose example does not fit the network is not written.
func TestCheck(t *testing.T) {
	const recordings = "../testdata/recordings/"
	dir := filepath.Join(t.TempDir(), "site")
	page := Page{Model: read(t, *model), Examples: []Example{
		{"a.bin", "a gesture", read(t, recordings+"gesture-1.bin")},
	}}
	err := page.Write(dir)
	if err == nil || !strings.HasPrefix(err.Error(), "a gesture: ") ||
		!strings.Contains(err.Error(), "inside the sensor of 34x34") {

		t.Errorf("error %v, want one of the sensor", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was made")
	}
	if err := (Page{Model: []byte("{}")}).Check(); err == nil {
		t.Error("no error for no model")
	}
}

// What a release carries is what it writes, and a page without examples says that there are none.
func TestPack(t *testing.T) {
	data := bytes.Repeat([]byte("program"), 1000)
	packed, err := Pack(data)
	if err != nil {
		t.Fatal(err)
	}
	d, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got, err := d.DecodeAll(packed, nil); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	list, err := Page{}.list()
	if err != nil {
		t.Fatal(err)
	}
	var said struct{ Examples []Example }
	if err := json.Unmarshal(list, &said); err != nil || said.Examples == nil {
		t.Errorf("%s, %v", list, err)
	}
}
