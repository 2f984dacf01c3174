// Package exits chooses where a network may answer early and how sure it must be for that, and
// evaluates the result.
//
//	answers, err := exits.Ask(model, model.Points(false), heldOut, threads)
//	chosen := answers.Choose(infer.Confidence, 0.5)  // half a point of accuracy at most
//	outcome := answers.At(chosen)                    // accuracy, timesteps, time, operations
//
// [Ask] runs each sample once to the end of the network, past every point, and keeps the answer
// that the network would have given there and the work until then. All else follows from these
// [Answers] without running anything again. A model with exits is run by package infer, which needs
// neither this package nor any set of recordings.
package exits
