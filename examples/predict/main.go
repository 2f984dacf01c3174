// Predict recognises a recording with a trained model, in a program of your own:
//
//	go run ./examples/predict MODEL RECORDING
package main

import (
	"fmt"
	"log"
	"os"

	"ssnn/infer"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: predict MODEL RECORDING")
	}
	model, err := infer.Open(os.Args[1], infer.Options{})
	if err != nil {
		log.Fatal(err)
	}
	r, err := model.Recogniser(1) // on one thread; each goroutine makes its own
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	answer, err := r.Predict(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s with %.0f %%\n", answer.Class, 100*answer.Score)
}
