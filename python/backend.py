"""Builds the wheel for pip, from a clone of ssnn: Go makes it (see wheel/main.go)."""

from __future__ import annotations

import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """The hook of PEP 517: makes the wheel for this machine and returns its name."""
    command = ["go", "run", "./wheel", "-o", os.path.abspath(wheel_directory)]
    made = subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.PIPE, text=True)
    return os.path.basename(made.stdout.strip())


def build_sdist(sdist_directory, config_settings=None):
    """The hook of PEP 517 for sources, of which there are only those of the whole program."""
    raise RuntimeError("ssnn is built from a clone of its repository, which is its source")
