"""One program of bench/compare beside ours: the network of a model file, timed on the frames of
another, in PyTorch or in a library that is built on it.

    python3 bench/pytorch/peer.py train|infer|logits MODEL INPUT [--runs N] [--threads N]
        [--traced] [--compile] [--bf16] [--channels-last] [--double] [--neurons LIBRARY]
        [--out FILE]

train: forward, loss, backward, SGD. infer: forward; --traced folds the norms into the convolutions,
traces and freezes. logits: the tensor "logits" [B,K] to FILE. --compile is torch.compile;
--neurons puts those of SpikingJelly or snnTorch in the place of the reference's. Prints one JSON
line; the memory is the most that the process had (VmHWM).
"""
import argparse
import json
import os
import statistics
import time

import torch
import torch.nn as nn

import files
import libraries
import ssnn_torch as S

p = argparse.ArgumentParser()
p.add_argument("what", choices=["train", "infer", "logits"])
p.add_argument("model")
p.add_argument("input")
p.add_argument("--runs", type=int, default=10)
p.add_argument("--threads", type=int, default=os.cpu_count())
p.add_argument("--traced", action="store_true")
p.add_argument("--compile", action="store_true")
p.add_argument("--neurons", choices=libraries.LIBRARIES)
p.add_argument("--bf16", action="store_true")
p.add_argument("--channels-last", action="store_true")
p.add_argument("--double", action="store_true")
p.add_argument("--out")
a = p.parse_args()
torch.set_num_threads(a.threads)


class Neurons(nn.Module):
    """the spikes of LIF without its gradient, which a trace cannot hold"""

    def __init__(self, lif):
        super().__init__()
        self.tau, self.v_th, self.hard = lif.tau, lif.thresholds[0], lif.hard

    def forward(self, current):
        w, out = None, []
        for t in range(current.shape[0]):
            u = current[t] if w is None else self.tau * w + current[t]
            s = u >= self.v_th
            w = u.masked_fill(s, 0.0) if self.hard else u - self.v_th * s
            out.append(s.to(u.dtype))
        return torch.stack(out)


class Folded(nn.Module):
    """logits of a network whose norms are part of the convolutions"""

    def __init__(self, net):
        super().__init__()
        self.net = net
        for unit in (m for m in net.modules() if isinstance(m, S.ConvUnit)):
            bn = unit.bn
            scale = net.cfg["bn_scale"] * bn.weight.data / torch.sqrt(bn.running_var + net.cfg["bn_eps"])
            unit.conv.weight.data *= scale[:, None, None, None]
            unit.conv.bias = nn.Parameter(bn.bias.data - scale * bn.running_mean)
            unit.bn, unit.lif = nn.Identity(), Neurons(unit.lif)

    def forward(self, x):
        return self.net(x)["logits"]


net, _ = files.network(a.model)
if a.neurons:
    libraries.replace(net, a.neurons, S.LIF)
x = files.load_safetensors(a.input)[0]["input"]
if a.what == "logits":
    net.eval()
    if a.double:
        net, x = net.double(), x.double()
    with torch.no_grad():
        y = torch.cat([net(b.contiguous())["logits"] for b in x.split(10, 1)])
    files.save_safetensors(a.out, {"logits": y.float()}, {})
    work = None
elif a.what == "train":
    net.train()
    if a.channels_last:
        net = net.to(memory_format=torch.channels_last)
    f = torch.compile(net) if a.compile else net
    labels = torch.arange(x.shape[1]) % net.cfg["classes"]
    sgd = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

    def work():
        sgd.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=a.bf16):
            loss, _ = S.losses(f(x), labels, net.cfg)
        loss.backward()
        sgd.step()
else:
    f = net.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=a.bf16):
        if a.traced:
            f = torch.jit.trace(Folded(net).eval(), x, check_trace=False)
            f = torch.jit.optimize_for_inference(torch.jit.freeze(f))
        elif a.compile:
            f = torch.compile(f)

    def work():
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=a.bf16):
            f(x)


def peak():
    """MiB that the process had at most."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


times = []
if work:
    for _ in range(3 if x.shape[1] == 1 else 1):
        work()
    for _ in range(a.runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    times.sort()
print(json.dumps(dict(
    median_s=statistics.median(times) if times else 0, min_s=times[0] if times else 0,
    p99_s=times[min(len(times) - 1, len(times) * 99 // 100)] if times else 0,
    peak_rss_mib=peak(), torch=torch.__version__)))
