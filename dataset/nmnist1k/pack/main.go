// Pack writes the archive that nmnist1k embeds from a folder in the layout of N-MNIST:
//
//	go run ./dataset/nmnist1k/pack FOLDER dataset/nmnist1k/nmnist1k.zip
//
// The same folder gives the same bytes.
package main

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"io/fs"
	"os"

	"ssnn/internal/atomicfile"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: pack FOLDER ARCHIVE")
		os.Exit(2)
	}
	if err := pack(os.DirFS(os.Args[1]), os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func pack(folder fs.FS, archive string) error {
	return atomicfile.Write(archive, func(w io.Writer) error {
		z := zip.NewWriter(w)
		z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
			return flate.NewWriter(w, flate.BestCompression)
		})
		err := fs.WalkDir(folder, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(folder, path)
			if err != nil {
				return err
			}
			f, err := z.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate})
			if err != nil {
				return err
			}
			_, err = f.Write(data)
			return err
		})
		if err != nil {
			return err
		}
		return z.Close()
	})
}
