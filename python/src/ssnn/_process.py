"""The process that does the work: `ssnn worker`, over two pipes.

A process of its own is safe under fork and can be killed: a Python process that was forked, or
whose worker is gone, begins another one with the next call. See docs/decisions/027-python.md.
"""

from __future__ import annotations

import atexit
import json
import os
import struct
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from . import _blocks
from ._blocks import Bytes
from ._errors import Notice, ProcessError, error_of
from ._program import program

_HEAD = struct.Struct("<IQ")
_AT_ONCE = 1 << 18  # bytes of a call that are sent with its header
_dumps = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


class Process:
    """One worker. It answers one call at a time, of the Python process that began it."""

    def __init__(self) -> None:
        import subprocess  # which takes longer to import than the rest of this package

        self.pid = os.getpid()
        self._popen = subprocess.Popen(
            [program(), "worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        assert self._popen.stdin is not None and self._popen.stdout is not None
        self._to, self._from = self._popen.stdin, self._popen.stdout
        self._room = bytearray(1 << 12)
        self._segments = _blocks.Segments()
        self._ahead = 0  # bytes in there of the next message
        if sys.platform == "linux":
            for pipe in (self._to, self._from):
                _widen(pipe.fileno())

    def usable(self) -> bool:
        """Whether it is this Python process's, and has not been killed by it."""
        return self._popen is not None and self.pid == os.getpid()

    def ask(
        self,
        header: dict[str, Any],
        array: Any = None,
        supply: Callable[[int], bytes] | None = None,
    ) -> tuple[dict[str, Any], Bytes]:
        """Makes a call and returns the reply's JSON and bytes, or raises the error that it says.

        array is bytes, a C-contiguous array or None; supply returns the next bytes of a stream.
        """
        for key, numbers in zip(("free", "drop"), self._segments.back()):
            if numbers:
                header[key] = numbers
        try:
            self._send(header, array)
            while True:
                reply, got = self._receive()
                if "want" not in reply or supply is None:
                    break
                self._send({}, supply(reply["want"]))
            if "gone" in reply:
                self._segments.forget(reply["gone"])
            if "block" in reply:
                got = self._take(reply["block"])
        except BaseException as error:  # also Ctrl-C: what the worker is at is not known then
            code = self.kill()
            if isinstance(error, (BrokenPipeError, EOFError, ConnectionError)):
                raise ProcessError(_ended(header.get("do", ""), code)) from None
            raise
        if "error" in reply:
            raise error_of(reply["kind"], reply["error"])
        for note in reply.get("notes", ()):
            warnings.warn(note, Notice, stacklevel=4)
        return reply, got

    def _take(self, place: dict[str, Any]) -> Bytes:
        """The bytes of a block."""
        got = self._segments.take(place)
        if place.get("keep") and not place.get("id"):
            # The worker has it open until it is called: a large block goes with its array.
            self._send({"do": "mapped"}, None)
            self._receive()
        return got

    def receive(self) -> dict[str, Any]:
        """The next reply of a call that has several, whose bytes are left out."""
        try:
            reply, _ = self._receive()
        except (BrokenPipeError, EOFError, ConnectionError):
            raise ProcessError(_ended("train", self.kill())) from None
        if "error" in reply:
            raise error_of(reply["kind"], reply["error"])
        return reply

    def send(self, header: dict[str, Any], arrays: Sequence[Any] = ()) -> None:
        """Begins a call whose replies are received one by one."""
        try:
            self._send(header, *arrays)
        except (BrokenPipeError, ConnectionError):
            raise ProcessError(_ended(header.get("do", ""), self.kill())) from None

    def _send(self, header: dict[str, Any], *arrays: Any) -> None:
        text = _dumps(header).encode()
        views = [_bytes(a) for a in arrays if a is not None and _length(a)]
        length = sum(map(len, views))
        first = _HEAD.pack(len(text), length) + text
        if length <= _AT_ONCE:
            self._write(memoryview(first + b"".join(views)))
            return
        self._write(memoryview(first))
        for view in views:
            self._write(view)

    def _write(self, view: memoryview) -> None:
        while len(view):
            n = self._to.write(view)
            view = view[n or 0 :]

    def _receive(self) -> tuple[dict[str, Any], Bytes]:
        room = memoryview(self._room)
        have, self._ahead = self._ahead, 0
        while have < _HEAD.size:
            have += self._read(room[have:])
        text, length = _HEAD.unpack_from(room)
        if _HEAD.size + text > len(room):
            wider = bytearray(_HEAD.size + text)
            wider[:have] = room[:have]
            self._room, room = wider, memoryview(wider)
        while have < _HEAD.size + text:
            have += self._read(room[have:])
        end = _HEAD.size + text
        reply = json.loads(bytes(room[_HEAD.size : end]))
        array = np.empty(length, np.uint8)
        early = min(have - end, length)
        array[:early] = room[end : end + early]
        view = array.data[early:]
        while len(view):
            view = view[self._read(view) :]
        self._ahead = have - end - early
        if self._ahead:  # the beginning of the next message
            room[: self._ahead] = bytes(room[end + early : have])
        return reply, array

    def _read(self, view: memoryview) -> int:
        n = self._from.readinto(view)  # type: ignore[attr-defined]
        if not n:
            raise EOFError
        return int(n)

    def kill(self) -> int | None:
        """Ends it at once and returns its exit code. After a fork it is the parent's, and stays."""
        popen, self._popen = self._popen, None  # type: ignore[assignment]
        if popen is None:
            return None
        for pipe in (self._to, self._from):
            with suppress(OSError):
                pipe.close()
        if self.pid != os.getpid():
            return None
        popen.kill()
        return popen.wait()

    def finish(self) -> None:
        """Tells it that there are no more calls, and waits until it has ended."""
        popen, self._popen = self._popen, None  # type: ignore[assignment]
        if popen is None:
            return
        self._to.close()
        if self.pid == os.getpid():
            popen.wait()
        self._from.close()


def _length(array: Any) -> int:
    return array.nbytes if isinstance(array, (np.ndarray, memoryview)) else len(array)


def _bytes(array: Any) -> memoryview:
    """The bytes of a C-contiguous array."""
    plain: Any = array
    if isinstance(array, np.ndarray):
        plain = array.reshape(-1).view(np.uint8).data
    return memoryview(plain).cast("B")


def _widen(fd: int) -> None:
    """Makes a pipe hold a mebibyte, so that most arrays go through it in one go."""
    try:
        import fcntl

        fcntl.fcntl(fd, 1031, 1 << 20)  # F_SETPIPE_SZ
    except OSError:  # the user's pipes hold as much as they may
        pass


def _ended(what: str, code: int | None) -> str:
    how = "was killed by signal" if (code or 0) < 0 else "ended with code"
    return (
        f"the process of ssnn {how} {abs(code or 0)} during the call {what!r}; "
        "the next call begins a new one"
    )


# Workers of this Python process that nobody uses at the moment. Lists need no lock for this.
_idle: list[Process] = []
_MOST_IDLE = 4


@contextmanager
def borrowed() -> Iterator[Process]:
    """A worker for one call, or for several that belong together."""
    process = _begin()
    try:
        yield process
    finally:
        if process.usable() and len(_idle) < _MOST_IDLE:
            _idle.append(process)
        else:
            process.kill()


def _begin() -> Process:
    while True:
        try:
            process = _idle.pop()
        except IndexError:
            return Process()
        if process.usable() and process._popen.poll() is None:
            return process
        process.kill()


def _end_all() -> None:
    while _idle:
        _idle.pop().kill()


def _forget() -> None:
    """In a process that was forked: the workers are the parent's."""
    while _idle:
        _idle.pop().kill()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


class Keeper:
    """A worker that keeps something open for one object, as a model or a set.

    Where it is not there (after a fork, in another process that the object was sent to, or when it
    was killed) it is begun anew, and what it keeps is opened again.
    """

    def __init__(self, opening: dict[str, Any]) -> None:
        self.opening = opening
        self.opened: dict[str, Any] = {}
        self._process: Process | None = None
        self._pid = 0
        self._lock = threading.RLock()
        self.begun = 0  # times that it was begun, for those who had told it more

    def ask(self, header: dict[str, Any], array: Any = None) -> tuple[dict[str, Any], Bytes]:
        """Makes a call about what is kept open."""
        if self._pid != os.getpid():  # a lock that was held at a fork is never given back
            self._lock, self._process, self._pid = threading.RLock(), None, os.getpid()
        with self._lock:
            process = self._process
            if process is None or not process.usable() or process._popen.poll() is not None:
                process = self._open()
            header["handle"] = self.opened["handle"]
            return process.ask(header, array)

    def _open(self) -> Process:
        self.close()
        process = Process()
        try:
            with warnings.catch_warnings():
                if self.begun:  # what there is to know was said the first time
                    warnings.simplefilter("ignore", Notice)
                self.opened, _ = process.ask(dict(self.opening))
        except BaseException:
            process.kill()
            raise
        self._process, self._pid = process, os.getpid()
        self.begun += 1
        return process

    def open(self) -> dict[str, Any]:
        """Opens what is kept, unless it is open, and returns what the worker says of it."""
        if self._process is None or self._pid != os.getpid():
            self._pid = os.getpid()
            with self._lock:
                self._open()
        return self.opened

    def close(self) -> None:
        """Ends the worker. The next call begins another one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()

    def __del__(self) -> None:
        with suppress(Exception):  # at the end of the interpreter
            self.close()
