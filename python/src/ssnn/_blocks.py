"""Arrays that come from the worker in memory that both map.

The worker writes to a segment again when the array in it is gone: memory that is there already
takes no faults of pages, which cost more than writing it.
"""

from __future__ import annotations

import mmap
import os
import sys
import weakref
from contextlib import suppress
from typing import Any

import numpy as np

Bytes = np.ndarray[Any, np.dtype[np.uint8]]

_MOST_OPEN = 200
"""Mappings that may hold a descriptor each, as they do before Python 3.13. Further arrays are read
into memory of their own, so that no program runs out of descriptors by keeping its recordings."""

_POPULATE_READ = 22
"""Linux's MADV_POPULATE_READ, which maps all pages in one go."""

_forks = 0


def _before_fork() -> None:
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork)

_refs = getattr(sys, "getrefcount", lambda _: sys.maxsize)


class _Segment:
    """A segment that may be written to again."""

    def __init__(self, mapped: mmap.mmap) -> None:
        self.map = mapped
        self.lent = False  # an array may look at it
        self.forks = 0  # that there had been when it was lent

    def references(self) -> int:
        """How many there are to the mapping. All that looks at it has one."""
        return int(_refs(self.map))

    def looked_at(self) -> bool:
        """Whether the array that it was lent to, or a part of it, is there."""
        return self.lent and self.references() > _ALONE


_ALONE = _Segment(mmap.mmap(-1, mmap.PAGESIZE)).references()
"""References to the mapping of a segment that nobody looks at."""


class Segments:
    """The segments of one worker. Those that are back are found when it is called next: a finalizer
    would swallow a Ctrl-C that comes while it runs."""

    def __init__(self) -> None:
        self._mapped: dict[int, _Segment] = {}
        self._unused: list[int] = []

    def back(self) -> tuple[list[int], list[int]]:
        """The numbers of those that may be written to again, and of those that are gone but for
        processes that were forked meanwhile, which may look at them still."""
        free, self._unused = self._unused, []
        drop: list[int] = []
        for number, segment in self._mapped.items():
            if segment.lent and not segment.looked_at():
                segment.lent = False
                (free if segment.forks == _forks else drop).append(number)
        self.forget(drop)
        return free, drop

    def forget(self, numbers: list[int]) -> None:
        """Gives up those that the worker has given up. Arrays in them stay."""
        for number in numbers:
            self._mapped.pop(number, None)

    def take(self, place: dict[str, Any]) -> Bytes:
        """The bytes of a block that a reply names, which nobody else writes while they are
        there."""
        size, number = place["size"], place.get("id", 0)
        segment = self._mapped.get(number)
        if segment is None:
            made = _map(place)
            if not isinstance(made, mmap.mmap):
                if number:
                    self._unused.append(number)
                return made
            if not number:
                return np.frombuffer(made, np.uint8, size)
            segment = self._mapped[number] = _Segment(made)
        array = np.frombuffer(segment.map, np.uint8, size)
        if place.get("copy"):
            return array.copy()
        segment.lent, segment.forks = True, _forks
        return array


_open: list[weakref.ref[mmap.mmap]] = []
"""Mappings that hold a descriptor, of all workers."""


def _holding() -> int:
    """How many descriptors mappings hold."""
    _open[:] = [ref for ref in _open if ref() is not None]
    return len(_open)


def _map(place: dict[str, Any]) -> mmap.mmap | Bytes:
    """Maps a segment; where too many are, its bytes in memory of their own."""
    path, size = place["path"], place["size"]
    flags = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    # Windows removes the file with its last user.
    fd = os.open(path, flags | getattr(os, "O_TEMPORARY", 0))
    try:
        if not place.get("keep") and os.name != "nt":
            os.unlink(path)
        tracked = sys.version_info < (3, 13)
        if tracked and _holding() >= _MOST_OPEN:
            return _read(fd, size)
        options: dict[str, Any] = {} if tracked else {"trackfd": False}
        made = mmap.mmap(fd, place["room"], **options)
        if sys.platform == "linux":
            with suppress(OSError, ValueError):  # before Linux 5.14
                made.madvise(_POPULATE_READ, 0, size)
        if tracked:
            _open.append(weakref.ref(made))
        return made
    finally:
        os.close(fd)


def _read(fd: int, size: int) -> Bytes:
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
