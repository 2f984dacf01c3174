"""Frames of recordings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._process import borrowed
from ._recordings import Events, Path, Reading, Size, Source, _reading, _source, size_text

if TYPE_CHECKING:
    from typing_extensions import Unpack

Frames = np.ndarray[Any, np.dtype[Any]]


def frames(
    source: Source | Events | Sequence[Path],
    T: int = 8,
    size: Size | None = None,
    split: str = "count",
    *,
    each: int = 0,
    overlap: int = 0,
    values: str = "counts",
    clip: int = 0,
    tau: int = 0,
    polarity: str = "both",
    crop: tuple[int, int, int, int] | None = None,
    dtype: Any = "float32",
    threads: int | None = None,
    **reading: Unpack[Reading],
) -> Frames:
    """Makes the frames of a recording, of events, or of many recordings on all processors.

    source is a path, bytes, a binary file or events, and the frames are [T, C, H, W]; or a list of
    paths, and they are [N, T, C, H, W]. C is 2, off before on, or 1 with polarity="merged".

    size is (width, height) in pixels: where it is smaller than the sensor, x goes to
    x*width//sensor width and the counts of pixels that meet are added. Where nobody says how large
    the sensor is, it is the sensor's size.

    split says which events a frame is made of: "count" gives each N//T events and the last the
    rest, "duration" each an equal time, "fixed-count" and "fixed-duration" each `each` events or
    us, of which `overlap` are the frame before's. values are "counts" (at most clip, where that is
    above 0), "surface", a time surface that falls to 1/e in tau us, or "voxels". crop is (width,
    height, x, y) of the part of the sensor that is looked at. dtype is float32, or uint8 or uint16
    for counts.
    """
    header: dict[str, Any] = {
        "do": "frames",
        "T": int(T),
        "split": split,
        "dtype": np.dtype(dtype).name,
    }
    options = dict(each=each, overlap=overlap, clip=clip, tau=tau, threads=threads or 0)
    header.update({key: int(value) for key, value in options.items() if value})
    if values != "counts":
        header["values"] = values
    if polarity != "both":
        header["polarity"] = polarity
    if size is not None:
        header["size"] = size_text(size)
    if crop is not None:
        width, height, x, y = map(int, crop)
        header["crop"] = f"{width}x{height}+{x}+{y}"
    array = None
    if isinstance(source, (list, tuple)):
        header.update(
            _reading(reading), paths=[os.path.abspath(os.fspath(path)) for path in source]
        )
    else:
        about, array = _source(source, reading)
        header.update(about)
    with borrowed() as process:
        reply, got = process.ask(header, array)
    made: Frames = got.view(header["dtype"]).reshape(reply["shape"])
    return made
