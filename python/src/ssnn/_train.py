"""Training, from recipes and from arrays."""

from __future__ import annotations

import contextlib
import os
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict, Union

import numpy as np

from . import _recipe
from ._dataset import _data
from ._errors import ArgumentError, Error, Notice
from ._model import Model, model_file
from ._process import Process
from ._recordings import Path

Recipe = Union[str, "os.PathLike[str]", Mapping[str, Any]]


class Epoch(TypedDict, total=False):
    """What an epoch came to, as ssnn train --json says it; shares are from 0 to 1."""

    epoch: int
    lr: float
    loss: float
    losses: list[float]
    accuracy: float
    test_loss: float
    test_accuracy: float
    test_balanced_accuracy: float
    held_out: dict[str, Any]
    firing: list[Any]
    warnings: list[str]
    seconds: float
    samples_per_s: float


class Training:
    """A training that is under way, in a process of its own. It yields its epochs:

        for epoch in training:
            print(epoch["epoch"], epoch["loss"])

    It goes on whether anybody looks or not. stop ends it, and saves what there is, as leaving the
    loop does when nobody else holds the training, Ctrl-C and the end of Python.
    """

    def __init__(self, call: dict[str, Any], array: Any = None) -> None:
        self.epochs: list[Epoch] = []
        """Those that have been yielded."""
        self.result: dict[str, Any] = {}
        """Once it is over: "model", the file; "test_accuracy" and others; or "stopped"."""
        self._process = Process()
        try:
            self._process.send(call, [array])
            self.about = self._process.receive()
            """Its numbers of "samples" and "epochs"."""
        except BaseException:
            self._process.kill()
            raise
        for note in self.about.pop("notes", None) or ():
            warnings.warn(note, Notice, stacklevel=3)

    def __iter__(self) -> Iterator[Epoch]:
        return self

    def __len__(self) -> int:
        return int(self.about["epochs"])

    def __next__(self) -> Epoch:
        """Waits for the next epoch."""
        if self.result:
            raise StopIteration
        try:
            reply = self._process.receive()
        except KeyboardInterrupt:
            self.stop()
            raise
        except BaseException:
            self._process.kill()
            raise
        if "epoch" in reply:
            self.epochs.append(reply["epoch"])
            return self.epochs[-1]
        self._over(reply)
        raise StopIteration

    def wait(self) -> dict[str, Any]:
        """Waits to the end, and returns the result."""
        for _ in self:
            pass
        return self.result

    def stop(self) -> dict[str, Any]:
        """Ends it after the step under way, waits until what there is has been saved, and returns
        the result. ssnn.train(resume=True) goes on with a run that was stopped."""
        if not self.result and self._process.usable():
            with contextlib.suppress(Error):
                self._process.send({"do": "stop"})
            while not self.result:
                reply = self._process.receive()
                if "epoch" in reply:
                    self.epochs.append(reply["epoch"])
                else:
                    self._over(reply)
        return self.result

    def _over(self, reply: dict[str, Any]) -> None:
        reply.pop("notes", None)
        self.result = reply
        self._process.finish()

    def model(self, **options: Any) -> Model:
        """The network: of a run that was stopped, that of its checkpoint. options are Model's."""
        self.wait()
        return Model(model_file(self.result.get("model") or self.result["run"]), **options)

    def __enter__(self) -> Training:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __del__(self) -> None:
        if not getattr(self, "result", True) and self._process.pid == os.getpid():
            with contextlib.suppress(Exception):
                self.stop()


def train(
    recipe: Recipe = "",
    *,
    data: Path | None = None,
    out: Path | None = None,
    init: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    cache: Path | None = None,
    threads: int | None = None,
    resume: bool = False,
    **changes: Any,
) -> Training:
    """Trains a network as ssnn train does, and returns the training, which yields its epochs.

    recipe is the name of one that comes with the program, a file that ends in .toml, or a dict like
    {"dataset": "motion", "network": {"timesteps": [8, 4]}, "train.lr": 0.05}, which states what
    differs from the defaults; changes is such a dict, laid over it. data is a folder of recordings,
    "nmnist-1k" or "motion". out is the folder of the run (without it, runs/ and the time). init is
    a model, or the folder of a run, that the network begins with: fine-tuning, with the model's
    recipe where none is given. resume goes on with the run in out. The same recipe and seed give
    the same bytes, as from the command.

    Raises what ssnn train refuses before the first epoch; the rest comes with the epochs.
    """
    if out is None:
        out = os.path.join("runs", time.strftime("%Y%m%d-%H%M%S"))
    call: dict[str, Any] = {"do": "train", "out": os.path.abspath(os.fspath(out))}
    call.update(_said(recipe, changes, init, threads))
    if data is not None:
        call["data"] = _data(data)
    for name, value in (("epochs", epochs), ("seed", seed)):
        if value is not None:
            call[name] = int(value)
    if cache is not None:
        call["cache"] = os.path.abspath(os.fspath(cache))
    if resume:
        call["resume"] = True
    return Training(call)


def fit(
    frames: Any,
    labels: Any,
    *,
    test: tuple[Any, Any] | None = None,
    recipe: Recipe = "",
    classes: Sequence[str] | None = None,
    init: Path | None = None,
    out: Path | None = None,
    threads: int | None = None,
    **changes: Any,
) -> Training:
    """Trains a network on arrays: frames [N, T, C, H, W] and labels [N], integers from 0.

    test is another such pair, which the network is tested on at the end. T must be the timesteps of
    the first stage: network={"timesteps": [T, ...]}. recipe and changes are as for train; augment
    and what else needs recordings is refused. out is the model's file; without it, one that is
    removed at the end of Python. Returns the training: training.model() is the network.
    """
    x, y = _array(frames), np.asarray(labels)
    samples = len(x)
    if test is not None:
        more = _array(test[0])
        if more.shape[1:] != x.shape[1:]:
            raise ArgumentError(f"frames of shape {x.shape} and to test {more.shape}")
        x = np.concatenate([x, more.astype(x.dtype)])
        y = np.concatenate([y, np.asarray(test[1])])
    if y.ndim != 1 or not np.issubdtype(y.dtype, np.integer):
        raise ArgumentError(f"labels of shape {y.shape} and type {y.dtype}, want [N], integers")
    if out is None:
        out = os.path.join(_folder(), f"{next(_numbers)}.safetensors")
    call: dict[str, Any] = {
        "do": "fit",
        "out": os.path.abspath(os.fspath(out)),
        "shape": x.shape,
        "dtype": x.dtype.name,
        "labels": y.tolist(),
        "train": samples,
        **_said(recipe, changes, init, threads),
    }
    if classes is not None:
        call["classes"] = list(classes)
    return Training(call, x)


def _said(
    recipe: Recipe, changes: Mapping[str, Any], init: Path | None, threads: int | None
) -> dict[str, Any]:
    """The arguments of a call that say the recipe."""
    call: dict[str, Any] = {}
    given: list[str] = []
    if isinstance(recipe, Mapping):
        call["recipe"] = "\n"  # all defaults
        given = _recipe.assignments(recipe)
    elif recipe:
        name = os.fspath(recipe)
        call["recipe"] = os.path.abspath(name) if name.endswith(".toml") else name
    given += _recipe.assignments(changes)
    if given:
        call["set"] = given
    if init is not None:
        call["init"] = os.path.abspath(os.fspath(init))
    if threads:
        call["threads"] = int(threads)
    return call


def _array(frames: Any) -> np.ndarray[Any, Any]:
    array = np.asarray(frames)
    if array.dtype not in (np.float32, np.uint8, np.uint16):
        array = array.astype(np.float32)
    if array.ndim != 5:
        raise ArgumentError(f"frames of shape {array.shape}, want [N, T, C, H, W]")
    return np.ascontiguousarray(array)


_kept: list[Any] = []


def _folder() -> str:
    """A folder for models that nobody gave a name, removed at the end of Python."""
    import tempfile

    if not _kept:
        _kept.append(tempfile.TemporaryDirectory(prefix="ssnn-"))
    name: str = _kept[0].name
    return name


def _count() -> Iterator[int]:
    n = 0
    while True:
        yield n
        n += 1


_numbers = _count()
