package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"ssnn/dataset"
	"ssnn/infer"
	"ssnn/safetensors"
	"ssnn/snn"
	"ssnn/train"
)

type benchCommand struct {
	Train benchTrainCommand `cmd:"" help:"Measure how long steps of training take: forward pass, loss, backward pass and SGD."`
	Infer benchInferCommand `cmd:"" help:"Measure how long inference takes."`
	Neuro neuroCommand      `cmd:"" help:"Measure a model by the metrics of NeuroBench, and print them as JSON under the names that NeuroBench gives them."`
}

type benchTrainCommand struct{ timedNetwork }

// Run is called by kong.
func (b *benchTrainCommand) Run(c console) error { return b.run(c, "train") }

type benchInferCommand struct{ timedNetwork }

// Run is called by kong.
func (b *benchInferCommand) Run(c console) error { return b.run(c, "infer") }

// timedNetwork is a network whose training or inference is timed.
type timedNetwork struct {
	What      string  `kong:"-"` // train or infer
	Model     string  `help:"Network to time: ${models}, each with full width, frames of 48x48 pixels, 10 classes and fresh weights; or a model file." default:"vgg9" placeholder:"NAME|FILE"`
	Timesteps []int   `help:"Timesteps of each stage of a named network." default:"8,6,4,2"`
	Early     bool    `help:"Add early classifiers of 64 channels to a named network."`
	Batch     int     `help:"Samples in a batch." default:"16"`
	Runs      int     `help:"Number of timed runs. One run before them is not timed." default:"10"`
	Input     string  `help:"Frames to use instead of random ones: a recording, which is turned into frames as the model file says, or the tensor input [T,B,C,H,W] of a safetensors file." placeholder:"FILE"`
	Density   float64 `help:"Share of the values in random frames that are not zero, from 0 to 1." default:"0.1"`
	Control   bool    `help:"After every 500 runs, time a fixed load of the same length, to show the machine's own jitter."`
	Profile   bool    `help:"Also print how long each layer and each kind of kernel took."`
	JSON      bool    `name:"json" help:"Print one line of JSON instead of text."`
	threadsFlag
	bitsFlag
	unverifiedFlag
}

func (b *timedNetwork) run(c console, what string) error {
	b.What = what
	threads, err := b.count()
	if err != nil {
		return err
	}
	switch {
	case b.Batch < 1:
		return usageError{fmt.Errorf("--batch %d, want 1 or more samples", b.Batch)}
	case b.Runs < 1:
		return usageError{fmt.Errorf("--runs %d, want 1 or more", b.Runs)}
	case !(b.Density >= 0 && b.Density <= 1):
		return usageError{fmt.Errorf("--density %v, want 0 to 1, the share of inputs that are 1",
			b.Density)}
	}
	if b.What == "train" && b.Bits != 32 {
		return usageError{fmt.Errorf("--bits %d: training computes in floats of 32 bits, want 32, "+
			"or ssnn bench infer", b.Bits)}
	}
	net, input, err := b.network(c, threads)
	if err != nil {
		return err
	}
	defer net.Close()
	frames, batch, err := b.frames(net.Config(), input)
	if err != nil {
		return err
	}
	if input.Events.Skipped != nil {
		c.skips.Add(input.Events.Skipped.Load())
	}
	if !isFile(b.Model) {
		// with fresh weights, norms take the statistics of the data, so that neurons fire
		net.Forward(frames, batch, true)
	}
	r := timing{What: b.What, Model: b.Model, Timesteps: net.Config().T, Batch: batch,
		Threads: threads, Runs: b.Runs}
	work, runner, err := b.work(net, frames, batch, threads)
	if err != nil {
		return err
	}
	work() // a run that does not count
	var beside *control
	if b.Control {
		beside = newControl(time.Duration(slices.Min(timed(min(b.Runs, 20),
			work))*float64(time.Second)), threads)
		defer beside.Close()
	}
	runner.Profile(b.Profile)
	r.measure(work, beside)
	for _, k := range runner.Costs() {
		seconds := k.Time.Seconds()
		r.Profile = append(r.Profile, cost{k.Layer, k.Kind, seconds / float64(b.Runs),
			k.MACs / seconds / 1e9, k.Bytes / seconds / 1e9, k.Density})
	}
	for _, d := range runner.Densities() {
		r.Density = append(r.Density, math.Round(1e4*d.Share)/1e4)
	}
	r.PeakRSS = peakRSS()
	if b.JSON {
		return json.NewEncoder(c.out).Encode(r)
	}
	return r.write(c.out)
}

// isFile reports whether a model or an input is a file of tensors.
func isFile(name string) bool { return filepath.Ext(name) == ".safetensors" }

// ofRecording reports whether the frames are those of a recording.
func (b *timedNetwork) ofRecording() bool { return b.Input != "" && !isFile(b.Input) }

// network returns the network of the flags, and the input that its file describes, if it is a file.
func (b *timedNetwork) network(c console, threads int) (
	net *snn.Network, input infer.Input, err error) {

	file, note, err := infer.FileOf(b.Model)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !isFile(b.Model):
		file = b.Model // the name of a network
	case err != nil:
		return nil, input, err
	}
	if b.Model = file; note != "" {
		printNotes(c, []string{note})
	}
	if isFile(b.Model) {
		f, err := safetensors.Read(b.Model, b.Unverified)
		if err != nil {
			return nil, input, unverifiable(err)
		}
		printNotes(c, f.Notes())
		read := snn.FromFile
		if b.What == "infer" {
			read = func(f *safetensors.File, _ int) (*snn.Network, error) {
				return snn.FromFileFrozen(f)
			}
		}
		net, err := read(f, threads)
		if err != nil {
			return nil, input, fmt.Errorf("%s: %w", b.Model, err)
		}
		if b.ofRecording() {
			if input, err = infer.InputOf(f, net.Config()); err != nil {
				net.Close()
				return nil, input, fmt.Errorf("%s: %w", b.Model, err)
			}
		}
		debug.FreeOSMemory() // the file's bytes, which are no part of what is measured
		return net, input, nil
	}
	cfg, err := snn.Model(b.Model, 1, b.Timesteps)
	if err != nil {
		return nil, input, usageError{fmt.Errorf("--model: %w, or a file that ends in .safetensors",
			err)}
	}
	if b.ofRecording() {
		return nil, input, usageError{fmt.Errorf("--input %s is a recording: want for --model a "+
			"file, which says how frames are made of it", b.Input)}
	}
	cfg.Norm.Momentum = 1
	if cfg.Early.On = b.Early && len(cfg.T) > 1; cfg.Early.On {
		cfg.Early.Channels = 64
	}
	net, err = snn.New(cfg, 0, threads)
	return net, input, err
}

// frames returns the frames of --input, or random counts of 1 to 3.
func (b *timedNetwork) frames(cfg snn.Config, input infer.Input) (
	frames []float32, batch int, err error) {

	switch {
	case isFile(b.Input):
		return readFrames(b.Input, cfg)
	case b.ofRecording():
		frames, err = input.ReadFrames(b.Input)
		return frames, 1, err
	}
	g := rand.New(rand.NewPCG(0, 0))
	frames = make([]float32, cfg.T[0]*b.Batch*cfg.Height*cfg.Width*cfg.InChannels)
	for i := range frames {
		if g.Float64() < b.Density {
			frames[i] = float32(1 + g.IntN(3))
		}
	}
	return frames, b.Batch, nil
}

// readFrames reads the tensor input [T,B,C,H,W] as [T][B][H][W][C].
func readFrames(path string, cfg snn.Config) (frames []float32, batch int, err error) {
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, 0, err
	}
	t, ok := f.Get("input")
	if !ok {
		return nil, 0, fmt.Errorf("%s: no tensor %q, want the frames in it", path, "input")
	}
	want := []int{cfg.T[0], 0, cfg.InChannels, cfg.Height, cfg.Width}
	if len(t.Shape) == len(want) {
		want[1] = t.Shape[1]
	}
	if !slices.Equal(t.Shape, want) || want[1] == 0 {
		return nil, 0, fmt.Errorf("%s: tensor %q has shape %v, want [%d B %d %d %d]", path, "input",
			t.Shape, want[0], want[2], want[3], want[4])
	}
	x, err := t.Float32s()
	if err != nil {
		return nil, 0, fmt.Errorf("%s: tensor %q: %w", path, "input", err)
	}
	pixels := cfg.Height * cfg.Width
	frames = make([]float32, len(x))
	for i, v := range x {
		image, channel, pixel := i/(cfg.InChannels*pixels), i/pixels%cfg.InChannels, i%pixels
		frames[(image*pixels+pixel)*cfg.InChannels+channel] = v
	}
	if err := infer.CheckFrames(cfg, frames, want[1]); err != nil {
		return nil, 0, fmt.Errorf("%s: tensor %q: %w", path, "input", err)
	}
	return frames, want[1], nil
}

// runner runs a network: it is the network itself, or a runner of package infer.
type runner interface {
	Profile(on bool)
	Costs() []snn.Cost
	Densities() []snn.Density
}

// work returns the function that is timed, and the runner that it runs on.
func (b *timedNetwork) work(net *snn.Network, frames []float32, batch, threads int) (
	func(), runner, error) {

	if b.What == "infer" {
		m, err := infer.Compile(net, infer.Options{Bits: b.Bits})
		if err != nil {
			return nil, nil, err
		}
		net.Close() // its parameters are the model's
		runner := m.Runner(batch, threads)
		debug.FreeOSMemory()
		return func() {
			if _, err := runner.Run(frames); err != nil {
				panic(err) // they were checked
			}
		}, runner, nil
	}
	labels := make([]dataset.Label, batch)
	for i := range labels {
		labels[i].Class = i % net.Config().Classes
	}
	cfg := train.Default()
	step, updates := train.NewStep(net, cfg.Loss), train.NewUpdates(net, cfg.Optimiser, cfg.Tuning)
	return func() {
		step.Run(frames, labels)
		updates.Apply(0.01)
	}, net, nil
}
