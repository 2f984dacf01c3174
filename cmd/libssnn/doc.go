//go:build cgo

// Libssnn is package infer for C, and for all that can call C: a shared library.
//
//	CGO_ENABLED=1 go build -buildmode=c-shared -o libssnn.so ./cmd/libssnn
//
// Its interface is ssnn.h, with who owns what and what may run at the same time; the header that
// the Go tool writes beside the library is not needed. This is the one package that needs cgo:
// without it, there is nothing here to build.
package main
