"""Where the program is that does the work."""

from __future__ import annotations

import os


def program() -> str:
    """The path of the ssnn program of this package, or of the one that SSNN_PROGRAM names."""
    name = "ssnn.exe" if os.name == "nt" else "ssnn"
    own = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", name)
    path = os.environ.get("SSNN_PROGRAM", own)
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f"no program {path}: want a wheel of ssnn for this system, "
            "as pip install and go run ./python/wheel make it"
        )
    return path
