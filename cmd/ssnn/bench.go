package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime/debug"
	"slices"
	"text/tabwriter"
	"time"

	"ssnn/dataset"
	"ssnn/infer"
	"ssnn/safetensors"
	"ssnn/snn"
	"ssnn/train"
)

type benchCommand struct {
	What      string  `arg:"" enum:"train,infer" help:"train: forward, loss, backward, SGD. infer: forward."`
	Model     string  `help:"${models}, of full width, 48x48 pixels, 10 classes, fresh weights; or a model file." default:"vgg9" placeholder:"NAME|FILE"`
	Timesteps []int   `help:"Timesteps of the stages of a named model." default:"8,6,4,2"`
	Early     bool    `help:"Early classifiers of 64 channels in a named model."`
	Batch     int     `help:"Samples." default:"16"`
	Runs      int     `help:"Timed runs, after one that is not." default:"10"`
	Input     string  `help:"Frames: the tensor input [T,B,C,H,W] of a safetensors file, instead of random ones." placeholder:"FILE"`
	Density   float64 `help:"Share of random frames that is not zero." default:"0.1"`
	Profile   bool    `help:"Also say what each layer and kind of kernel took."`
	JSON      bool    `name:"json" help:"Print one line of JSON."`
	threadsFlag
	bitsFlag
}

// timing is what a benchmark says.
type timing struct {
	What       string    `json:"bench"`
	Model      string    `json:"model"`
	Timesteps  []int     `json:"timesteps"`
	Batch      int       `json:"batch"`
	Threads    int       `json:"threads"`
	Runs       int       `json:"runs"`
	Median     float64   `json:"median_s"`
	Mean       float64   `json:"mean_s"`
	Min        float64   `json:"min_s"`
	P99        float64   `json:"p99_s"`
	Tail       float64   `json:"p99_over_median"`
	Throughput float64   `json:"samples_per_s"`
	PeakRSS    float64   `json:"peak_rss_mib"` // of the process; 0 where the system does not say
	Density    []float64 `json:"density"`      // of the input of each convolution, in order
	Profile    []cost    `json:"profile,omitempty"`
}

// cost is what one kind of work on one layer took a run.
type cost struct {
	Layer   string  `json:"layer"`
	Kind    string  `json:"kind"`
	Seconds float64 `json:"s"`
	GMACs   float64 `json:"gmac_per_s"` // as if dense; 0 where the work is no convolution
	GBs     float64 `json:"gb_per_s"`   // of inputs and outputs, each once
	Density float64 `json:"density"`
}

// Run is called by kong.
func (b *benchCommand) Run(c console) error {
	threads, err := b.count()
	if err != nil {
		return err
	}
	if b.Batch < 1 || b.Runs < 1 || !(b.Density >= 0 && b.Density <= 1) {
		return usageError{fmt.Errorf("--batch %d, --runs %d, --density %v: want at least 1, at least 1, 0 to 1", b.Batch, b.Runs, b.Density)}
	}
	net, err := b.network(threads)
	if err != nil {
		return err
	}
	defer net.Close()
	frames, batch, err := b.frames(net.Config())
	if err != nil {
		return err
	}
	if filepath.Ext(b.Model) != ".safetensors" {
		net.Forward(frames, batch, true) // with fresh weights, norms take the statistics of the data, so that neurons fire
	}
	r := timing{What: b.What, Model: b.Model, Timesteps: net.Config().T, Batch: batch, Threads: threads, Runs: b.Runs}
	work, runner, err := b.work(net, frames, batch, threads)
	if err != nil {
		return err
	}
	work() // a run that does not count
	runner.Profile(b.Profile)
	r.measure(work)
	for _, k := range runner.Costs() {
		seconds := k.Time.Seconds()
		r.Profile = append(r.Profile, cost{k.Layer, k.Kind, seconds / float64(b.Runs), k.MACs / seconds / 1e9, k.Bytes / seconds / 1e9, k.Density})
	}
	for _, d := range runner.Densities() {
		r.Density = append(r.Density, math.Round(1e4*d.Share)/1e4)
	}
	r.PeakRSS = peakRSS()
	if b.JSON {
		return json.NewEncoder(c.out).Encode(r)
	}
	if _, err = fmt.Fprintf(c.out, "%s %s %v, batch %d, %d threads: median %.4g s, least %.4g s, 99 %% within %.4g s (%.2f medians), %.4g samples/s, at most %.0f MiB\ndensity of the convolutions' inputs: %v\n",
		r.What, r.Model, r.Timesteps, r.Batch, r.Threads, r.Median, r.Min, r.P99, r.Tail, r.Throughput, r.PeakRSS, r.Density); err != nil || !b.Profile {
		return err
	}
	return r.writeProfile(c.out)
}

// writeProfile prints a table.
func (r *timing) writeProfile(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "layer\tkind\tms a run\tshare\tGMAC/s\tGB/s\tdensity\t")
	other := r.Mean // as the others are
	for _, k := range r.Profile {
		other -= k.Seconds
		macs, density := "", ""
		if k.GMACs > 0 {
			macs, density = fmt.Sprintf("%.0f", k.GMACs), fmt.Sprintf("%.1f %%", 100*k.Density)
		}
		fmt.Fprintf(w, "%s\t%s\t%.2f\t%.1f %%\t%s\t%.1f\t%s\t\n", k.Layer, k.Kind, 1e3*k.Seconds, 100*k.Seconds/r.Mean, macs, k.GBs, density)
	}
	fmt.Fprintf(w, "\tother\t%.2f\t%.1f %%\t\t\t\t\n", 1e3*other, 100*other/r.Mean)
	return w.Flush()
}

// network is the one that is asked for.
func (b *benchCommand) network(threads int) (*snn.Network, error) {
	if filepath.Ext(b.Model) == ".safetensors" {
		f, err := safetensors.ReadFile(b.Model)
		if err != nil {
			return nil, err
		}
		read := snn.FromFile
		if b.What == "infer" {
			read = func(f *safetensors.File, _ int) (*snn.Network, error) { return snn.FromFileFrozen(f) }
		}
		net, err := read(f, threads)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.Model, err)
		}
		debug.FreeOSMemory() // the file's bytes, which are no part of what is measured
		return net, nil
	}
	cfg, err := snn.Model(b.Model, 1, b.Timesteps)
	if err != nil {
		return nil, usageError{fmt.Errorf("--model: %w, or a file that ends in .safetensors", err)}
	}
	cfg.Norm.Momentum = 1
	if cfg.Early.On = b.Early && len(cfg.T) > 1; cfg.Early.On {
		cfg.Early.Channels = 64
	}
	return snn.New(cfg, 0, threads)
}

// frames are those of --input, or random counts of 1 to 3.
func (b *benchCommand) frames(cfg snn.Config) (frames []float32, batch int, err error) {
	if b.Input != "" {
		return readFrames(b.Input, cfg)
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
		return nil, 0, fmt.Errorf("%s: no tensor %q", path, "input")
	}
	want := []int{cfg.T[0], 0, cfg.InChannels, cfg.Height, cfg.Width}
	if len(t.Shape) == len(want) {
		want[1] = t.Shape[1]
	}
	if !slices.Equal(t.Shape, want) || want[1] == 0 {
		return nil, 0, fmt.Errorf("%s: tensor %q has shape %v, want [%d B %d %d %d]", path, "input", t.Shape, want[0], want[2], want[3], want[4])
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
	return frames, want[1], nil
}

// runner is what runs a network: itself, or a plan.
type runner interface {
	Profile(on bool)
	Costs() []snn.Cost
	Densities() []snn.Density
}

// work is what is timed, and what it runs on.
func (b *benchCommand) work(net *snn.Network, frames []float32, batch, threads int) (func(), runner, error) {
	if b.What == "infer" {
		m, err := infer.Compile(net, infer.Options{Bits: b.Bits})
		if err != nil {
			return nil, nil, err
		}
		net.Close() // its parameters are the model's
		plan := m.Plan(batch, threads)
		debug.FreeOSMemory()
		return func() { plan.Run(frames) }, plan, nil
	}
	labels := make([]dataset.Label, batch)
	for i := range labels {
		labels[i].Class = i % net.Config().Classes
	}
	cfg := train.Default()
	step, updates := train.NewStep(net, cfg.Loss), train.NewUpdates(net, cfg.Optimiser)
	return func() {
		step.Run(frames, labels)
		updates.Apply(0.01)
	}, net, nil
}

// measure times the runs.
func (r *timing) measure(work func()) {
	times := make([]float64, r.Runs)
	for i := range times {
		start := time.Now()
		work()
		times[i] = time.Since(start).Seconds()
		r.Mean += times[i] / float64(r.Runs)
	}
	slices.Sort(times)
	r.Median = (times[(r.Runs-1)/2] + times[r.Runs/2]) / 2
	r.Min, r.P99 = times[0], times[min(r.Runs-1, r.Runs*99/100)]
	r.Tail = r.P99 / r.Median
	r.Throughput = float64(r.Batch) / r.Median
}
