"""DS-ResNet a second time, after its authors' formulas (langfengQ/MLF-DSResNet), against the reference's items "sew" with "mlf" neurons.

    python3 bench/pytorch/dsresnet.py

Both have the same weights and frames, and float64. With an eps of 0 they must agree; with another one they need not, as the authors add it to the
deviation and the reference to the variance, and a membrane near a threshold may then fall on its other side.
"""
import torch
import torch.nn.functional as F

import ssnn_torch as S

T, TAU, LEVELS, NORM = 3, 0.25, (0.6, 1.6, 2.6), 0.6


class Above(torch.autograd.Function):
    """1 where u is above a level, with a slope of 1 within a half of it"""

    @staticmethod
    def forward(ctx, u, level):
        ctx.near = (u - level).abs() < 0.5
        return (u > level).to(u.dtype)

    @staticmethod
    def backward(ctx, g):
        return g * ctx.near, None


def fire(x):
    """x [T, B, C, H, W] are currents; the spikes of all levels, whose resets carry gradient"""
    total = torch.zeros_like(x)
    for level in LEVELS:
        u = torch.zeros_like(x[0])
        for t in range(T):
            u = TAU * u * (1 - Above.apply(u, level)) + x[t]
            total[t] += Above.apply(u, level)
    return total


def unit(x, p, conv, norm, stride, eps):
    """convolution, norm and neurons, from the parameters p of these names"""
    w = p[conv + ".weight"]
    y = F.conv2d(x.flatten(0, 1), w, stride=stride, padding=w.shape[-1] // 2)
    mean = y.mean((0, 2, 3), keepdim=True)
    deviation = ((y - mean) ** 2).mean((0, 2, 3), keepdim=True).sqrt()
    y = NORM * (y - mean) / (deviation + eps)
    y = y * p[norm + ".weight"].reshape(1, -1, 1, 1) + p[norm + ".bias"].reshape(1, -1, 1, 1)
    return fire(y.unflatten(0, (T, -1)))


def network(x, p, strides, eps):
    x = unit(x, p, "stages.0.0.conv", "stages.0.0.bn", 1, eps)
    for i, stride in enumerate(strides, 1):
        at = f"stages.0.{i}."
        y = unit(x, p, at + "conv1", at + "bn1", stride, eps)
        y = unit(y, p, at + "conv2", at + "bn2", 1, eps)
        x = y + (unit(x, p, at + "down_conv", at + "down_bn", stride, eps) if at + "down_conv.weight" in p else x)
    return F.linear(x.mean((3, 4)), p["fc.weight"], p["fc.bias"]).mean(0)


def compare(channels, blocks, eps, seed):
    torch.manual_seed(seed)
    strides = [s if i == 0 else 1 for s in (1, 2, 2) for i in range(blocks)]
    items = [["conv", channels]] + [["sew", channels << i // blocks, s] for i, s in enumerate(strides)] + [["globalpool"]]
    net = S.SSNN(S.make_config(in_channels=2, height=12, width=12, classes=10, stages=[items], T=[T], neuron="mlf", tau=TAU, v_th=LEVELS[0],
                               detach_reset=False, bn_scale=NORM, bn_eps=eps)).double()
    for m in net.modules():
        if isinstance(m, S.Norm):
            torch.nn.init.uniform_(m.weight, 0.8, 1.8)
            torch.nn.init.normal_(m.bias, 0.0, 0.2)
    p = {name: v.detach().clone().requires_grad_() for name, v in net.named_parameters()}
    x = ((torch.rand(T, 2, 2, 12, 12) < 0.3) * torch.randint(1, 4, (T, 2, 2, 12, 12))).double()
    labels = torch.randint(0, 10, (2,))
    got, want = net(x)["logits"], network(x, p, strides, eps)
    F.cross_entropy(got, labels).backward()
    F.cross_entropy(want, labels).backward()
    logits = float((got - want).abs().max() / want.abs().max())
    gradients = max(float((v.grad - p[name].grad).abs().max() / p[name].grad.abs().max()) for name, v in net.named_parameters())
    print(f"{2 * len(strides) + 2} layers, eps {eps}, seed {seed}: relative to the largest, logits differ by {logits:.1e}, gradients by {gradients:.1e}")
    return max(logits, gradients)


worst = max(compare(*shape, 0.0, seed) for shape in ((32, 2), (16, 3)) for seed in range(5))
for shape in ((32, 2), (16, 3)):
    for seed in range(5):
        compare(*shape, 1e-5, seed)
assert worst < 1e-12, f"the two disagree by {worst}"
