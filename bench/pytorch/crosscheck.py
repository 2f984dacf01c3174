"""Models go both ways between ssnn and the PyTorch reference, and say the same there.

    go build -o ssnn ./cmd/ssnn
    python3 bench/pytorch/crosscheck.py --ssnn ./ssnn --model RUN/model.safetensors

1. The model of a run is loaded into the reference: same predictions for all test recordings, logits to 1e-4.
2. A reference network of the same configuration, trained for some steps in PyTorch, is written, and ssnn says of it what PyTorch
   says.

A recording makes some million membranes, and one that lies within rounding of the threshold may spike here and not there, which changes
the logits by a hundredth. So PyTorch's own float32 is compared with its float64 too: that is the measure of how many recordings that
may happen to.
"""
import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import torch

import files
import ssnn_torch as S

p = argparse.ArgumentParser()
p.add_argument("--ssnn", required=True, help="the ssnn program")
p.add_argument("--model", required=True, help="model.safetensors of a run on nmnist-1k")
a = p.parse_args()


def ask_ssnn(model, folder):
    """logits [N, K] of the test recordings, by name"""
    names = [name for name, _, _ in files.recordings("Test")]
    out = subprocess.run([a.ssnn, "predict", str(model), "--json"] + [str(Path(folder) / n) for n in names],
                         check=True, capture_output=True, text=True).stdout
    return torch.tensor([json.loads(line)["logits"] for line in out.splitlines()])


def difference(a, b):
    """largest difference of a logit, and the number of recordings where one is beyond 1e-4"""
    off = (a.double() - b.double()).abs().amax(1)
    return off, f"largest {float(off.max()):.1e}, median {float(off.median()):.1e}, {int((off > 1e-4).sum())} of {len(off)} recordings beyond 1e-4"


def run(net, x):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(b.transpose(0, 1).contiguous())["logits"] for b in x.split(20)])


def compare(what, net, model, x, labels, folder):
    single = run(net, x)
    double = run(net.double(), x.double())
    ours = ask_ssnn(model, folder)
    off, words = difference(ours, single)
    own, own_words = difference(single, double)
    same = int((ours.argmax(1) == single.argmax(1)).sum())
    right = float((single.argmax(1) == labels).float().mean())
    print(f"{what}: same prediction for {same} of {len(labels)}, accuracy {100 * right:.1f} %")
    print(f"  logits, ssnn and PyTorch float32:            {words}")
    print(f"  logits, ssnn and PyTorch float64:            {difference(ours, double)[1]}")
    print(f"  logits, PyTorch float32 and PyTorch float64: {own_words}")
    # Twice PyTorch's own number, as either side may be the one that rounds over the threshold; and a few by chance.
    return same == len(labels) and int((off > 1e-4).sum()) <= 2 * int((own > 1e-4).sum()) + 3


with tempfile.TemporaryDirectory() as folder:
    for name, _, raw in files.recordings("Test"):
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    net, metadata = files.network(a.model)
    recipe, T = tomllib.loads(metadata["recipe"]), net.cfg["T"][0]
    x, labels = files.dataset("Test", recipe, T)
    good = compare("ssnn's model in PyTorch", net, a.model, x, labels, folder)

    torch.manual_seed(1)
    net = S.SSNN(net.cfg)
    sgd = S.SGD(net.parameters(), 0.9, 5e-4)
    train_x, train_y = files.dataset("Train", recipe, T)
    for i in range(30):
        batch = torch.randint(len(train_y), (16,))
        S.train_step(net, sgd, train_x[batch].transpose(0, 1).contiguous(), train_y[batch], 0.05)
    theirs = Path(folder) / "pytorch.safetensors"
    files.save_safetensors(theirs, net.state_dict(), metadata)
    good &= compare("PyTorch's model in ssnn", net, theirs, x, labels, folder)
sys.exit(0 if good else "they differ")
