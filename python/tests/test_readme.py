"""The lines of the README, in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_readme(tmp_path):
    code = (ROOT / "python" / "README.md").read_text().split("```python\n")[1].split("```")[0]
    os.symlink(ROOT / "testdata", tmp_path / "testdata")
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stderr
    assert "(4, 2, 34, 34) 0" in ran.stdout
