"""Recordings of event cameras: read, look into, read in chunks, write."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, TypedDict, Union

import numpy as np

from ._errors import ArgumentError
from ._process import borrowed

if TYPE_CHECKING:
    from typing_extensions import Unpack

Path = Union[str, "os.PathLike[str]"]
Source = Union[Path, BinaryIO, bytes, bytearray, memoryview]
Events = np.ndarray[Any, np.dtype[np.void]]
Size = tuple[int, int]

EVENT = np.dtype(
    {
        "names": ["x", "y", "t", "p"],
        "formats": ["<u2", "<u2", "<i8", "?"],
        "offsets": [8, 10, 0, 12],
        "itemsize": 16,
    }
)
"""An event: x, y in pixels from the upper left (uint16), t in us (int64), p is True when the pixel
became brighter. The names are those of tonic. 16 bytes, as the program has it in memory."""


class Reading(TypedDict, total=False):
    """What recordings do not say themselves, and which part of them is read. All are optional."""

    from_us: int
    """Leave out the events before this time in us."""
    until_us: int
    """Leave out the events from this time in us on."""
    format: str
    """Format where the beginning of a file does not show it: "bin", "csv", "evt2", "evt21", "evt3"
    or "evt4"."""
    sensor: Size
    """(width, height) in pixels where the format does not store it; events outside are an error."""
    skip_invalid: bool
    """Leave out events that lie outside of the sensor or run back in time, and warn how many."""
    sort: bool
    """Bring the events into the order of their times; they are an error where they have none."""
    orientation: str
    """Where y is stored from below: "upright" (the default), "stored" or "spikingjelly"."""
    invalid: str
    """What the file marks as no events: "dropped" (the default) or "spikingjelly": kept."""
    time_shift: bool
    """Subtract the first time word of a Prophesee RAW file, as OpenEB does."""
    columns: str
    """Columns of tables and arrays that do not name them, and the unit of t, like "t[ms] x y p"."""
    group: str
    """Where in an HDF5, .npz or .mat file the events are, if there are several."""
    max_unpacked: int
    """Most MiB that a packed recording may be unpacked to."""
    filters: Sequence[str]
    """Leave out events by filters, each of those that the one before has left, like
    ["hot", "background:us=2000"]: hot, background, refractory, polarity, region and decimate, as
    ssnn events --filter takes them. "python -m ssnn events --help" and the guide say what each
    leaves out and which values it takes. They see the events before from_us, too."""


@dataclass(frozen=True)
class Info:
    """What is in a recording."""

    format: str
    width: int  # pixels
    height: int  # pixels
    size_from: str  # "file", "argument", or "events": of those, the smallest that holds all
    events: int
    first_us: int
    last_us: int
    on: int
    off: int
    filters: list[dict[str, Any]] = field(default_factory=list)
    """Of each filter: "filter", the "events" that it was given, those that it has "left"."""


def read(source: Source, **reading: Unpack[Reading]) -> Events:
    """Reads a recording in any format that the program reads, found by its content.

    source is a path, the bytes of a file, or a binary file that is read to its end. Returns the
    events [N] of dtype EVENT, in the order of their times: x, y in pixels from the upper left, t in
    us on the recording's own clock, p True where it became brighter. The array is writable and its
    memory is mapped rather than copied. Raises FormatError for a damaged recording.
    """
    header, array = _source(source, reading)
    with borrowed() as process:
        _, got = process.ask({"do": "read", **header}, array)
    return got.view(EVENT)


def info(source: Source, **reading: Unpack[Reading]) -> Info:
    """Reads a recording and says what is in it, without keeping its events."""
    header, array = _source(source, reading)
    with borrowed() as process:
        reply, _ = process.ask({"do": "info", **header}, array)
    reply.pop("notes", None)
    return Info(**reply)


def chunks(
    source: Source,
    *,
    events: int | None = None,
    us: int | None = None,
    **reading: Unpack[Reading],
) -> Iterator[Events]:
    """Reads a recording of any length piece by piece, in bounded memory.

    Each array [N] of dtype EVENT has so many events (the last one what is left), or those of so
    many us, counted from the first event; times without events give no array. source may be a
    binary file without an end, as a pipe or a socket's makefile("rb"): chunks come as soon as they
    are whole.
    """
    if (events is None) == (us is None):
        raise ArgumentError("chunks of events or of us: want one of the two")
    size = {"count": events} if us is None else {"us": us}
    stream = (
        None if isinstance(source, (str, os.PathLike, bytes, bytearray, memoryview)) else source
    )
    if stream is None:
        header, array = _source(source, reading)
    else:
        header, array = {"name": _name(stream), "stream": True, **_reading(reading)}, None
    return _chunks({"do": "chunks", **header, **size}, array, stream)


def _chunks(header: dict[str, Any], array: Any, stream: BinaryIO | None) -> Iterator[Events]:
    def supply(n: int) -> bytes:
        assert stream is not None
        read_some = getattr(stream, "read1", stream.read)
        return read_some(n) or b""

    with borrowed() as process:
        opened, _ = process.ask(header, array, supply)
        handle, over = opened["handle"], False
        try:
            while not over:
                reply, got = process.ask({"do": "chunk", "handle": handle}, None, supply)
                over = reply["end"]
                if not over:
                    yield got.view(EVENT)
        finally:
            if not over and process.usable():
                process.ask({"do": "close", "handle": handle})


def write(
    path: Path,
    events: Events,
    *,
    sensor: Size | None = None,
    format: str | None = None,
    zero: bool = False,
) -> None:
    """Writes events to a recording, whole or not at all.

    events is a structured array with the fields x, y, t (us) and p, in the order of their times.
    The format is that of the path's ending, any that `ssnn convert` writes: aedat (3.1), aedat4,
    raw (Prophesee, EVT 3.0), npz, hdf5 and others. sensor is (width, height) in pixels; without it,
    the smallest that holds all events. zero makes times begin at 0.
    """
    out = os.path.abspath(os.fspath(path))
    to = format or os.path.splitext(out)[1].lower().lstrip(".")
    header: dict[str, Any] = {"do": "write", "out": out, "to": to, "zero": bool(zero)}
    if sensor is not None:
        header["sensor"] = size_text(sensor)
    with borrowed() as process:
        process.ask(header, plain(events))


def plain(events: Any) -> Events:
    """Events as the program has them in memory; the array itself where it is of dtype EVENT."""
    events = np.asarray(events)
    if events.dtype == EVENT and events.ndim == 1:
        return np.ascontiguousarray(events)
    names = events.dtype.names or ()
    missing = [name for name in "xytp" if name not in names]
    if missing or events.ndim != 1:
        raise ArgumentError(
            f"events of shape {events.shape} and fields {list(names)}, "
            "want one axis and the fields x, y, t, p"
        )
    made = np.zeros(len(events), EVENT)
    for name in "xy":
        field = events[name]
        if len(field) and (field.min() < 0 or field.max() > 65535):
            raise ArgumentError(
                f"{name} from {field.min()} to {field.max()}, want 0 to 65535 pixels"
            )
        made[name] = field
    made["t"] = events["t"]
    made["p"] = events["p"] > 0
    return made


def size_text(size: Size) -> str:
    """A size as the program reads it, "34x34"."""
    try:
        width, height = size
        return f"{int(width)}x{int(height)}"
    except (TypeError, ValueError):
        raise TypeError(f"size {size!r}, want (width, height) in pixels") from None


def _reading(reading: Any) -> dict[str, Any]:
    """The arguments of Reading, as the program reads them."""
    unknown = set(reading) - set(Reading.__annotations__)
    if unknown:
        raise TypeError(
            f"no argument {sorted(unknown)[0]!r}, want one of {', '.join(Reading.__annotations__)}"
        )
    made = {key: value for key, value in reading.items() if value is not None}
    for ours, theirs in (("from_us", "from"), ("until_us", "until")):
        if ours in made:
            made[theirs] = int(made.pop(ours))
    if "sensor" in made:
        made["sensor"] = size_text(made["sensor"])
    if "filters" in made:
        filters = made["filters"]
        made["filters"] = [_filter(f) for f in ([filters] if isinstance(filters, str) else filters)]
    return made


def _filter(text: str) -> str:
    """A filter with the path of its list made absolute, as the worker may be in another folder."""
    name, colon, values = text.partition(":")
    parts = [
        "list=" + os.path.abspath(part[5:]) if part.startswith("list=") else part
        for part in values.split(",")
    ]
    return name + colon + ",".join(parts)


def _source(source: Any, reading: Any) -> tuple[dict[str, Any], Any]:
    """The arguments of a call about a recording, and its array."""
    header = _reading(reading)
    if isinstance(source, (str, os.PathLike)):
        return {"path": os.path.abspath(os.fspath(source)), **header}, None
    if isinstance(source, np.ndarray):
        return {"events": True, **header}, plain(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return header, source
    if not hasattr(source, "read"):
        raise TypeError(f"source {source!r}, want a path, bytes, a binary file or events")
    return {"name": _name(source), **header}, source.read()


def _name(file: Any) -> str:
    name = getattr(file, "name", "")
    return name if isinstance(name, str) else ""
