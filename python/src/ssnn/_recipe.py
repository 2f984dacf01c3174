"""Recipes as Python has them, said as the program reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def value(v: Any) -> str:
    """A value as TOML."""
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, str):
        return json.dumps(v, ensure_ascii=False)
    if isinstance(v, (list, tuple)):
        return "[" + ", ".join(map(value, v)) + "]"
    if hasattr(v, "tolist"):  # NumPy's numbers and arrays
        return value(v.tolist())
    if isinstance(v, (int, float)):
        return repr(v)
    raise TypeError(f"{v!r} is no value of a recipe: want a text, a number, a list or a truth")


def assignments(recipe: Mapping[str, Any], prefix: str = "") -> list[str]:
    """A recipe as key=value, for tables within tables with dots: {"train": {"lr": 0.1}} is
    train.lr=0.1, as is {"train.lr": 0.1}."""
    all: list[str] = []
    for key, v in recipe.items():
        if isinstance(v, Mapping):
            all += assignments(v, f"{prefix}{key}.")
        elif v is not None:
            all.append(f"{prefix}{key}={value(v)}")
    return all
