//go:build cgo

package main

// #include "ssnn.h"
// #include <stdlib.h>
// typedef const char constant_text; // so that the compiler holds what Go exports against ssnn.h
// typedef const ssnn_options constant_options;
// typedef const ssnn_event constant_event;
// typedef const float constant_float;
import "C"

import (
	"errors"
	"fmt"
	"math"
	"unsafe"

	"ssnn/events"
	"ssnn/internal/regular"
	"ssnn/safetensors"
)

func main() {} // a library needs main, but never calls it

// fail stores the text of an error, or NULL if err is nil, and returns the result of the C
// function.
func fail(to **C.char, err error) C.int {
	if to != nil {
		*to = nil
		if err != nil {
			*to = C.CString(regular.Text(err))
		}
	}
	if err != nil {
		return -1
	}
	return 0
}

//export ssnn_open
func ssnn_open(path *C.constant_text, options *C.constant_options, to *C.ssnn_model,
	failure **C.char) C.int {

	return fail(failure, openTo("ssnn_open", path, options, false, to))
}

//export ssnn_open_unverified
func ssnn_open_unverified(path *C.constant_text, options *C.constant_options, to *C.ssnn_model,
	failure **C.char) C.int {

	return fail(failure, openTo("ssnn_open_unverified", path, options, true, to))
}

// openTo opens a model for the C function of the given name.
func openTo(name string, path *C.constant_text, options *C.constant_options, unverified bool,
	to *C.ssnn_model) error {

	if to == nil {
		return fmt.Errorf("%s: model is NULL", name)
	}
	*to = 0
	if path == nil {
		return fmt.Errorf("%s: path is NULL", name)
	}
	m, err := open(C.GoString(path), options, unverified)
	if errors.Is(err, safetensors.ErrDigest) {
		err = fmt.Errorf("%w; ssnn_open_unverified opens it all the same", err)
	}
	if err == nil {
		*to = register(m)
	}
	return err
}

//export ssnn_describe
func ssnn_describe(id C.ssnn_model, to *C.ssnn_facts, failure **C.char) C.int {
	if to == nil {
		return fail(failure, errors.New("ssnn_describe: facts is NULL"))
	}
	m, err := hold(id)
	if err != nil {
		return fail(failure, err)
	}
	defer m.use.RUnlock()
	cfg, sensor := m.Config(), m.Frames.Sensor
	*to = C.ssnn_facts{
		classes: C.int32_t(cfg.Classes), timesteps: C.int32_t(cfg.T[0]),
		height: C.int32_t(cfg.Height), width: C.int32_t(cfg.Width),
		channels:      C.int32_t(cfg.InChannels),
		sensor_height: C.int32_t(sensor.Height), sensor_width: C.int32_t(sensor.Width),
	}
	return fail(failure, nil)
}

//export ssnn_class
func ssnn_class(id C.ssnn_model, class C.int) *C.constant_text {
	m, err := hold(id)
	if err != nil {
		return nil
	}
	defer m.use.RUnlock()
	if class < 0 || int(class) >= len(m.names) {
		return nil
	}
	return m.names[class]
}

// classify does the common part of the three classifying functions. frames returns the frames of
// the call.
func classify(id C.ssnn_model, scores *C.double, n C.size_t, failure **C.char,
	frames func(*worker) ([]float32, error)) C.int {

	m, err := hold(id)
	if err != nil {
		return fail(failure, err)
	}
	defer m.use.RUnlock()
	if want := len(m.names); (scores != nil || n != 0) &&
		(scores == nil || uint64(n) != uint64(want)) {

		return fail(failure, fmt.Errorf("scores is %p with room for %d, want room for %d, or NULL "+
			"and 0", scores, n, want))
	}
	w, err := m.worker()
	if err != nil {
		return fail(failure, err)
	}
	defer m.done(w)
	values, err := frames(w)
	if err != nil {
		return fail(failure, err)
	}
	d, err := w.Classify(values)
	if err != nil {
		return fail(failure, err)
	}
	if scores != nil {
		copy(unsafe.Slice((*float64)(scores), n), d.Scores)
	}
	fail(failure, nil)
	return C.int(d.Class)
}

//export ssnn_classify_file
func ssnn_classify_file(id C.ssnn_model, path *C.constant_text, scores *C.double, n C.size_t,
	failure **C.char) C.int {

	return classify(id, scores, n, failure, func(w *worker) ([]float32, error) {
		if path == nil {
			return nil, errors.New("ssnn_classify_file: path is NULL")
		}
		return w.ReadFile(C.GoString(path))
	})
}

//export ssnn_classify_events
func ssnn_classify_events(id C.ssnn_model, all *C.constant_event, count C.size_t, scores *C.double,
	n C.size_t, failure **C.char) C.int {

	return classify(id, scores, n, failure, func(w *worker) ([]float32, error) {
		if all == nil && count > 0 || uint64(count) > math.MaxInt/uint64(unsafe.Sizeof(*all)) {
			return nil, fmt.Errorf("ssnn_classify_events: events is %p with %d events, want the "+
				"events in memory", all, count)
		}
		w.events = w.events[:0]
		for _, e := range unsafe.Slice((*C.ssnn_event)(all), count) {
			w.events = append(w.events, events.Event{T: events.Micros(e.t), X: uint16(e.x),
				Y: uint16(e.y), On: e.on != 0})
		}
		return w.Integrate(w.events)
	})
}

//export ssnn_classify_frames
func ssnn_classify_frames(id C.ssnn_model, all *C.constant_float, values C.size_t, scores *C.double,
	n C.size_t, failure **C.char) C.int {

	return classify(id, scores, n, failure, func(w *worker) ([]float32, error) {
		if want := len(w.Frames()); all == nil || uint64(values) != uint64(want) {
			return nil, fmt.Errorf("ssnn_classify_frames: frames is %p with %d values, want %d",
				all, values, want)
		}
		return unsafe.Slice((*float32)(all), values), nil
	})
}

//export ssnn_skipped
func ssnn_skipped(id C.ssnn_model) C.int64_t {
	m, err := hold(id)
	if err != nil {
		return -1
	}
	defer m.use.RUnlock()
	return C.int64_t(m.Events.Skipped.Load())
}

//export ssnn_free
func ssnn_free(text *C.char) { C.free(unsafe.Pointer(text)) }

//export ssnn_close
func ssnn_close(id C.ssnn_model, failure **C.char) C.int {
	m, err := forget(id)
	if err == nil {
		m.close()
	}
	return fail(failure, err)
}
