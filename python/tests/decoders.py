"""Slow, obvious decoders of three formats in NumPy, which the program is held against."""

from __future__ import annotations

import numpy as np


def nmnist(data: bytes):
    """40-bit events, big-endian: x 8, y 8, p 1, t 23."""
    b = np.frombuffer(data, np.uint8).reshape(-1, 5).astype(np.int64)
    return b[:, 0], b[:, 1], (b[:, 2] & 127) << 16 | b[:, 3] << 8 | b[:, 4], b[:, 2] >> 7


def evt2(data: bytes):
    """Words of EVT 2.0 behind a header: kind 4, t 6, x 11, y 11; kind 8 is t's upper 28 bits."""
    w = np.frombuffer(data[_behind_header(data) :], np.uint32)
    kind = w >> 28
    high = np.maximum.accumulate(np.where(kind == 8, w & 0xFFFFFFF, 0)).astype(np.int64)
    w, high = w[kind < 2], high[kind < 2]
    return w >> 11 & 0x7FF, w & 0x7FF, high << 6 | w >> 22 & 63, w >> 28


def dat(data: bytes):
    """Prophesee DAT: a header, two bytes of type and size, then t 32, x 14, y 14, p 4."""
    begin = _behind_header(data) + 2
    w = np.frombuffer(data[begin:], np.uint32).reshape(-1, 2)
    return w[:, 1] & 0x3FFF, w[:, 1] >> 14 & 0x3FFF, w[:, 0].astype(np.int64), w[:, 1] >> 28 & 1


def _behind_header(data: bytes) -> int:
    begin = 0
    while data[begin : begin + 2] == b"% ":
        begin = data.index(b"\n", begin) + 1
    return begin


def frames(x, y, p, width: int, height: int, T: int):
    """[T, 2, H, W]: N//T events each, the last frame the rest."""
    n = len(x)
    frame = np.minimum(np.arange(n) // max(n // T, 1), T - 1)
    at = ((frame * 2 + p.astype(np.int64)) * height + y.astype(np.int64)) * width + x.astype(
        np.int64
    )
    return np.bincount(at, minlength=T * 2 * height * width).reshape(T, 2, height, width)
