// Package nir writes a trained network as a graph of the Neuromorphic Intermediate Representation
// and reads such graphs (J. E. Pedersen et al., Nature Communications 15 (2024), 8122; neuroir.org;
// the files are those of the nir package 1.0, HDF5):
//
//	version             text
//	node                a group, the graph: type "NIRGraph", nodes, edges, [metadata]
//	node/nodes/NAME     a group: type, a text; parameters, arrays; [metadata]
//	node/edges          [n][2] texts: names of nodes, from and to
//
// NIR says neurons as differential equations, with time in seconds:
//
//	LIF   tau dv/dt = (v_leak - v) + r I
//	IF        dv/dt = r I
//	CubaLIF   tau_syn dI/dt = -I + w_in S, tau_mem dv/dt = (v_leak - v) + r I
//	spike where v > v_threshold, then v = v_reset
//
// and leaves to others in which steps they are integrated. Those who train (snnTorch, SpikingJelly,
// Norse) take Euler's of a timestep dt, v[t] = (1 - dt/tau) v[t-1] + dt/tau (v_leak + r I[t]). With
// u[t] = Tau w[t-1] + g I[t], g = 1, or 1 - Tau with DecayInput, this is
//
//	tau          dt/(1 - Tau); Tau = 1 makes an IF
//	r            1, the layer before being multiplied by g/(1 - Tau); or that, where it
//	             hands something on that others see too; of an IF 1/dt
//	v_leak       0
//	v_reset      0, which is not written, as files before 1.0.5 have none
//	v_threshold  the float32 below Threshold, as spikes are where u >= Threshold
//
// With synaptic currents, c[t] = Synapse c[t-1] + g I[t], tau_syn is dt/(1 - Synapse), tau_mem as
// tau, r tau_mem/dt and w_in tau_syn/dt, as snnTorch and SpikingJelly want them; g goes into the
// layer before. What a soft reset takes away, if it is not the threshold, stands in the metadata of
// the node, as the reset does.
//
// A reader who takes the same dt has our membranes, but for the rounding of tau and r.
package nir
