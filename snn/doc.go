// Package snn is the Shrinking Spiking Neural Network (Ding et al., "Shrinking Your TimeStep", AAAI 2024,
// arXiv 2401.01912) and every network made of the same parts: the plain spiking network is one of a single stage.
//
//	frames -> stage 0 (T_0 timesteps) -> transformer -> stage 1 (T_1) -> ... -> stage n (T_n) -> classifier -> mean over T_n
//	             '-> early classifier        '-> early classifier
//
// A [Config] says what a network is made of; [New] builds it; [Network.Forward] and [Network.Backward] run it. There is
// no automatic differentiation: each layer has its backward beside its forward, and the network is a list of layers.
//
// # Memory
//
// Between layers there are activations, time-major and channel-last, [T][B][H][W][C], with spikes as bits (see
// internal/kernel). A layer keeps what its own backward needs, in buffers that grow to the largest batch and are then
// reused, so that a step of training allocates nothing. A network therefore serves one goroutine at a time; its threads
// are its own.
//
// Tensors that cross the border of the package, in files and in the methods that look inside, have PyTorch's shapes and
// names: weights [out][in][ky][kx], activations [T][B][C][H][W].
package snn
