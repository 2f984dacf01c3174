// Package serve is an HTTP server that recognises recordings and frames with a trained network.
//
//	s, err := serve.New(model, serve.Config{})
//	defer s.Close()
//	err = s.Serve(ctx, listener, 20*time.Second)   // until ctx is done
//
// s is also an http.Handler, for a server of your own.
//
// # Paths
//
//	POST /v1/recording   the body is a recording in any supported format; ?from= and ?until= in
//	                     us, ?format=bin if the content does not show the format (see
//	                     [events.DetectNamed]): an Answer
//	POST /v1/frames      frames, as an .npy of shape [T][C][H][W]: an Answer
//	GET  /v1/model       classes, shapes and limits of the network: Facts
//	GET  /healthz        200 as long as the process answers
//	GET  /readyz         200 while requests are taken, 503 when the server is about to end
//	GET  /metrics        for Prometheus
//	GET  /openapi.json   all of this, for programs
//
// A refused request gets one line, {"error": "..."}, and the status that says why: see the OpenAPI
// description.
//
// # Order
//
// A request passes three gates. First its body must arrive within a time (Config.Receive), into
// memory of which all bodies together have Config.Bodies bytes. Then it waits for one of the
// workers, with at most Config.Waiting others, first come first served. Then a worker reads the
// recording and runs the network, within a time (Config.Answer). A gate that is shut refuses at
// once (503, with Retry-After), so that requests do not pile up. Each worker has its own runner.
// Requests are not joined in batches, because that was measured not to pay (see decision 18 in
// docs/decisions). An answer is the same, to the bit, as that of [infer.Recogniser.Predict].
//
// # Memory
//
// Bodies take at most Config.Bodies bytes, in blocks that are kept for later bodies. Each worker
// needs the memory of its runner, 12 bytes for each of Config.Events events and as much again while
// they grow, and a small multiple of Config.Body, to which a recording may also be unpacked
// ([events.Options].Unpacked). Connections, whose number [Server.Serve] limits too, take some
// kilobytes each. Garbage that is not collected yet may double all that.
package serve
