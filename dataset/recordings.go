package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
)

// Recordings identifies the recordings of a split. It depends neither on where they lie on the
// machine nor on when they were changed, so that a set that was moved or copied has the same.
type Recordings struct {
	Samples int    `json:"samples"` // number of recordings, or of parts of them
	Bytes   int64  `json:"bytes"`   // size of their files
	SHA256  string `json:"sha256"`  // digest of one line a sample: path, class, part, bytes
}

// String returns words such as "80 recordings (24680 bytes)".
func (r Recordings) String() string {
	return fmt.Sprintf("%d recordings (%d bytes)", r.Samples, r.Bytes)
}

// Recordings identifies the recordings of the set. The error is that of a missing file.
func (s *Set) Recordings() (Recordings, error) {
	r := Recordings{Samples: len(s.Samples)}
	sizes := map[string]int64{}
	sum := sha256.New()
	for _, sample := range s.Samples {
		size, known := sizes[sample.Path]
		if !known {
			info, err := fs.Stat(s.Files, sample.Path)
			if err != nil {
				return r, err
			}
			size = info.Size()
			sizes[sample.Path] = size
			r.Bytes += size
		}
		fmt.Fprintf(sum, "%q %d %d %d %d\n",
			path.Join(sample.Path, sample.Group), sample.Label, sample.From, sample.To, size)
	}
	r.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return r, nil
}
