package infer

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"ssnn/safetensors"
	"ssnn/snn"
)

// Exits from a file are refused in a line, or a model answers with them, and they are the same when
// they are written and read again.
func FuzzExits(f *testing.F) {
	data, err := os.ReadFile("testdata/nmnist.exits.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"by":"entropy","threshold":0,"points":[{"stage":0,"step":8,` +
		`"temperature":1e-320},{"stage":3,"step":1}]}`))
	f.Add([]byte(`{"by":"confidence","threshold":1e308,"points":[{"stage":-1,` +
		`"step":9223372036854775807}]}`))
	file, err := safetensors.ReadFile(trainedFile)
	if err != nil {
		f.Fatal(err)
	}
	net, err := snn.FromFileFrozen(file)
	if err != nil {
		f.Fatal(err)
	}
	m, err := Compile(net, Options{})
	if err != nil {
		f.Fatal(err)
	}
	frames := make([]float32, 8*34*34*2)
	for i := range frames {
		frames[i] = float32(i % 7 / 6)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := parseExits(bytes.NewReader(data))
		if err != nil {
			checkLine(t, err)
			return
		}
		early, err := m.With(e)
		if err != nil {
			checkLine(t, err)
			return
		}
		p := early.Runner(1, 1)
		defer p.Close()
		if d, err := p.Classify(frames); err != nil || d.Class < 0 || d.Class > 9 ||
			!(d.Confidence >= 0 && d.Confidence <= 1) {

			t.Fatalf("%s: %+v, error %v", data, d, err)
		}
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		again, err := parseExits(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%s: written %s: %v", data, text, err)
		}
		if second, err := json.Marshal(again); err != nil || !bytes.Equal(second, text) {
			t.Fatalf("%s: written %s, then %s (%v)", data, text, second, err)
		}
	})
}

// checkLine says that an error is one line.
func checkLine(t *testing.T, err error) {
	if text := err.Error(); text == "" || bytes.ContainsAny([]byte(text), "\n\r") {
		t.Fatalf("error %q, want one line", text)
	}
}
