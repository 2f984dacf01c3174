"""The Python of the READMEs and of the documentation, each block in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def blocks(page):
    """The Python blocks of a page."""
    return [part.split("```")[0] for part in (ROOT / page).read_text().split("```python\n")[1:]]


def run(code, folder):
    """What a block prints."""
    os.symlink(ROOT / "testdata", folder / "testdata")
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


PAGES = ["README.md", "python/README.md"] + sorted(
    page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").rglob("*.md")
)


@pytest.mark.parametrize("page,i", [(p, i) for p in PAGES for i in range(len(blocks(p)))])
def test_block(page, i, tmp_path):
    assert run(blocks(page)[i], tmp_path) != ""


def test_readme(tmp_path):
    assert "(4, 2, 34, 34) 0" in run(blocks("python/README.md")[0], tmp_path)
