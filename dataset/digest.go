package dataset

import (
	"crypto/sha256"
	"fmt"
	"io"
	"path"
)

// Name returns the path of the recording, with its group in a file of several recordings, and with
// the times in us where the sample is a part of a recording.
func (s Sample) Name() string {
	name := path.Join(s.Path, s.Group)
	if s.From == 0 && s.To == 0 {
		return name
	}
	return fmt.Sprintf("%s, %d to %d us", name, s.From, s.To)
}

// Digests returns for each sample the first half of the SHA-256 of its file, as 32 hexadecimal
// digits. For a recording in a file of several, it is the digest of the file's digest and the
// recording's group. The error is that of reading a file.
func (s *Set) Digests() ([]string, error) {
	all, of := make([]string, len(s.Samples)), map[string]string{}
	for i, sample := range s.Samples {
		if of[sample.Path] == "" {
			f, err := s.Files.Open(sample.Path)
			if err != nil {
				return nil, err
			}
			h := sha256.New()
			_, err = io.Copy(h, f)
			f.Close()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", sample.Path, err)
			}
			of[sample.Path] = fmt.Sprintf("%x", h.Sum(nil)[:16])
		}
		all[i] = of[sample.Path]
		if sample.Group != "" {
			sum := sha256.Sum256([]byte(all[i] + "\n" + sample.Group))
			all[i] = fmt.Sprintf("%x", sum[:16])
		}
	}
	return all, nil
}
