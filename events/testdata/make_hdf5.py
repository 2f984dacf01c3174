"""Makes the HDF5 files of this folder, of the events of fields.npy that make_numpy.py keeps: python3 make_hdf5.py

Needs h5py and, for Blosc, PyTables on the same library; for ECF the filter of Prophesee (github.com/prophesee-ai/hdf5_ecf) in a folder that
HDF5_PLUGIN_PATH names.
"""
import h5py
import numpy as np
import tables  # for its filter

all = np.load("fields.npy")
t, x, y, p = (all[name] for name in "txyp")
ZSTD = dict(compression=32001, compression_opts=(0, 0, 0, 0, 1, 2, 5))  # as DSEC


def metavision(name, chunk, filtered, **how):
    """A file as OpenEB's hdf5_event_file_writer.cpp makes it, whose last chunk ends with the last event."""
    events = np.zeros(len(all), np.dtype(dict(names=["x", "y", "p", "t"], formats=["u2", "u2", "i2", "i8"], offsets=[0, 2, 4, 8], itemsize=16)))
    for key in "txyp":
        events[key] = all[key]
    with h5py.File(name, "w", **how) as f:
        f.create_dataset("CD/events", data=events, chunks=(chunk,), maxshape=(None,), **filtered)
        if filtered.get("compression") == 0x8ECF:
            last = len(all) // chunk * chunk
            with h5py.File("only", "w", driver="core", backing_store=False) as only:
                part = only.create_dataset("part", data=events[last:], chunks=(len(all) - last,), **filtered)
                f["CD/events"].id.write_direct_chunk((last,), part.id.read_direct_chunk((0,))[1])
        indexes = np.zeros(6, [("id", "u8"), ("ts", "i8")])
        f.create_dataset("CD/indexes", data=indexes, chunks=(16,), maxshape=(None,)).attrs["offset"] = str(-int(t[0]))
        f.create_dataset("EXT_TRIGGER/events", shape=(0,), dtype=[("p", "i2"), ("t", "i8"), ("id", "i2")], chunks=(16,), maxshape=(None,))
        attributes = "format generation geometry integrator_name plugin_integrator_name sensor_info sensor_name serial_number system_ID system_integrator"
        for key in attributes.split():
            f.attrs[key] = "something"
        f.attrs["geometry"] = "1280x720"
        f.attrs["time_shift"] = "11718656"
        f.attrs["version"] = "1.0"


def columns(g, names="t x y p", kinds="u4 u2 u2 u1", values=(t, x, y, p), **how):
    for name, kind, v in zip(names.split(), kinds.split(), values):
        g.create_dataset(name, data=v.astype(kind), **how)


metavision("metavision.hdf5", 192, dict(compression=0x8ECF))
metavision("metavision-latest.hdf5", 64, dict(compression="gzip"), libver="latest")
with h5py.File("dsec.h5", "w") as f:
    columns(f.create_group("events"), values=(t - 11_000_000, x, y, p), chunks=(128,), **ZSTD)
    f["t_offset"] = np.int64(11_000_000)
    f["ms_to_idx"] = np.searchsorted(t - 11_000_000, np.arange(723) * 1000).astype("u8")
with h5py.File("m3ed.h5", "w") as f:
    for side, sign in ("left", 1), ("right", -1):
        g = f.create_group("prophesee/" + side)
        columns(g, kinds="i8 u2 u2 i1", values=(t, x, y, p.astype("i1") * 2 * sign - sign), chunks=(200,), maxshape=(None,), compression="lzf")
        g["calib/resolution"] = [1280, 720]
with h5py.File("seconds.h5", "w", libver="latest") as f:  # as event_utils, with what RVT has beside
    columns(f.create_group("events"), "ts xs ys ps", "f8 i2 i2 ?", (t / 1e6, x, y, p), chunks=(50,), maxshape=(None,))
    f["events/width"], f["events/height"] = 1280, 720
    f.attrs["sensor_resolution"] = [719, 1279]
with h5py.File("lines.h5", "w") as f:  # as MVSEC, in chunks that cut the lines
    f.create_dataset("davis/left/events", data=np.stack([x, y, t / 1e6, p * 2.0 - 1], axis=1), chunks=(100, 2))
    f["davis/left/imu"] = np.zeros((3, 6))
    f["davis/again"] = f["/"]
with h5py.File("root.h5", "w") as f:
    columns(f, kinds=">i8 >u2 >u2 i1")

# Events that were never written, 104 MiB of them: a file that says more than a reader should believe.
with h5py.File("bombs/never-written.h5", "w") as f:
    for name, dtype in (("t", "i8"), ("x", "u2"), ("y", "u2"), ("p", "u1")):
        f.create_dataset(f"events/{name}", shape=(1 << 23,), dtype=dtype, chunks=(1 << 16,), compression="gzip")
for name, side in ("row.h5", 1), ("matlab73.mat", 512):  # a row for a column, as MATLAB writes them
    with h5py.File(name, "w", userblock_size=side // 512 * 512) as f:
        g = f.create_group("events")
        for key, v in zip(("t_us", "x", "y", "p"), (t.astype("f8"), x, y, p)):
            g.create_dataset(key, data=v[None], chunks=(1, 70), compression="gzip")
with open("matlab73.mat", "r+b") as f:
    f.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64, HDF5 schema 1.00 .".ljust(124) + b"\0\2IM")
