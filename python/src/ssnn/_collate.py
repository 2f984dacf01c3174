"""Batches for the loader of PyTorch, without a copy.

A data set gives the loader a list of samples, which its default_collate would copy to a batch. The
frames of a batch lie in one array already; default_collate asks for the type of samples in
default_collate_fn_map, so that it can be told.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any


class Sample(tuple):  # type: ignore[type-arg]
    """(frames, label) that knows the batch it is of."""

    batch: tuple[Any, Any]  # frames [B, T, C, H, W] and labels
    at: int  # place in the batch

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (tuple(self),)


def samples(frames: Any, labels: Any, targets: list[Any]) -> list[tuple[Any, Any]]:
    """The samples of a batch: frames [B, T, C, H, W], labels as an array and one by one."""
    _register()
    batch = frames, labels
    made: list[tuple[Any, Any]] = []
    for at, pair in enumerate(zip(frames, targets)):
        sample = Sample(pair)
        sample.batch, sample.at = batch, at
        made.append(sample)
    return made


def _collate(batch: Sequence[Any], *, collate_fn_map: Any = None) -> Any:
    """A batch as tensors; of samples of several batches, what default_collate makes of tuples."""
    import torch
    from torch.utils.data._utils import collate

    whole = getattr(batch[0], "batch", None)
    if whole is not None and len(whole[0]) == len(batch):
        alike = (
            type(sample) is Sample and sample.batch is whole and sample.at == at
            for at, sample in enumerate(batch)
        )
        if all(alike):
            return [torch.from_numpy(part) for part in whole]
    return collate.collate([tuple(sample) for sample in batch], collate_fn_map=collate_fn_map)


_registered: list[Callable[..., Any]] = []


def _register() -> None:
    """Tells default_collate, where PyTorch's loader is there and has a way to be told."""
    if _registered:
        return
    module = sys.modules.get("torch.utils.data._utils.collate")
    known = getattr(module, "default_collate_fn_map", None)
    if known is not None:
        known[Sample] = _collate
        _registered.append(_collate)
