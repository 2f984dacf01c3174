"""Checkpoints of small networks with the buffers that snnTorch and sinabs keep in their layers, of
random weights, and what the two libraries' formulas say of random frames:

    python neurons.py ../../interop/pytorch/testdata/neurons

NAME.pth      the state_dict
frames.safetensors  frames [T, B, C, H, W], and of each NAME its logits: the mean of the last spikes
                    over time, of two neurons for each of five classes

The formulas are those of the libraries' documentation (snntorch.Leaky and Synaptic, sinabs.layers.IAF
and LIF), which are not needed. Weights are drawn until no membrane comes nearer than 1e-5 to its
threshold, so that no rounding can change a spike.
"""
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

import files

T, B, OUT = 6, 3, Path(sys.argv[1])


def leaky(reset, *betas, alphas=None, thresholds=None):
    """the buffers of each layer"""
    layers = []
    for i, beta in enumerate(betas):
        layer = dict(threshold=(thresholds or [1.0] * len(betas))[i], graded_spikes_factor=1.0,
                     reset_mechanism_val=dict(subtract=0, zero=1)[reset], beta=beta)
        if alphas:
            layer["alpha"] = alphas[i]
        layers.append(layer)
    return layers


def sinabs(tau=None, synapses=(None, None, None), **more):
    own = dict(spike_threshold=1.0) | (dict(tau_mem=tau) if tau else {}) | more
    return [own | (dict(tau_syn=syn) if syn else {}) for syn in synapses]


NETWORKS = dict(
    snntorch_subtract=leaky("subtract", 0.5, 0.5, 0.5),
    snntorch_layers=leaky("zero", 0.9, 0.5, 0.75, thresholds=[1.0, 0.7, 1.25]),
    snntorch_subtract_layers=leaky("subtract", 0.9, 1.0, 0.75),
    snntorch_synaptic=leaky("subtract", 0.8, 0.5, 0.9, alphas=[0.5, 0.75, 0.25]),
    sinabs_iaf=sinabs(), sinabs_lif=sinabs(4.0),
    sinabs_lif_syn=sinabs(4.0, (2.0, 5.0, None)), sinabs_iaf_syn=sinabs(None, (3.0, None, 3.0)),
)
SHAPES = [(6, 2, 5, 5), (8, 6, 2, 2), (10, 72)]  # unpadded 5x5, maximum of 2x2, 2x2 of stride 2


class Neurons:
    """a layer over time"""

    def __init__(self, own):
        self.own, self.u, self.c, self.s = own, 0.0, 0.0, 0.0

    def __call__(self, x):
        own = self.own
        if "spike_threshold" in own:
            threshold = own["spike_threshold"]
            share = lambda tau: torch.exp(torch.tensor(-1 / own[tau], dtype=torch.float64))
            if "tau_syn" in own:
                x = self.c = share("tau_syn") * (self.c + x)
            if "tau_mem" in own:
                alpha = share("tau_mem")
                self.u = alpha * self.u + (1 - alpha) * x
            else:
                self.u = self.u + x
            s = (self.u >= threshold).to(x)
            near = (self.u - threshold).abs().min()
            self.u = self.u - s * threshold
            return s, near
        threshold = own["threshold"]
        if "alpha" in own:
            x = self.c = own["alpha"] * self.c + x
        if own["reset_mechanism_val"] == 0:
            self.u = own["beta"] * self.u + x - self.s * threshold
        else:
            self.u = own["beta"] * self.u * (1 - self.s) + x
        self.s = (self.u > threshold).to(x)
        return self.s, (self.u - threshold).abs().min()


def run(weights, layers, frames):
    neurons, steps, nearest = [Neurons(own) for own in layers], [], 9.0
    for x in frames.double():
        for i, (w, b) in enumerate(weights):
            if i == 0:
                x = F.conv2d(x, w, b)
            elif i == 1:
                x = F.conv2d(x, w, b, stride=2)
            else:
                x = F.linear(x.flatten(1), w, b)
            x, near = neurons[i](x)
            nearest = min(nearest, float(near))
            if i == 0:
                x = F.max_pool2d(x, 2)
        steps.append(x)
    return torch.stack(steps).mean(0).unflatten(1, (5, 2)).mean(2), nearest


def main():
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    frames = (torch.rand(T, B, 2, 16, 16) < 0.2).float() * torch.randint(1, 4, (T, B, 2, 16, 16))
    expected = dict(frames=frames)
    for name, layers in NETWORKS.items():
        while True:
            weights = []
            for shape in SHAPES:
                fan = torch.tensor(shape[1:]).prod()
                weights.append((torch.randn(shape) * 3 / fan.sqrt(), 0.2 * torch.randn(shape[0])))
            logits, nearest = run([(w.double(), b.double()) for w, b in weights], layers, frames)
            if nearest > 1e-5 and logits.std() > 0.05:
                break
        state = {}
        for i, ((w, b), own) in enumerate(zip(weights, layers)):
            state |= {f"{3 * i}.weight": w, f"{3 * i}.bias": b}
            state |= {f"{3 * i + 1}.{key}": torch.tensor(v) for key, v in own.items()}
        torch.save(state, OUT / f"{name}.pth")
        expected[name] = logits.float()
    files.save_safetensors(OUT / "frames.safetensors", expected, {})


if __name__ == "__main__":
    main()
