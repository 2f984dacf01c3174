// Package stream recognises what an event camera sees while it sees it. Events come from a file,
// standard input or a network, and are cut into windows, each of which gets an answer.
//
//	s, err := stream.New(model, stream.Config{Window: 300_000, Hop: 100_000}, 1)
//	err = s.Run(ctx, open, func(d stream.Decision) error { ... })
//
// # Windows
//
// Window k has the events from t0 + k*Hop on and before t0 + k*Hop + Window, with t0 the time of
// the first event. Only the events' own times count: a window ends when an event comes that lies
// behind it, or with the stream, so that the answers are to the bit those of
// [infer.Runner.Classify] for the same windows of a recording. When the stream ends, the oldest
// open window is answered as it is (Decision.Cut); then each event has been in a window that was
// answered. A window without events has no answer.
//
// # Answers
//
// A window's frames are made of its events by package frames, with the options of the model's
// recipe. Which events belong to a frame is usually known when the window ends; then the windows
// are run one after the other, on one runner. With frames of a fixed duration ("fixed-duration") a
// frame is known once an event comes that lies behind it. Then a model with exits is fed frame by
// frame and may answer before the window ends; each open window has a runner of its own. How early
// that can be depends on the network: see package infer.
//
// # Overload
//
// Between reading and deciding there is a queue of bounded length. When it is full, the oldest
// events are dropped and counted, or reading waits if the source can be kept waiting.
//
// # Ends
//
// When a stream ends, breaks off or is stopped, the events that were read are answered. If an event
// is not valid (outside of the sensor, or earlier than the one before), the events before it are
// answered and the rest are not. However a stream ends, Events = Decided + Dropped + Undecided.
package stream
