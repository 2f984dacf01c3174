"""Makes plugins.h5 with the HDF Group's own library and its filter plugins: python3 make_plugins.py

Needs h5py and hdf5plugin. Each dataset has the numbers of make_hdf5.py, value(i) = i*i % 251 * 193, or of
"noise" datasets numbers that do not compress.
"""
import h5py
import hdf5plugin
import numpy as np


def value(n):
    return (np.arange(n, dtype=np.int64) ** 2 % 251 * 193).astype("u2")


filters = {
    "zstd": hdf5plugin.Zstd(),
    "lz4": hdf5plugin.LZ4(),
    "lz4 small": hdf5plugin.LZ4(nbytes=256),
    "bitshuffle": hdf5plugin.Bitshuffle(cname="none"),
    "bitshuffle small": hdf5plugin.Bitshuffle(nelems=64, cname="none"),
    "bitshuffle lz4": hdf5plugin.Bitshuffle(cname="lz4"),
    "bitshuffle lz4 small": hdf5plugin.Bitshuffle(nelems=64, cname="lz4"),
    "bitshuffle zstd": hdf5plugin.Bitshuffle(cname="zstd"),
}
with h5py.File("plugins.h5", "w") as f:
    for name, how in filters.items():
        for kind, n in ("<u2", 6003), (">i4", 2203), ("<f8", 1203):
            f.create_dataset(f"{name} {kind}", data=value(n).astype(kind), chunks=(n,), **how)
        f.create_dataset(f"{name} chunks", data=value(1003), chunks=(97,), **how)
    noise = np.random.default_rng(1).integers(0, 1 << 16, 801).astype("u2")
    f["noise"] = noise
    for name in "lz4 small", "zstd", "bitshuffle lz4 small", "bitshuffle zstd":
        f.create_dataset(f"noise {name}", data=noise, chunks=(801,), **filters[name])
