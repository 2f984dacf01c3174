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
	r, err := model.Recogniser(1) // one thread
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	frames, err := r.ReadFile("../testdata/recordings/nmnist-7-60001.bin")
	if err != nil {
		log.Fatal(err)
	}
	d, err := r.Classify(frames)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(model.Classes[d.Class], d.Point, d.Confidence > 0.9)
	// Output: 7 stage 2, step 6 true
}
