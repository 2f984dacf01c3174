"""Tonic's transforms on the events that ssnn reads, which have tonic's names.

    pip install tonic ssnn
    python examples/python/tonic_transforms.py [RECORDING]

ssnn.frames makes the same frames as tonic's ToFrame with n_event_bins, from the file alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from tonic import transforms

import ssnn

RECORDINGS = Path(__file__).resolve().parents[2] / "testdata" / "recordings"


def main() -> None:
    path = sys.argv[1] if len(sys.argv) > 1 else RECORDINGS / "nmnist-0-00002.bin"
    events = ssnn.read(path)
    info = ssnn.info(path)
    size = (info.width, info.height)
    print(f"{len(events)} events of {size[0]}x{size[1]} pixels in {events['t'][-1] / 1e3:.0f} ms")

    transform = transforms.Compose(
        [
            transforms.Denoise(filter_time=10000),
            transforms.TimeJitter(std=100, clip_negative=True, sort_timestamps=True),
            transforms.ToFrame(sensor_size=(*size, 2), n_time_bins=4),
        ]
    )
    np.random.seed(0)
    frames = transform(events.copy())  # TimeJitter writes to its events
    print(f"denoised and moved in time by tonic: frames {frames.shape}, {frames.sum()} events")

    bins = len(events) // 5 * 5  # whole bins
    tonic = transforms.ToFrame(sensor_size=(*size, 2), n_event_bins=5)(events[:bins])
    ours = ssnn.frames(events[:bins], T=5, size=size)
    differ = np.abs(ours - tonic).sum()
    print(
        f"frames of ssnn and of tonic's ToFrame differ by {differ:.0f} of {ours.sum():.0f} events"
    )


if __name__ == "__main__":
    main()
