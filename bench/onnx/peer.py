"""ONNX Runtime on a network that `ssnn export` wrote, timed on the frames of a safetensors file:

    python3 bench/onnx/peer.py NETWORK.onnx INPUT.safetensors [--runs N] [--threads N]

INPUT has a tensor "input" [T,B,C,H,W]. Prints one JSON line as bench/pytorch/peer.py does; the
memory is the most that the process had (VmHWM).
"""

import argparse
import json
import os
import statistics
import time

import onnxruntime as ort
from safetensors.numpy import load_file

parser = argparse.ArgumentParser()
parser.add_argument("network")
parser.add_argument("input")
parser.add_argument("--runs", type=int, default=10)
parser.add_argument("--threads", type=int, default=os.cpu_count())
flags = parser.parse_args()

options = ort.SessionOptions()
options.intra_op_num_threads = flags.threads
session = ort.InferenceSession(flags.network, options, providers=["CPUExecutionProvider"])
frames = {"frames": load_file(flags.input)["input"]}
for _ in range(3):
    session.run(None, frames)
times = []
for _ in range(flags.runs):
    start = time.perf_counter()
    session.run(None, frames)
    times.append(time.perf_counter() - start)
times.sort()
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
print(json.dumps({
    "median_s": statistics.median(times), "min_s": times[0],
    "p99_s": times[min(len(times) - 1, len(times) * 99 // 100)], "peak_rss_mib": peak,
    "onnxruntime": ort.__version__,
}))  # fmt: skip
