// Package serve answers over HTTP what a trained network says of recordings and of frames.
//
//	s, err := serve.New(model, serve.Config{})
//	defer s.Close()
//	err = s.Serve(ctx, listener, 20*time.Second)   // until ctx is done; or s as an http.Handler in a server of one's own
//
// # Paths
//
//	POST /v1/recording   a recording in any format that is read, as the body; ?from= and ?until= in us, ?format=bin of
//	                     what does not show its own (see [events.DetectNamed]): an Answer
//	POST /v1/frames      frames, as an .npy of shape [T][C][H][W]: an Answer
//	GET  /v1/model       what the network is for: Facts
//	GET  /healthz        200 as long as the process answers
//	GET  /readyz         200 while requests are taken, 503 in the end
//	GET  /metrics        for Prometheus
//	GET  /openapi.json   all of this, for programs
//
// What is refused gets one line, {"error": "..."}, and the status that says why: see the OpenAPI
// description.
//
// # Order
//
// A request passes three gates. The body comes in, within a time, into memory of which all bodies
// together have so much; then the request waits for one of the workers, with a bounded number of
// others, first come first served; a worker reads the recording and runs the network, within a
// time. A gate that is shut refuses at once (503, with Retry-After) rather than let requests pile
// up. A worker has a runner of its own; requests are not brought together in batches, which
// measurably does not pay (see decision 18 in docs/decisions). An answer is to the bit that of
// [infer.Recogniser.Predict].
//
// # Memory
//
// Bodies take Config.Bodies bytes at most, in blocks that are kept for the next ones. Each
// worker takes its runner, 12 bytes an event for Config.Events events and as much again while
// they grow, and a small multiple of Config.Body, which is also the most that a recording may be
// unpacked to at once ([events.Options].Unpacked). Connections, which [Server.Serve] counts too,
// take some kilobytes each. Until it is collected, garbage may double all that.
package serve
