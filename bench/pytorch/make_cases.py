"""Make golden cases of random networks, or of each option and item, with the PyTorch reference.

    python3 bench/pytorch/make_cases.py --out FOLDER [--cases 20] [--seed 0]
    python3 bench/pytorch/make_cases.py --out FOLDER --options [transition_ loss_ ...]
    SSNN_GOLDEN=FOLDER go test ./train -run Golden

Each case draws a network (items, channels, timesteps, neuron, early classifiers), or takes one of options.py or items.py, and searches for a seed at which no membrane lies
nearer to the threshold or to the edge of a rectangular surrogate than 1.5e-5, so that rounding cannot flip a spike, and
at which PyTorch's own float32 agrees with float64 to 1e-6, so that the tolerances mean something. The files have the layout of
testdata/golden/README.md.
"""
import argparse
import json
import random
from pathlib import Path

import torch

import files
import items
import options
import ssnn_torch as S

p = argparse.ArgumentParser()
p.add_argument("--out", required=True)
p.add_argument("--cases", type=int, default=20)
p.add_argument("--seed", type=int, default=0)
p.add_argument("--options", nargs="*", help="the cases of options.py and items.py, or those whose names begin so")
a = p.parse_args()
torch.set_num_threads(1)  # so that sums, and with them the files, are the same on every machine

NEAREST = 1.5e-5
ROUNDING = 1e-6           # of float32 against float64, absolute
GRADIENT_ROUNDING = 1e-5  # the same of gradients, relative to the larger of 1e-3 and the largest entry
OPTIMISER = dict(momentum=0.9, weight_decay=0.003, lr=0.05, lr_min=0.001, schedule_total=5, steps=3)


def draw(r):
    """a random network that fits its image"""
    size = r.choice([6, 7, 9, 12])
    h, w, c = size, size + r.choice([0, 0, 1, 3]), r.choice([1, 2, 3])
    stages = []
    cfg_h, cfg_w, cfg_c = h, w, c
    for _ in range(r.randint(1, 4)):
        items = []
        for _ in range(r.randint(1, 3)):
            kind = r.choice(["conv", "conv", "conv", "block", "avgpool", "maxpool"])
            if kind == "conv":
                c = r.choice([3, 4, 5, 8, 16, 17, 20])
                items.append(["conv", c])
            elif kind == "block":
                stride, out = r.choice([1, 1, 2, 3]), r.choice([c, c, 6, 18])
                items.append(["block", out, stride])
                c, h, w = out, (h - 1) // stride + 1, (w - 1) // stride + 1
            else:
                k = r.choice([2, 2, 3])
                if min(h, w) >= k:
                    items.append([kind, k])
                    h, w = h // k, w // k
        stages.append(items or [["conv", 4]])
        if not items:
            c = 4
    if not any(it[0] in ("conv", "block") for s in stages for it in s):
        stages[0].append(["conv", 6])
        c = 6
    if r.random() < 0.3:
        stages[-1].append(["globalpool"])
    surrogate = r.choice(["rect", "tri", "sigmoid", "atan"])
    tdbn = r.random() < 0.3
    v_th = r.choice([1.0, 1.0, 0.5])
    return dict(
        in_channels=cfg_c, height=cfg_h, width=cfg_w, classes=r.choice([2, 5, 17]), stages=stages,
        T=[r.randint(1, 6) for _ in stages], tau=r.choice([0.25, 0.5, 0.9, 0.0]), v_th=v_th,
        reset=r.choice(["hard", "soft"]), detach_reset=r.random() < 0.5, surrogate=surrogate,
        alpha=r.choice([None, 1.0, 2.0, 3.0]), conv_bias=r.random() < 0.3, fc_bias=r.random() < 0.7,
        bn_scale=v_th if tdbn else 1.0, bn_momentum=r.choice([0.1, 0.3]), tt_bias=r.random() < 0.3,
        early=r.random() < 0.5, early_channels=r.choice([None, 5]), early_pool=r.choice(["global", "none", 2]),
        lambdas=[round(r.random() + 0.1, 2) for _ in stages])


def run(cfg, loss, seed, batch, double=False):
    """the tensors of one case, and the smallest distance of a membrane from where a spike or a slope would flip"""
    torch.manual_seed(seed)
    net = S.SSNN(cfg)
    for m in net.modules():
        if isinstance(m, S.Norm):
            torch.nn.init.uniform_(m.weight, 0.8, 1.6)
            torch.nn.init.normal_(m.bias, 0.0, 0.3)
            torch.nn.init.normal_(m.running_mean, 0.0, 0.2)
            torch.nn.init.uniform_(m.running_var, 0.3, 1.2)
        if isinstance(m, S.WeightedFold):
            torch.nn.init.uniform_(m.weight, 0.5, 1.5)
        if isinstance(m, S.Windowed):
            torch.nn.init.normal_(m.weight, 0.0, 2.0)
            torch.nn.init.normal_(m.bias, 0.0, 0.5)
    if double:
        net.double()
    tensors = {f"param/{n}": v.detach().clone() for n, v in net.named_parameters()}
    tensors |= {f"buffer/{n}": v.clone() for n, v in net.named_buffers()}
    opt = OPTIMISER
    shape = (cfg["T"][0], batch, cfg["in_channels"], cfg["height"], cfg["width"])
    for i in range(3):
        tensors[f"input/{i}"] = (torch.rand(shape) < 0.3).float() * torch.randint(1, 4, shape).float()
        tensors[f"labels/{i}"] = torch.randint(0, cfg["classes"], (batch,))
        if loss["teacher_weight"]:
            tensors[f"teacher/{i}"] = 3 * torch.randn(batch, cfg["classes"])
    if double:
        tensors |= {n: v.double() for n, v in tensors.items() if v.dtype == torch.float32}
    nearest = [float("inf")]
    phase, keep = None, True

    def record(name, thresholds):
        def f(u, s):
            if keep:
                tensors[f"{phase}/{name}.u"] = u if len(u) > 1 else u[0]
                tensors[f"{phase}/{name}.s"] = s.to(torch.uint8)
            if exact(name, u):
                return
            for level, v_th in zip(u, thresholds):
                x = (level - v_th).abs()
                nearest.append(float(x.min()))
                if cfg["surrogate"] == "rect":
                    nearest.append(float((x - cfg["alpha"] / 2).abs().min()))
        return f

    def exact(name, u):
        """the membranes behind attention are often whole numbers over a power of two, which float32 does not round"""
        return name.endswith(".attn_lif") and torch.equal(u * 2**16, (u * 2**16).round())

    for name, m in net.named_modules():
        if isinstance(m, S.LIF):
            m.record = record(name, m.thresholds)
        if isinstance(m, (S.TemporalTransformer, S.CausalTransformer, S.Windowed)):
            m.record = lambda d, name=name: keep and tensors.__setitem__(f"{phase}/{name}.d", d)

    def passed(out):
        for i, s in enumerate(out["stages"]):
            tensors[f"{phase}/stage{i}.out"] = s.detach()
        for i, e in enumerate(out["early"]):
            tensors[f"{phase}/early{i}.logits"] = e.detach()
        tensors[f"{phase}/steps"], tensors[f"{phase}/logits"] = out["steps"].detach(), out["logits"].detach()

    phase = "eval"
    net.eval()
    with torch.no_grad():
        passed(net(tensors["input/0"]))
    sgd = S.SGD(net.parameters(), opt["momentum"], opt["weight_decay"])
    rates, losses, phase = [], [], "train"
    net.train()
    for i in range(3):
        x = tensors[f"input/{i}"].clone().requires_grad_(i == 0)
        sgd.zero_grad()
        out = net(x)
        total, parts = S.losses(out, tensors[f"labels/{i}"], cfg, loss, tensors.get(f"teacher/{i}"))
        total.backward()
        if loss["distill"]:  # it must be clear which steps are the strongest and the weakest
            for y in out["early_steps"] + [out["steps"]]:
                nearest += S.confidences(y).sort()[0].diff().tolist()
        rates.append(S.cosine_lr(opt["lr"], i, opt["schedule_total"], opt["lr_min"]))
        losses.append(total.item())
        if i == 0:
            passed(out)
            keep = False
            tensors["train/losses"] = torch.tensor([float(v) for v in parts])
            tensors["train/loss"] = total.detach().reshape(1)
            tensors |= {f"grad/{n}": v.grad.clone() for n, v in net.named_parameters()}
            tensors["grad_input"] = x.grad
            tensors |= {f"train/buffer/{n}": v.clone() for n, v in net.named_buffers()}
        sgd.step(rates[-1])
    tensors["lr"], tensors["step_losses"] = torch.tensor(rates), torch.tensor(losses)
    for (n, v), m in zip(net.named_parameters(), sgd.buf):
        tensors[f"after/param/{n}"], tensors[f"after/momentum/{n}"] = v.detach(), m
    tensors |= {f"after/buffer/{n}": v for n, v in net.named_buffers()}
    net.eval()
    with torch.no_grad():
        tensors["after/logits"] = net(tensors["input/0"])["logits"]
    return tensors, min(nearest)


def well_conditioned(tensors, exact):
    for name, want in exact.items():
        got = tensors[name]
        if got.dtype != torch.float32:
            if not torch.equal(got, want.to(got.dtype)):
                return False
            continue
        limit = ROUNDING
        if "grad" in name:
            limit = GRADIENT_ROUNDING * max(1e-3, float(want.abs().max()))
        if not float((got.double() - want).abs().max()) <= limit:
            return False
    return True


def make(wish, loss, seeds):
    """one case and its metadata, or None if no seed will do"""
    cfg = S.make_config(**wish)
    for seed in range(seeds):
        tensors, nearest = run(cfg, loss, seed, 2)
        if nearest >= NEAREST and well_conditioned(tensors, run(cfg, loss, seed, 2, double=True)[0]):
            return tensors, dict(config=json.dumps(cfg), seed=str(seed), min_threshold_distance=f"{nearest:.3e}",
                                 optimiser=json.dumps(OPTIMISER), loss=json.dumps(loss))
    return None


def make_random(r):
    try:
        return make(draw(r), S.LOSS, 30)
    except (ValueError, RuntimeError):  # the items do not fit the image
        return None


def main():
    out, r, made = Path(a.out), random.Random(a.seed), 0
    out.mkdir(parents=True, exist_ok=True)
    if a.options is not None:
        for name, wish in {**options.CASES, **items.CASES}.items():
            if not a.options or name.startswith(tuple(a.options)):
                files.save_safetensors(out / f"{name}.safetensors", *make(*wish, 1000))
                made += 1
    while a.options is None and made < a.cases:
        case = make_random(r)
        if case:
            files.save_safetensors(out / f"random_{a.seed}_{made:03d}.safetensors", *case)
            made += 1
    print(f"{made} cases in {out}")


main()
