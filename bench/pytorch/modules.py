"""What the PyTorch reference makes of networks: its modules with their names, kinds and shapes, and
the geometry and thresholds that they have. A test compares it with Config.Nodes, see
snn/reference_test.go:

    go test ./snn -run Reference -configs /tmp/configs.json
    python3 bench/pytorch/modules.py /tmp/configs.json >snn/testdata/reference.json

A shape is [channels, height, width] of an image. Sums and attention, which have no module of their
own, are those of the block that makes them.
"""
import json
import sys

import torch
import torch.nn as nn

import ssnn_torch as S

POOLING = {"avgpool": "mean", "globalpool": "mean", "maxpool": "max", "sumpool": "sum"}
RESIDUAL = S.ResBlock, S.SEWBlock, S.MSBlock, S.Position, S.Attention, S.MLP


def image(x):
    """the shape of an image of a tensor, of features one pixel"""
    return list(x.shape[-3:]) if x.dim() > 3 else [x.shape[-1], 1, 1]


def kind(name, m, x, y):
    """what is said of a module that made y of x, or None"""
    if isinstance(m, nn.Conv2d):
        return dict(op="convolution", kernel=m.kernel_size, stride=m.stride, padding=m.padding,
                    dilation=m.dilation, groups=m.groups, bias=m.bias is not None)
    if isinstance(m, nn.Linear) and not name.startswith("tt."):
        return dict(op="fully connected layer", bias=m.bias is not None)
    if isinstance(m, S.Norm):
        return dict(op="norm")
    if isinstance(m, S.LIF):
        return dict(op="neurons", thresholds=m.thresholds, tau=m.tau, learned=m.w is not None)
    if isinstance(m, S.Pool):
        size = m.args[0] if m.args else tuple(x.shape[-2:])
        stride = m.args[1] if len(m.args) > 1 else size
        padding = m.args[2] if len(m.args) > 2 else (0, 0)
        return dict(op="pooling", pooling=POOLING[m.kind], kernel=size, stride=stride,
                    padding=padding)
    if name.startswith("tt.") and name.count(".") == 1:
        same = y.shape == x.shape and torch.equal(x, y)
        return None if same else dict(op="transition")
    return None


def modules(config):
    torch.manual_seed(1)
    net = S.SSNN(S.make_config(**config)).eval()
    made = []

    def hook(name):
        def look(m, inputs, y):
            x = inputs[0]
            said = kind(name, m, x, y)
            if said is not None:
                own = name + ".pool" if isinstance(m, S.Pool) else name
                made.append(dict(name=own, **said, x=image(x), y=image(y)))
            if isinstance(m, RESIDUAL):
                made.append(dict(name=name + ".add", op="addition", x=image(y), y=image(y)))
            if isinstance(m, S.Attention):
                c, h, w = image(x)
                made.append(dict(name=name + ".attention", op="attention", heads=m.heads,
                                 x=[3 * c, h, w], y=[c, h, w]))
        return look

    for name, m in net.named_modules():
        m.register_forward_hook(hook(name))
    size = net.cfg["in_channels"], net.cfg["height"], net.cfg["width"]
    x = torch.poisson(torch.full((net.cfg["T"][0], 1, *size), 0.7))
    with torch.no_grad():
        net(x)
    return made


cases = json.load(open(sys.argv[1]))
print("{")
for i, (name, config) in enumerate(cases.items()):
    print(f" {json.dumps(name)}: {{\"config\": {json.dumps(config)}, \"modules\": [")
    print(",\n".join("  " + json.dumps(m) for m in modules(config)))
    print(" ]}" + ("," if i + 1 < len(cases) else ""))
print("}")
