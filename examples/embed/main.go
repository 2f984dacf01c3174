// Embed recognises one recording with a trained model, in a program of one's own:
//
//	go run ./examples/embed MODEL RECORDING
package main

import (
	"fmt"
	"log"
	"os"

	"ssnn/recipes"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: embed MODEL RECORDING")
	}
	model, err := recipes.OpenModel(os.Args[1], 1)
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	p, err := model.Predict(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s with %.0f %%\n", p.Class, 100*p.Score)
}
