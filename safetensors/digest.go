package safetensors

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"

	"ssnn/internal/workers"
)

// digestKey is the key in a file's metadata of the digest of everything else that the file says.
// The digest is the SHA-256, in hexadecimal, of
//
//	entries of the metadata without the digest, by key:  count, then key, value
//	tensors, by name:  count, then name, dtype, dimensions, each of them, SHA-256 of the data
//
// where a text is its length in bytes and then the bytes, and all numbers are 8 bytes,
// little-endian. The position of a tensor in the file does not count, nor does the formatting of
// the JSON.
const digestKey = "sha256"

// ErrDigest is the error of a file whose contents were changed after it was written.
var ErrDigest = errors.New("its contents do not fit the SHA-256 in its metadata: " +
	"it is damaged, or another program changed it")

// Digest returns the digest that Write stores in a file of the given metadata and tensors. The
// names of the tensors must differ. Two files with the same contents have the same digest.
func Digest(metadata map[string]string, tensors []Named) string {
	return digestOf(metadata, tensors)
}

// digestOf returns the digest of a file of the given metadata and tensors, whose names differ.
func digestOf(metadata map[string]string, tensors []Named) string {
	sums := dataSums(tensors)
	order := make([]int, len(tensors))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return strings.Compare(tensors[i].Name, tensors[j].Name)
	})
	var all []byte
	number := func(n int) { all = binary.LittleEndian.AppendUint64(all, uint64(n)) }
	text := func(s string) {
		number(len(s))
		all = append(all, s...)
	}
	keys := slices.Sorted(maps.Keys(metadata))
	keys = slices.DeleteFunc(keys, func(key string) bool { return key == digestKey })
	number(len(keys))
	for _, key := range keys {
		text(key)
		text(metadata[key])
	}
	number(len(tensors))
	for _, i := range order {
		t := tensors[i]
		text(t.Name)
		text(string(t.DType))
		number(len(t.Shape))
		for _, d := range t.Shape {
			number(d)
		}
		all = append(all, sums[i][:]...)
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:])
}

// dataSums returns the SHA-256 of the data of each tensor.
func dataSums(tensors []Named) [][sha256.Size]byte {
	sums := make([][sha256.Size]byte, len(tensors))
	sum := func(i int) error {
		sums[i] = sha256.Sum256(tensors[i].Data)
		return nil
	}
	threads := runtime.GOMAXPROCS(0)
	// sum cannot fail.
	workers.Each(len(tensors), threads, func() func(i int) error { return sum })
	return sums
}

// verify takes the digest out of the metadata and compares it with that of the rest of the file.
func (f *File) verify() error {
	want, there := f.Metadata[digestKey]
	if !there {
		f.notes = []string{"the file carries no digest, as those of other programs and of " +
			"earlier versions: damage to it would not be noticed"}
		return nil
	}
	delete(f.Metadata, digestKey)
	all := make([]Named, len(f.names))
	for i, name := range f.names {
		all[i] = Named{name, f.tensors[name]}
	}
	if got := digestOf(f.Metadata, all); got != want {
		f.notes = []string{ErrDigest.Error()}
		return ErrDigest
	}
	return nil
}

// Notes returns what a user should know before trusting the contents: that they do not fit the
// digest in the file, or that the file has no digest. If the digest fits, there are no notes.
func (f *File) Notes() []string { return f.notes }
