"""Compares `ssnn bench neuro` with the package neurobench on the same network and recordings:

    python bench/neuro/neuro.py MODEL [--ssnn PROGRAM] [--batch 16]

neurobench measures the module of PyTorch that ssnn.torch makes of the model, on the frames of
ssnn.Dataset. It prints both columns, and fails where they differ by more than a ten-thousandth:
sums in another order let a neuron whose membrane is at its threshold spike in one and not in the
other.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import warnings

import numpy as np
import ssnn
import ssnn.torch
import torch
from neurobench.benchmarks import Benchmark
from neurobench.metrics.static import ConnectionSparsity, Footprint, ParameterCount
from neurobench.metrics.workload import (
    ActivationSparsity,
    ClassificationAccuracy,
    SynapticOperations,
)
from neurobench.models import TorchModel

warnings.filterwarnings("ignore")


def by_neurobench(path, frames, labels, batch):
    net = ssnn.torch.load(path)
    model = TorchModel(net)
    model.add_activation_module(type(next(m for m in net.modules() if type(m).__name__ == "LIF")))
    static = [ParameterCount, Footprint, ConnectionSparsity]
    workload = [ClassificationAccuracy, ActivationSparsity, SynapticOperations]
    set_ = torch.utils.data.TensorDataset(torch.from_numpy(frames), torch.from_numpy(labels))
    loader = torch.utils.data.DataLoader(set_, batch_size=batch)
    answer = [lambda logits: logits.argmax(1)]
    with torch.no_grad():
        return Benchmark(model, loader, [], answer, [static, workload]).run(quiet=True)


def flat(metrics):
    for name, value in metrics.items():
        if name == "ActivationSparsityByLayer":
            continue
        yield from value.items() if isinstance(value, dict) else [(name, value)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--ssnn", default="ssnn", help="the program")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--dataset", default="nmnist-1k")
    flags = parser.parse_args()
    command = [flags.ssnn, "bench", "neuro", flags.model, "--batch", str(flags.batch)]
    ours = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    model = ssnn.Model(flags.model)
    T, _, H, W = model.shape
    data = ssnn.Dataset(flags.dataset, split="test", T=T, size=(W, H))
    frames = np.stack([data[i][0] for i in range(len(data))])
    theirs = dict(flat(by_neurobench(flags.model, frames, np.array(data.targets), flags.batch)))
    different = 0
    for name, value in flat(ours):
        same = abs(theirs[name] - value) <= 1e-4 * abs(value)
        different += not same
        differs = "" if same else "  differs"
        print(f"{name:24} ssnn {value:16.8g}  neurobench {theirs[name]:16.8g}{differs}")
    sys.exit(different > 0)


if __name__ == "__main__":
    main()
