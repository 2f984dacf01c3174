package train_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/safetensors"
	"ssnn/snn"
)

// Golden cases whose norms and threshold are 64 times as large have membranes that are 64 times as
// large, to the bit, and the same spikes: the tolerances must hold for them too.
func TestGoldenLarge(t *testing.T) {
	const factor = 64
	files, err := filepath.Glob(filepath.Join("..", "testdata", "golden", "*.safetensors"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden cases (%v)", err)
	}
	cases, beyond, largest := 0, 0, 0.0
	for _, path := range files {
		file, err := safetensors.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := snn.ParseConfig(file.Metadata["config"])
		if err != nil {
			t.Fatal(err)
		}
		if !allNormed(cfg) {
			continue
		}
		cases++
		cfg.Threshold *= factor
		net, err := snn.New(cfg, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		g := golden{t, file, net, map[string]bool{}}
		for _, p := range net.Parameters() {
			g.load(p, "param/"+p.Name)
			if strings.Contains(p.Name, "bn") {
				for i := range p.Value {
					p.Value[i] *= factor
				}
			}
		}
		for _, p := range net.Statistics() {
			g.load(p, "buffer/"+p.Name)
		}
		net.KeepMembranes(true)
		x, labels := g.batch(0)
		net.Forward(x, len(labels), false)
		for _, l := range net.Spiking() {
			name := "eval/" + l.Name()
			if strings.Contains(name, "/early.") {
				continue
			}
			g.equal(name+".s", l.Spikes(), 0)
			got, want := l.Membranes(), slices.Clone(g.want(name+".u"))
			for i := range want {
				want[i] *= factor
				largest = max(largest, math.Abs(float64(want[i])))
				if math.Abs(float64(got[i])-float64(want[i])) > absolute {
					beyond++
				}
			}
			g.compare(name+".u", got, want, allowed(want, absolute))
		}
		net.Close()
	}
	t.Logf("%d cases, membranes to %.0f, %d of them off by more than %v", cases, largest, beyond,
		absolute)
	if cases < 10 || largest < 50 {
		t.Errorf("%d cases with membranes to %.0f, want many and large ones", cases, largest)
	}
}

// allNormed says that all neurons get what a norm made and nothing else, as that of a shortcut,
// which would not grow.
func allNormed(cfg snn.Config) bool {
	for _, items := range cfg.Stages {
		for _, it := range items {
			if !slices.Contains([]string{"conv", "sew", "avgpool", "maxpool", "globalpool",
				"linear"}, it.Kind) {
				return false
			}
		}
	}
	return cfg.Neuron != snn.MultiLevel
}

// A membrane of 23 is known to what float32 knows of it, and no small number may be off as much.
func TestAllowed(t *testing.T) {
	for _, c := range []struct {
		got, want float32
		others    float32
		fits      bool
	}{
		{-22.927437, -22.927431, 0, true},
		{-22.9277, -22.927431, 0, false},
		{1.000004, 1, 0, true},
		{1.000006, 1, 0, false},
		{0.500006, 0.5, 0, false},
		{0.500006, 0.5, 23, true},
		{0.50002, 0.5, 23, false},
		{float32(math.NaN()), 0.5, 23, false},
	} {
		d := math.Abs(float64(c.got) - float64(c.want))
		if fits := d <= allowed([]float32{c.want, c.others}, absolute)(c.want); fits != c.fits {
			t.Errorf("%+v: fits %v", c, fits)
		}
	}
	if allowed([]float32{1, 1e6}, 0)(1) != 0 {
		t.Error("spikes may be off")
	}
}
