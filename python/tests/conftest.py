"""Recordings that the tests read: those of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def pytest_addoption(parser):
    parser.addoption("--soak", type=float, default=0, help="seconds of epochs of a DataLoader")


@pytest.fixture(scope="session")
def recordings() -> Path:
    return ROOT / "testdata" / "recordings"


@pytest.fixture(scope="session")
def files(recordings: Path) -> list[Path]:
    """Three digits."""
    return sorted(recordings.glob("nmnist-*.bin"))


@pytest.fixture(scope="session")
def path() -> Path:
    """A small network for digits, trained, whose temporal transformer has early classifiers."""
    return ROOT / "infer" / "testdata" / "nmnist.safetensors"
