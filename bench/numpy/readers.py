"""Decodes and integrates recordings with NumPy, for docs/explanation/performance.md:

    python3 bench/numpy/readers.py

One core, from memory, into eight frames of equal counts at the sensor's size, as
`go test ./frames -run xxx -bench Integrate` does into 48x48.
"""
import time
import numpy as np


def frames(x, y, p, width, height, T=8):
    size = width * height * 2
    n = len(x)
    frame = np.minimum(np.arange(n) // (n // T), T - 1)
    at = frame * size + (y.astype(np.int64) * width + x) * 2 + p
    return np.bincount(at, minlength=T * size)


def nmnist(data):
    b = np.frombuffer(data, np.uint8).reshape(-1, 5)
    t = (b[:, 2].astype(np.int64) & 127) << 16 | b[:, 3].astype(np.int64) << 8 | b[:, 4]
    return t, b[:, 0], b[:, 1], b[:, 2] >> 7


def evt2(data):
    begin = 0
    while data[begin:begin + 2] == b"% ":
        begin = data.index(b"\n", begin) + 1
    w = np.frombuffer(data[begin:], np.uint32)
    kind = w >> 28
    high = np.maximum.accumulate(np.where(kind == 8, w & 0xFFFFFFF, 0)).astype(np.int64)
    is_event = kind < 2
    w = w[is_event]
    return high[is_event] << 6 | w >> 22 & 63, w >> 11 & 0x7FF, w & 0x7FF, w >> 28


def measure(name, read, width, height):
    data = open("testdata/recordings/" + name, "rb").read()
    times = {"decoded": [], "decoded and integrated": []}
    for _ in range(30):
        begin = time.perf_counter()
        t, x, y, p = read(data)
        times["decoded"].append(time.perf_counter() - begin)
        frames(x, y, p, width, height)
        times["decoded and integrated"].append(time.perf_counter() - begin)
    for what, all in times.items():
        print(f"{name} {what}: {len(t) / np.median(all) / 1e6:.0f} M events/s")


measure("gesture-1.bin", nmnist, 128, 128)
measure("evt2_sample.raw", evt2, 640, 480)
