// Package nmnist1k is a subset of N-MNIST, 800 training and 100 test recordings of handwritten
// digits by an ATIS sensor, 34x34 pixels and some 300 ms each, with the names and the split of the
// whole set. It weighs 14 MB in every program that imports it.
//
// N-MNIST: G. Orchard, A. Jayawant, G. K. Cohen, N. Thakor, "Converting Static Image Datasets to
// Spiking Neuromorphic Datasets Using Saccades", Frontiers in Neuroscience 9 (2015), 437; licence
// CC BY-SA 4.0. This subset by way of the test files of github.com/bamsumit/slayerPytorch.
package nmnist1k

import (
	"archive/zip"
	_ "embed"
	"io/fs"
	"strings"
)

//go:embed nmnist1k.zip
var archive string

// FS returns the recordings as a folder in the layout of N-MNIST.
func FS() fs.FS {
	z, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	if err != nil {
		panic("nmnist1k: the embedded archive is damaged: " + err.Error()) // a fault of the build
	}
	return z
}
