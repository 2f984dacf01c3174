// Package infer runs a trained network with low latency, in other people's programs.
//
//	m, err := infer.Open("model.safetensors", infer.Options{Bits: 16})
//	r, err := m.Recogniser(1)                // one for each goroutine, on one thread
//	p, err := r.Predict("recording.aedat4")  // its class, by name, and the scores of all
//	d, err := r.Classify(frames)             // of one sample, as far as it takes to be sure
//	logits, err := r.Run(frames)             // all timesteps of all stages
//
// A [Model] is compiled once and never changes: batch norms are folded into the scale and shift of
// the neurons' currents, weights rounded where 16 or 8 bits are asked for. It is shared by any
// number of goroutines. A [Runner] is one goroutine's: it has all the memory that a batch of its
// size needs, and threads of its own, but no weights. A call allocates nothing and starts no
// goroutine; with one thread it takes no lock, with more, those that have fallen asleep are woken
// through a channel. In 32 bits the numbers are those of [snn.Network.Forward], to the bit, and in
// 16 and 8 those that it has after [snn.Network.Quantise]. A [Recogniser] is a Runner that also
// makes the frames, of recordings or of events that are in memory.
//
// # Frames
//
// Frames lie time-major and channel-last, [T][B][H][W][C]float32 with T the timesteps of the
// network's first stage; [Input.ReadFrames] makes them of a recording. Those with a value that is
// NaN or infinite are refused, see [CheckFrames].
//
// # Exits
//
// A network can answer before all of it has run: behind each stage that has an early classifier,
// and after each timestep of the last stage, by the mean of its outputs so far. [Exits] says at
// which of these [Point]s it may, and how sure it must be. What comes after the one that is taken
// is not computed.
//
// # Streams
//
// Where the frames come one by one, they need not wait for the last:
//
//	r.Begin()
//	for !d.Sure {
//		err := r.Feed(nextFrame())  // one frame [H][W][C], or several
//		d = r.Decide()              // visits the points that have come into reach
//	}
//
// Membranes are carried from call to call, and what comes out is to the bit what Classify says of
// the same frames at once. How early the points come into reach is the transition's to say: with
// the temporal transformer ("softmax"), "mean" and "linear" the second stage needs all frames, so
// that before the last only points of the first stage can answer ([Model.Points] with every step);
// with "causal", "merge", "fold", "weighted-fold", "windowed", "identity", "repeat" and "truncate"
// each stage follows the one before as it goes; a plain network, of one stage, answers after any
// frame. Points are visited in the order of what they need, whatever their stage. After T frames a
// window is at its end: Begin begins the next.
package infer
