package infer_test

import (
	"fmt"
	"log"

	"ssnn/infer"
)

// A recording is recognised as soon as the network is sure.
func Example() {
	exits, err := infer.ReadExits("testdata/nmnist.exits.json")
	if err != nil {
		log.Fatal(err)
	}
	model, err := infer.Open("testdata/nmnist.safetensors", infer.Options{Bits: 16, Exits: exits})
	if err != nil {
		log.Fatal(err)
	}
	frames, err := model.ReadFrames("../testdata/recordings/nmnist-7-60001.bin")
	if err != nil {
		log.Fatal(err)
	}
	runner := model.Runner(1, 1) // batch 1, one thread
	defer runner.Close()
	d, err := runner.Classify(frames)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(model.Classes[d.Class], d.Point, d.Confidence > 0.9)
	// Output: 7 stage 1, step 6 true
}
