package events

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ssnn/internal/regular"
	"ssnn/internal/rosbag"
)

// bagFolderFile is the file that names the other files in the folder of a ROS 2 bag.
const bagFolderFile = "metadata.yaml"

// openBagFolder opens the folder of a ROS 2 bag as one recording. A long bag has several files.
func openBagFolder(dir string, o Options) (*File, error) {
	about, err := regular.ReadFile(filepath.Join(dir, bagFolderFile), mostHeader)
	if err != nil {
		return nil, err
	}
	names := bagFiles(string(about))
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: want relative_file_paths of a ROS 2 bag, got none",
			filepath.Join(dir, bagFolderFile))
	}
	all := &File{}
	var bags []rosbag.Bag
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		f, err := regular.Open(path)
		if err != nil {
			all.Close()
			return nil, err
		}
		all.files = append(all.files, f)
		b, err := openBagFile(f, path, o)
		if err != nil {
			all.Close()
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		bags = append(bags, b)
	}
	r, err := newBagEvents(rosbag.Join(bags...), o)
	if err != nil {
		all.Close()
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	all.Reader = o.filtering(o.skipping(r))
	return all, nil
}

// openBagFile opens a file of the folder. The file may be compressed as a whole.
func openBagFile(f *os.File, path string, o Options) (rosbag.Bag, error) {
	b := make([]byte, opening)
	n, err := io.ReadFull(f, b)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	s := source{begin: b[:n], r: f, name: path}
	if err := s.seekIn(f); err != nil {
		return nil, err
	}
	if s, err = s.uncompressed(o); err != nil {
		return nil, err
	}
	return openROSBag(s, o)
}

// bagFiles returns the file names under relative_file_paths.
func bagFiles(yaml string) (names []string) {
	inside := false
	for line := range strings.Lines(yaml) {
		text := strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(text, "- "); ok && inside {
			name = strings.Trim(name, `"' `)
			if fs.ValidPath(name) {
				names = append(names, name)
			}
			continue
		}
		inside = text == "relative_file_paths:"
	}
	return names
}

// isBagFolder says whether a path is the folder of a ROS 2 bag.
func isBagFolder(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return false
	}
	_, err = os.Stat(filepath.Join(path, bagFolderFile))
	return err == nil
}
