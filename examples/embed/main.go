// Embed recognises recordings with a trained model, in a program of your own, and answers each as
// soon as the network is sure:
//
//	go run ./cmd/ssnn eval MODEL --exit --bits 16 --save EXITS
//	go run ./examples/embed MODEL EXITS RECORDING...
package main

import (
	"fmt"
	"log"
	"os"

	"ssnn/infer"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 4 {
		log.Fatal("usage: embed MODEL EXITS RECORDING...")
	}
	// where it may answer early: of ssnn eval --exit --save
	exits, err := infer.ReadExits(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	model, err := infer.Open(os.Args[1], infer.Options{Bits: 16, Exits: exits})
	if err != nil {
		log.Fatal(err)
	}
	r, err := model.Recogniser(1) // on one thread; each goroutine makes its own
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	for _, path := range os.Args[3:] {
		p, err := r.Predict(path)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s with %.0f %%, at %v\n", p.Class, 100*p.Score, p.Exit)
	}
}
