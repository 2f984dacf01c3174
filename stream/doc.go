// Package stream recognises what an event camera sees while it sees it: events come from a file,
// standard input or a network, are cut into windows, and of each window there is an answer.
//
//	s, err := stream.New(model, stream.Config{Window: 300_000, Hop: 100_000}, 1)
//	err = s.Run(ctx, open, func(d stream.Decision) error { ... })
//
// # Windows
//
// Window k is the events from t0 + k*Hop on and before t0 + k*Hop + Window, t0 being the time of
// the first event. Only the events' own times count: a window ends when an event comes that lies
// behind it, or with the stream, so that the answers are to the bit those of
// [infer.Runner.Classify] for the same windows of a recording. When the stream ends, the oldest
// window that is open is answered as it is (Decision.Cut); with it each event was in a window that
// was answered. A window without events has no answer.
//
// # Answers
//
// A window's frames are those that package frames makes of its events, by the options of the
// model's recipe. Which events a frame is made of is known when the window ends; then the windows
// are run one after the other, on one runner. With frames of a fixed duration ("fixed-duration") a
// frame is known once an event comes that lies behind it. Then a model with exits is fed frame by
// frame and may answer before the window ends; each window that is open has a runner of its own.
// How early that can be is the network's to say: see package infer.
//
// # Overload
//
// Between reading and deciding lies a queue of bounded length. When it is full the oldest events
// are dropped and counted, or, for sources that can be kept waiting, reading waits.
//
// # Ends
//
// When a stream ends, breaks off or is stopped, what was read of it is answered. Of one that makes
// no sense from an event on (outside of the sensor, earlier than the one before), what came before
// that is answered and the rest is not: Events = Decided + Dropped + Undecided, however streams
// end.
package stream
