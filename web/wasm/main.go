//go:build js && wasm

// Wasm is the part of the page that does not draw: the browser gives it the bytes of files, and
// gets values to draw. It defines the JavaScript object
//
//	ssnn.load(model)     {classes, timesteps}: the network that the next recordings are shown to
//	ssnn.open(recording, name, format)
//	                     {format, sensor, events, first, last,
//	                     movie: {pictures, width, height, shades}}: see trace.Recording and
//	                     trace.Movie. The name is that of the file, and format is needed if
//	                     neither its bytes nor its name show it, like "bin"; both may be ""
//	ssnn.recognise()     the answer of the network to the recording that was opened last: see
//	                     trace.Answer, whose layers have their rates as a Float32Array
//
// where model, recording and shades are each a Uint8Array. A call that fails returns {error: "one
// line"} instead.
package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"syscall/js"

	"ssnn/events"
	"ssnn/web/trace"
)

const (
	pictures = 40  // number of pictures of a movie
	side     = 256 // largest side of a picture, in pixels
)

// page has the network and the recording of the page.
type page struct {
	network   *trace.Network
	recording *trace.Recording
}

func main() {
	var p page
	js.Global().Set("ssnn", map[string]any{"load": function(p.load), "open": function(p.open),
		"recognise": function(p.recognise)})
	select {}
}

// function makes a function of JavaScript that takes bytes and then words, or nothing.
func function(f func(data []byte, words ...string) (js.Value, error)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		var data []byte
		if len(args) > 0 {
			data = make([]byte, args[0].Length())
			js.CopyBytesToGo(data, args[0])
		}
		var words []string
		for _, word := range args[min(1, len(args)):] {
			words = append(words, word.String())
		}
		v, err := f(data, words...)
		if err != nil {
			return map[string]any{"error": err.Error()}
		}
		return v
	})
}

// value returns v as a value of JavaScript, made from its JSON.
func value(v any) (js.Value, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return js.Null(), err
	}
	return js.Global().Get("JSON").Call("parse", string(text)), nil
}

func (p *page) load(data []byte, _ ...string) (js.Value, error) {
	n, err := trace.Load(data)
	if err != nil {
		return js.Null(), err
	}
	if p.network != nil {
		p.network.Close()
	}
	p.network = n
	return value(map[string]any{"classes": n.Classes, "timesteps": n.Timesteps()})
}

func (p *page) open(data []byte, words ...string) (js.Value, error) {
	if p.network == nil {
		return js.Null(), errors.New("no network yet, which says how recordings are read")
	}
	p.recording = nil // gives its memory back
	if len(words) != 2 {
		return js.Null(), errors.New("open takes the bytes of a recording, its name and its format")
	}
	o := p.network.Reading()
	if words[1] != "" {
		o.Format = events.Format(words[1])
	}
	r, err := trace.Read(data, words[0], o)
	if err != nil {
		return js.Null(), err
	}
	m, err := r.Movie(pictures, side)
	if err != nil {
		return js.Null(), err
	}
	p.recording = r
	v, err := value(r)
	if err != nil {
		return js.Null(), err
	}
	shades := js.Global().Get("Uint8Array").New(len(m.Shades))
	js.CopyBytesToJS(shades, m.Shades)
	v.Set("movie", map[string]any{"pictures": m.Pictures, "width": m.Width, "height": m.Height,
		"shades": shades})
	return v, nil
}

func (p *page) recognise([]byte, ...string) (js.Value, error) {
	if p.recording == nil {
		return js.Null(), errors.New("no recording is open")
	}
	a, err := p.network.Recognise(p.recording)
	if err != nil {
		return js.Null(), err
	}
	v, err := value(a)
	if err != nil {
		return js.Null(), err
	}
	for i, l := range a.Layers {
		v.Get("layers").Index(i).Set("rates", floats(l.Rates))
	}
	return v, nil
}

// floats makes a Float32Array of numbers.
func floats(all []float32) js.Value {
	data := make([]byte, 0, 4*len(all))
	for _, v := range all {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	bytes := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(bytes, data)
	return js.Global().Get("Float32Array").New(bytes.Get("buffer"))
}
