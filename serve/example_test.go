package serve_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"

	"ssnn/infer"
	"ssnn/serve"
)

// A server in a program of one's own, and a client.
func Example() {
	model, err := infer.Open("../infer/testdata/nmnist.safetensors", infer.Options{Bits: 16})
	if err != nil {
		log.Fatal(err)
	}
	s, err := serve.New(model, serve.Config{Workers: 1, Body: 1 << 20})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	server := httptest.NewServer(s) // or s.Serve, or any http.Server with timeouts
	defer server.Close()

	recording, err := os.ReadFile("../testdata/recordings/nmnist-7-60001.bin")
	if err != nil {
		log.Fatal(err)
	}
	r, err := http.Post(server.URL+"/v1/recording?format=bin", "application/octet-stream",
		bytes.NewReader(recording))
	if err != nil {
		log.Fatal(err)
	}
	defer r.Body.Close()
	var a serve.Answer
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.StatusCode, a.Class, a.Events)
	// Output: 200 7 3330
}
