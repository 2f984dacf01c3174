// Client asks a server that ssnn serve runs what recordings show:
//
//	go run ./examples/client http://127.0.0.1:8080 RECORDING...
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// answer is what is wanted of the reply; /openapi.json describes all of it.
type answer struct {
	Class string  `json:"class"`
	Score float64 `json:"score"`
	Error string  `json:"error"`
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		log.Fatal("usage: client URL RECORDING...")
	}
	for _, path := range os.Args[2:] {
		a, err := recognise(os.Args[1], path)
		if err != nil {
			log.Fatalf("%s: %v", path, err)
		}
		fmt.Printf("%s: %s with %.0f %%\n", path, a.Class, 100*a.Score)
	}
}

// recognise sends a recording, and again after a while when the server has too much to do.
func recognise(url, path string) (answer, error) {
	for range 10 {
		a, later, err := ask(url, path)
		if later == 0 {
			return a, err
		}
		time.Sleep(later)
	}
	return answer{}, fmt.Errorf("the server has too much to do")
}

// ask sends a recording. Where the server has too much to do it says when to ask again.
func ask(url, path string) (a answer, later time.Duration, err error) {
	f, err := os.Open(path)
	if err != nil {
		return a, 0, err
	}
	defer f.Close()
	client := http.Client{Timeout: time.Minute}
	url += "/v1/recording"
	if filepath.Ext(path) == ".bin" { // of 40-bit events, only the name says what they are
		url += "?format=bin"
	}
	r, err := client.Post(url, "application/octet-stream", f)
	if err != nil {
		return a, 0, err
	}
	defer r.Body.Close()
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&a); err != nil {
		return a, 0, fmt.Errorf("status %s: %w", r.Status, err)
	}
	switch r.StatusCode {
	case http.StatusOK:
		return a, 0, nil
	case http.StatusServiceUnavailable:
		seconds, err := strconv.Atoi(r.Header.Get("Retry-After"))
		if err != nil || seconds < 1 {
			seconds = 1
		}
		return a, time.Duration(seconds) * time.Second, nil
	}
	return a, 0, fmt.Errorf("%s: %s", r.Status, a.Error)
}
