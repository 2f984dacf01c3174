// Package snn is the Shrinking Spiking Neural Network (Ding et al., "Shrinking Your TimeStep", AAAI
// 2024, arXiv 2401.01912), and every network that is made of the same parts. The plain spiking
// network is a network of a single stage.
//
//	frames -> stage 0 (T_0) -> transformer -> stage 1 (T_1) -> ... -> stage n (T_n) -> classifier
//	             '-> early classifier           '-> early classifier
//
// Each stage runs its own number of timesteps T_i. The answer is the mean of the classifier's
// outputs over the T_n timesteps of the last stage.
//
// A [Config] describes a network, [New] builds it, and [Network.Forward] and [Network.Backward] run
// it. There is no automatic differentiation: each layer has its backward beside its forward, and
// the network is a list of layers.
//
// # Memory
//
// Layers pass activations to each other, time-major and channel-last, [T][B][H][W][C], with spikes
// as bits (see internal/kernel). A layer keeps the values that its own backward needs, in buffers
// that grow to the largest batch and are then reused, so that a step of training allocates nothing.
// A network therefore serves one goroutine at a time; its threads are its own.
//
// Tensors that leave the package, in files and in the methods that look inside, have PyTorch's
// shapes and names: weights [out][in][ky][kx], activations [T][B][C][H][W].
package snn
