"""Draws the front of accuracy over latency of what dense.py --json kept, a panel a task:

    python bench/dense/figure.py FIGURE.svg [--threads N] TITLE=NUMBERS.json ...

Each network is a dot in each way that it was run; the lines are the fronts, ours and the dense
networks' in 8-bit integers and whatever else was faster: networks that nothing else of the same
side is both faster and as accurate as. Needs matplotlib.
"""

from __future__ import annotations

import argparse
import json
import pathlib

import matplotlib
import numpy as np

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import LogLocator  # noqa: E402

SIDES = {
    "dense": ("dense, onnxruntime", "tab:orange", "s"),
    "exported": ("ours exported, onnxruntime", "tab:green", "^"),
    "ssnn": ("ssnn", "tab:blue", "o"),
}


def dots(path, threads):
    """The ways of each side as (ms, accuracy in %, standard deviation, name), the fastest first."""
    found = {side: [] for side in SIDES}
    for way in json.loads(pathlib.Path(path).read_text()):
        accuracies = 100 * np.array(way["accuracies"])
        spread = accuracies.std(ddof=1) if len(accuracies) > 1 else 0.0
        ms = way["times"][str(threads)]["ms"]
        name = f"{way['name']}, {way['numbers'].split(', ')[1]}"
        found[way["whose"]].append((ms, float(accuracies.mean()), float(spread), name))
    return {side: sorted(ways) for side, ways in found.items()}


def front(ways):
    """Of the ways, the fastest first, those that are more accurate than all before."""
    best, kept = -1.0, []
    for way in ways:
        if way[1] > best:
            best = way[1]
            kept.append(way)
    return kept


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("figure")
    parser.add_argument("numbers", nargs="+", help="TITLE=FILE, a panel each")
    parser.add_argument("--threads", type=int, default=1)
    flags = parser.parse_args()
    plt.rcParams.update({"svg.hashsalt": "ssnn", "font.size": 9})
    figure, panels = plt.subplots(
        1, len(flags.numbers), squeeze=False, figsize=(5 * len(flags.numbers), 4)
    )
    for panel, numbers in zip(panels[0], flags.numbers, strict=True):
        title, path = numbers.split("=", 1)
        print(f"{title}, {flags.threads} threads, on the front:")
        for side, ways in dots(path, flags.threads).items():
            if not ways:
                continue
            name, colour, mark = SIDES[side]
            at, height, spread, _ = zip(*ways, strict=True)
            style = {"color": colour, "fmt": mark, "markersize": 4, "elinewidth": 0.7, "alpha": 0.5}
            panel.errorbar(at, height, spread, **style)
            on = front(ways)
            steps = [*on, (max(at), *on[-1][1:])]  # as accurate as each until the next
            panel.step([w[0] for w in steps], [w[1] for w in steps], where="post",
                       color=colour, label=name)  # fmt: skip
            for ms, accuracy, _, which in on:
                panel.annotate(which, (ms, accuracy), fontsize=5, xytext=(3, -6),
                               textcoords="offset points")  # fmt: skip
                print(f"  {name}: {which}: {accuracy:.1f} %, {ms:.3f} ms")
        panel.set(title=title, xscale="log", xlabel="latency of one recording, ms",
                  ylabel="test accuracy, %")  # fmt: skip
        panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.xaxis.set_major_formatter("{x:g}")
        panel.xaxis.set_minor_formatter("")
        panel.grid(alpha=0.3)
        panel.legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(flags.figure, metadata={"Date": None})


if __name__ == "__main__":
    main()
