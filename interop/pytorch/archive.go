package pytorch

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"ssnn/internal/regular"
)

// FormatError says where a checkpoint stops making sense.
type FormatError struct {
	Where     string // "data.pkl, byte 12", or an entry of the archive
	Want, Got string // what was expected there, and what is there
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("PyTorch checkpoint, %s: want %s, got %s", e.Where, e.Want, e.Got)
}

// maxPickle is the largest pickle that is read, in bytes: tens of thousands of tensors need less.
const maxPickle = 16 << 20

// File is an open checkpoint.
type File struct {
	Value any // what was saved, see Unpickle

	f       *os.File
	size    int64
	entries map[string]*zip.File // by name without the archive's
	last    *storage             // whose bytes are in data
	data    []byte
}

// Open reads a checkpoint but for its storages. Its errors name the path.
func Open(path string) (*File, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, regular.Want(err, "a PyTorch checkpoint")
	}
	c := &File{f: f}
	if err := c.read(); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Close closes the file; its tensors cannot be read afterwards.
func (c *File) Close() error { return c.f.Close() }

func (c *File) read() error {
	info, err := c.f.Stat()
	if err != nil {
		return err
	}
	c.size = info.Size()
	archive, err := zip.NewReader(c.f, c.size)
	if err != nil {
		return c.noArchive(err)
	}
	if err := c.list(archive); err != nil {
		return err
	}
	if order, ok := c.entries["byteorder"]; ok {
		text, err := c.bytes(order)
		if err != nil {
			return err
		}
		if string(text) != "little" {
			return &FormatError{"byteorder", "little", fmt.Sprintf("%.20q", text)}
		}
	}
	pickle := c.entries["data.pkl"]
	if pickle.UncompressedSize64 > maxPickle {
		return &FormatError{"data.pkl", fmt.Sprintf("at most %d bytes", maxPickle),
			fmt.Sprint(pickle.UncompressedSize64)}
	}
	program, err := c.bytes(pickle)
	if err != nil {
		return err
	}
	c.Value, err = unpickle(program, c)
	return err
}

// legacy is how the file of a PyTorch before 1.6 begins: a pickle of a number that stands for the
// format.
var legacy = []byte("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.")

// noArchive says what a file is that is no zip archive.
func (c *File) noArchive(err error) error {
	head := make([]byte, len(legacy))
	n, _ := c.f.ReadAt(head, 0)
	if bytes.Equal(head[:n], legacy) {
		return &FormatError{"byte 0",
			`the zip form of PyTorch 1.6 or newer; python3 -c 'import torch; ` +
				`torch.save(torch.load("OLD", map_location="cpu"), "NEW")' converts, if you ` +
				`trust the file`, "the form before 1.6"}
	}
	return &FormatError{"byte 0", "a zip archive, as torch.save writes, or the HDF5 of a NIR graph",
		fmt.Sprintf("%.20q (%v)", head[:n], err)}
}

// list names the entries by what follows the name of the archive, which is the folder of data.pkl.
func (c *File) list(archive *zip.Reader) error {
	folder, found := "", false
	for _, e := range archive.File {
		if name, ok := strings.CutSuffix(e.Name, "data.pkl"); ok &&
			(name == "" || strings.Count(name, "/") == 1 && strings.HasSuffix(name, "/")) {

			if found {
				return &FormatError{e.Name, "one data.pkl", "another"}
			}
			folder, found = name, true
		}
	}
	if !found {
		return &FormatError{"the archive", "a data.pkl",
			fmt.Sprintf("%d entries without it", len(archive.File))}
	}
	c.entries = map[string]*zip.File{}
	for _, e := range archive.File {
		name, ok := strings.CutPrefix(e.Name, folder)
		if !ok {
			continue
		}
		if c.entries[name] != nil {
			return &FormatError{e.Name, "each name once", "it again"}
		}
		if e.Method != zip.Store || e.CompressedSize64 != e.UncompressedSize64 {
			return &FormatError{e.Name, "an entry that is stored",
				fmt.Sprintf("compression method %d", e.Method)}
		}
		if e.UncompressedSize64 > uint64(c.size) {
			return &FormatError{e.Name, fmt.Sprintf("at most the file's %d bytes", c.size),
				fmt.Sprint(e.UncompressedSize64)}
		}
		c.entries[name] = e
	}
	return nil
}

// bytes reads an entry, whose size was checked, and its checksum.
func (c *File) bytes(e *zip.File) ([]byte, error) {
	r, err := e.Open()
	if err != nil {
		return nil, &FormatError{e.Name, "an entry", err.Error()}
	}
	defer r.Close()
	data := make([]byte, e.UncompressedSize64)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, &FormatError{e.Name, fmt.Sprintf("%d bytes", len(data)), err.Error()}
	}
	if _, err := r.Read(make([]byte, 1)); err != io.EOF { // the checksum is compared at the end
		return nil, &FormatError{e.Name, "bytes that fit their checksum", fmt.Sprint(err)}
	}
	return data, nil
}
