"""What goes wrong, as exceptions with the sentences of the program."""

from __future__ import annotations


class Error(Exception):
    """Something that ssnn refuses or that failed: what, where, and what was expected."""


class FormatError(Error, ValueError):
    """A recording that is damaged, or a file that is no recording. Its text names the byte."""


class ArgumentError(Error, ValueError):
    """An argument that makes no sense, or does not fit the network or the recording."""


class MissingError(Error, FileNotFoundError):
    """A file that is not there."""

    def __str__(self) -> str:
        return str(self.args[0])


class ProcessError(Error, RuntimeError):
    """The process that did the work ended in the middle of it. The next call begins a new one."""


class Notice(UserWarning):
    """What a user should know of a recording, a set or a model, as that events were left out."""


_KINDS: dict[str, type[Error]] = {
    "format": FormatError,
    "usage": ArgumentError,
    "missing": MissingError,
}


def error_of(kind: str, text: str) -> Error:
    """The exception for an error reply."""
    return _KINDS.get(kind, Error)(text)
