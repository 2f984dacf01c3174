package main

import (
	"io"
	"sync"
)

// output is where a command prints. It keeps the first error of its writer, so that a command which
// prints line by line need not ask after each, and what was printed in vain is still an error.
type output struct {
	to    io.Writer
	mutex sync.Mutex
	err   error
}

// Write writes nothing more after an error.
func (o *output) Write(b []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.to.Write(b)
	o.err = err
	return n, err
}

// failed is the first error of the writer.
func (o *output) failed() error {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.err
}
