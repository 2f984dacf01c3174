"""What ssnn reads and writes, in Python: recordings, frames, model files."""
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import torch

import ssnn_torch as S

ARCHIVE = Path(__file__).parent / "../../dataset/nmnist1k/nmnist1k.zip"
DTYPES = {"F32": np.float32, "I64": np.int64, "U8": np.uint8}
NAMES = {torch.float32: "F32", torch.int64: "I64", torch.uint8: "U8"}


def load_safetensors(path):
    raw = Path(path).read_bytes()
    n, = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8:8 + n])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, e in header.items():
        start, end = (8 + n + o for o in e["data_offsets"])
        tensors[name] = torch.from_numpy(np.frombuffer(raw[start:end], DTYPES[e["dtype"]]).reshape(e["shape"]).copy())
    return tensors, metadata


def save_safetensors(path, tensors, metadata):
    # the digest is of other tensors, see safetensors/testdata/digest.py; ssnn opens a file without one
    metadata = {k: v for k, v in metadata.items() if k != "sha256"}
    header, data, at = {"__metadata__": metadata}, [], 0
    for name, t in tensors.items():
        raw = t.detach().contiguous().numpy().tobytes()
        header[name] = dict(dtype=NAMES[t.dtype], shape=list(t.shape), data_offsets=[at, at + len(raw)])
        data.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def network(path):
    """the reference network with the parameters and statistics of a model file, and the file's metadata"""
    tensors, metadata = load_safetensors(path)
    net = S.SSNN(S.make_config(**json.loads(metadata["config"])))
    net.load_state_dict({n: t for n, t in tensors.items() if not n.startswith("optimiser/")})
    return net, metadata


def events(raw):
    """t (us), x, y, on of 40-bit events"""
    b = np.frombuffer(raw, np.uint8).reshape(-1, 5).astype(np.int64)
    return ((b[:, 2] & 127) << 16) | (b[:, 3] << 8) | b[:, 4], b[:, 0], b[:, 1], b[:, 2] >> 7


def frames(raw, T, split, width, height):
    """[T, 2, H, W] counts: equal counts of events or equal durations, the rest to the last frame"""
    t, x, y, on = events(raw)
    if split == "count":
        each = len(t) // T
        frame = np.arange(len(t)) // each if each else np.full(len(t), T - 1)
    else:
        each = (t[-1] - t[0]) // T
        frame = (t - t[0]) // each if each else np.full(len(t), T - 1)
    out = np.zeros((T, 2, height, width), np.float32)
    np.add.at(out, (np.minimum(frame, T - 1), on, y, x), 1)
    return out


def recordings(split):
    """name, label and bytes of the embedded subset of N-MNIST, in ssnn's order"""
    with zipfile.ZipFile(ARCHIVE) as z:
        for name in sorted(n for n in z.namelist() if n.startswith(split + "/")):
            yield name, int(name.split("/")[1]), z.read(name)


def dataset(split, recipe, T):
    """frames [N, T, 2, H, W] and labels [N] of the embedded subset"""
    width, height = (int(v) for v in recipe["frames"]["sensor"].split("x"))
    x, labels = zip(*((frames(raw, T, recipe["frames"]["split"], width, height), label)
                      for _, label, raw in recordings(split)))
    return torch.from_numpy(np.stack(x)), torch.tensor(labels)
