"""ssnn's networks as modules of PyTorch: a model goes on there, and comes back.

    net = ssnn.torch.load("model.safetensors")     # an nn.Module
    logits = net(frames)                           # [B, T, C, H, W] -> [B, classes]
    net.loss(frames, labels).backward()            # as ssnn trains: early classifiers weighted
    ssnn.torch.save(net, "further.safetensors")    # ssnn.Model opens it

The network is the reference that ssnn's own arithmetic is tested against.
"""

from __future__ import annotations

import json
import os
from typing import Any

import torch

from . import _reference, _safetensors  # type: ignore[attr-defined, unused-ignore]
from ._model import model_file, save_state
from ._recordings import Path

__all__ = ["Network", "load", "save"]


class Network(_reference.SSNN):  # type: ignore[misc]
    """A network of ssnn. Its state_dict has the names and shapes of the model's file."""

    def __init__(self, config: dict[str, Any], metadata: dict[str, str]) -> None:
        super().__init__(config)
        self.metadata = metadata
        """What the file says beside the parameters: recipe, classes, configuration."""

    @property
    def classes(self) -> list[str]:
        """Names of the classes."""
        names: list[str] = json.loads(self.metadata["classes"])
        return names

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Logits [B, classes] of frames [B, T, C, H, W], the mean over the last stage's
        timesteps."""
        logits: torch.Tensor = self.outputs(frames)["logits"]
        return logits

    def outputs(self, frames: torch.Tensor) -> dict[str, Any]:
        """All that the reference returns for frames [B, T, C, H, W]: logits [B, classes], steps
        [T, B, classes] of the last stage, and in training "early", those of early classifiers."""
        return super().forward(frames.transpose(0, 1))  # type: ignore[no-any-return, unused-ignore]

    def loss(self, frames: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The weighted sum of the cross-entropies of early classifiers and output, for frames
        [B, T, C, H, W] and labels [B], int64."""
        total, _ = _reference.losses(self.outputs(frames), labels, self.cfg)
        return total  # type: ignore[no-any-return, unused-ignore]


def load(path: Path) -> Network:
    """The network of a model's file or a run's folder, in evaluation mode, on the CPU."""
    tensors, metadata = _safetensors.read(model_file(path))
    config = json.loads(metadata["config"])
    known = {k: v for k, v in config.items() if k in _reference.DEFAULTS}
    strange = {k: v for k, v in config.items() if k not in _reference.DEFAULTS and v}
    if strange:
        raise NotImplementedError(f"{os.fspath(path)}: no module for a network with {strange}")
    net = Network(_reference.make_config(**known), metadata)
    state = {k: torch.from_numpy(v) for k, v in tensors.items() if not k.startswith("optimiser/")}
    net.load_state_dict(state)
    net.eval()
    return net


def save(net: Network, path: Path) -> None:
    """Writes the network as a model's file, which ssnn.Model and the command open."""
    state = {k: v.detach().cpu().float().numpy() for k, v in net.state_dict().items()}
    save_state(path, state, None, net.metadata)
