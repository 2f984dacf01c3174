package safetensors

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// small is a file with two tensors and metadata.
func small(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	err := Write(&b, map[string]string{"recipe": "seed = 1\n", "classes": `["a", "b"]`}, []Named{
		{"weight", FromFloat32s([]int{2, 1}, []float32{1, -2})},
		{"bias", FromInt64s([]int{1}, []int64{3})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Whatever bit flips, the file is refused, or it still says the same and says that nothing vouches
// for it.
func TestFlippedBits(t *testing.T) {
	data := small(t)
	want, err := Parse(data)
	if err != nil || want.Notes() != nil {
		t.Fatalf("error %v, notes %q, want none", err, want.Notes())
	}
	refused := 0
	for bit := range 8 * len(data) {
		flipped := bytes.Clone(data)
		flipped[bit/8] ^= 1 << (bit % 8)
		f, err := Parse(flipped)
		if err != nil {
			refused++
			continue
		}
		if f.Notes() != nil { // the flip is in the key of the digest, which then is one more text
			for key := range f.Metadata {
				if want.Metadata[key] == "" {
					delete(f.Metadata, key)
				}
			}
		}
		if !same(f, want) {
			t.Errorf("bit %d of byte %d (%q) flipped: the file says something else, "+
				"and nothing is noticed", bit%8, bit/8, data[bit/8])
		}
	}
	t.Logf("%d of %d flips are refused, the others change nothing", refused, 8*len(data))
}

// The digest is that of the definition at digestKey, worked out by testdata/digest.py.
func TestDigestOfTheDefinition(t *testing.T) {
	const want = "02aedc2c1e261b7341208380687649d53de941a2b3c71c445507d4041e969a98"
	if data := small(t); !strings.Contains(string(data), `"sha256":"`+want+`"`) {
		t.Errorf("the header is %q, want the digest %s", data[8:200], want)
	}
}

// Another order of the tensors, as PyTorch users' tools write, is the same file.
func TestDigestOfAnotherOrder(t *testing.T) {
	a, b := FromFloat32s([]int{1}, []float32{1}), FromFloat32s([]int{2}, []float32{2, 3})
	there, back := []Named{{"a", a}, {"b", b}}, []Named{{"b", b}, {"a", a}}
	if digestOf(nil, there) != digestOf(map[string]string{digestKey: "x"}, back) {
		t.Error("the digest depends on the order of the tensors, or on itself")
	}
}

// A file that was changed can be read where it is asked for; one without a digest says so.
func TestUnverified(t *testing.T) {
	data := small(t)
	data[len(data)-1] ^= 1
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := ReadFile(path)
	if !errors.Is(err, ErrDigest) || !strings.HasPrefix(err.Error(), path+": ") {
		t.Errorf("error %v, want %v", err, ErrDigest)
	}
	f, err := Read(path, true)
	if err != nil || !slices.Equal(f.Notes(), []string{path + ": " + ErrDigest.Error()}) {
		t.Errorf("unverified: error %v, notes %q", err, f.Notes())
	}
	if _, err := Parse(data); !errors.Is(err, ErrDigest) {
		t.Errorf("error %v, want %v", err, ErrDigest)
	}
	f, err = Parse(with(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "x"))
	notes := strings.Join(f.Notes(), "\n")
	if err != nil || !strings.HasPrefix(notes, "the file carries no digest") {
		t.Errorf("without a digest: error %v, notes %q", err, f.Notes())
	}
}
