"""Draw the loss and test-accuracy curves of ssnn and of the PyTorch reference side by side, and
print the table of docs/explanation/accuracy.md.

    python3 bench/pytorch/curves.py --ssnn RUN0 RUN1 RUN2 --pytorch P0.jsonl P1.jsonl P2.jsonl \\
        --out docs/explanation/accuracy.svg
"""
import argparse
import json
import statistics
from pathlib import Path

import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

p = argparse.ArgumentParser()
p.add_argument("--ssnn", nargs="+", required=True, help="folders of runs")
p.add_argument("--pytorch", nargs="+", required=True, help="files that train.py wrote")
p.add_argument("--out", required=True)
a = p.parse_args()


def lines(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


runs = {"ssnn": [lines(Path(d) / "metrics.jsonl") for d in a.ssnn], "PyTorch": [lines(f) for f in a.pytorch]}
figure, panels = plt.subplots(1, 2, figsize=(9, 3.2))
for (name, many), colour in zip(runs.items(), ("tab:blue", "tab:orange")):
    for i, run in enumerate(many):
        label = name if i == 0 else None
        epochs = [m["epoch"] for m in run]
        panels[0].plot(epochs, [m["loss"] for m in run], color=colour, alpha=0.8, label=label)
        panels[1].plot(epochs, [100 * m["test_accuracy"] for m in run], color=colour, alpha=0.8, label=label)
panels[0].set(xlabel="epoch", ylabel="weighted training loss", yscale="log")
panels[1].set(xlabel="epoch", ylabel="test accuracy, %", ylim=(50, 100))
for panel in panels:
    panel.legend()
    panel.grid(alpha=0.3)
figure.tight_layout()
figure.savefig(a.out, metadata={"Date": None})
print("| | seed | last loss | test accuracy | balanced |\n|---|---|---|---|---|")
for name, many in runs.items():
    for seed, run in enumerate(many):
        m = run[-1]
        print(f"| {name} | {seed} | {m['loss']:.4f} | {100 * m['test_accuracy']:.1f} | {100 * m['test_balanced_accuracy']:.1f} |")
    last = [100 * run[-1]["test_accuracy"] for run in many]
    print(f"| **{name}** | mean | {statistics.mean(r[-1]['loss'] for r in many):.4f} | **{statistics.mean(last):.2f} +- {statistics.stdev(last):.2f}** | "
          f"{statistics.mean(100 * r[-1]['test_balanced_accuracy'] for r in many):.2f} |")
