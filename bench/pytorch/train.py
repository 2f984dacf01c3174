"""Train the PyTorch reference by the recipe of an ssnn run, from the same initial weights.

    ssnn train --seed 0 --epochs 0 --out init           # the network as the seed draws it
    ssnn train --seed 0 --out run                        # ssnn's run, for its recipe and epochs
    python3 bench/pytorch/train.py --init init/model.safetensors --recipe run/config.toml --out pytorch.jsonl

Same data, frames, network, initial weights, optimiser, schedule, batches of the same size; order and shifts of the samples are
drawn by PyTorch, so the runs agree as two seeds do. One line of JSON an epoch, as ssnn's metrics.jsonl.
"""
import argparse
import json
import time
import tomllib
from pathlib import Path

import torch

import files
import ssnn_torch as S

p = argparse.ArgumentParser()
p.add_argument("--init", required=True)
p.add_argument("--recipe", required=True)
p.add_argument("--out", required=True)
p.add_argument("--threads", type=int, default=2)
a = p.parse_args()
torch.set_num_threads(a.threads)

recipe = tomllib.loads(Path(a.recipe).read_text())
cfg = recipe["train"]
if cfg["optimiser"] != "sgd" or cfg["schedule"] != "cosine" or cfg["per_epoch"]:
    raise SystemExit("only sgd with a cosine schedule")
net, _ = files.network(a.init)
T = net.cfg["T"][0]
train_x, train_y = files.dataset("Train", recipe, T)
test_x, test_y = files.dataset("Test", recipe, T)
sgd = S.SGD(net.parameters(), cfg["momentum"], cfg["weight_decay"])
g = torch.Generator().manual_seed(recipe["seed"])


def shifted(x, most):
    """each sample of [B, T, 2, H, W] moved by up to `most` pixels"""
    out = torch.zeros_like(x)
    h, w = x.shape[-2:]
    for b in range(len(x)):
        dy, dx = (int(v) for v in torch.randint(-most, most + 1, (2,), generator=g))
        out[b, ..., max(0, dy):h + min(0, dy), max(0, dx):w + min(0, dx)] = \
            x[b, ..., max(0, -dy):h + min(0, -dy), max(0, -dx):w + min(0, -dx)]
    return out


def rate(step, per_epoch):
    total = cfg["epochs"] * per_epoch
    warm = min(round(cfg["warmup_epochs"] * per_epoch), total // 2)
    if step < warm:
        return cfg["lr"] * (step + 1) / (warm + 1)
    return S.cosine_lr(cfg["lr"], step - warm, total - warm, cfg["min_lr"])


def test():
    net.eval()
    with torch.no_grad():
        logits = torch.cat([net(b.transpose(0, 1).contiguous())["logits"] for b in test_x.split(cfg["batch"])])
    hit = logits.argmax(1) == test_y
    balanced = torch.stack([hit[test_y == k].float().mean() for k in test_y.unique()]).mean()
    return float(torch.nn.functional.cross_entropy(logits, test_y)), float(hit.float().mean()), float(balanced)


with open(a.out, "w") as out:
    step = 0
    for epoch in range(cfg["epochs"]):
        start, loss, hits = time.perf_counter(), 0.0, 0
        batches = torch.randperm(len(train_y), generator=g).split(cfg["batch"])
        for batch in batches:
            x = shifted(train_x[batch], recipe["augment"]["shift"]).transpose(0, 1).contiguous()
            result, total, _ = S.train_step(net, sgd, x, train_y[batch], rate(step, len(batches)))
            step += 1
            loss += float(total) * len(batch)
            hits += int((result["logits"].argmax(1) == train_y[batch]).sum())
        seconds = time.perf_counter() - start
        test_loss, accuracy, balanced = test()
        line = dict(epoch=epoch + 1, loss=loss / len(train_y), accuracy=hits / len(train_y), test_loss=test_loss,
                    test_accuracy=accuracy, test_balanced_accuracy=balanced, seconds=seconds,
                    samples_per_s=len(train_y) / seconds)
        print(json.dumps(line), file=out, flush=True)
        print(json.dumps(line), flush=True)
