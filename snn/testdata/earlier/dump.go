// This program made the models of this folder, see README.md. It is built in the tree of an earlier
// version, and takes a folder and pairs of a name and a configuration.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"ssnn/safetensors"
	"ssnn/snn"
)

// frames are sparse small numbers that follow from their place alone.
func frames(n, seed int) []float32 {
	x := make([]float32, n)
	for i := range x {
		h := (uint32(i)*2654435761 + uint32(seed)*40503) >> 24
		if h < 80 {
			x[i] = float32(1 + h%3)
		}
	}
	return x
}

func main() {
	logits := map[string][]float32{}
	for at := 2; at+1 < len(os.Args); at += 2 {
		name, text := os.Args[at], os.Args[at+1]
		cfg, err := snn.ParseConfig(text)
		if err != nil {
			fmt.Println(name, err)
			os.Exit(1)
		}
		n, err := snn.New(cfg, 7, 1)
		if err != nil {
			fmt.Println(name, err)
			os.Exit(1)
		}
		size := cfg.T[0] * cfg.InChannels * cfg.Height * cfg.Width
		for i := range 30 { // moves the running statistics
			n.Forward(frames(4*size, i), 4, true)
		}
		path := filepath.Join(os.Args[1], name+".safetensors")
		if err := safetensors.WriteFile(path, n.Metadata(), n.Tensors()); err != nil {
			panic(err)
		}
		logits[name] = append([]float32(nil), n.Forward(frames(2*size, 99), 2, false).Logits...)
	}
	b, _ := json.Marshal(logits)
	fmt.Println(string(b))
}
