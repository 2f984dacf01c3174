"""The neurons of other libraries in the place of the reference's: the same network, and what is
around its neurons is PyTorch's in each case.

    spikingjelly  LIFNode over all timesteps of a call at once, in PyTorch
    snntorch      Leaky, a call a timestep, as that library has it

Both reset their membranes before each call. What they cannot be, an error names.
"""
import torch
import torch.nn as nn


class SpikingJelly(nn.Module):
    def __init__(self, lif):
        super().__init__()
        from spikingjelly.activation_based import neuron, surrogate

        # Their membrane keeps 1 - 1/tau of itself at a timestep.
        self.node = neuron.LIFNode(
            tau=1 / (1 - lif.tau), decay_input=False, v_threshold=float(lif.thresholds[0]),
            v_reset=0.0 if lif.hard else None, surrogate_function=surrogate.Rect(1 / (lif.a or 1)),
            detach_reset=lif.detach, step_mode="m")

    def forward(self, current):
        self.node.reset()
        return self.node(current)


class Rect(torch.autograd.Function):
    """snnTorch has no rectangle among its surrogates, but takes any function."""

    @staticmethod
    def forward(ctx, over):
        ctx.save_for_backward(over)
        return (over >= 0).to(over.dtype)

    @staticmethod
    def backward(ctx, g):
        over, = ctx.saved_tensors
        return g * (over.abs() < 0.5)


class SNNTorch(nn.Module):
    def __init__(self, lif):
        super().__init__()
        import snntorch

        self.leaky = snntorch.Leaky(
            beta=lif.tau, threshold=lif.thresholds[0], spike_grad=Rect.apply,
            reset_mechanism="zero" if lif.hard else "subtract")

    def forward(self, current):
        membrane, spikes = torch.zeros_like(current[0]), []
        for step in current:
            out, membrane = self.leaky(step, membrane)
            spikes.append(out)
        return torch.stack(spikes)


LIBRARIES = {"spikingjelly": SpikingJelly, "snntorch": SNNTorch}


def replace(net, library, reference):
    """Puts the library's neurons in the place of all of the class reference in net."""
    for name, child in net.named_children():
        if isinstance(child, reference):
            if child.w is not None or len(child.thresholds) > 1 or child.decay_input:
                raise SystemExit(f"{library}: only plain LIF neurons can be compared")
            if child.kind != "rect" or child.a not in (None, 1.0):
                raise SystemExit(f"{library}: only the rectangle of width 1 can be compared")
            setattr(net, name, LIBRARIES[library](child))
        else:
            replace(child, library, reference)
