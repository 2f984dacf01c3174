"""Trained networks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _safetensors
from ._errors import ArgumentError, ProcessError
from ._frames import Frames
from ._process import Keeper
from ._recordings import Path

Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Prediction:
    """What a network says of a recording."""

    name: str
    """The class."""
    index: int
    """Its number, from 0."""
    score: float
    """Its share of the softmax of the logits."""
    scores: Floats
    """[classes], the softmax of the logits, over the exit's temperature."""
    logits: Floats
    """[classes], the mean over the timesteps that were run."""
    stage: int | None = None
    """Stage that answered, from 1, of a network with exits."""
    step: int | None = None
    """Timestep of that stage, from 1."""


@dataclass(frozen=True)
class Decision:
    """What a network says of the frames that it was fed so far."""

    sure: bool
    """Whether it has come to an exit where it is sure, or to its end. Then it stays at that."""
    left: int
    """Frames that it can take before its end."""
    name: str | None = None
    """The class, or None where the frames were too few for any answer."""
    index: int = -1
    score: float = 0.0
    logits: Floats | None = None
    stage: int | None = None
    step: int | None = None


class Model:
    """A network that ssnn trained or imported, ready to run.

    path is a model's file, or the folder of a run. bits are those of the weights: 32, or 16 or 8,
    which are faster. exits is a file that ssnn eval --exit --save wrote: where predict and feed may
    answer before the end. threads are all processors where nothing is said. unverified opens a file
    whose contents do not fit its digest.

    A model may be used by several threads, one call at a time, in forked processes, and be pickled:
    each process runs it in a worker of its own.
    """

    def __init__(
        self,
        path: Path,
        *,
        bits: int = 32,
        exits: Path | None = None,
        threads: int | None = None,
        unverified: bool = False,
    ) -> None:
        self.path = model_file(path)
        opening = {"do": "model", "path": self.path, "bits": bits, "threads": threads or 0}
        if exits is not None:
            opening["exits"] = os.path.abspath(os.fspath(exits))
        if unverified:
            opening["unverified"] = True
        self._keeper = Keeper(opening)
        opened = self._keeper.open()
        self.classes: list[str] = opened["classes"]
        """Names of the classes."""
        self.shape: tuple[int, int, int, int] = tuple(opened["shape"])
        """(T, C, H, W) of the frames that it takes."""
        self.timesteps: list[int] = opened["timesteps"]
        """Timesteps of each stage."""
        self.sensor: tuple[int, int] = tuple(opened["sensor"])
        """(width, height) in pixels of the sensor that it was trained for."""
        self.config: dict[str, Any] = opened["config"]
        """The network, as the reference in ssnn.torch is made of it."""
        self._begun = -1
        self._decision = Decision(False, self.shape[0])

    def __call__(self, frames: Any) -> Floats:
        """Logits, float32: of frames [T, C, H, W] [classes], of [B, T, C, H, W] [B, classes].

        They are the mean over the timesteps of the last stage. frames are counts or other finite
        values of any type, off before on; a tensor of PyTorch may be given.
        """
        header, array = _sent(frames, "run")
        _, got = self._keeper.ask(header, array)
        shape = [*array.shape[:-4], len(self.classes)]
        logits: Floats = got.view(np.float32).reshape(shape)
        return logits

    def predict(self, what: Path | Sequence[Path] | Any) -> Prediction | list[Prediction]:
        """Class and scores of a recording's path or frames [T, C, H, W], or a list of them for
        several paths or frames [B, T, C, H, W]; by the exits, where the model has some."""
        if isinstance(what, (str, os.PathLike)):
            path = os.path.abspath(os.fspath(what))
            reply, _ = self._keeper.ask({"do": "predict", "path": path})
            return self._prediction(reply["predictions"][0])
        if isinstance(what, (list, tuple)):
            return [self.predict(one) for one in what]  # type: ignore[misc]
        header, array = _sent(what, "predict")
        reply, _ = self._keeper.ask(header, array)
        all = [self._prediction(p) for p in reply["predictions"]]
        return all if array.ndim == 5 else all[0]

    def _prediction(self, p: dict[str, Any]) -> Prediction:
        exit = p.get("exit")
        return Prediction(
            name=p["class"],
            index=self.classes.index(p["class"]),
            score=p["score"],
            scores=np.array(p["scores"], np.float32),
            logits=np.array(p["logits"], np.float32),
            stage=exit and exit["stage"] + 1,
            step=exit and exit["step"],
        )

    def frames(self, path: Path) -> Frames:
        """The frames [T, C, H, W] of a recording, float32, as the network was trained with."""
        header = {"do": "frames of model", "path": os.path.abspath(os.fspath(path))}
        _, got = self._keeper.ask(header)
        made: Frames = got.view(np.float32).reshape(self.shape)
        return made

    def begin(self) -> None:
        """Begins a recording whose frames come one by one."""
        self._keeper.ask({"do": "begin"})
        self._begun = self._keeper.begun
        self._decision = Decision(False, self.shape[0])

    def feed(self, frames: Any) -> Decision:
        """Takes the next frames [k, C, H, W] of a recording, or one [C, H, W], and runs the network
        as far as they reach. Returns what decide does."""
        array = np.asarray(frames)
        header, array = _sent(array[None] if array.ndim == 3 else array, "feed")
        if self._begun < 0:
            self.begin()
        if self._begun != self._keeper.begun:
            self._begun = -1
            raise ProcessError("the process that had the frames so far is gone: begin anew")
        reply, got = self._keeper.ask(header, array)
        logits = got.view(np.float32) if "class" in reply else None
        if "class" in reply:
            reply["name"] = reply.pop("class")
        reply.pop("notes", None)
        self._decision = Decision(logits=logits, **reply)
        return self._decision

    def decide(self) -> Decision:
        """What the network says of the frames that it was fed since begin."""
        return self._decision

    def state_dict(self) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
        """Parameters and statistics by PyTorch's names, in its shapes, float32.

        ssnn.torch.load makes an nn.Module of them.
        """
        tensors, _ = _safetensors.read(self.path)
        return {k: v for k, v in tensors.items() if not k.startswith("optimiser/")}

    def save(self, path: Path, state_dict: dict[str, Any] | None = None) -> None:
        """Writes a model file of this network with other parameters, as after training in PyTorch.

        state_dict has the names and shapes of state_dict(), as arrays or tensors; without it, the
        network's own are written.
        """
        own, metadata = _safetensors.read(self.path)
        save_state(path, {k: own[k] for k in self.state_dict()}, state_dict, metadata)

    def close(self) -> None:
        """Ends the model's worker; the next call begins another one."""
        self._keeper.close()

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state["_keeper"], state["_begun"] = self._keeper.opening, -1
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._keeper = Keeper(state["_keeper"])

    def __repr__(self) -> str:
        return (
            f"ssnn.Model({self.path!r}): {len(self.classes)} classes, "
            f"frames of shape {self.shape}, timesteps {self.timesteps}"
        )


def model_file(path: Path) -> str:
    """The file of a model: the path, or that of the run whose folder it is."""
    path = os.path.abspath(os.fspath(path))
    if os.path.isdir(path):
        for name in ("model.safetensors", "last.safetensors"):
            if os.path.exists(os.path.join(path, name)):
                return os.path.join(path, name)
    return path


def save_state(
    path: Path,
    own: _safetensors.Tensors,
    state_dict: dict[str, Any] | None,
    metadata: dict[str, str],
) -> None:
    """Writes a model's file with the parameters of a state_dict in place of its own."""
    given = own if state_dict is None else state_dict
    missing, unknown = sorted(set(own) - set(given)), sorted(set(given) - set(own))
    if missing or unknown:
        raise ArgumentError(
            f"a state_dict without {missing or 'none'} and with {unknown or 'none'}, "
            "want the names of the network's"
        )
    tensors = {}
    for name, was in own.items():
        value = given[name]
        tensor = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
        if tensor.shape != was.shape:
            raise ArgumentError(f"{name} of shape {tensor.shape}, want {was.shape}")
        tensors[name] = np.ascontiguousarray(tensor, was.dtype)
    _safetensors.write(os.path.abspath(os.fspath(path)), tensors, metadata)


def _sent(frames: Any, do: str) -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    """The arguments of a call with frames."""
    array = np.asarray(frames)
    if array.dtype not in (np.float32, np.uint8, np.uint16):
        array = array.astype(np.float32)
    if array.ndim not in (4, 5):
        raise ArgumentError(f"frames of shape {array.shape}, want [T, C, H, W] or [B, T, C, H, W]")
    array = np.ascontiguousarray(array)
    return {"do": do, "shape": array.shape, "dtype": array.dtype.name}, array
