package worker

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"ssnn/events"
	"ssnn/internal/plainjson"
	"ssnn/internal/regular"
	"ssnn/recipes"
)

// Config has the values that a worker needs from the program that it is a part of.
type Config struct {
	Machine recipes.Machine // means of runs and models
	Version string          // version of the program, which the caller is told
}

// Worker answers the calls of one caller.
type Worker struct {
	Config
	pipe        pipe
	block       block // array of the reply before
	notes       []string
	integrators []*integrator // of the frames before, one a thread

	recordings map[int]*cursor // recordings that are read in chunks
	models     map[int]*model
	sets       map[int]*set
	last       int  // last handle that was given out
	over       bool // the call that is answered is the last
}

// Serve answers calls from in on out until in ends. The error is that of the pipe.
func Serve(in io.Reader, out io.Writer, c Config) error {
	w := &Worker{
		Config: c, pipe: pipe{in: bufio.NewReaderSize(in, 1<<16), out: out},
		recordings: map[int]*cursor{}, models: map[int]*model{}, sets: map[int]*set{},
	}
	defer w.closeAll()
	for {
		header, array, err := w.pipe.receive()
		w.block.free()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		w.notes = nil
		if err := w.answer(&call{header: header, array: array}); err != nil {
			return err
		}
		if w.over {
			return nil
		}
	}
}

// call is one call, until the next one is received.
type call struct {
	header, array []byte
}

// arguments decodes the call's JSON. An unknown key is an error of kind usage.
func (c *call) arguments(v any) error {
	d := json.NewDecoder(strings.NewReader(string(c.header)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return usage{plainjson.Error(err)}
	}
	return nil
}

// do is part of the arguments of every call.
type do struct {
	Do   string `json:"do"`
	Free []int  `json:"free,omitempty"` // segments that the caller has done with
	Drop []int  `json:"drop,omitempty"` // segments that others may look at still
}

// answers has the functions that answer the calls, each in a file of its name. They return the last
// reply, whose array is the worker's block.
var answers = map[string]func(w *Worker, c *call) (reply, error){}

func init() {
	answers["hello"] = (*Worker).hello
	answers["read"] = (*Worker).read
	answers["info"] = (*Worker).info
	answers["write"] = (*Worker).write
	answers["frames"] = (*Worker).frames
	answers["chunks"] = (*Worker).chunks
	answers["chunk"] = (*Worker).chunk
	answers["model"] = (*Worker).openModel
	answers["frames of model"] = (*Worker).modelFrames
	answers["run"] = (*Worker).run
	answers["predict"] = (*Worker).predict
	answers["begin"] = (*Worker).begin
	answers["feed"] = (*Worker).feed
	answers["set"] = (*Worker).openSet
	answers["samples"] = (*Worker).samples
	answers["train"] = (*Worker).train
	answers["fit"] = (*Worker).fit
	answers["close"] = (*Worker).close
	answers["mapped"] = func(*Worker, *call) (reply, error) { return nil, nil } // a large block is
}

// reply is the JSON of a reply.
type reply map[string]any

// answer carries out one call. The error is that of the pipe.
func (w *Worker) answer(c *call) error {
	r, err := w.carryOut(c)
	if err != nil {
		w.block.free()
		return w.pipe.send(reply{"error": regular.Text(err), "kind": kindOf(err)}, nil)
	}
	return w.send(r)
}

// send sends a reply with the block and the notes, if there are any.
func (w *Worker) send(r reply) error {
	if r == nil {
		r = reply{}
	}
	if len(w.notes) > 0 {
		r["notes"], w.notes = w.notes, nil
	}
	if len(w.block.segments.gone) > 0 {
		r["gone"], w.block.segments.gone = w.block.segments.gone, nil
	}
	if w.block.segment == nil {
		err := w.pipe.send(r, w.block.small[:w.block.size])
		w.block.free()
		return err
	}
	p, err := w.block.handOver()
	if err != nil {
		return w.pipe.send(reply{"error": err.Error(), "kind": "failed"}, nil)
	}
	r["block"] = p
	return w.pipe.send(r, nil)
}

func (w *Worker) carryOut(c *call) (reply, error) {
	var name do
	if err := json.Unmarshal(c.header, &name); err != nil {
		return nil, usage{err}
	}
	w.block.segments.called(name.Free, name.Drop)
	f, ok := answers[name.Do]
	if !ok {
		return nil, usage{fmt.Errorf("no call %q; the Python package and the program are of "+
			"different versions", name.Do)}
	}
	return f(w, c)
}

// hello replies with the version of the program and the formats that it knows.
func (w *Worker) hello(*call) (reply, error) {
	return reply{
		"version": w.Version, "readable": events.Readable, "writable": events.Writable(),
	}, nil
}

// close closes the model, set or recording of a handle.
func (w *Worker) close(c *call) (reply, error) {
	var a struct {
		do
		Handle int `json:"handle"`
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	w.release(a.Handle)
	return nil, nil
}

func (w *Worker) release(handle int) {
	if r, ok := w.recordings[handle]; ok {
		r.opened.close()
		delete(w.recordings, handle)
	}
	if m, ok := w.models[handle]; ok {
		m.close()
		delete(w.models, handle)
	}
	delete(w.sets, handle)
}

func (w *Worker) closeAll() {
	for handle := range w.last + 1 {
		w.release(handle)
	}
}

// handle returns a new handle.
func (w *Worker) handle() int {
	w.last++
	return w.last
}

// usage is the error of an argument that is not valid.
type usage struct{ error }

func (u usage) Unwrap() error { return u.error }

// kindOf sorts errors for callers that decide by them.
func kindOf(err error) string {
	var u usage
	var format *events.FormatError
	var foreign *events.ForeignError
	switch {
	case errors.As(err, &u):
		return "usage"
	case errors.As(err, &format), errors.As(err, &foreign):
		return "format"
	case errors.Is(err, fs.ErrNotExist):
		return "missing"
	}
	return "failed"
}
