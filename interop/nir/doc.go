// Package nir writes a trained network as a graph of the Neuromorphic Intermediate Representation
// and reads such graphs (J. E. Pedersen et al., Nature Communications 15 (2024), 8122; neuroir.org;
// the files are those of the nir package 1.0, HDF5):
//
//	version             text
//	node                a group, the graph: type "NIRGraph", nodes, edges, [metadata]
//	node/nodes/NAME     a group: type, a text; parameters, arrays; [metadata]
//	node/edges          [n][2] texts: names of nodes, from and to
//
// NIR describes neurons by differential equations, with time in seconds:
//
//	LIF   tau dv/dt = (v_leak - v) + r I
//	IF        dv/dt = r I
//	CubaLIF   tau_syn dI/dt = -I + w_in S, tau_mem dv/dt = (v_leak - v) + r I
//	spike where v > v_threshold, then v = v_reset
//
// and does not say how to integrate them. Libraries that train (snnTorch, SpikingJelly, Norse) take
// Euler steps of a timestep dt, v[t] = (1 - dt/tau) v[t-1] + dt/tau (v_leak + r I[t]). Our neurons
// u[t] = Tau w[t-1] + g I[t], with g = 1, or g = 1 - Tau with DecayInput, become
//
//	tau          dt/(1 - Tau); Tau = 1 makes an IF
//	r            1, with the layer before multiplied by g/(1 - Tau); or g/(1 - Tau), where
//	             other nodes see that layer's output too; of an IF 1/dt
//	v_leak       0
//	v_reset      0, which is not written, as files before 1.0.5 have none
//	v_threshold  the float32 below Threshold, as our neurons spike where u >= Threshold
//
// With synaptic currents, c[t] = Synapse c[t-1] + g I[t], tau_syn is dt/(1 - Synapse), tau_mem is
// tau as above, r is tau_mem/dt and w_in is tau_syn/dt, as snnTorch and SpikingJelly want them; the
// layer before is multiplied by g. The metadata of a node say that its reset is soft, and which
// amount the reset subtracts if that is not the threshold.
//
// A program that reads the graph and takes the same dt computes the same membranes, except for the
// rounding of tau and r.
package nir
