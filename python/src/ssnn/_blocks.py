"""Arrays that come from the worker in a file in memory, which is mapped and not copied."""

from __future__ import annotations

import mmap
import os
import sys
import weakref
from typing import Any

import numpy as np

_MOST_OPEN = 200
"""Mappings that may hold a descriptor each, as they do before Python 3.13. Further arrays are read
into memory of their own, so that no program runs out of descriptors by keeping its recordings."""


class Mapped:
    """The mappings of the blocks of one worker. Those that are gone are found when it is called
    next: a finalizer would swallow a Ctrl-C that comes while it runs."""

    def __init__(self) -> None:
        self._live: list[tuple[weakref.ref[mmap.mmap], int, int]] = []

    def add(self, mapped: mmap.mmap, number: int) -> None:
        """Watches a mapping of the block of that number."""
        self._live.append((weakref.ref(mapped), number, _forks))

    def done(self) -> list[int]:
        """The blocks that may be written to again: nobody maps them, and no process was forked
        meanwhile, which may look at them still."""
        gone = [number for ref, number, forks in self._live if ref() is None and forks == _forks]
        self._live = [one for one in self._live if one[0]() is not None]
        return [number for number in gone if number]


_open: list[weakref.ref[mmap.mmap]] = []
"""Mappings that hold a descriptor, of all workers."""


def _holding() -> int:
    """How many descriptors mappings hold."""
    _open[:] = [ref for ref in _open if ref() is not None]
    return len(_open)


_forks = 0


def _before_fork() -> None:
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork)


def take(place: dict[str, Any], mapped: Mapped) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The bytes of a block that a reply names, which nobody else writes while they are there."""
    path, size = place["path"], place["size"]
    flags = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    # Windows removes the file with its last user.
    fd = os.open(path, flags | getattr(os, "O_TEMPORARY", 0))
    try:
        if not place.get("keep") and os.name != "nt":
            os.unlink(path)
        untracked = sys.version_info >= (3, 13)
        if not untracked and _holding() >= _MOST_OPEN:
            return _read(fd, size)
        options: dict[str, Any] = {}
        if sys.platform == "linux":
            options["flags"] = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)
        if untracked:
            options["trackfd"] = False
        made = mmap.mmap(fd, size, **options)
        mapped.add(made, place.get("id", 0))
        if not untracked:
            _open.append(weakref.ref(made))
        return np.frombuffer(made, np.uint8)
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
