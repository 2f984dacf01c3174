"""Files of tensors (https://github.com/huggingface/safetensors), as models and checkpoints are.

| N 8, little-endian | N bytes of JSON | tensors, little-endian, row-major |
"""

from __future__ import annotations

import json
import os
import struct
from typing import Any

import numpy as np

Tensors = dict[str, "np.ndarray[Any, np.dtype[Any]]"]

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1"}
_NAMES = {np.dtype(code): name for name, code in _TYPES.items()}
_DIGEST = "sha256"


def read(path: str) -> tuple[Tensors, dict[str, str]]:
    """The tensors of a file by name, and its metadata without the digest."""
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    metadata.pop(_DIGEST, None)
    body = memoryview(data)[8 + length :]
    tensors: Tensors = {}
    for name, about in header.items():
        begin, end = about["data_offsets"]
        flat = np.frombuffer(body[begin:end], _TYPES[about["dtype"]])
        tensors[name] = flat.reshape(about["shape"]).copy()
    return tensors, metadata


def write(path: str, tensors: Tensors, metadata: dict[str, str]) -> None:
    """Writes a file with its digest, which ssnn checks; whole or not at all."""
    metadata = {**metadata, _DIGEST: _digest(tensors, metadata)}
    header: dict[str, Any] = {"__metadata__": metadata}
    at = 0
    for name, tensor in tensors.items():
        about = {"dtype": _NAMES[tensor.dtype], "shape": list(tensor.shape)}
        header[name] = {**about, "data_offsets": [at, at + tensor.nbytes]}
        at += tensor.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for tensor in tensors.values():
                file.write(np.ascontiguousarray(tensor).tobytes())
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def _digest(tensors: Tensors, metadata: dict[str, str]) -> str:
    """SHA-256 of the metadata and of the tensors, as safetensors/digest.go has it."""
    import hashlib

    whole = hashlib.sha256()

    def number(n: int) -> None:
        whole.update(struct.pack("<Q", n))

    def text(s: str) -> None:
        data = s.encode()
        number(len(data))
        whole.update(data)

    number(len(metadata))
    for key in sorted(metadata, key=str.encode):
        text(key)
        text(metadata[key])
    number(len(tensors))
    for name in sorted(tensors, key=str.encode):
        tensor = tensors[name]
        text(name)
        text(_NAMES[tensor.dtype])
        number(tensor.ndim)
        for n in tensor.shape:
            number(n)
        whole.update(hashlib.sha256(np.ascontiguousarray(tensor).tobytes()).digest())
    return whole.hexdigest()
