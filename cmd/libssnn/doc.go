//go:build cgo

// Libssnn is package infer for C, and for all languages that can call C: a shared library.
//
//	CGO_ENABLED=1 go build -buildmode=c-shared -o libssnn.so ./cmd/libssnn
//
// Its interface is ssnn.h, which also says who owns which memory and which calls may run at the
// same time. The header that the Go tool writes beside the library is not needed. This is the one
// package that needs cgo: without cgo, it contains nothing to build.
package main
