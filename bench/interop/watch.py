"""How near the membranes of a network come to their thresholds, seen from inside each library."""
import torch

nearest = None  # of the membranes since start(), or None while nobody asks


def start():
    global nearest
    nearest = float("inf")


def see(distance):
    """distance is membrane minus threshold, where a neuron decides whether it fires."""
    global nearest
    if nearest is not None and distance.numel():
        nearest = min(nearest, float(distance.abs().min()))


class Surrogate(torch.nn.Module):
    """Stands where SpikingJelly and snnTorch have a surrogate gradient: the same spikes, seen."""

    def __init__(self, strict):
        super().__init__()
        self.strict = strict  # a spike needs more than the threshold

    def forward(self, x):
        see(x)
        return (x > 0 if self.strict else x >= 0).to(x)


def patch_norse():
    """norse has no such place: its threshold function is called through its modules' globals."""
    import norse.torch.functional.iaf as iaf
    import norse.torch.functional.lif as lif
    import norse.torch.functional.lif_box as lif_box

    def threshold(x, method, alpha):
        see(x)
        return (x > 0).to(x)

    for module in iaf, lif, lif_box:
        module.threshold = threshold


def sinabs_spike():
    """SingleSpike of sinabs, seen."""
    from sinabs.activation import SingleSpike

    class Seen(SingleSpike):
        @staticmethod
        def forward(ctx, v_mem, spike_threshold, surrogate_grad_fn):
            see(v_mem - spike_threshold)
            return SingleSpike.forward(ctx, v_mem, spike_threshold, surrogate_grad_fn).to(v_mem)

    return Seen
