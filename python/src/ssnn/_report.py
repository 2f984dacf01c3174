"""Pages of what came out of runs."""

from __future__ import annotations

import os

from ._errors import Error
from ._program import program
from ._recordings import Path


class Report:
    """A page of a run, which a notebook shows. html is all of it: it needs no other file."""

    def __init__(self, page: str) -> None:
        self.html = page

    def _repr_html_(self) -> str:
        import html

        page = html.escape(self.html, quote=True)
        return f'<iframe srcdoc="{page}" width="100%" height="800" style="border:0"></iframe>'

    def save(self, path: Path) -> None:
        """Writes the page to a file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.html)


def report(*runs: Path, data: Path | None = None) -> Report:
    """The page of a run or a model, or of several side by side, as ssnn report makes it: curves,
    answers, firing, gradients, energy. data are recordings instead of the run's own."""
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory(prefix="ssnn-") as folder:
        out = os.path.join(folder, "report.html")
        command = [program(), "report", *(os.fspath(run) for run in runs), "-o", out]
        if data is not None:
            command += ["--data", os.fspath(data)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise Error(done.stderr.strip().splitlines()[-1].removeprefix("ssnn: "))
        with open(out, encoding="utf-8") as file:
            return Report(file.read())
