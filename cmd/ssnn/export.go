package main

import (
	"fmt"
	"io"

	"ssnn/internal/atomicfile"
	"ssnn/interop/onnx"
	"ssnn/recipes"
)

type exportCommand struct {
	Model string `arg:"" help:"A model.safetensors, or a checkpoint."`
	Out   string `short:"o" required:"" help:"ONNX file to write." placeholder:"FILE.onnx"`
}

// Run is called by kong.
func (e *exportCommand) Run(c console) error {
	m, err := recipes.OpenModel(e.Model, 1)
	if err != nil {
		return err
	}
	defer m.Close()
	data, err := onnx.Encode(m.Net, m.Metadata())
	if err != nil {
		return fmt.Errorf("%s: %w", e.Model, err)
	}
	if err := atomicfile.Write(e.Out, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}); err != nil {
		return err
	}
	cfg := m.Net.Config()
	_, err = fmt.Fprintf(c.out, "frames [%d, batch, %d, %d, %d] -> logits [batch, %d] in %s\n", cfg.T[0], cfg.InChannels, cfg.Height, cfg.Width, cfg.Classes, e.Out)
	return err
}
