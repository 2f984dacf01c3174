//go:build cgo

package main

// #include "ssnn.h"
// #include <stdlib.h>
import "C"

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"ssnn/events"
	"ssnn/infer"
)

// model is a model that a caller has opened.
type model struct {
	*infer.Model
	names   []*C.char // names of the classes
	threads int

	use  sync.RWMutex // read-locked by calls that are running; close locks it to wait for them
	mu   sync.Mutex   // guards the fields below
	gone bool
	idle []*worker // workers for the next calls
}

// worker is the state that one call needs.
type worker struct {
	*infer.Recogniser
	events []events.Event
}

func open(path string, o *C.ssnn_options, unverified bool) (*model, error) {
	if o == nil {
		o = &C.ssnn_options{}
	}
	if o.threads < 0 || o.threads > 1024 {
		return nil, fmt.Errorf("threads is %d, want 1 to 1024, or 0 for 1", o.threads)
	}
	options := infer.Options{Bits: int(o.bits), Unverified: unverified}
	if o.exits != nil {
		exits, err := infer.ReadExits(C.GoString(o.exits))
		if err != nil {
			return nil, err
		}
		options.Exits = exits
	}
	var format events.Format
	if o.format != nil {
		if err := format.UnmarshalText([]byte(C.GoString(o.format))); err != nil {
			return nil, err
		}
	}
	m, err := infer.Open(path, options)
	if err != nil {
		return nil, err
	}
	if format != "" {
		m.Events.Format = format
	}
	m.Events.SkipInvalid = m.Events.SkipInvalid || o.skip_invalid != 0
	opened := &model{Model: m, threads: cmp.Or(int(o.threads), 1)}
	for _, name := range m.Classes {
		opened.names = append(opened.names, C.CString(name))
	}
	return opened, nil
}

// worker returns an idle worker, or makes one. done gives it back.
func (m *model) worker() (*worker, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.idle); n > 0 {
		w := m.idle[n-1]
		m.idle = m.idle[:n-1]
		return w, nil
	}
	r, err := m.Recogniser(m.threads)
	if err != nil {
		return nil, err
	}
	return &worker{Recogniser: r}, nil
}

func (m *model) done(w *worker) {
	m.mu.Lock()
	m.idle = append(m.idle, w)
	m.mu.Unlock()
}

func (m *model) close() {
	m.use.Lock()
	defer m.use.Unlock()
	m.gone = true
	for _, w := range m.idle {
		w.Close()
	}
	for _, name := range m.names {
		C.free(unsafe.Pointer(name))
	}
}

// models are the open models, by the numbers that the caller has for them. A number is used only
// once.
var models = struct {
	sync.Mutex
	open map[C.ssnn_model]*model
	last C.ssnn_model
}{open: map[C.ssnn_model]*model{}}

var errNoModel = errors.New("the model is not open: want one that ssnn_open has opened and " +
	"ssnn_close has not closed")

func register(m *model) C.ssnn_model {
	models.Lock()
	defer models.Unlock()
	models.last++
	models.open[models.last] = m
	return models.last
}

// hold finds a model and keeps it open until use.RUnlock releases it.
func hold(id C.ssnn_model) (*model, error) {
	models.Lock()
	m := models.open[id]
	models.Unlock()
	if m == nil {
		return nil, errNoModel
	}
	m.use.RLock()
	if m.gone { // closed in the meantime
		m.use.RUnlock()
		return nil, errNoModel
	}
	return m, nil
}

// forget removes a model from models and returns it.
func forget(id C.ssnn_model) (*model, error) {
	models.Lock()
	defer models.Unlock()
	m := models.open[id]
	if m == nil {
		return nil, errNoModel
	}
	delete(models.open, id)
	return m, nil
}
