package stream_test

import (
	"context"
	"fmt"
	"log"

	"ssnn/infer"
	"ssnn/stream"
)

// A recording is recognised as a camera would send it, but as fast as it can be read.
func Example() {
	model, err := infer.Open("../infer/testdata/nmnist.safetensors", infer.Options{Bits: 16})
	if err != nil {
		log.Fatal(err)
	}
	recording := "../testdata/recordings/nmnist-7-60001.bin" // or tcp-listen://:7777
	source, err := stream.OpenSource(recording, 1, 0, new(stream.Lost))
	if err != nil {
		log.Fatal(err)
	}
	defer source.Close()
	// one thread
	s, err := stream.New(model, stream.Config{Window: 200_000, Hop: 100_000, Wait: true}, 1)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	decided := func(d stream.Decision) error {
		fmt.Println(d.End, "us:", d.Name, d.Events, "events", d.Confidence > 0.5)
		return nil
	}
	if err := s.Serve(context.Background(), source, 0, decided,
		func(line string) { log.Print(line) }); err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Events.Load(), "events,", s.Decided.Load(), "decided")
	// Output:
	// 205087 us: 7 2392 events true
	// 305087 us: 7 1998 events true
	// 405087 us: 7 938 events true
	// 3330 events, 3330 decided
}
