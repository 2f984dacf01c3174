package main

import "os"

// The program, which is the README's, answers.
func Example() {
	defer func(args []string) { os.Args = args }(os.Args)
	recordings := "../../testdata/recordings/"
	os.Args = []string{"embed", "../../infer/testdata/nmnist.safetensors",
		"../../infer/testdata/nmnist.exits.json",
		recordings + "nmnist-7-60001.bin", recordings + "nmnist-0-00002.bin"}
	main()
	// Output:
	// 7 with 97 %, at stage 2, step 6
	// 0 with 99 %, at stage 3, step 4
}
