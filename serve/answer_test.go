package serve

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"ssnn/events"
	"ssnn/infer"
)

// npy is an array as numpy.save writes it.
func npy(descr string, shape []int64, elements []byte) []byte {
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr,
		strings.Trim(strings.Join(strings.Fields(fmt.Sprint(shape)), ", "), "[]"))
	text += strings.Repeat(" ", 63-(10+len(text))%64) + "\n"
	b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(text)))
	return append(append(b, text...), elements...)
}

// channelFirst brings frames [T][H][W][C] into the order [T][C][H][W] and writes each by put.
func channelFirst(frames []float32, shape []int64, put func(b []byte, v float32) []byte) (
	all []byte) {

	T, C, size := int(shape[0]), int(shape[1]), int(shape[2]*shape[3])
	for t := range T {
		for c := range C {
			for i := range size {
				all = put(all, frames[(t*size+i)*C+c])
			}
		}
	}
	return all
}

func float32Bytes(b []byte, v float32) []byte {
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
}

// The answers are those of predict, to the bit: of recordings, windows of them and frames of any
// type of number, one at a time and all at once, with exits and without, with integer weights, and
// with more threads for each.
func TestAnswersArePredictions(t *testing.T) {
	exits, err := infer.ReadExits("../infer/testdata/nmnist.exits.json")
	if err != nil {
		t.Fatal(err)
	}
	from, until := events.Micros(50_000), events.Micros(250_000)
	for _, c := range []struct {
		name    string
		options infer.Options
		config  Config
		query   string
	}{
		{"whole", infer.Options{}, Config{Workers: 3}, ""},
		{"exits", infer.Options{Exits: exits}, Config{Workers: 2}, ""},
		{"window", infer.Options{Window: events.Window{From: &from, Until: &until}},
			Config{Workers: 1, Threads: 2}, "&from=50000&until=250000"},
		{"integers", infer.Options{Bits: 16, Exits: exits}, Config{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, url, _ := start(t, c.options, c.config)
			m := openModel(t, c.options)
			recogniser, err := m.Recogniser(1)
			if err != nil {
				t.Fatal(err)
			}
			defer recogniser.Close()
			shape := shapeOf(m)
			type request struct {
				url, name string
				body      []byte
				want      infer.Prediction
			}
			var all []request
			for _, name := range []string{"nmnist-7-60001.bin", "nmnist-5-00001.bin",
				"nmnist-0-00002.bin"} {
				want, err := recogniser.Predict(recordings + name)
				if err != nil {
					t.Fatal(err)
				}
				want.File = ""
				frames, err := m.ReadFrames(recordings + name)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, request{url + "/v1/recording?format=bin" + c.query, name,
					file(t, recordings+name), want})
				for descr, put := range map[string]func([]byte, float32) []byte{
					"<f4": float32Bytes,
					">f8": func(b []byte, v float32) []byte {
						return binary.BigEndian.AppendUint64(b, math.Float64bits(float64(v)))
					},
					"|u1": func(b []byte, v float32) []byte { return append(b, byte(v)) },
					"<i2": func(b []byte, v float32) []byte {
						return binary.LittleEndian.AppendUint16(b, uint16(v))
					},
				} {
					all = append(all, request{url + "/v1/frames", name + " " + descr,
						npy(descr, shape, channelFirst(frames, shape, put)), want})
				}
			}
			check := func(r request) {
				status, _, line := post(t, r.url, bytes.NewReader(r.body))
				var a Answer
				if err := json.Unmarshal(line, &a); err != nil || status != 200 {
					t.Errorf("%s: %d %s", r.name, status, line)
					return
				}
				got, _ := json.Marshal(a.Prediction)
				want, _ := json.Marshal(r.want)
				if !bytes.Equal(got, want) {
					t.Errorf("%s: got %s, want %s", r.name, got, want)
				}
				if m.Classes[a.Label] != a.Class || a.Reading <= 0 || a.Computing <= 0 ||
					(a.Events > 0) != strings.Contains(r.url, "recording") {

					t.Errorf("%s: %s", r.name, line)
				}
			}
			for _, r := range all {
				check(r)
			}
			var wait sync.WaitGroup
			for range 3 {
				for _, r := range all {
					wait.Go(func() { check(r) })
				}
			}
			wait.Wait()
		})
	}
}

// The number of events is that of the part that was asked for.
func TestEventsOfAWindow(t *testing.T) {
	_, url, _ := start(t, infer.Options{}, Config{})
	all, err := events.ReadAll(events.NMNIST(bytes.NewReader(file(t, seven))))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		query string
		want  int
	}{
		{"", len(all)},
		{fmt.Sprintf("&from=%d", all[100].T), len(all) - 100},
		{fmt.Sprintf("&from=%d&until=%d", all[100].T, all[300].T), 200},
	} {
		status, _, line := post(t, url+"/v1/recording?format=bin"+c.query,
			bytes.NewReader(file(t, seven)))
		var a Answer
		if err := json.Unmarshal(line, &a); err != nil || status != 200 || a.Events != c.want {
			t.Errorf("%s: %d %s, want %d events", c.query, status, line, c.want)
		}
	}
}
