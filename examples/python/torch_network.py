"""Trains a spiking network of your own in PyTorch on recordings that ssnn reads.

    pip install torch ssnn
    python examples/python/torch_network.py [--epochs 3]

The loader's batches are the arrays that ssnn wrote, without a copy.
"""

from __future__ import annotations

import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader

import ssnn


class Spike(torch.autograd.Function):
    """1 where a membrane has come to the threshold; a rectangle of width 1 for its gradient."""

    @staticmethod
    def forward(ctx, membrane):
        ctx.save_for_backward(membrane)
        return (membrane >= 1).float()

    @staticmethod
    def backward(ctx, gradient):
        (membrane,) = ctx.saved_tensors
        return gradient * ((membrane - 1).abs() < 0.5)


class Network(nn.Module):
    """Two layers of convolutions and leaky neurons, and the mean over time of a linear one."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o))
            for i, o in ((2, 16), (16, 32))
        )
        self.out = nn.Linear(32 * 4 * 4, classes)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Logits [B, classes] of frames [B, T, C, H, W]."""
        x = frames.clamp(max=4)
        for layer in self.layers:
            currents = layer(x.flatten(0, 1)).unflatten(0, x.shape[:2])
            membrane, spikes = torch.zeros_like(currents[:, 0]), []
            for t in range(currents.shape[1]):
                membrane = 0.5 * membrane + currents[:, t]
                spikes.append(Spike.apply(membrane))
                membrane = membrane * (1 - spikes[-1].detach())
            x = nn.functional.avg_pool2d(torch.stack(spikes, 1).flatten(0, 1), 2)
            x = x.unflatten(0, frames.shape[:2])
        return self.out(x.flatten(2)).mean(1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    epochs = parser.parse_args().epochs
    torch.manual_seed(0)
    shape = dict(T=4, size=(16, 16), sensor=(34, 34))
    training = ssnn.Dataset("nmnist-1k", split="train", augment={"shift": 2}, **shape)
    test = ssnn.Dataset("nmnist-1k", split="test", **shape)
    network = Network(len(training.classes))
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for epoch in range(epochs):
        network.train()
        for frames, labels in DataLoader(training, batch_size=16, shuffle=True):
            optimiser.zero_grad()
            loss = nn.functional.cross_entropy(network(frames), labels)
            loss.backward()
            optimiser.step()
        network.eval()
        right = 0
        with torch.no_grad():
            for frames, labels in DataLoader(test, batch_size=50):
                right += int((network(frames).argmax(1) == labels).sum())
        print(f"epoch {epoch}: {100 * right / len(test):.1f} % of {len(test)} test recordings")


if __name__ == "__main__":
    main()
