"""Times the Python package beside other ways to do the same, in one run, for
docs/explanation/performance.md:

    go run ./python/wheel -o dist && pip install dist/*.whl
    python bench/python/peers.py [--quick]

Each way is run in turn, so that all meet the same machine; the figure is the fastest of many.
Peers that are not installed are left out, and said. Where both make frames or arrays, they are
compared before they are timed.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDINGS = ROOT / "testdata" / "recordings"
sys.path.insert(0, str(ROOT / "python" / "tests"))

import decoders  # noqa: E402

import ssnn  # noqa: E402

CPU = False


def spent(way):
    """Seconds that way takes; with --cpu those that processors spend on this process and its
    workers, which a machine with other work to do can tell, too."""
    if not CPU:
        begin = time.perf_counter()
        way()
        return time.perf_counter() - begin
    workers = of_workers()
    begin = time.process_time()
    way()
    own = time.process_time() - begin
    return own + of_workers() - workers


def of_workers():
    """Seconds that processors have spent on the processes that this one started."""
    total = 0
    for children in pathlib.Path("/proc/self/task").glob("*/children"):
        for child in children.read_text().split():
            for task in pathlib.Path(f"/proc/{child}/task").glob("*/schedstat"):
                total += int(task.read_text().split()[0])
    return total / 1e9


def race(title, ways, runs, setup=lambda: None):
    """Runs ways in turn, five times each, and prints the fastest time of each and its ratio to the
    first's."""
    best = {name: float("inf") for name in ways}
    for _ in range(runs // 5):
        for name, way in ways.items():
            for _ in range(5):  # so that each finds the caches as it left them itself
                setup()
                best[name] = min(best[name], spent(way))
    first = next(iter(best.values()))
    print(f"\n{title}")
    for name, seconds in best.items():
        print(f"  {name:38} {1e3 * seconds:9.3f} ms  {seconds / first:6.2f}")
    return best


def fast_nmnist(data):
    b = np.frombuffer(data, np.uint8).reshape(-1, 5)
    t = (b[:, 2].astype(np.int32) & 127) << 16 | b[:, 3].astype(np.int32) << 8 | b[:, 4]
    return b[:, 0], b[:, 1], t, b[:, 2] >> 7


def bincount(x, y, p, width, height, T):
    """The fastest way that we found in NumPy: one index an event in int32, one bincount a frame."""
    n = len(x)
    at = y.astype(np.int32)
    at *= width
    at += x
    at += p.astype(np.int32) * np.int32(width * height)
    out = np.empty((T, 2, height, width), np.float32)
    for i in range(T):
        part = at[i * (n // T) : (i + 1) * (n // T) if i + 1 < T else n]
        out[i] = np.bincount(part, minlength=2 * height * width).reshape(2, height, width)
    return out


def add_at(x, y, p, width, height, T):
    n = len(x)
    frame = np.minimum(np.arange(n) // (n // T), T - 1)
    out = np.zeros((T, 2, height, width), np.float32)
    np.add.at(out, (frame, p, y, x), 1)
    return out


def files_to_frames(folder, runs):
    """File to frames, 8 of equal counts, one thread each."""
    events = ssnn.read(RECORDINGS / "evt2_sample.raw")
    ssnn.write(folder / "sample.dat", events, sensor=(640, 480))
    for name, path, decode, size in [
        ("DAT, 539,481 events, 640x480", folder / "sample.dat", decoders.dat, (640, 480)),
        ("EVT 2, the same", RECORDINGS / "evt2_sample.raw", decoders.evt2, (640, 480)),
        ("DAT, into 128x96", folder / "sample.dat", decoders.dat, (128, 96)),
        ("40-bit, 63,471 events, 128x128", RECORDINGS / "gesture-1.bin", fast_nmnist, (128, 128)),
        ("40-bit, 5,028 events, 34x34", RECORDINGS / "nmnist-0-00002.bin", fast_nmnist, (34, 34)),
    ]:
        sensor = (640, 480) if "40-bit" not in name else size

        def ours(path=path, size=size):
            return ssnn.frames(path, T=8, size=size)

        def small(path=path, size=size):
            return ssnn.frames(path, T=8, size=size, dtype=np.uint16)

        def numpy(way=bincount, path=path, decode=decode, size=size, sensor=sensor):
            x, y, t, p = decode(path.read_bytes())
            if size != sensor:
                x = x.astype(np.int32) * size[0] // sensor[0]
                y = y.astype(np.int32) * size[1] // sensor[1]
            return way(x, y, p, *size, 8)

        np.testing.assert_array_equal(ours(), numpy())
        np.testing.assert_array_equal(small(), numpy())
        ways = {
            "ssnn.frames": ours,
            "ssnn.frames, uint16": small,
            "NumPy, bincount a frame": numpy,
        }
        if "640x480" not in name and "the same" not in name:
            ways["NumPy, np.add.at"] = lambda numpy=numpy: numpy(add_at)
        race(f"file to frames: {name}", ways, runs)

    many = [RECORDINGS / name for name in ("nmnist-0-00002.bin", "nmnist-5-00001.bin")] * 100

    def one_call():
        return ssnn.frames(many, T=8, size=(34, 34), threads=1)

    def a_loop():
        frames = np.empty((len(many), 8, 2, 34, 34), np.float32)
        for i, path in enumerate(many):
            x, y, _, p = fast_nmnist(path.read_bytes())
            frames[i] = bincount(x, y, p, 34, 34, 8)
        return frames

    np.testing.assert_array_equal(one_call(), a_loop())
    ways = {"ssnn.frames": one_call, "NumPy, bincount a frame": a_loop}
    race("200 files to frames, in one call: 40-bit, 34x34", ways, runs)


def files_to_arrays(folder, runs):
    """File to arrays, beside readers that are written in C, C++ and Rust."""
    events = ssnn.read(RECORDINGS / "evt2_sample.raw")
    ssnn.write(folder / "sample.dat", events, sensor=(640, 480))
    ssnn.write(folder / "sample.es", events, sensor=(640, 480))
    ssnn.write(folder / "sample3.raw", events, sensor=(640, 480))
    cases = {
        "DAT": folder / "sample.dat",
        "EVT 2": RECORDINGS / "evt2_sample.raw",
        "EVT 3": folder / "sample3.raw",
        "Event Stream": folder / "sample.es",
        "AEDAT 4": RECORDINGS / "sample.aedat4",
    }
    for name, path in cases.items():
        ways = {"ssnn.read": lambda path=path: ssnn.read(path)}
        for peer, way in peers_of(name, str(path)).items():
            try:
                got = way()
            except Exception as error:
                print(f"  {name}: {peer} refuses: {error}".splitlines()[0][:100])
                continue
            want = len(ssnn.read(path))
            if len(got) != want:
                print(f"  {name}: {peer} reads {len(got)} events, ssnn {want}")
            ways[peer] = way
        race(f"file to arrays: {name}", ways, runs)


def peers_of(name, path):
    ways = {}
    try:
        import faery

        if name != "AEDAT 4" or path.endswith("aedat4"):
            ways["faery"] = lambda: faery.events_stream_from_file(path).to_array()
    except ImportError:
        print("faery is not installed: left out")
    try:
        import expelliarmus

        kind = {"DAT": "dat", "EVT 2": "evt2", "EVT 3": "evt3"}.get(name)
        if kind:
            wizard = expelliarmus.Wizard(encoding=kind)
            ways["expelliarmus"] = lambda: wizard.read(path)
    except ImportError:
        print("expelliarmus is not installed: left out")
    if name == "AEDAT 4":
        try:
            import dv_processing as dv

            def dv_read():
                reader, all = dv.io.MonoCameraRecording(path), []
                while reader.isRunning():
                    part = reader.getNextEventBatch()
                    if part is None:
                        break
                    all.append(part.numpy())
                return np.concatenate(all)

            ways["dv-processing"] = dv_read
        except ImportError:
            print("dv-processing is not installed: left out")
    return ways


def loader(runs, counts):
    """An epoch of a DataLoader over the embedded N-MNIST subset, beside tonic's."""
    try:
        import tonic
        import torch
        from tonic.io import read_mnist_file
    except ImportError as error:
        print(f"\n{error}: no loader is timed")
        return
    import shutil
    import warnings

    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as made:
        # The set as files, as tonic needs it.
        folder = pathlib.Path(made)
        unpack(folder)
        ours = ssnn.Dataset(folder, split="train", T=8, size=(34, 34))
        to_frame = tonic.transforms.ToFrame(sensor_size=(34, 34, 2), n_event_bins=8)
        dtype = np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])

        class Theirs(torch.utils.data.Dataset):
            def __len__(self):
                return len(ours)

            def __getitem__(self, i):
                events = read_mnist_file(str(folder / ours.recordings[i]), dtype=dtype)
                return to_frame(events).astype(np.float32), ours.targets[i]

        a, b = ours[5][0], Theirs()[5][0]
        print(f"\nsums of one sample's frames: ssnn {a.sum():.0f}, tonic {b.sum():.0f}")
        for workers in counts:

            def epoch(data, workers=workers):
                for _ in torch.utils.data.DataLoader(data, batch_size=16, num_workers=workers):
                    pass

            title = f"an epoch of {len(ours)} recordings in a DataLoader, {workers} workers"
            ways = {"ssnn.Dataset": lambda: epoch(ours), "tonic": lambda: epoch(Theirs())}
            if workers == 0:
                kept = ssnn.Dataset(folder, split="train", T=8, size=(34, 34), memory=True)
                kept[0]
                ways["ssnn.Dataset(memory=True)"] = lambda kept=kept: epoch(kept)
            race(title, ways, runs)
        shutil.rmtree(folder / "Train")


def unpack(folder):
    import zipfile

    with zipfile.ZipFile(ROOT / "dataset" / "nmnist1k" / "nmnist1k.zip") as file:
        file.extractall(folder)


def model(runs):
    """A call of the default network, beside Go's own time for it in the same run."""
    out = tempfile.mkdtemp()
    path = os.environ.get("MODEL")
    if not path:
        ssnn.train("nmnist-1k", out=out + "/run", epochs=1).wait()
        path = out + "/run/model.safetensors"
    frames = ssnn.Model(path).frames(RECORDINGS / "nmnist-0-00002.bin")
    for bits in (32, 16):
        net = ssnn.Model(path, bits=bits, threads=1)
        net(frames)
        command = [ssnn._process.program(), "bench", "infer", "--model", path, "--batch", "1"]
        command += ["--threads", "1", "--runs", str(runs * 10), "--json", "--bits", str(bits)]
        best, whole = float("inf"), []
        go = float("inf")
        import json

        for _ in range(3):
            said = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            go = min(go, said["median_s"])
            times = []
            for _ in range(runs * 10):
                begin = time.perf_counter()
                net(frames)
                times.append(time.perf_counter() - begin)
            best = min(best, float(np.median(times)))
            whole += times
        print(
            f"\nmodel(frames), {bits} bits: {1e6 * best:.0f} us, in Go {1e6 * go:.0f} us: "
            f"{1e6 * (best - go):+.0f} us, {100 * (best / go - 1):+.0f} %"
        )


def costs():
    """What import and the process cost."""
    code = (
        "import time, numpy; a = time.perf_counter(); import ssnn; print(time.perf_counter() - a)"
    )
    runs = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)
        for _ in range(9)
    ]
    print(
        f"\nimport ssnn, beyond NumPy's: {1e3 * min(runs):.1f} ms at best, "
        f"{1e3 * np.median(runs):.1f} median"
    )
    begin = time.perf_counter()
    with ssnn._process.borrowed() as process:
        process.ask({"do": "hello"})
        print(f"first call of a process: {1e3 * (time.perf_counter() - begin):.1f} ms")
    fresh = ssnn._process.Process()
    fresh.ask({"do": "hello"})
    for line in pathlib.Path(f"/proc/{fresh._popen.pid}/status").read_text().splitlines():
        if line.startswith(("VmHWM", "RssAnon")):
            print("worker alone:", line)
    times = []
    for _ in range(2000):
        begin = time.perf_counter()
        fresh.ask({"do": "hello"})
        times.append(time.perf_counter() - begin)
    print(
        f"a call that does nothing: {1e6 * min(times):.0f} us at best, "
        f"{1e6 * np.median(times):.0f} median"
    )
    fresh.kill()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="few runs")
    parser.add_argument("--only", default="", help="frames, arrays, loader, model or costs")
    parser.add_argument("--cpu", action="store_true", help="CPU time instead of time (Linux)")
    parser.add_argument(
        "--workers", type=int, nargs="+", default=[0, 2], help="processes of the DataLoader"
    )
    flags = parser.parse_args()
    global CPU
    CPU = flags.cpu
    runs = 10 if flags.quick else 40
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        parts = {
            "costs": costs,
            "frames": lambda: files_to_frames(folder, runs),
            "arrays": lambda: files_to_arrays(folder, runs),
            "model": lambda: model(runs),
            "loader": lambda: loader(max(5, runs // 4), flags.workers),
        }
        for name, part in parts.items():
            if flags.only in ("", name):
                part()


if __name__ == "__main__":
    main()
