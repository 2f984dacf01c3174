package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"ssnn/internal/atomicfile"
	"ssnn/interop/nir"
	"ssnn/interop/onnx"
	"ssnn/recipes"
)

type exportCommand struct {
	Model  string   `arg:"" help:"Trained model: a model.safetensors, a checkpoint, or the folder of a run."`
	Out    string   `short:"o" required:"" help:"File to write; its ending chooses the format." placeholder:"FILE.onnx|FILE.nir"`
	Format string   `help:"Format to write, onnx or nir (default: the ending of the file)."`
	DT     timestep `name:"dt" help:"With nir: length of a timestep, on which the time constants in the file are based. A number without a unit is in seconds (default: 0.1ms)." placeholder:"TIME"`
	unverifiedFlag
}

// Run is called by kong.
func (e *exportCommand) Run(c console) error {
	format := e.Format
	if format == "" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(e.Out)), ".")
	}
	if format != "onnx" && format != "nir" {
		return usageError{fmt.Errorf("export to %q, want a name that ends in .onnx or .nir, or "+
			"--format with one of these", e.Out)}
	}
	switch {
	case e.DT != 0 && format != "nir":
		return usageError{fmt.Errorf("--dt is for nir alone: format %s has no time in seconds",
			format)}
	case e.DT == 0:
		e.DT = nir.DefaultTimestep
	}
	m, err := openModel(c, recipes.Machine{Threads: 1, Unverified: e.Unverified}, e.Model)
	if err != nil {
		return err
	}
	defer m.Close()
	data, warnings, err := e.encode(m, format)
	if err != nil {
		return fmt.Errorf("%s: %w", e.Model, err)
	}
	if err := atomicfile.WriteBytes(e.Out, data); err != nil {
		return err
	}
	for _, w := range warnings {
		fmt.Fprintf(c.err, "ssnn: warning: %s\n", w)
	}
	cfg := m.Net.Config()
	if format == "nir" {
		_, err = fmt.Fprintf(c.out, "frames [%d, %d, %d] a timestep -> logits [%d], of which the "+
			"mean over time counts; timesteps of %v s in %s\n", cfg.InChannels, cfg.Height,
			cfg.Width, cfg.Classes, e.DT, e.Out)
		return err
	}
	_, err = fmt.Fprintf(c.out, "frames [%d, batch, %d, %d, %d] -> logits [batch, %d] in %s\n",
		cfg.T[0], cfg.InChannels, cfg.Height, cfg.Width, cfg.Classes, e.Out)
	return err
}

// encode makes the bytes of the file.
func (e *exportCommand) encode(m *recipes.Model, format string) (
	data []byte, warnings []string, err error) {

	if format == "onnx" {
		data, err = onnx.Encode(m.Net, m.Metadata())
		return data, nil, err
	}
	g, warnings, err := nir.New(m.Net, m.Metadata(), float64(e.DT))
	if err != nil {
		return nil, nil, fmt.Errorf("nir: %w", err)
	}
	data, err = g.Encode()
	return data, warnings, err
}
