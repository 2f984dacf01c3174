package dataset

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/internal/atomicfile"
)

// Cached is Integrate with its result kept in a file of the folder dir, which it makes; the next
// call reads that file. The file's name is [Set.Key], so that a file of other recordings, or of
// another configuration, is never taken. The file is compressed and carries a checksum; a damaged
// one is an error that says so.
func (s *Set) Cached(cfg frames.Config, threads int, dir string) (*Frames, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	key, err := s.Key(cfg)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, key+".frames")
	if f, err := os.Open(path); err == nil {
		defer f.Close()
		cached, err := s.readFrames(f, cfg)
		if err != nil {
			return nil, fmt.Errorf("%s is damaged (%w): delete it, and the recordings are read "+
				"again", path, err)
		}
		cached.set, cached.threads = s, threads
		return cached, nil
	}
	made, err := s.Integrate(cfg, threads)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return made, atomicfile.Write(path, made.write)
}

// cacheVersion is raised when the same recordings would become other frames.
const cacheVersion = 2

// Key returns a digest, in hexadecimal, of all that the frames of a set depend on: the names, sizes
// and times of change of its files, the options of reading them, and the configuration of the
// frames. The error is that of a file whose size and time cannot be read.
func (s *Set) Key(cfg frames.Config) (string, error) {
	type file struct {
		Sample
		Size    int64
		Changed time.Time
	}
	all := struct {
		Version int
		Config  frames.Config
		Options events.Options
		Files   []file
	}{cacheVersion, cfg, s.Options, nil}
	for _, sample := range s.Samples {
		info, err := fs.Stat(s.Files, sample.Path)
		if err != nil {
			return "", err
		}
		all.Files = append(all.Files, file{sample, info.Size(), info.ModTime()})
	}
	text, err := json.Marshal(all)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))[:32], nil
}

// write writes the values of all samples, one sample after the other, compressed.
func (f *Frames) write(w io.Writer) error {
	z, err := zstd.NewWriter(w)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(z, 1<<16)
	for _, counts := range f.counts {
		if err := binary.Write(b, binary.LittleEndian, counts); err != nil {
			return err
		}
	}
	if f.set.Options.SkipInvalid {
		if err := binary.Write(b, binary.LittleEndian, f.Skipped); err != nil {
			return err
		}
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return z.Close()
}

// readFrames reads what write wrote.
func (s *Set) readFrames(r io.Reader, cfg frames.Config) (*Frames, error) {
	z, err := zstd.NewReader(r)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	f := &Frames{Config: cfg}
	for _, sample := range s.Samples {
		counts := make([]uint16, cfg.Len())
		if err := binary.Read(z, binary.LittleEndian, counts); err != nil {
			return nil, err
		}
		f.labels, f.counts = append(f.labels, sample.Label), append(f.counts, counts)
	}
	if s.Options.SkipInvalid {
		f.Skipped = make([]int64, len(s.Samples))
		if err := binary.Read(z, binary.LittleEndian, f.Skipped); err != nil {
			return nil, err
		}
	}
	// Reading up to the end compares the checksum.
	switch n, err := z.Read(make([]byte, 1)); {
	case n != 0:
		return nil, fmt.Errorf("it has more values than those of %d samples", len(s.Samples))
	case err != io.EOF:
		return nil, err
	}
	return f, nil
}
