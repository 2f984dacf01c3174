"""Arrays that come from the worker in a file in memory, which is mapped and not copied."""

from __future__ import annotations

import mmap
import os
import sys
from typing import Any

import numpy as np

_MOST_OPEN = 200
"""Mappings that may hold a descriptor each, as they do before Python 3.13. Further arrays are read
into memory of their own, so that no program runs out of descriptors by keeping its recordings."""


class _Mapping(mmap.mmap):
    """A mapping that is counted until it is gone. Then its file may be written to again, unless a
    process was forked meanwhile, which may look at it still."""

    open = 0
    forks = 0
    number = 0
    done: list[int]

    def __del__(self) -> None:
        _Mapping.open -= 1
        if self.number and self.forks == _Mapping.forks:
            self.close()
            self.done.append(self.number)


def _before_fork() -> None:
    _Mapping.forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork)


def take(place: dict[str, Any], done: list[int]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The bytes of a block that a reply names, which nobody else writes while they are there. Its
    number is added to done once they are not."""
    path, size = place["path"], place["size"]
    flags = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    # Windows removes the file with its last user.
    fd = os.open(path, flags | getattr(os, "O_TEMPORARY", 0))
    try:
        if not place.get("keep") and os.name != "nt":
            os.unlink(path)
        untracked = sys.version_info >= (3, 13)
        if not untracked and _Mapping.open >= _MOST_OPEN:
            return _read(fd, size)
        options: dict[str, Any] = {}
        if sys.platform == "linux":
            options["flags"] = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)
        if untracked:
            options["trackfd"] = False
        mapped = _Mapping(fd, size, **options)
        _Mapping.open += 1
        mapped.forks, mapped.done = _Mapping.forks, done
        mapped.number = place.get("id", 0)
        return np.frombuffer(mapped, np.uint8)
    finally:
        os.close(fd)


def _read(fd: int, size: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The bytes of a file, in memory of their own."""
    with os.fdopen(os.dup(fd), "rb", buffering=0) as file:
        array = np.empty(size, np.uint8)
        view, at = array.data, 0
        while at < size:
            n = file.readinto(view[at:])
            if not n:
                raise EOFError("a block of the worker ends too early")
            at += n
        return array
