package download

import (
	"archive/tar"
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// unpacker writes the entries of archives into a folder and nowhere else.
type unpacker struct {
	ctx   context.Context
	root  *os.Root
	o     Options
	files int
	bytes int64
}

// archive unpacks a zip or tar.gz file, which its content tells, into a folder of the root.
func (u *unpacker) archive(file, folder string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return errors.New("want a zip or tar.gz archive, got an empty file")
	}
	var magic [4]byte
	if _, err := f.ReadAt(magic[:], 0); err != nil && err != io.EOF {
		return err
	}
	what := "unpack " + filepath.Base(file)
	switch {
	case string(magic[:2]) == "PK":
		return u.zip(f, info.Size(), folder, what)
	case string(magic[:2]) == "\x1f\x8b":
		return u.tarGz(f, info.Size(), folder, what)
	}
	return fmt.Errorf("want a zip or tar.gz archive, got a file that begins with the bytes % x",
		magic)
}

func (u *unpacker) zip(f io.ReaderAt, size int64, folder, what string) error {
	z, err := zip.NewReader(f, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // those are refused below, by name
		return damage(err)
	}
	done := int64(0)
	for _, e := range z.File {
		content, err := e.Open()
		if err != nil {
			return fmt.Errorf("entry %q: %w", e.Name, damage(err))
		}
		err = u.entry(folder, e.Name, e.Mode(), content)
		content.Close()
		if err != nil {
			return fmt.Errorf("entry %q: %w", e.Name, err)
		}
		done += int64(e.CompressedSize64)
		u.o.Progress(what, done, size)
	}
	return nil
}

func (u *unpacker) tarGz(f io.Reader, size int64, folder, what string) error {
	counted := &counter{r: f}
	gz, err := gzip.NewReader(counted)
	if err != nil {
		return damage(err)
	}
	t := tar.NewReader(gz)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return damage(err)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		mode := h.FileInfo().Mode()
		if h.Typeflag == tar.TypeLink {
			mode = fs.ModeSymlink // a hard link, which is refused like a symbolic one
		}
		if err := u.entry(folder, h.Name, mode, t); err != nil {
			return fmt.Errorf("entry %q: %w", h.Name, err)
		}
		u.o.Progress(what, counted.n, size)
	}
}

// counter counts the bytes that are read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// entry writes one file or folder. A name that leads out of the folder, a link, and more files or
// bytes than the options allow are errors. Files that macOS adds to archives are passed over.
func (u *unpacker) entry(folder, name string, mode fs.FileMode, content io.Reader) error {
	if err := u.ctx.Err(); err != nil {
		return err
	}
	local := strings.TrimSuffix(name, "/")
	if !filepath.IsLocal(local) || strings.ContainsAny(local, "\\\x00") {
		return errors.New("its name leads out of the folder or is not that of a file")
	}
	local = path.Clean(local)
	if first, _, _ := strings.Cut(local, "/"); first == "__MACOSX" ||
		path.Base(local) == ".DS_Store" {

		return nil
	}
	if u.files++; u.files > u.o.MaxFiles {
		return fmt.Errorf("the archive has more than %d files, want at most that", u.o.MaxFiles)
	}
	local = path.Join(folder, local)
	switch {
	case mode.IsDir():
		return u.root.MkdirAll(local, 0o777)
	case !mode.IsRegular():
		return errors.New("it is a link or a device, want files and folders only")
	}
	if dir := path.Dir(local); dir != "." {
		if err := u.root.MkdirAll(dir, 0o777); err != nil {
			return err
		}
	}
	f, err := u.root.OpenFile(local, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return errors.New("it is in the archive twice, want it once")
	}
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(content, u.o.MaxBytes-u.bytes+1))
	if u.bytes += n; err == nil && u.bytes > u.o.MaxBytes {
		err = fmt.Errorf("the archives unpack to more than %d bytes, want at most that",
			u.o.MaxBytes)
	}
	return errors.Join(damage(err), f.Close())
}

// damage puts the errors of the archive packages into plain words. Others, such as those of a disk,
// it returns as they are.
func damage(err error) error {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the archive is cut: it ends too early")
	case errors.Is(err, zip.ErrFormat):
		return errors.New("the zip archive is cut or damaged: it has no list of its files at the " +
			"end")
	case errors.Is(err, zip.ErrAlgorithm):
		return errors.New("its compression is not known, want deflate or none")
	case corrupt, errors.Is(err, zip.ErrChecksum), errors.Is(err, gzip.ErrChecksum),
		errors.Is(err, gzip.ErrHeader), errors.Is(err, tar.ErrHeader):
		return errors.New("the archive is damaged: its contents do not fit their checksum or form")
	}
	return err
}
