"""Compares what ssnn reads with public readers of PyPI: faery, expelliarmus, aedat, dv-processing, tonic.

    pip install faery expelliarmus aedat dv-processing tonic numpy
    go build -o ssnn ./cmd/ssnn && python bench/agree/agree.py ./ssnn testdata/recordings

Each line is a file and a reader: "same" if all of t, x, y and p are, else what differs, in events.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ssnn, folder = sys.argv[1], Path(sys.argv[2])


def ours(path, *flags):
    with tempfile.TemporaryDirectory() as d:
        subprocess.run([ssnn, "convert", str(path), d + "/a.npy", *flags], check=True, capture_output=True)
        a = np.load(d + "/a.npy")
    return a["t"].astype(np.int64), a["x"].astype(int), a["y"].astype(int), a["p"].astype(int)


def columns(a, t="t", x="x", y="y", p="p"):
    return a[t].astype(np.int64), a[x].astype(int), a[y].astype(int), a[p].astype(int)


def faery_(path):
    import faery
    parts = list(faery.events_stream_from_file(path))
    return columns(np.concatenate(parts), p="on")


def expelliarmus_(encoding):
    def read(path):
        from expelliarmus import Wizard
        return columns(Wizard(encoding=encoding, fpath=path).read())
    return read


def aedat_(path):
    import aedat
    parts = [p["events"] for p in aedat.Decoder(str(path)) if "events" in p]
    return columns(np.concatenate(parts), p="on")


def dv_(path):
    import dv_processing as dv
    r, parts = dv.io.MonoCameraRecording(str(path)), []
    while (e := r.getNextEventBatch()) is not None:
        parts.append(e.numpy())
    return columns(np.concatenate(parts), t="timestamp", p="polarity")


def tonic_mnist(path):
    from tonic.io import read_mnist_file
    return columns(read_mnist_file(str(path), dtype=np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])))


def tonic_aedat4(path):
    from tonic.io import read_aedat4
    return columns(read_aedat4(str(path)))


CASES = [
    ("evt2_sample.raw", [("faery", faery_), ("expelliarmus", expelliarmus_("evt2"))]),
    ("evt3_sample.raw", [("faery", faery_), ("expelliarmus", expelliarmus_("evt3"))]),
    ("sample_ncars.dat", [("faery", faery_), ("expelliarmus", expelliarmus_("dat"))]),
    ("dvs_sample.es", [("faery", faery_)]),
    ("sample.aedat4", [("aedat", aedat_), ("dv-processing", dv_), ("faery", faery_), ("tonic", tonic_aedat4)]),
    ("nmnist-5-00001.bin", [("tonic", tonic_mnist)]),
]
WRITTEN = [  # what ssnn writes of the first of each
    ("dvs_sample.es", "aedat4", [("aedat", aedat_), ("dv-processing", dv_), ("faery", faery_)]),
    ("dvs_sample.es", "raw", [("faery", faery_), ("expelliarmus", expelliarmus_("evt3"))]),
    ("dvs_sample.es", "dat", [("faery", faery_), ("expelliarmus", expelliarmus_("dat"))]),
    ("evt2_sample.raw", "es", [("faery", faery_)]),
]


def compare(name, reader, read, path, want):
    try:
        got = read(path)
    except BaseException as e:  # a reader in Rust may panic
        print(f"{name}\t{reader}\trefuses: {str(e).splitlines()[0][:90] if str(e) else type(e).__name__}")
        return
    n, m = len(want[0]), len(got[0])
    if n != m:
        print(f"{name}\t{reader}\t{m} events, ssnn {n}")
        return
    differs = [f"{c} of {int(np.sum(a != b))}" for c, a, b in zip("txyp", want, got) if not np.array_equal(a, b)]
    if not np.array_equal(want[0], got[0]):
        away = got[0] - want[0]
        differs.append(f"t by {away.min()} to {away.max()} us")
    print(f"{name}\t{reader}\t{'differs: ' + ', '.join(differs) if differs else 'same'} ({n} events)")


for name, readers in CASES:
    for reader, read in readers:
        compare(name, reader, read, folder / name, ours(folder / name))
with tempfile.TemporaryDirectory() as d:
    for name, ending, readers in WRITTEN:
        path = Path(d) / ("written." + ending)
        subprocess.run([ssnn, "convert", str(folder / name), str(path)], check=True, capture_output=True)
        for reader, read in readers:
            compare(f"{name} as {ending}", reader, read, path, ours(folder / name))
