"""Sets of recordings, for the data loaders of PyTorch or one's own loop."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from . import _collate, _recipe
from ._errors import ArgumentError
from ._frames import Frames
from ._process import Keeper
from ._recordings import Path, Size, size_text


class Dataset:
    """A split of a set of labelled recordings, as frames: a map-style data set for PyTorch.

    data is a folder, or "nmnist-1k" or "motion", which come with the program. layout says how the
    recordings lie in the folder, as "n-cars" or, for split/class/recording, "folder" (`ssnn data
    list` names all); without it, it is found out. split is "train", "test" or "heldout".

    dataset[i] is (frames [T, C, H, W], label): frames of the given dtype, off before on, and the
    number of the class, an int. size is (width, height) of the frames in pixels; without it they
    have the sensor's. transform and target_transform are called with them.

    frames, augment, events and splits are the sections [frames], [augment], [events] and [split] of
    a recipe, like frames={"split": "duration"}, augment={"shift": 3, "flip": 0.5} and
    splits={"held_out": 0.1}: how frames are made, how they are changed at random, how recordings
    are read, and how sets without splits are split. With augment={"mixup": a} labels are shares
    [classes], float32.

    Each sample is read when it is asked for. memory=True makes all frames at once and keeps them;
    cache is a folder in which they are kept for the next time, too.

    It works in DataLoader(num_workers=n) with fork, spawn and forkserver, whatever the parent did
    before: each process has a worker of its own, which begins with the first sample.
    """

    def __init__(
        self,
        data: Path,
        layout: str = "",
        split: str = "train",
        *,
        T: int = 8,
        size: Size | None = None,
        sensor: Size | None = None,
        dtype: Any = "float32",
        transform: Callable[[Frames], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        frames: Mapping[str, Any] | None = None,
        augment: Mapping[str, Any] | None = None,
        events: Mapping[str, Any] | None = None,
        splits: Mapping[str, Any] | None = None,
        classes: Sequence[str] | None = None,
        seed: int = 0,
        cache: Path | None = None,
        memory: bool = False,
        threads: int = 1,
    ) -> None:
        about: dict[str, Any] = {
            "layout": layout or None,
            "frames": dict(frames or {}),
            "augment": augment or {},
        }
        about.update(events=events or {}, split=splits or {})
        for name, value in (("size", size), ("sensor", sensor)):
            if value is not None:
                about["frames"][name] = size_text(value)
        opening: dict[str, Any] = {
            "do": "set",
            "data": _data(data),
            "split": split,
            "set": _recipe.assignments(about),
            "T": int(T),
            "threads": int(threads),
            "memory": bool(memory),
        }
        if cache is not None:
            opening["cache"] = os.path.abspath(os.fspath(cache))
        if classes is not None:
            opening["classes"] = list(classes)
        self.dtype = np.dtype(dtype)
        """Of the frames: float32, or uint8 or uint16 for counts."""
        self.transform, self.target_transform = transform, target_transform
        self.seed = seed
        self._augmented = bool(_recipe.assignments(augment or {}))
        self._epoch: int | None = None
        self._shown: dict[int, int] = {}
        self._keeper = Keeper(opening)
        opened = self._keeper.open()
        self.classes: list[str] = opened["classes"]
        """Names of the classes, by their numbers."""
        self.targets: list[int] = opened["labels"]
        """The class of each recording."""
        self.recordings: list[str] = opened["recordings"]
        """Where each recording lies in the folder; of a part of one, with its times."""
        self.shape: tuple[int, int, int, int] = tuple(opened["shape"])
        """(T, C, H, W) of the frames."""
        self.sensor: Size = tuple(opened["sensor"])
        """(width, height) in pixels."""
        self.layout: str = opened["layout"]

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, i: int) -> tuple[Any, Any]:
        if i < 0:
            i += len(self)
        if not 0 <= i < len(self):
            raise IndexError(f"sample {i} of {len(self)}")
        return self._samples([int(i)])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Any, Any]]:
        """Several samples in one call, as the loader of PyTorch asks for a batch."""
        groups: dict[int | None, list[int]] = {}
        for at, i in enumerate(indices):
            groups.setdefault(self._drawn(int(i)), []).append(at)
        if len(groups) == 1:
            epoch = next(iter(groups))
            return self._samples([int(i) for i in indices], epoch)
        made: dict[int, tuple[Any, Any]] = {}
        for epoch, places in groups.items():
            some = self._samples([int(indices[at]) for at in places], epoch)
            made.update(zip(places, some))
        return [made[at] for at in range(len(indices))]

    def set_epoch(self, epoch: int) -> None:
        """Draws the augmentation that ssnn train draws in this epoch, from 0, by the seed. Without
        it, each time that a sample is shown is drawn anew."""
        self._epoch = int(epoch)

    def batch(self, indices: Sequence[int]) -> tuple[Frames, np.ndarray[Any, Any]]:
        """Frames [B, T, C, H, W] and labels [B] of some samples, without transforms."""
        epoch = self._drawn(int(indices[0])) if len(indices) else None
        return self._ask([int(i) for i in indices], epoch)

    def close(self) -> None:
        """Ends this process's worker; the next sample begins another one."""
        self._keeper.close()

    def _drawn(self, i: int) -> int | None:
        """The number by which the augmentation of a sample is drawn, or None for none."""
        if not self._augmented:
            return None
        if self._epoch is not None:
            return self._epoch
        times = self._shown[i] = self._shown.get(i, -1) + 1
        # Workers of a loader begin as copies of one parent; their seeds tell them and epochs apart.
        data = sys.modules.get("torch.utils.data")
        worker = data.get_worker_info() if data is not None else None
        return times if worker is None else (worker.seed * 1_000_003 + times) % (1 << 62)

    def _samples(self, indices: list[int], epoch: Any = ...) -> list[tuple[Any, Any]]:
        if epoch is ...:
            epoch = self._drawn(indices[0])
        all, labels = self._ask(indices, epoch)
        targets: list[Any] = labels.tolist() if labels.ndim == 1 else list(labels)
        if self.transform is None and self.target_transform is None:
            return _collate.samples(all, labels, targets)
        made: list[tuple[Any, Any]] = []
        for frames, target in zip(all, targets):
            shown: Any = frames if self.transform is None else self.transform(frames)
            if self.target_transform is not None:
                target = self.target_transform(target)
            made.append((shown, target))
        return made

    def _ask(self, indices: list[int], epoch: int | None) -> tuple[Frames, np.ndarray[Any, Any]]:
        header: dict[str, Any] = {"do": "samples", "samples": indices, "dtype": self.dtype.name}
        if epoch is not None:
            header.update(seed=self.seed, epoch=epoch)
        reply, got = self._keeper.ask(header)
        frames = got.view(self.dtype).reshape(len(indices), *self.shape)
        labels = np.array([self.targets[i] for i in indices], np.int64)
        if "share" not in reply:
            return frames, labels
        shares = np.zeros((len(indices), len(self.classes)), np.float32)
        rows, share = np.arange(len(indices)), np.array(reply["share"], np.float32)
        np.add.at(shares, (rows, labels), 1 - share)
        np.add.at(shares, (rows, reply["other"]), share)
        return frames, shares

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_keeper": self._keeper.opening}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._keeper = Keeper(state["_keeper"])

    def __repr__(self) -> str:
        opening = self._keeper.opening
        return (
            f"ssnn.Dataset({opening['data']!r}, split={opening['split']!r}): "
            f"{len(self)} recordings of {len(self.classes)} classes, frames of shape {self.shape}"
        )


def _data(data: Path) -> str:
    """A folder's path, or the name of a set that comes with the program."""
    text = os.fspath(data)
    if text in ("nmnist-1k", "motion") and not os.path.isdir(text):
        return text
    if not os.path.isdir(text):
        raise ArgumentError(f"{text} is no folder, want one of recordings, nmnist-1k or motion")
    return os.path.abspath(text)
