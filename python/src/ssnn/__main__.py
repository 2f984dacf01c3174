"""python -m ssnn is the command."""

from __future__ import annotations

import os
import sys

from ._program import program


def main() -> int:
    """Runs the program in place of Python, with its arguments."""
    arguments = [program(), *sys.argv[1:]]
    if os.name != "nt":
        os.execv(arguments[0], arguments)
    import subprocess

    try:
        return subprocess.call(arguments)
    except KeyboardInterrupt:  # which the program has had too
        return 130


if __name__ == "__main__":
    sys.exit(main())
