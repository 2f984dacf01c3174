"""What may happen to the processes that do the work."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import ssnn
from ssnn import _process


def test_killed_in_a_call(recordings):
    process = _process.Process()
    process._popen.kill()
    process._popen.wait()
    with pytest.raises(ssnn.ProcessError, match="next call begins a new one"):
        process.ask({"do": "hello"})
    assert ssnn.info(recordings / "gesture-1.bin").events == 63471


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_fork_after_use(recordings):
    path = recordings / "evt2_sample.raw"
    events = ssnn.read(path)
    want = events.copy()
    child = os.fork()
    if child == 0:
        same = np.array_equal(ssnn.read(path), want)
        time.sleep(0.5)  # the parent gives its array back and reads others
        os._exit(0 if same and np.array_equal(events, want) else 1)
    del events
    for _ in range(5):
        ssnn.read(recordings / "evt3_sample.raw")
    np.testing.assert_array_equal(ssnn.read(path), want)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_interrupted_at_random_moments(recordings):
    code = (
        # A shell ignores the signal for what it starts in the background, and so would the child.
        "import signal, sys, ssnn\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "print('ready', flush=True)\n"
        "try:\n    while True: ssnn.read(sys.argv[1])\n"
        "except KeyboardInterrupt:\n    pass\n"
        "n = ssnn.info(sys.argv[1]).events\nprint(n, flush=True)\n"
    )
    draw = random.Random(1)
    for _ in range(8):
        child = subprocess.Popen(
            [sys.executable, "-c", code, recordings / "evt2_sample.raw"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout.readline() == "ready\n"
        time.sleep(draw.uniform(0.02, 0.3))
        begin = time.monotonic()
        child.send_signal(signal.SIGINT)
        assert child.stdout.read().strip() == "539481"
        child.wait()
        assert time.monotonic() - begin < 2


def test_nothing_grows(recordings):
    def open_files():
        return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    sizes = []
    for i in range(60):
        for name in ("evt2_sample.raw", "gesture-1.bin"):
            ssnn.frames(
                recordings / name, size=(640, 480) if i % 2 else (128, 96), sensor=(640, 480)
            )
        if i in (19, 59):
            sizes.append(open_files())
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize(
    "look",
    [
        lambda a: a,
        lambda a: a[3:5],
        lambda a: a.reshape(-1).view("u1")[::7],
        memoryview,
        lambda a: a.base,
        lambda a: np.frombuffer(a.base if a.base is not None else a, "u1"),
        lambda a: (a[1:], a[:1]),
    ],
)
def test_what_is_looked_at_is_not_written_to(recordings, look):
    """The worker writes to a segment again only when nothing looks at it."""

    def whole(x):
        parts = x if isinstance(x, tuple) else (x,)
        return b"".join(np.asarray(part).tobytes() for part in parts)

    array = ssnn.frames(recordings / "gesture-1.bin", T=4, size=(128, 128))
    seen = look(array)
    want = whole(seen)
    del array
    for T in (4, 5, 6, 7, 8, 3):
        ssnn.frames(recordings / "nmnist-0-00002.bin", T=T, size=(128, 128))
        ssnn.read(recordings / "gesture-1.bin")
    assert whole(seen) == want


def _resident(pid):
    """Memory in MiB that is there of a process, and its open files."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kib = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return kib / 1024, len(os.listdir(f"/proc/{pid}/fd"))


def test_soak(request):
    """Epochs of a loader, for as long as --soak says: neither memory nor open files grow."""
    seconds = request.config.getoption("--soak")
    if not seconds:
        pytest.skip("--soak SECONDS runs it")
    data = pytest.importorskip("torch.utils.data")
    dataset = ssnn.Dataset("nmnist-1k", T=8, augment={"shift": 3})
    plain = ssnn.Dataset("nmnist-1k", split="test", T=8)
    seen, epochs = [], 0
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        for batch, _ in data.DataLoader(plain, batch_size=16):
            assert batch.sum() > 0
        for batch, _ in data.DataLoader(dataset, batch_size=16, shuffle=True, num_workers=2):
            assert batch.sum() > 0
        epochs += 1
        seen.append([_resident(p) for p in (os.getpid(), plain._keeper._process._popen.pid)])
    early, last = seen[min(4, len(seen) - 1)], seen[-1]
    print(
        f"{epochs} epochs of two loaders in {seconds:.0f} s; MiB and open files of Python, of its"
    )
    print(f"worker: {early} after 5 epochs, {last} at the end")
    for was, now in zip(early, last):
        assert now[0] < was[0] + 8 and now[1] < was[1] + 16  # some of them PyTorch's
