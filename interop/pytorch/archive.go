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

// FormatError says where a checkpoint breaks the rules of its format.
type FormatError struct {
	Where     string // "data.pkl, byte 12", or an entry of the archive
	Want, Got string // the content that was expected there, and the content found there
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("PyTorch checkpoint, %s: want %s, got %s", e.Where, e.Want, e.Got)
}

// maxPickle is the largest pickle that is read, in bytes: tens of thousands of tensors need less.
const maxPickle = 16 << 20

// File is an open checkpoint.
type File struct {
	Value any // the saved value

	f         *os.File
	size      int64
	entries   map[string]*zip.File // by name without the archive's; nil if there is no archive
	places    map[string]*storage  // by key, in a file that is no archive
	last      *storage             // the storage whose bytes are in data
	data      []byte
	unordered bool // the order of the names says nothing about the order of the layers
}

// Open reads a checkpoint without its storages: an archive of torch.save, a file of the form before
// PyTorch 1.6, or a .safetensors. Its errors name the path.
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
	head := make([]byte, 16)
	n, err := c.f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return err
	}
	switch head = head[:n]; {
	case isLegacy(head):
		return c.readLegacy()
	case isSafetensors(head):
		return c.readSafetensors()
	}
	archive, err := zip.NewReader(c.f, c.size)
	if err != nil {
		return &FormatError{"byte 0", "a checkpoint that torch.save wrote, a .safetensors, or " +
			"the HDF5 of a NIR graph", what(head, err)}
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

// what names the kind of a file that is no checkpoint.
func what(head []byte, err error) string {
	switch {
	case bytes.HasPrefix(head, []byte("PK")):
		return fmt.Sprintf("a zip archive that is damaged or cut (%v)", err)
	case len(head) > 1 && head[0] == 0x80 && head[1] <= 5:
		return "a pickle that torch.save did not write: torch.save(net.state_dict(), FILE) " +
			"writes one that is read"
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return "a file that gzip packed: unpack it first"
	}
	return fmt.Sprintf("%.20q (%v)", head, err)
}

// list lists the entries by their names behind the name of the archive, which is the folder of
// data.pkl.
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
		return &FormatError{"the archive", "a data.pkl, as torch.save writes it",
			fmt.Sprintf("%d entries without it", len(archive.File))}
	}
	c.entries = map[string]*zip.File{}
	for _, e := range archive.File {
		name, ok := strings.CutPrefix(e.Name, folder)
		isData := strings.HasPrefix(name, "data/") || name == "data.pkl" || name == "byteorder"
		if !ok || !isData { // TorchScript has programs there
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

// bytes reads an entry, whose size has been checked, and compares its checksum.
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
