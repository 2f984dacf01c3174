"""Makes the HDF5 files of this folder with the HDF Group's own library: python3 make_hdf5.py

Needs h5py and, for Blosc, PyTables on the same library; for ECF the filter of Prophesee (github.com/prophesee-ai/hdf5_ecf) in a folder that
HDF5_PLUGIN_PATH names.

earliest.h5 and latest.h5 have the same numbers, value(i) = i*i % 251 * 193, stored in many ways, in the format that the library writes with these
bounds. small-earliest.h5 and small-latest.h5 have a few kinds of them. ecf.h5 has events twice in each group, plain and filtered.
"""
import h5py
import numpy as np
import tables  # for its filter

N = 400
rng = np.random.default_rng(1)


def value(n):
    return (np.arange(n, dtype=np.int64) ** 2 % 251 * 193).astype("u2")


def blosc(compressor, shuffle, level=5):
    return dict(compression=32001, compression_opts=(0, 0, 0, 0, level, shuffle, compressor))


# How the numbers are stored; chunks of a prime number of elements, so that the last is not full.
storage = {
    "together": {},
    "one": dict(chunks=(N,)),
    "one deflate": dict(chunks=(N,), compression="gzip"),
    "chunks": dict(chunks=(97,)),
    "grown": dict(chunks=(1,), maxshape=(None,)),
    "deflate": dict(chunks=(97,), compression="gzip"),
    "grown deflate": dict(chunks=(7,), maxshape=(None,), compression="gzip"),
    "shuffle": dict(chunks=(97,), shuffle=True),
    "fletcher": dict(chunks=(97,), shuffle=True, compression="gzip", fletcher32=True),
    "lzf": dict(chunks=(397,), compression="lzf", shuffle=True),
}
filters = {
    f"blosc {name} {shuffle}": blosc(compressor, shuffle)
    for compressor, name in [(0, "blosclz"), (1, "lz4"), (2, "lz4hc"), (4, "zlib"), (5, "zstd")]
    for shuffle in (0, 1, 2)
}
flat = {
    "flat": {},
    "flat narrow": dict(chunks=(30, 1)),
    "flat wide": dict(chunks=(30, 3), compression="gzip"),
    "flat grown": dict(chunks=(30, 3), maxshape=(None, 4)),
    "flat both": dict(chunks=(2, 2), maxshape=(None, None)),
    "flat both deflate": dict(chunks=(9, 3), maxshape=(None, None), compression="gzip"),
}


def low(f, name, data, prepare):
    """Makes a dataset with properties that h5py has no words for."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    prepare(properties)
    kind = h5py.h5t.py_create(data.dtype)
    h5py.Dataset(h5py.h5d.create(f.id, name.encode(), kind, h5py.h5s.create_simple(data.shape), properties))[:] = data


def implicit(properties):
    properties.set_chunk((97,))
    properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)


def refused(f):
    """Makes datasets that are not read."""
    f.create_dataset("refused array", data=np.zeros(3, [("x", "u2"), ("in", "(2,)i4")]))
    f.create_dataset("refused list", shape=(3,), dtype=h5py.vlen_dtype("i4"))
    f.create_dataset("refused half", data=np.zeros(3, "f2"))
    f.create_dataset("refused shape", data=np.zeros((3, 3, 3)))
    f.create_dataset("refused filter", data=value(N), scaleoffset=0)
    f.create_dataset("refused null", dtype="f4")
    f["a type"] = np.dtype("i4")
    f.create_dataset("refused committed", shape=(3,), dtype=f["a type"])
    virtual = h5py.VirtualLayout((N,), "u2")
    virtual[:] = h5py.VirtualSource(f["together"])
    f.create_virtual_dataset("refused virtual", virtual)


for name in "earliest", "latest":
    with h5py.File(name + ".h5", "w", libver=name) as f:
        for key, how in storage.items():
            f.create_dataset(key, data=value(N), **how)
        low(f, "compact", value(N), lambda p: p.set_layout(h5py.h5d.COMPACT))
        low(f, "implicit", value(N), implicit)
        if name == "latest":
            for key, how in filters.items():
                f.create_dataset(key, data=value(2000), chunks=(2000,), **how)
            for shuffle, compressor in (0, 0), (1, 1), (2, 5):
                f.create_dataset(f"blosc blocks {shuffle}", data=value(60001), chunks=(60001,), **blosc(compressor, shuffle, 1))
            f.create_dataset("paged", data=value(1100), chunks=(1,))
        for key, how in flat.items():
            f.create_dataset(key, data=value(N).reshape(-1, 4), **how)
        for kind in "i1 u1 <i2 >u2 <i4 >i4 <i8 >i8 <u8 <f4 >f4 <f8".split():
            f.create_dataset("type " + kind, data=(value(N) % 100).astype(kind))
        f.create_dataset("type enum", data=value(N) % 2 == 1)
        f.create_dataset("scalar", data=np.int64(-5))
        f.create_dataset("never", shape=(N,), dtype="u2")
        f.create_dataset("never chunks", shape=(N,), dtype="u2", chunks=(97,))
        compound = np.zeros(N, [("x", "<u2"), ("in", [("a", "u1"), ("b", ">f8")]), ("name", "S3")])
        compound["x"] = value(N)
        f.create_dataset("compound", data=compound, chunks=(50,))
        refused(f)
        g = f.create_group("a group")
        for i in range(20):
            g.create_group(f"number {i}")
        g["soft"] = h5py.SoftLink("/together")
        g["hard"] = f["together"]
        g.attrs["fixed"] = np.bytes_("a text")
        g.attrs["long"] = "another text"
        g.attrs["numbers"] = np.array([3, -4], ">i4")
        for i in range(12 if name != "earliest" else 2):
            g.attrs[f"more {i}"] = i
        g.attrs["float"] = 1.5
        for i in range(6):
            f["deflate"].attrs[f"{i}"] = "a text of some length"
        many = f.create_group("many")
        for i in range(100):
            many[f"a rather long name of a link {i}"] = f["together"]
        g = f.create_group("ordered", track_order=True)
        for i in range(7):
            g[f"{i}"] = f["together"]
            g.attrs[f"{i}"] = i

    with h5py.File(f"small-{name}.h5", "w", libver=name) as f:  # seeds of fuzzing
        f.create_dataset("together", data=value(30))
        f.create_dataset("grown", data=value(30), chunks=(1,), maxshape=(None,), shuffle=True)
        f.create_dataset("fixed", data=value(30), chunks=(2,), compression="gzip")
        f.create_dataset("flat both", data=value(32).reshape(-1, 4), chunks=(3, 2), maxshape=(None, None))
        f.create_dataset("compound", data=np.zeros(3, [("x", "u2"), ("y", "f4")]))
        g = f.create_group("group")
        for i in range(10):
            g[f"{i}"] = f["together"]
            g.attrs[f"{i}"] = i
        g.attrs["long"] = "a text"

dtype = np.dtype(dict(names=["x", "y", "p", "t"], formats=["u2", "u2", "i2", "i8"], offsets=[0, 2, 4, 8], itemsize=16))


def events(n, gap, width):
    e = np.zeros(n, dtype)
    e["t"] = np.cumsum(rng.integers(0, gap, n)) + 1_700_000_000_000_000
    e["x"], e["y"], e["p"] = rng.integers(0, width, n), rng.integers(0, 720, n), rng.integers(0, 2, n)
    return e


def rows(n, step, repeat):
    """Events of a line at a time, step pixels apart."""
    e = np.zeros(n, dtype)
    k = np.arange(n)
    e["t"], e["y"] = k // repeat * 7, k // repeat % 720
    e["x"], e["p"] = k % repeat * step, k // 300 % 2
    return e


with h5py.File("ecf.h5", "w") as f:
    for name, data, chunk in [
        ("packed", events(700, 3, 2048), 500),
        ("gaps", events(200, 100_000, 1280), 200),
        ("row packed", rows(1000, 9, 40), 400),
        ("masks", rows(2000, 1, 200), 1001),
        ("masks with gaps", rows(900, 2, 100), 900),
        ("one", events(1, 2, 3), 1),
        ("runs", rows(5000, 0, 5000), 5000),
    ]:
        f.create_dataset(name + "/plain", data=data, chunks=(chunk,), compression="gzip", shuffle=True)
        f.create_dataset(name + "/filtered", data=data, chunks=(chunk,), compression=0x8ECF)
