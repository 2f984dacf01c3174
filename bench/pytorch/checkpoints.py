"""Make the checkpoints that interop/pytorch is tested with, and what PyTorch says of the test recordings of N-MNIST by them.

    python3 bench/pytorch/checkpoints.py interop/pytorch/testdata

reference.pth     the reference network's state_dict, early classifier and temporal transformer included
spikingjelly.pth  {"net", "optimizer", "epoch"} of an nn.Sequential with the indices of SpikingJelly's conv_fc; LIFNode of tau 2 that resets to -0.5
plif.pth          the same with ParametricLIFNode
resnet.pth        a ResNet-18 with torchvision's names, as SpikingJelly's spiking_resnet has them too, with LIFNode for the rectifiers
snntorch.pth      convolutions without norm, with snntorch.Leaky's buffers: beta 0.75, reset to zero
expected.safetensors  of each NAME: NAME/answers [100] of all test recordings, NAME/index and NAME/logits of those whose membranes all stay
                      1e-5 from the threshold, so that no rounding can change a spike
types.pth, legacy.pth, module.pth  for the reader

The neurons are written after the formulas of the two libraries' documentation, which are not needed. Each network is trained for two epochs, the ResNet on
every second recording. One thread, as the numbers depend on it.
"""
import sys
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

import files
import ssnn_torch as S

T, OUT = 4, Path(sys.argv[1])
torch.set_num_threads(1)
FRAMES = dict(frames=dict(split="count", sensor="34x34"))
nearest = torch.tensor(9.0)


def fire(u, threshold, strict=False):
    """spikes where u reaches the threshold, or passes it; keeps how near each sample came"""
    global nearest
    nearest = torch.minimum(nearest, (u.detach() - threshold).abs().flatten(1).amin(1))
    x = u - threshold
    if strict:
        x = torch.where(x > 0, x, x.clamp(max=-1e-30))
    return S.Spike.apply(x, "atan", 2.0)


class LIFNode(nn.Module):
    """v = v + (x - (v - v_reset)) / tau; s = v >= v_threshold; v = v_reset where it fired"""
    tau, v_threshold, v_reset = 2.0, 1.0, -0.5

    def forward(self, x):
        v, out = torch.full_like(x[0], self.v_reset), []
        for current in x:
            v = self.charge(v, current)
            s = fire(v, self.v_threshold)
            v = (1 - s.detach()) * v + s.detach() * self.v_reset
            out.append(s)
        return torch.stack(out)

    def charge(self, v, x):
        return v + (x - (v - self.v_reset)) / self.tau


class ParametricLIFNode(LIFNode):
    """the same with 1/tau = sigmoid(w), w learned"""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(0.0))

    def charge(self, v, x):
        return v + (x - (v - self.v_reset)) * self.w.sigmoid()


class Leaky(nn.Module):
    """u = beta*u*(1 - s) + x with the spike s of the step before; s = u > threshold"""

    def __init__(self):
        super().__init__()
        self.register_buffer("threshold", torch.tensor(0.75))
        self.register_buffer("graded_spikes_factor", torch.tensor(1.0))
        self.register_buffer("reset_mechanism_val", torch.tensor(1))
        self.register_buffer("beta", torch.tensor(0.75))
        self.register_buffer("mem", torch.zeros(1))

    def forward(self, x):
        u, s, out = torch.zeros_like(x[0]), torch.zeros_like(x[0]), []
        for current in x:
            u = self.beta.clamp(0, 1) * (1 - s.detach()) * u + current
            s = fire(u, self.threshold, strict=True)
            out.append(s)
        return torch.stack(out)


class Steps(nn.Sequential):
    """layers over [T, B, ...]: neurons see the time, all others T*B images"""

    def forward(self, x):
        for m in self:
            x = m(x) if isinstance(m, (LIFNode, Leaky)) else S.flat(m, x)
        return x


class Voting(nn.Module):
    def forward(self, x):
        return F.avg_pool1d(x[:, None], 2, 2)[:, 0]


class SpikingJellyNet(nn.Module):
    def __init__(self, node):
        super().__init__()
        layers, c = [], 2
        for out in (8, 16, 16):
            layers += [nn.Conv2d(c, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), node(), nn.MaxPool2d(2, 2)]
            c = out
        self.conv_fc = Steps(*layers, nn.Flatten(), nn.Dropout(0.1), nn.Linear(16 * 4 * 4, 20), node(), Voting())

    def forward(self, x):
        return self.conv_fc(x).mean(0)


class SnnTorchNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.lif1 = nn.Conv2d(2, 8, 3, padding=1), Leaky()
        self.conv2, self.lif2 = nn.Conv2d(8, 16, 3, padding=1), Leaky()
        self.fc1 = nn.Linear(16 * 8 * 8, 10)

    def forward(self, x):
        x = S.flat(lambda y: F.avg_pool2d(y, 2), self.lif1(S.flat(self.conv1, x)))
        x = S.flat(lambda y: F.avg_pool2d(y, 2), self.lif2(S.flat(self.conv2, x)))
        return S.flat(lambda y: self.fc1(y.flatten(1)), x).mean(0)


class Block(nn.Module):
    def __init__(self, cin, out, stride):
        super().__init__()
        self.conv1, self.bn1, self.sn1 = nn.Conv2d(cin, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), LIFNode()
        self.conv2, self.bn2, self.sn2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out), LIFNode()
        self.downsample = None
        if stride != 1 or cin != out:
            self.downsample = nn.Sequential(nn.Conv2d(cin, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = self.sn1(S.flat(lambda z: self.bn1(self.conv1(z)), x))
        y = S.flat(lambda z: self.bn2(self.conv2(z)), y)
        return self.sn2(y + (x if self.downsample is None else S.flat(self.downsample, x)))


class ResNet(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv1, self.bn1, self.sn1 = nn.Conv2d(2, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), LIFNode()
        for i in range(4):
            out = width << i
            setattr(self, f"layer{i + 1}", nn.Sequential(Block(max(width, out // 2), out, 1 if i == 0 else 2), Block(out, out, 1)))
        self.fc = nn.Linear(8 * width, 10)
        for m in self.modules():
            if isinstance(m, nn.BatchNorm2d):
                nn.init.constant_(m.weight, 4)  # with 1, hardly anything fires in the upper layers

    def forward(self, x):
        x = self.sn1(S.flat(lambda y: self.bn1(self.conv1(y)), x))
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
        return self.fc(x.mean((-2, -1))).mean(0)


class Reference(S.SSNN):
    def forward(self, x):
        return super().forward(x)["logits"]


def reference():
    class LIF(S.LIF):
        def forward(self, I):
            self.record = lambda u, s: [fire(v, 1.0) for v in u[0]]
            return super().forward(I)
    S.LIF = LIF
    return Reference(S.make_config(stages=[[["conv", 8], ["avgpool", 2]], [["block", 16, 2], ["maxpool", 2]]], T=[T, 2],
                                   height=34, width=34, early=True, surrogate="atan"))


def train(net, x, y):
    adam = torch.optim.Adam(net.parameters(), 1e-2)
    for epoch in range(2):
        for batch in torch.randperm(len(y)).split(16):
            adam.zero_grad()
            globals()["nearest"] = torch.tensor(9.0)
            F.cross_entropy(net(x[batch].transpose(0, 1)), y[batch]).backward()
            adam.step()
    return adam


expected = {}
train_x, train_y = files.dataset("Train", FRAMES, T)
test_x, test_y = files.dataset("Test", FRAMES, T)
for name, make in dict(spikingjelly=lambda: SpikingJellyNet(LIFNode), plif=lambda: SpikingJellyNet(ParametricLIFNode),
                       snntorch=SnnTorchNet, reference=reference, resnet=ResNet).items():
    torch.manual_seed(7)
    net = make()
    every = 2 if name == "resnet" else 1  # it takes its time
    adam = train(net, train_x[::every], train_y[::every])
    net.eval()
    with torch.no_grad():
        nearest = torch.full((len(test_y),), 9.0)
        logits = net(test_x.transpose(0, 1))
    safe = (nearest > 1e-5).nonzero().flatten()
    answers = logits.argmax(1)
    print(name, "accuracy", float((answers == test_y).float().mean()), "safe", len(safe))
    expected |= {f"{name}/answers": answers, f"{name}/index": safe, f"{name}/logits": logits[safe]}
    whole = dict(net=net.state_dict(), optimizer=adam.state_dict(), epoch=1) if name == "spikingjelly" else net.state_dict()
    torch.save(whole, OUT / f"{name}.pth")
files.save_safetensors(OUT / "expected.safetensors", expected, {})

x = torch.arange(24.0).reshape(4, 6) / 8
torch.save(dict(float32=x, transposed=x.t(), row=x[2], columns=x[1:, 1::2], parameter=nn.Parameter(x), float64=x.double(),
                float16=x.half(), bfloat16=x.bfloat16(), int64=torch.tensor(-7), int32=x.int(), int16=x.short(), int8=-x.char(),
                uint8=x.byte(), bool=x > 1, empty=torch.zeros(0, 3),
                small=torch.tensor([6e-8, -65504, float("inf"), -0.0]).half()), OUT / "types.pth")
torch.save(dict(x=x), OUT / "legacy.pth", _use_new_zipfile_serialization=False)
torch.save(nn.Sequential(nn.Linear(2, 2)), OUT / "module.pth")
