package main

import "os"

// The program, which is the README's, answers.
func Example() {
	defer func(args []string) { os.Args = args }(os.Args)
	os.Args = []string{"predict", "../../infer/testdata/nmnist.safetensors",
		"../../testdata/recordings/nmnist-7-60001.bin"}
	main()
	// Output: 7 with 100 %
}
